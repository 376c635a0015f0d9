//! # What it sees
//!
//! More recipients today than on any day of the sender's last four weeks, by far.
//!
//! # When it is wrong
//!
//! The yearly invitation of a club.  So it never reaches far alone, and small numbers say nothing.

use super::{Evidence, Family, Situation};

/// Fewer recipients a day are not volume at all.
const LEAST: f32 = 20.0;

/// So many times the busiest day before is a flood, and a great one.
pub const FLOOD: f32 = 5.0;
pub const GREAT_FLOOD: f32 = 15.0;

/// Returns how many times its busiest day a sender has reached today, zero for small numbers and
/// names that stand for many people.
pub fn flood(situation: &Situation) -> f32 {
    let today = situation.recipients_today;
    if situation.shared || today < LEAST { 0.0 } else { today / usual(situation) }
}

fn usual(situation: &Situation) -> f32 {
    situation.busiest_day.max(1.0)
}

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let (today, usual) = (situation.recipients_today, usual(situation));
    let times = flood(situation);
    if situation.learning || times < FLOOD {
        return None;
    }
    let nats = if times >= GREAT_FLOOD { 3.0 } else { 2.0 };
    let detail = format!("{today:.0} recipients today, at most {usual:.0} on any day before");
    Some(Evidence { name: "volume".into(), family: Family::Context, nats, detail })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    /// Times of the own past count, small numbers do not.
    #[test]
    fn floods_are_relative() {
        assert_eq!(None, some(|s| (s.recipients_today, s.busiest_day) = (LEAST - 1.0, 1.0)));
        assert_eq!(None, some(|s| (s.recipients_today, s.busiest_day) = (499.0, 100.0)));
        assert_eq!(Some(2.0), some(|s| (s.recipients_today, s.busiest_day) = (500.0, 100.0)));
        assert_eq!(Some(3.0), some(|s| (s.recipients_today, s.busiest_day) = (1500.0, 100.0)));
    }

    /// Names that stand for many, and an engine that is new here, know no flood.
    #[test]
    fn shared_names_know_no_flood() {
        assert_eq!(None, some(|s| (s.recipients_today, s.shared) = (1e4, true)));
        assert_eq!(None, some(|s| (s.recipients_today, s.learning) = (1e4, true)));
    }
}
