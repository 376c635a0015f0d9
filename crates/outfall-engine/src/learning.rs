//! How well the engine knows this place, in time: whether it may slow anybody yet.
//!
//! Main type: [`Known`].
//!
//! # Theory
//!
//! Who has just begun knows nobody, so that everybody looks new.  What ends that is mail seen over some
//! time, by itself or in the mail log of the past; so time counts in which there was mail.  One old line
//! of a log is no month of knowledge: a silence counts for at most [`LONGEST_SILENCE`].
//!
//! # What holds
//!
//! * The time known is never more than the time that passed, and one message adds little to it.
//! * A clock that is wrong once, by however much, ends nothing and stops nothing for good.

use outfall_ledger::{DAY, HOUR, Seconds};
use serde::{Deserialize, Serialize};

/// A night without mail is known time, a week is not.
const LONGEST_SILENCE: Seconds = 6 * HOUR;

/// The beginning of 2000: what claims to be older is a broken clock or an undated line of a log.
const EARLIEST: Seconds = 946_684_800;

/// Who steps back further did not come late: he reads an older log, or his clock was wrong.
const STEP_BACK: Seconds = DAY;

/// The time of which mail is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    latest: Option<Seconds>,
    seconds: Seconds,
}

impl Known {
    /// Notes a message, judged or recalled.
    pub fn note(&mut self, now: Seconds) {
        if now < EARLIEST {
            return;
        }
        match self.latest {
            Some(latest) if now > latest => {
                self.seconds = self.seconds.saturating_add((now - latest).min(LONGEST_SILENCE));
                self.latest = Some(now);
            }
            Some(latest) if latest - now <= STEP_BACK => (),
            _ => self.latest = Some(now),
        }
    }

    /// Seconds of which mail is known, short silences included.
    pub fn seconds(&self) -> Seconds {
        self.seconds
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Seconds = 1_772_409_600;

    fn known(times: impl IntoIterator<Item = Seconds>) -> Seconds {
        let mut known = Known::default();
        times.into_iter().for_each(|now| known.note(now));
        known.seconds()
    }

    /// Mail every hour makes hours known; a silence counts for six hours at most.
    #[test]
    fn silences_count_little() {
        assert_eq!(0, known([NOW]));
        assert_eq!(10 * HOUR, known((0..=10).map(|hour| NOW + hour * HOUR)));
        assert_eq!(6 * HOUR, known([NOW, NOW + 28 * DAY]));
    }

    /// A log read after the first mail counts as well, and what comes late counts nothing twice.
    #[test]
    fn order_matters_little() {
        let log = |from: Seconds| (0..48).map(move |hour| from + hour * HOUR);

        assert_eq!(
            47 * HOUR + 6 * HOUR,
            known([NOW].into_iter().chain(log(NOW - 28 * DAY)).chain([NOW + 1]))
        );
        assert_eq!(47 * HOUR, known(log(NOW).chain([NOW + 40 * HOUR, NOW + 30 * HOUR])));
    }

    /// A clock that is wrong once, in either direction, gains six hours at most and stops nothing.
    #[test]
    fn wrong_clocks_do_little() {
        let day = || (0..=24).map(|hour| NOW + hour * HOUR);

        assert_eq!(30 * HOUR, known([NOW, NOW + 4_000 * DAY].into_iter().chain(day())));
        assert_eq!(30 * HOUR, known([NOW, NOW - 4_000 * DAY].into_iter().chain(day())));
        assert_eq!(24 * HOUR, known([0, 5].into_iter().chain(day())));
        assert_eq!(24 * HOUR, known(day().chain([Seconds::MAX, Seconds::MAX])) - 6 * HOUR);
    }
}
