//! # What it sees
//!
//! One sender whose messages claim to come from many unrelated domains.
//!
//! # Why it matters
//!
//! An infected PC makes up a sender for each message; a household or a firm uses its own few.
//!
//! # When it is wrong
//!
//! Relays, lists and forwarding hosts carry everybody's mail: those that are shared are left out, and
//! so is mail to readers who know it.

use super::{Evidence, Family, Situation};

/// So many domains a firm may have; each doubling above adds a nat.
pub const USUAL_DOMAINS: f32 = 4.0;
const CAP: f32 = 3.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let domains = situation.sender_domains;
    if situation.learning
        || situation.shared
        || !situation.has_many_domains()
        || !situation.is_to_strangers()
    {
        return None;
    }
    let nats = (1.0 + (domains / USUAL_DOMAINS).log2()).min(CAP);
    let detail = format!("about {domains:.0} different sender domains from one place");
    Some(Evidence { name: "forged-senders".into(), family: Family::Context, nats, detail })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    /// A few domains are a firm's; many are made up; a relay has everybody's.
    #[test]
    fn many_domains_count() {
        let to_stranger = |domains: f32, shared: bool| {
            some(|s: &mut Situation| {
                (s.known, s.strangers) = (0, 1);
                (s.sender_domains, s.shared) = (domains, shared);
            })
        };

        assert_eq!(None, to_stranger(USUAL_DOMAINS, false));
        assert!(to_stranger(2.0 * USUAL_DOMAINS, false) > Some(1.9));
        assert_eq!(Some(CAP), to_stranger(1e6, false));
        assert_eq!(None, to_stranger(1e6, true));
        assert_eq!(None, some(|s| s.sender_domains = 1e6), "a list writes to its readers");
    }

    /// An engine that is new here knows nobody's domains.
    #[test]
    fn newness_here_forges_nothing() {
        let learning = |s: &mut Situation| {
            (s.known, s.strangers) = (0, 1);
            (s.sender_domains, s.learning) = (1e6, true);
        };

        assert_eq!(None, some(learning));
    }
}
