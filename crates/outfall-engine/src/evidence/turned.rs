//! # What it sees
//!
//! A sender that keeps doing what it never did: message upon message out of its own normal.
//!
//! # Theory
//!
//! A cumulative sum (Page, "Continuous Inspection Schemes", 1954): each message adds what its
//! context and repetition say less what an innocent message may say, and the sum never falls
//! below zero.  It needs no other sender and no content.
//!
//! # When it is wrong
//!
//! The first issue of a newsletter from a new customer, a feed turned into mail.  So it speaks only
//! where the login, the envelope senders or a script are strange besides, and where the message calls
//! readers to somewhere that is not the sender's own or the volume is far over its past.

use super::{Evidence, Family, Situation};

/// The sum from which it speaks.
const SPEAKS: f32 = 6.0;
const CAP: f32 = 8.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let sum = situation.suspicion;
    let forged = situation.has_many_domains();
    let new_script = situation.new_script;
    let strange = situation.strange_login || forged || new_script;
    let flood = situation.is_flood() && !situation.own_call;
    let calls = situation.wants() || forged || flood;
    let to_strangers = situation.is_to_strangers();
    if situation.shared || sum < SPEAKS || !to_strangers || !strange || !calls {
        return None;
    }
    let detail = format!(
        "for {} messages now this sender is out of its own normal",
        situation.messages_today
    );
    Some(Evidence { name: "turned".into(), family: Family::Conduct, nats: sum.min(CAP), detail })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    fn thief(situation: &mut Situation) {
        (situation.suspicion, situation.strange_login) = (SPEAKS, true);
        (situation.strangers, situation.known, situation.foreign_call) = (1, 0, true);
    }

    /// A sum of odd messages speaks where the login is strange and the call is foreign.
    #[test]
    fn a_burst_speaks() {
        assert_eq!(Some(SPEAKS), some(thief));
        assert_eq!(
            None,
            some(|s| {
                thief(s);
                s.suspicion = SPEAKS - 0.1;
            })
        );
    }

    /// Without any one of its conditions it is silent: home, friends, an own call, a shared name.
    #[test]
    fn each_condition_is_needed() {
        assert_eq!(
            None,
            some(|s| {
                thief(s);
                s.strange_login = false;
            })
        );
        assert_eq!(
            None,
            some(|s| {
                thief(s);
                s.known = 2;
            })
        );
        assert_eq!(
            None,
            some(|s| {
                thief(s);
                s.foreign_call = false;
            })
        );
        assert_eq!(
            None,
            some(|s| {
                thief(s);
                s.shared = true;
            })
        );
    }

    /// A flood stands for the call, unless it calls to the sender's own place.
    #[test]
    fn a_flood_needs_no_link() {
        let flood = |own: bool| {
            some(|s: &mut Situation| {
                thief(s);
                (s.foreign_call, s.recipients_today, s.own_call) = (false, 900.0, own);
            })
        };

        assert_eq!(Some(SPEAKS), flood(false));
        assert_eq!(None, flood(true));
    }

    /// Made-up senders are strange by themselves and call by themselves; a new script is strange, and must
    /// call like anybody else.
    #[test]
    fn forgers_and_new_scripts_need_no_login() {
        let at_home = |foreign_call: bool, change: fn(&mut Situation)| {
            some(|s| {
                thief(s);
                (s.strange_login, s.foreign_call) = (false, foreign_call);
                change(s);
            })
        };

        assert_eq!(Some(SPEAKS), at_home(false, |s| s.sender_domains = 5.0));
        assert_eq!(None, at_home(false, |s| s.sender_domains = 4.0));
        assert_eq!(Some(SPEAKS), at_home(true, |s| s.new_script = true));
        assert_eq!(None, at_home(false, |s| s.new_script = true));
        assert_eq!(None, at_home(true, |s| s.newcomer = true));
    }

    /// A file to open or a number to call stands for the link.
    #[test]
    fn files_and_numbers_call() {
        assert_eq!(
            Some(SPEAKS),
            some(|s| {
                thief(s);
                (s.foreign_call, s.carries) = (false, true);
            })
        );
    }
}
