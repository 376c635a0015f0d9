//! # What it sees
//!
//! Recipients that do not exist.
//!
//! # Why it matters
//!
//! People know whom they write to; bought and made-up lists do not (Clayton, "Stopping Spam by
//! Extrusion Detection", CEAS 2004).
//!
//! # When it is wrong
//!
//! A school whose pupils all left in June.
//!
//! # Theory
//!
//! A binomial likelihood ratio: twelve in a hundred fail for a bad list, three for a good one.

use super::{Evidence, Family, Situation};

const BAD: f32 = 0.12;
const GOOD: f32 = 0.03;

/// Counts fade over a day from the moment they are made: one failure is seen for half a day.
const LEAST: f32 = 0.5;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let (failed, delivered) = (situation.failed, situation.delivered);
    if failed + delivered < LEAST || situation.shared {
        return None;
    }
    let nats = failed * (BAD / GOOD).ln() + delivered * ((1.0 - BAD) / (1.0 - GOOD)).ln();
    let detail = format!("{failed:.0} of {:.0} recent deliveries failed", failed + delivered);
    Some(Evidence {
        name: "deliveries".into(),
        family: Family::Context,
        nats: nats.clamp(-2.0, 4.0),
        detail,
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

    fn nats(change: impl FnOnce(&mut Situation)) -> f32 {
        some(change).unwrap_or_default()
    }

    /// Failures speak against, successes for; neither is silence.
    #[test]
    fn failures_and_successes() {
        assert_eq!(None, some(|_| ()));
        assert!(nats(|s| s.failed = 2.0) > 2.0);
        assert!(nats(|s| s.delivered = 10.0) < 0.0);
        assert_eq!(None, some(|s| (s.failed, s.shared) = (9.0, true)));
    }
    /// A single failure is seen for half a day and then says nothing; no number of failures says more
    /// than four nats, nor successes more than two.
    #[test]
    fn deliveries_are_capped() {
        assert_eq!(None, some(|s| s.failed = 0.49));
        assert!(nats(|s| s.failed = 0.5) > 0.6);
        assert!(nats(|s| s.failed = 1.0) > 1.0);
        assert_eq!(Some(4.0), some(|s| s.failed = 500.0));
        assert_eq!(Some(-2.0), some(|s| s.delivered = 500.0));
    }
}
