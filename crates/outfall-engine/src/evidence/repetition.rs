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

    /// The like to a hundred strangers is a mass if it comes all of a sudden: from a newcomer, or as a great
    /// flood.  From an old hand on a usual day it is a repetition.
    #[test]
    fn a_sudden_mass_says_more() {
        let mass = |change: fn(&mut Situation)| {
            some(|s| {
                (s.own_repeats, s.strangers, s.known, s.recent_strangers) = (3, 1, 0, MASS);
                change(s);
            })
        };
        let flood = |s: &mut Situation| (s.recipients_today, s.busiest_day) = (150.0, 10.0);

        assert_eq!(Some(MASS_NATS), mass(|s| s.newcomer = true));
        assert_eq!(Some(MASS_NATS), mass(flood));
        assert_eq!(Some(NATS), mass(|_| ()));
        assert_eq!(Some(NATS), mass(|s| (s.recipients_today, s.busiest_day) = (149.0, 10.0)));
        assert_eq!(Some(NATS), mass(|s| (s.newcomer, s.recent_strangers) = (true, MASS - 1.0)));
    }

    /// A customer who invites to his own place is no mass, and nobody is while the engine is new here.
    #[test]
    fn own_calls_are_no_mass() {
        let newcomer = |own_call, learning| {
            some(|s| {
                (s.own_repeats, s.strangers, s.known, s.recent_strangers) = (3, 1, 0, MASS);
                (s.newcomer, s.own_call, s.learning) = (true, own_call, learning);
            })
        };

        assert_eq!(Some(NATS), newcomer(true, false));
        assert_eq!(Some(NATS), newcomer(false, true));
    }
}
