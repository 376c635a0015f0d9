//! # What it sees
//!
//! A sender that was never met before today.
//!
//! # When it is wrong
//!
//! Every customer is new once: it is weak, and nothing while the engine itself is new here.

use super::{Evidence, Family, Situation};

const NATS: f32 = 1.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let one_of_many = situation.shared && !situation.relayed;
    let new = situation.newcomer && !situation.learning && !one_of_many;
    new.then(|| Evidence {
        name: "newcomer".into(),
        family: Family::Context,
        nats: NATS,
        detail: "the sender was never seen before today".to_owned(),
    })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    /// Newness counts where the engine knows the place and the name is one person's.
    #[test]
    fn newness_counts() {
        assert_eq!(None, some(|_| ()));
        assert_eq!(Some(NATS), some(|s| s.newcomer = true));
        assert_eq!(None, some(|s| (s.newcomer, s.learning) = (true, true)));
        assert_eq!(None, some(|s| (s.newcomer, s.shared) = (true, true)));
    }

    /// Behind an honest mail server each mailbox is one, and new once.
    #[test]
    fn new_mailboxes_behind_relays_count() {
        let relayed = |s: &mut Situation| (s.newcomer, s.shared, s.relayed) = (true, true, true);

        assert_eq!(Some(NATS), some(relayed));
    }
}
