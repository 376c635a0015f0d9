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

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    /// The worst finding is named.
    #[test]
    fn the_worst_finding_is_named() {
        let finding = |name: &str, category| crate::Finding {
            scanner: "clamd".into(),
            name: name.into(),
            category,
        };
        let findings =
            [finding("mild", crate::Category::Suspect), finding("bad", crate::Category::Malware)];
        let examined = crate::Examined::default();
        let situation = Situation { findings: &findings, ..Situation::plain(&examined) };

        assert_eq!("clamd says bad", weigh(&situation).unwrap().detail);
        assert_eq!(None, some(|_| ()));
    }
}
