//! From how many nats a message is convicted: the operator's budget of false alarms in nats.
//!
//! Main types: [`Threshold`], which says itself in the operator's words; [`FalseAlarms`], what people
//! found wrong of late.
//!
//! # Theory
//!
//! With N senders a day and at most B false alarms a day, ln(N / B) nats are asked for (see `score`).
//! The weights are set by hand, so that the true rate is another one; where it is known, it corrects the
//! threshold.  What people release after a conviction is a false alarm that was counted.  The tail of an
//! innocent score falls by e with every nat, as the theory has it, so that an observed rate of r asks for
//! ln(r / B) nats more.
//!
//! # What holds
//!
//! * The threshold never falls below what the budget says, and rises by at most [`MOST_RAISED`].
//! * Only people who may release can raise it, and only messages that were convicted: mail alone, of
//!   whatever sort, moves nothing.  (The greatest scores of unconvicted mail would say more, and any
//!   attacker who stays below the line could raise it with them.)
//! * A sender counts once a day; what was released fades over four weeks.

use crate::score::BULK;
use outfall_ledger::{DAY, Seconds};
use serde::{Deserialize, Serialize};

/// A small site grows: its threshold is that of a thousand senders.
const FEWEST_SENDERS: usize = 1_000;

/// Below this no budget leads: a conviction is always more than `bulk`.
const LEAST: f32 = BULK + 1.0;

/// Twenty times as many false alarms as allowed: more is no matter of a threshold.
const MOST_RAISED: f32 = 3.0;

/// For so long a false alarm counts: shorter, and a small budget could not be told from none.
const SPAN: Seconds = 28 * DAY;

/// So few releases are chance, whatever the budget.
const CHANCE: f64 = 1.0;

/// From where a message is convicted, and why from there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// In nats.
    pub nats: f32,
    /// Senders known.
    pub senders: u32,
    /// False alarms a day that the operator accepts.
    pub budget: f64,
    /// By how much the false alarms of the last weeks raised it.
    pub raised: f32,
}

impl Threshold {
    /// Returns the threshold of a site; `false_alarms` is their number in the last four weeks.
    pub fn new(senders: usize, budget: f64, false_alarms: f64) -> Self {
        let asked =
            ((senders.max(FEWEST_SENDERS) as f64 / budget.max(1e-6)).ln() as f32).max(LEAST);
        let allowed = (budget * f64::from(SPAN / DAY)).max(CHANCE);
        let raised = ((false_alarms / allowed).max(1.0).ln() as f32).min(MOST_RAISED);
        let senders = senders.try_into().unwrap_or(u32::MAX);
        Threshold { nats: asked + raised, senders, budget, raised }
    }
}

impl std::fmt::Display for Threshold {
    /// `convicted from 9.2 nats: 640 senders (counted as 1,000), at most 0.1 false alarms a day`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let senders = grouped(self.senders);
        write!(formatter, "convicted from {:.1} nats: {senders} senders", self.nats)?;
        if (self.senders as usize) < FEWEST_SENDERS {
            write!(formatter, " (counted as {})", grouped(FEWEST_SENDERS as u32))?;
        }
        write!(formatter, ", at most {} false alarms a day", self.budget)?;
        if self.raised > 0.0 {
            write!(
                formatter,
                "; {:.1} nats of it because people released more convictions",
                self.raised
            )?;
        }
        Ok(())
    }
}

/// Writes a number with commas between thousands.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let first = (digits.len() + 2) % 3 + 1;
    let rest = digits.as_bytes()[first..].chunks(3).map(|three| String::from_utf8_lossy(three));
    std::iter::once(digits[..first].into()).chain(rest).collect::<Vec<_>>().join(",")
}

//------------ FalseAlarms ----------------------------------------------------

/// Convictions that people released, fading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FalseAlarms {
    count: f64,
    at: Seconds,
}

impl FalseAlarms {
    /// Counts one.
    pub fn note(&mut self, now: Seconds) {
        *self = FalseAlarms { count: self.count(now) + 1.0, at: self.at.max(now) };
    }

    /// Returns how many there were of late.
    pub fn count(&self, now: Seconds) -> f64 {
        let passed = f64::from(now.saturating_sub(self.at));
        self.count * (-passed / f64::from(SPAN)).exp()
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn at(senders: usize, budget: f64) -> f32 {
        Threshold::new(senders, budget, 0.0).nats
    }

    /// Twice the budget lowers the threshold by ln 2, ten times the senders raises it by ln 10.
    #[test]
    fn the_threshold_follows_the_budget() {
        assert!((at(100_000, 0.1) - at(100_000, 0.2) - 2.0_f32.ln()).abs() < 1e-4);
        assert!((at(1_000_000, 0.1) - at(100_000, 0.1) - 10.0_f32.ln()).abs() < 1e-4);
        assert_eq!(at(1_000, 0.1), at(0, 0.1), "a small site counts as a thousand senders");
        assert_eq!(BULK + 1.0, at(0, 1e9), "no budget makes slowing convict");
        assert!(at(0, 0.0) > 20.0 && at(0, 0.0).is_finite(), "no budget at all is a high line");
    }

    /// Releases within the budget, and one in any case, raise nothing; ten times as many raise by
    /// ln 10, and no number by more than three nats.
    #[test]
    fn releases_beyond_the_budget_raise_it() {
        let raised = |budget, alarms| Threshold::new(50_000, budget, alarms).raised;

        assert_eq!([0.0, 0.0, 0.0], [raised(0.1, 0.0), raised(0.1, 2.8), raised(0.001, 1.0)]);
        assert!((raised(0.1, 28.0) - 10.0_f32.ln()).abs() < 1e-4);
        assert_eq!(MOST_RAISED, raised(0.1, 1e9));
        let (more, plain) = (Threshold::new(50_000, 0.1, 28.0), Threshold::new(50_000, 0.1, 0.0));
        assert_eq!(plain.nats + more.raised, more.nats);
    }

    /// False alarms fade to a third in four weeks; a clock that steps back fades nothing.
    #[test]
    fn false_alarms_fade() {
        let mut alarms = FalseAlarms::default();
        (0..10).for_each(|_| alarms.note(1_772_409_600));

        assert_eq!(10.0, alarms.count(1_772_409_600 - DAY));
        assert!((alarms.count(1_772_409_600 + SPAN) - 3.68).abs() < 0.01);
    }

    /// It is said in the operator's words.
    #[test]
    fn it_is_said_in_words() {
        assert_eq!(
            "convicted from 9.2 nats: 640 senders (counted as 1,000), at most 0.1 false alarms a day",
            Threshold::new(640, 0.1, 0.0).to_string()
        );
        assert_eq!(
            "convicted from 16.1 nats: 1,000,000 senders, at most 1 false alarms a day; 2.3 nats of \
             it because people released more convictions",
            Threshold::new(1_000_000, 1.0, 280.0).to_string()
        );
        assert_eq!(["1", "12", "123", "1,234", "12,345"], [1, 12, 123, 1_234, 12_345].map(grouped));
    }
}
