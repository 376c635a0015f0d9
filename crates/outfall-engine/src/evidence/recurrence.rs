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
use crate::Channel;
use crate::situation::Recurrence;
use outfall_patterns::Kind;

/// An outbreak needs more than one other sender: this much is taken off the sum.
const ENTRY: f32 = 2.0;

/// The family's cap, with few and with many other senders who are themselves out of normal.
const CAP: f32 = 8.0;
const HIGH_CAP: f32 = 12.0;
const MANY: u32 = 5;

/// Words that fewer odd senders share are everyday text: a joke passes through odd hands, too.
const FEW: u32 = 3;

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
const RECIPIENTS_PER_SENDER: f32 = 0.2;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let counted = |one| (value(one).min(cap_of(one, situation)), one);
    let (strong, weak) = (firmest(situation).map(counted), strongest_weak(situation).map(counted));
    let louder = strong.filter(|(nats, _)| weak.is_none_or(|(most, _)| *nats >= most));
    let (nats, strongest) = louder.or(weak)?;
    (nats > 0.0).then(|| Evidence {
        name: "recurrence".into(),
        family: Family::Recurrence,
        nats,
        detail: strongest.to_string(),
    })
}

fn cap_of(strongest: &Recurrence, situation: &Situation) -> f32 {
    let odd = strongest.telling;
    let cap = if odd >= MANY { HIGH_CAP } else { CAP };
    let words = match strongest.kind.is_text() {
        true if situation.wants() => {
            if odd < FEW {
                USUAL_CAP
            } else {
                cap
            }
        }
        // Words that want nothing of the reader, or call to the sender's own place.
        true if situation.own_call || odd < MANY => USUAL_CAP,
        true if situation.channel == Channel::Calendar => USUAL_CAP,
        true if strongest.is_of_many_odd_ones() => HIGH_CAP,
        true => CAP,
        false if strongest.kind.is_weak() => weak_cap(situation),
        false => cap,
    };
    if situation.context <= CALM_CONTEXT { CALM_CAP.min(words) } else { words }
}

/// One weak kind may be the same program; two that many odd senders share are the same hand.
fn weak_cap(situation: &Situation) -> f32 {
    let shared = |one: &&Recurrence| one.kind.is_weak() && one.telling >= MANY;
    let mut kinds: Vec<Kind> =
        situation.recurrences.iter().filter(shared).map(|one| one.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() >= WEAK_KINDS { WEAK_CAP_TOGETHER } else { WEAK_CAP }
}

/// So many weak kinds together reach further, though never a conviction.
const WEAK_KINDS: usize = 2;
const WEAK_CAP_TOGETHER: f32 = 7.0;

/// Returns the recurrence that says most before any cap of its kind.
pub fn strongest<'a>(situation: &'a Situation) -> Option<&'a Recurrence> {
    let both = [firmest(situation), strongest_weak(situation)].into_iter().flatten();
    both.max_by(|one, other| value(one).total_cmp(&value(other)))
}

/// Returns the strongest of the weak kinds; apart, so that it hides none of the others.
fn strongest_weak<'a>(situation: &'a Situation) -> Option<&'a Recurrence> {
    let weak = situation.recurrences.iter().filter(|one| one.kind.is_weak());
    weak.max_by(|one, other| value(one).total_cmp(&value(other)))
}

/// Returns the recurrence that counts: the strongest of any kind that is not weak, of phrases the
/// second strongest, because one phrase may be shared by chance.
///
/// One pass without a list: several rules ask for it, for every message.
pub fn firmest<'a>(situation: &'a Situation) -> Option<&'a Recurrence> {
    type Found<'a> = Option<(f32, &'a Recurrence)>;
    let (mut phrase, mut second, mut other): (Found, Found, Found) = (None, None, None);
    let above = |value: f32, held: Found| held.is_none_or(|(most, _)| value > most);
    for one in situation.recurrences.iter().filter(|one| !one.kind.is_weak()) {
        let found = (value(one), one);
        if one.kind != Kind::Shingle {
            other = if above(found.0, other) { Some(found) } else { other };
        } else if above(found.0, phrase) {
            (phrase, second) = (Some(found), phrase);
        } else if above(found.0, second) {
            second = Some(found);
        }
    }
    match (second, other) {
        (Some(phrase), Some(other)) if phrase.0 > other.0 => Some(phrase.1),
        (phrase, other) => other.or(phrase).map(|(_, one)| one),
    }
}

