//! # What it sees
//!
//! The sender says the same again, to strangers.
//!
//! # When it is wrong
//!
//! Order confirmations and first newsletters do so too: it is worth little without other reasons.

use super::{Evidence, Family, Situation};

pub const NATS: f32 = 1.5;

/// The same from somebody who was never seen before today, to so many strangers already.
const MASS: f32 = 100.0;
const MASS_NATS: f32 = 3.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let repeats = situation.own_repeats;
    let says = repeats > 0 && situation.strangers > situation.known && !situation.shared;
    let sudden = situation.newcomer || super::flood(situation) >= super::GREAT_FLOOD;
    let mass =
        sudden && !situation.learning && !situation.own_call && situation.recent_strangers >= MASS;
    says.then(|| Evidence {
        name: "repetition".into(),
        family: Family::Conduct,
        nats: if mass { MASS_NATS } else { NATS },
        detail: match mass {
            true => format!(
                "the like went to {:.0} strangers all of a sudden",
                situation.recent_strangers
            ),
            false => "the sender sent the like to other strangers before".to_owned(),
        },
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

    /// The same again counts if it goes to strangers.
    #[test]
    fn repetition_to_strangers_counts() {
        assert_eq!(None, some(|s| s.own_repeats = 3));
        assert_eq!(Some(NATS), some(|s| (s.own_repeats, s.strangers, s.known) = (3, 1, 0)));
    }
    /// Many people behind one name say the same without meaning it.
    #[test]
    fn shared_names_may_repeat() {
        assert_eq!(
            None,
            some(|s| (s.own_repeats, s.strangers, s.known, s.shared) = (3, 1, 0, true))
        );
    }
}
