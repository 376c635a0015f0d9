//! # What it sees
//!
//! What outside scanners found in the message's attachments and links.
//!
//! # When it is wrong
//!
//! When the scanner is.  Its word is a hard fact, but one fact: see `score` for how far it reaches.

use super::{Evidence, Family, Situation};

const NATS: f32 = 8.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let finding = situation.findings.iter().max_by_key(|finding| finding.category)?;
    let detail = format!("{} says {}", finding.scanner, finding.name);
    Some(Evidence { name: "scanner".into(), family: Family::Hard, nats: NATS, detail })
}
