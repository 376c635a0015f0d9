//! # What it sees
//!
//! One account that says the same from several networks within a day.
//!
//! # Why it matters
//!
//! A person is in one place, perhaps two.  A stolen password is used by many machines at once.
//!
//! # When it is wrong
//!
//! A company's shared mailbox, read from many desks: those networks were used before, and only new
//! ones count.

use super::{Evidence, Family, Situation};

/// A telephone goes through a few networks of its carrier in a day; the fourth new one is no longer a person.
pub const MANY_PLACES: u32 = 4;
const CAP: f32 = 6.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let places = situation.new_places_today;
    if !situation.has_many_places() {
        return None;
    }
    let nats = (2.0 + places as f32 - MANY_PLACES as f32).min(CAP);
    let detail = format!("{places} networks new to this account within a day");
    Some(Evidence { name: "places".into(), family: Family::Conduct, nats, detail })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    /// The fourth new network in a day counts, with a foreign call repeated to strangers.
    #[test]
    fn many_places_count() {
        let busy = |places: u32| {
            some(|s: &mut Situation| {
                (s.new_places_today, s.own_repeats, s.foreign_call) = (places, 1, true);
                (s.strangers, s.known) = (1, 0);
            })
        };

        assert_eq!(None, busy(3));
        assert_eq!(Some(2.0), busy(4));
        assert_eq!(Some(CAP), busy(60));
        assert_eq!(None, some(|s| s.new_places_today = 5));
    }
}
