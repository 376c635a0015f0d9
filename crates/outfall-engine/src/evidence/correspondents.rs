//! # What it sees
//!
//! Whether the sender, of late, writes to people it never wrote to before.
//!
//! # Why it matters
//!
//! People answer people.  Whoever steals an account writes to strangers (Ho et al., "Detecting
//! and Characterizing Lateral Phishing at Scale", USENIX Security 2019, section 4).
//!
//! # When it is wrong
//!
//! Shops and web services write to strangers every day; for a sender whose past is full of them
//! it says nothing.  Nor does it while the engine itself is new here.

use super::{Evidence, Family, Situation};

/// Nats for each recipient never written to before, and for each one known.
const STRANGER: f32 = 0.5;
const KNOWN: f32 = -0.7;

/// More than this says no more.
const CAP: f32 = 3.0;

/// So many strangers in four weeks before today, and this share of all, are a habit.
const HABIT: f32 = 12.0;
const HABITUAL_SHARE: f32 = 0.5;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let (known, strangers) = (situation.known as f32, situation.strangers as f32);
    if known + strangers == 0.0 {
        return None;
    }
    let recent = situation.recent_strangers + strangers;
    let recent_known = situation.recent_known + known;
    let mut nats = (STRANGER * recent + KNOWN * recent_known).clamp(-CAP, CAP);
    if strangers > known {
        nats = nats.max(0.0); // friends of the day are no alibi for strangers: they may be accomplices
    }
    if strangers == 0.0 {
        nats = nats.min(2.0 * KNOWN); // this very message goes to acquaintances only
    }
    if nats > 0.0 && (situation.learning || has_habit(situation)) {
        return None;
    }
    let total = situation.known + situation.strangers;
    let detail = match situation.strangers {
        0 => "every recipient was written to before".to_owned(),
        strangers => format!("{strangers} of {total} recipients were never written to before"),
    };
    Some(Evidence { name: "correspondents".into(), family: Family::Context, nats, detail })
}

fn has_habit(situation: &Situation) -> bool {
    let (strangers, known) = (situation.past_strangers, situation.past_known);
    strangers >= HABIT && strangers >= HABITUAL_SHARE * (strangers + known)
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

    /// A friend speaks for the sender, strangers against it, each up to the cap.
    #[test]
    fn friends_and_strangers() {
        assert!(nats(|_| ()) < 0.0);
        assert_eq!(Some(0.5), some(|s| (s.known, s.strangers) = (0, 1)));
        assert_eq!(Some(CAP), some(|s| (s.known, s.strangers) = (0, 500)));
    }

    /// Strangers say nothing of a sender who always writes to strangers, nor to a new engine.
    #[test]
    fn habit_and_learning_excuse() {
        assert_eq!(None, some(|s| (s.known, s.strangers, s.past_strangers) = (0, 9, 90.0)));
        assert_eq!(None, some(|s| (s.known, s.strangers, s.learning) = (0, 9, true)));
    }

    /// A message to friends only is mail among friends, whatever was sent before.
    #[test]
    fn mail_to_friends_is_calm() {
        assert!(nats(|s| s.recent_strangers = 100.0) < 0.0);
    }

    /// No recipients, no opinion.
    #[test]
    fn nobody_is_no_evidence() {
        assert_eq!(None, some(|s| s.known = 0));
    }
    /// A friend speaks for seven tenths of a nat, those of the day count with those of the message,
    /// and mail to friends only counts as two.
    #[test]
    fn the_day_counts() {
        let day = |known, strangers| {
            let recent = |s: &mut Situation| {
                (s.known, s.strangers) = (0, 1);
                (s.recent_known, s.recent_strangers) = (known, strangers);
            };
            nats(recent)
        };

        assert_eq!([0.5, 2.0], [day(0.0, 0.0), day(0.0, 3.0)]);
        assert!((day(2.0, 4.0) - (2.5 - 1.4)).abs() < 1e-6);
        assert_eq!(Some(-1.4), some(|_| ()));
    }

    /// Letters to friends, however many, speak for no letter that goes mostly to strangers: the friends may
    /// be accomplices.
    #[test]
    fn friends_are_no_alibi() {
        let to = |known, strangers| {
            nats(|s| (s.known, s.strangers, s.recent_known) = (known, strangers, 50.0))
        };

        assert_eq!([0.0, 0.0], [to(0, 1), to(2, 3)]);
        assert_eq!(-CAP, to(3, 3));
    }

    /// A dozen strangers are a habit, if they were half of all; fewer, or among many friends, are none.
    #[test]
    fn a_habit_has_a_measure() {
        let past = |strangers, known| {
            let past = |s: &mut Situation| {
                (s.known, s.strangers) = (0, 1);
                (s.past_strangers, s.past_known) = (strangers, known);
            };
            some(past)
        };

        assert_eq!(None, past(12.0, 12.0));
        assert_eq!([Some(0.5); 2], [past(11.9, 0.0), past(12.0, 13.0)]);
    }
}