/// Returns what one recurring value says, before the family's cap.
pub fn value(one: &Recurrence) -> f32 {
    let others = one.others as f32;
    let usual = one.weight < USUAL_MEAN * others;
    let petition = usual && one.recipients < RECIPIENTS_PER_SENDER * others;
    if one.released || petition || one.recipients < LEAST_RECIPIENTS {
        return 0.0;
    }
    let age = if one.age > OLD_SECONDS { OLD_FACTOR } else { 1.0 };
    let weak = if one.kind.is_weak() { WEAK_CAP_TOGETHER } else { f32::MAX };
    let cap = if usual { USUAL_CAP } else { weak };
    ((one.weight - ENTRY) * age).clamp(0.0, cap)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    fn sent_by(others: u32, each: f32) -> Option<f32> {
        some(|s| s.recurrences = vec![Recurrence::link(others, each)])
    }

    /// One other sender is no outbreak; many who are out of their normal are, up to the cap.
    #[test]
    fn others_add_up_to_the_cap() {
        assert_eq!(None, sent_by(1, 2.0));
        assert_eq!(Some(4.0), sent_by(2, 3.0));
        assert_eq!(Some(HIGH_CAP), sent_by(30, 3.0));
    }

    /// Others who are within their normal make it everyday text.
    #[test]
    fn everyday_text_is_capped() {
        assert_eq!(Some(USUAL_CAP), sent_by(40, 1.0));
        assert_eq!(None, sent_by(40, -1.0));
    }

    /// It says little against a sender within its own normal.
    #[test]
    fn calm_senders_are_spared() {
        let found = some(|s| {
            (s.context, s.recurrences) = (CALM_CONTEXT, vec![Recurrence::link(30, 3.0)]);
        });

        assert_eq!(Some(CALM_CAP), found);
    }

    /// One phrase may be shared by chance: the second strongest counts.
    #[test]
    fn a_single_phrase_is_nothing() {
        let phrase = |each| Recurrence { kind: Kind::Shingle, ..Recurrence::link(10, each) };

        assert_eq!(None, some(|s| s.recurrences = vec![phrase(3.0)]));
        assert!(some(|s| s.recurrences = vec![phrase(3.0), phrase(3.0)]).is_some());
    }

    /// The strongest value counts, wherever it stands among the others and the phrases.
    #[test]
    fn the_strongest_counts_wherever_it_stands() {
        let phrase = |each| Recurrence { kind: Kind::Shingle, ..Recurrence::link(3, each) };
        let all = [phrase(1.6), Recurrence::link(3, 2.5), phrase(3.0), Recurrence::link(3, 1.5)];
        for turn in 0..all.len() {
            let turned = |mut all: Vec<Recurrence>| {
                all.rotate_left(turn);
                some(|s| (s.recurrences, s.foreign_call) = (all, true))
            };

            assert_eq!(Some(5.5), turned(all.to_vec()), "the link, not the only strong phrase");
            let two = [all.as_slice(), &[phrase(2.8)]].concat();
            assert_eq!(Some(6.4), turned(two).map(|nats| (nats * 10.0).round() / 10.0));
        }
    }

    /// Petitions (few recipients), old patterns, forms of links and what a person cleared count less or nothing.
    #[test]
    fn what_weakens_it() {
        let with = |change: fn(&mut Recurrence)| {
            some(|s: &mut Situation| {
                let mut one = Recurrence::link(10, 3.0);
                change(&mut one);
                s.recurrences = vec![one];
            })
        };

        assert_eq!(Some(HIGH_CAP), with(|_| ()));
        assert_eq!(None, with(|one| one.recipients = 3.0));
        assert_eq!(None, with(|one| one.released = true));
        assert_eq!(Some(28.0 * OLD_FACTOR), with(|one| one.age = OLD_SECONDS + 1.0));
        assert_eq!(Some(WEAK_CAP), with(|one| one.kind = Kind::LinkShape));
    }
    /// More than eight nats take five others who are out of their normal.
    #[test]
    fn loud_takes_many() {
        assert_eq!(Some(CAP), sent_by(4, 3.0));
        assert_eq!(Some(HIGH_CAP), sent_by(5, 3.0));
    }

    /// One and a half nats each, of the others, is where everyday text ends.
    #[test]
    fn everyday_text_has_a_measure() {
        assert_eq!(Some(USUAL_CAP), sent_by(5, 1.4));
        assert_eq!(Some(5.5), sent_by(5, 1.5));
    }

    /// Many senders who are within their normal, to few recipients, are a petition: a fifth of a recipient
    /// each is the least.  Of senders who are not, five recipients are enough.
    #[test]
    fn petitions_have_few_recipients() {
        let to = |each, recipients| {
            some(|s| s.recurrences = vec![Recurrence { recipients, ..Recurrence::link(30, each) }])
        };

        assert_eq!([None, Some(USUAL_CAP)], [5.9, 6.0].map(|recipients| to(1.4, recipients)));
        assert_eq!([None, Some(HIGH_CAP)], [4.9, 5.0].map(|recipients| to(3.0, recipients)));
    }

    /// One weak kind says little, two that many odd senders share say more, and of two that only a few do
    /// not.
    #[test]
    fn weak_kinds_agree() {
        let weak = |kind, others| Recurrence { kind, ..Recurrence::link(others, 3.0) };
        let of = |second: Kind, others| {
            some(|s| s.recurrences = vec![weak(Kind::Subject, 9), weak(second, others)])
        };

        assert_eq!(Some(WEAK_CAP), of(Kind::Subject, 9));
        assert_eq!(Some(WEAK_CAP), of(Kind::Generator, 4));
        assert_eq!(Some(WEAK_CAP_TOGETHER), of(Kind::Generator, 5));
    }

    /// A weak kind, however many share it, hides nothing that says more by itself, nor the key that this
    /// turns; alone it turns none.
    #[test]
    fn weak_kinds_hide_nothing() {
        let weak = Recurrence { kind: Kind::Generator, ..Recurrence::link(9, 3.0) };
        let (few, more) = (Recurrence::link(3, 2.0), Recurrence::link(3, 2.5));
        let of = |recurrences: &[&Recurrence]| {
            let found = recurrences.iter().map(|&one| one.clone()).collect::<Vec<_>>();
            let key = some(|s| s.recurrences = found.clone());
            let examined = crate::Examined::default();
            let situation = Situation { recurrences: found, ..Situation::plain(&examined) };
            (key, situation.has_outbreak())
        };

        assert_eq!((Some(WEAK_CAP), false), of(&[&weak]));
        assert_eq!((Some(WEAK_CAP), true), of(&[&weak, &few]));
        assert_eq!((Some(5.5), true), of(&[&weak, &more]));
        assert_eq!((Some(5.5), true), of(&[&more, &weak]));
    }

    /// Words that want nothing of the reader take many odd senders to say more than everyday text does, and
    /// those with a link to the sender's own place never do.
    #[test]
    fn idle_words_say_less() {
        let words = |others, each, own_call| {
            let phrase = Recurrence { kind: Kind::Shingle, ..Recurrence::link(others, each) };
            some(|s| (s.recurrences, s.own_call) = (vec![phrase.clone(), phrase], own_call))
        };

        assert_eq!(Some(USUAL_CAP), words(4, 3.0, false));
        assert_eq!(Some(HIGH_CAP), words(20, 2.0, false));
        assert_eq!(Some(USUAL_CAP), words(20, 3.0, true));
        let invitation = some(|s| {
            let phrase = Recurrence { kind: Kind::Shingle, ..Recurrence::link(20, 3.0) };
            (s.recurrences, s.channel) = (vec![phrase.clone(), phrase], Channel::Calendar);
        });
        assert_eq!(Some(USUAL_CAP), invitation, "the words are the calendar's");
    }
}
