//! # What it sees
//!
//! A sender that keeps doing what it never did: message upon message out of its own normal.
//!
//! # Theory
//!
//! A cumulative sum (Page, "Continuous Inspection Schemes", 1954): each message adds what its
//! context and repetition say less what an innocent message may say, and the sum never falls
//! below zero.  It needs no other sender and no content.
//!
//! # When it is wrong
//!
//! The first issue of a newsletter from a new customer, a feed turned into mail.  So it speaks only
//! where the login, the envelope senders or a script are strange besides, and where the message calls
//! readers to somewhere that is not the sender's own or the volume is far over its past.

use super::{Evidence, Family, Situation};
use crate::channel::Channel;

/// The sum from which it speaks.
const SPEAKS: f32 = 6.0;
const CAP: f32 = 8.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let sum = situation.suspicion;
    let forged = situation.sender_domains > 4.0;
    let new_script = situation.newcomer && situation.channel == Channel::Script;
    let strange = situation.strange_login || forged || new_script;
    let flood = situation.is_flood() && !situation.own_call;
    let calls = situation.foreign_call || forged || new_script || flood;
    let to_strangers = situation.strangers > situation.known;
    if situation.shared || sum < SPEAKS || !to_strangers || !strange || !calls {
        return None;
    }
    let detail = format!(
        "for {} messages now this sender is out of its own normal",
        situation.messages_today
    );
    Some(Evidence { name: "turned".into(), family: Family::Conduct, nats: sum.min(CAP), detail })
}
