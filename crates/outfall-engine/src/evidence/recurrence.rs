//! # What it sees
//!
//! Values of this message that other senders sent too, weighted by how far each of *those* senders
//! was out of its own normal when it did.
//!
//! # Why it matters
//!
//! It is the outbreak itself: the same call to action from people who have nothing in common
//! (Singh et al., OSDI 2004; Xie et al., "Spamming Botnets", SIGCOMM 2008).
//!
//! # When it is wrong
//!
//! Jokes, petitions, templates of widespread software, firms' footers.  Senders who write to
//! people they know count below zero, what is common here is passed over, few recipients for many
//! senders count nothing, and old patterns count less.

use super::{Evidence, Family, Situation};
use crate::situation::Recurrence;
use outfall_patterns::Kind;

/// An outbreak needs more than one other sender: this much is taken off the sum.
const ENTRY: f32 = 2.0;

/// The family's cap, with few and with many other senders who are themselves out of normal.
const CAP: f32 = 8.0;
const HIGH_CAP: f32 = 12.0;
const MANY: u32 = 5;

/// A kind to which strangers come by the software they use reaches this at most.
const WEAK_CAP: f32 = 4.0;

/// What it may say against a sender who is well within its own normal.
const CALM_CONTEXT: f32 = -1.0;
const CALM_CAP: f32 = 2.0;

/// Outbreaks are young: what is older counts less.
const OLD_SECONDS: f64 = 2.0 * 86_400.0;
const OLD_FACTOR: f32 = 0.4;

/// Where those who sent it are on average within their normal, it is everyday text that some of
/// them happened to send on an odd day, and says only so much.
const USUAL_MEAN: f32 = 1.5;
const USUAL_CAP: f32 = 3.0;

/// Petitions and reports have many senders and few recipients.
const LEAST_RECIPIENTS: f32 = 5.0;
const RECIPIENTS_PER_SENDER: f32 = 0.5;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let strongest = strongest(situation)?;
    let cap = if situation.context <= CALM_CONTEXT { CALM_CAP } else { CAP };
    let cap = if cap == CAP && strongest.telling >= MANY { HIGH_CAP } else { cap };
    let nats = value(strongest).min(cap);
    (nats > 0.0).then(|| Evidence {
        name: "recurrence".into(),
        family: Family::Recurrence,
        nats,
        detail: strongest.to_string(),
    })
}

/// Returns the recurrence that counts: the strongest of any kind, of phrases the second strongest,
/// because one phrase may be shared by chance.
pub fn strongest<'a>(situation: &'a Situation) -> Option<&'a Recurrence> {
    let of = |phrase: bool| {
        let mut found: Vec<_> = situation
            .recurrences
            .iter()
            .filter(|one| (one.kind == Kind::Shingle) == phrase)
            .collect();
        found.sort_by(|a, b| value(b).total_cmp(&value(a)));
        found.into_iter()
    };
    let (phrase, other) = (of(true).nth(1), of(false).next());
    phrase.into_iter().chain(other).max_by(|a, b| value(a).total_cmp(&value(b)))
}

/// Returns what one recurring value says, before the family's cap.
pub fn value(one: &Recurrence) -> f32 {
    if one.released
        || one.recipients < LEAST_RECIPIENTS.max(RECIPIENTS_PER_SENDER * one.others as f32)
    {
        return 0.0;
    }
    let age = if one.age > OLD_SECONDS { OLD_FACTOR } else { 1.0 };
    let usual = one.weight < USUAL_MEAN * one.others as f32;
    let weak = if one.kind.is_weak() { WEAK_CAP } else { f32::MAX };
    let cap = if usual { USUAL_CAP } else { weak };
    ((one.weight - ENTRY) * age).clamp(0.0, cap)
}
