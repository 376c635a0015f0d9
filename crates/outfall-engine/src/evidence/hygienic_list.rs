//! # What it sees
//!
//! A newsletter or list as it should be: it says how to leave, links to its own domain, comes from
//! where it always comes from.
//!
//! # When it is wrong
//!
//! Spammers write List-Unsubscribe too.  So foreign links, a strange login, made-up senders or
//! failing deliveries undo it, and newcomers do not get it.

use super::{Evidence, Family, Situation};
use crate::channel::Channel;

const NATS: f32 = -3.0;

/// A sum of conduct from which a list is no longer taken at its word: see `turned`.
const ODD: f32 = 4.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let list = situation.channel == Channel::List
        || situation.examined.message.head.has("List-Unsubscribe");
    let proper = !situation.foreign_call && !situation.strange_login && !situation.newcomer;
    let honest = !situation.has_many_domains() && situation.suspicion < ODD;
    (list && proper && honest).then(|| Evidence {
        name: "hygienic-list".into(),
        family: Family::Context,
        nats: NATS,
        detail: "says how to leave the list and links to nobody else".to_owned(),
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

    /// A proper list is excused; foreign links, strange logins and newcomers are not.
    #[test]
    fn proper_lists_are_excused() {
        assert_eq!(None, some(|_| ()));
        assert_eq!(Some(NATS), some(|s| s.channel = Channel::List));
        assert_eq!(None, some(|s| (s.channel, s.foreign_call) = (Channel::List, true)));
        assert_eq!(None, some(|s| (s.channel, s.strange_login) = (Channel::List, true)));
        assert_eq!(None, some(|s| (s.channel, s.newcomer) = (Channel::List, true)));
        assert_eq!(None, some(|s| (s.channel, s.sender_domains) = (Channel::List, 40.0)));
    }
    /// Odd conduct undoes it.
    #[test]
    fn odd_conduct_is_not_excused() {
        assert_eq!(Some(NATS), some(|s| (s.channel, s.suspicion) = (Channel::List, 3.9)));
        assert_eq!(None, some(|s| (s.channel, s.suspicion) = (Channel::List, 4.0)));
    }

    /// A script's or login's mailing is a list as well if it says how to leave.
    #[test]
    fn a_way_to_leave_makes_a_list() {
        let raw = b"List-Unsubscribe: <mailto:leave@club.test>\r\n\r\nnews";
        let message = outfall_message::examine(raw);
        let examined = crate::Examined { message, ..crate::Examined::default() };

        assert!(weigh(&Situation::plain(&examined)).is_some());
    }
}
