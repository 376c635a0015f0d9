//! # What it sees
//!
//! An account that has been here for a while logs in from a network it never used.
//!
//! # When it is wrong
//!
//! People travel and change providers.  It counts only together with other reasons, and once a
//! place was used for a day it is usual.

use super::{Evidence, Family, Situation};

const NATS: f32 = 2.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let strange = situation.strange_login && !situation.learning;
    strange.then(|| Evidence {
        name: "strange-login".into(),
        family: Family::Context,
        nats: NATS,
        detail: "the login came from a network this account did not use before".to_owned(),
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

    /// It counts once the engine knows the place.
    #[test]
    fn strange_places_count_unless_learning() {
        assert_eq!(None, some(|_| ()));
        assert_eq!(Some(NATS), some(|s| s.strange_login = true));
        assert_eq!(None, some(|s| (s.strange_login, s.learning) = (true, true)));
    }
}
