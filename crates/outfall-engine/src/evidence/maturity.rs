//! # What it sees
//!
//! A sender that has been here for weeks and behaved.
//!
//! # When it is wrong
//!
//! A stolen account is an old account: it is given up as soon as the login is strange or the
//! volume is far over the past, and it never outweighs those.

use super::{Evidence, Family, Situation};

const NATS: f32 = -2.0;
const DAYS: f64 = 7.0;
const MESSAGES: f32 = 10.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let (days, messages) = (situation.age_days, situation.past_messages);
    let calm = !situation.strange_login && !situation.shared && situation.suspicion < 1.0;
    let mature = calm && days >= DAYS && messages >= MESSAGES;
    mature.then(|| Evidence {
        name: "maturity".into(),
        family: Family::Context,
        nats: NATS,
        detail: format!("here for {days:.0} days without a complaint, {messages:.0} messages"),
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

    /// Weeks of calm speak for a sender until the login is strange or its conduct is odd.
    #[test]
    fn calm_weeks_count() {
        assert_eq!(Some(NATS), some(|_| ()));
        assert_eq!(None, some(|s| s.age_days = DAYS - 0.1));
        assert_eq!(None, some(|s| s.past_messages = MESSAGES - 1.0));
        assert_eq!(None, some(|s| s.strange_login = true));
        assert_eq!(None, some(|s| s.suspicion = 2.0));
    }
    /// A name that stands for many never grows up.
    #[test]
    fn shared_names_do_not_mature() {
        assert_eq!(None, some(|s| s.shared = true));
    }
}
