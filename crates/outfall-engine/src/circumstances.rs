//! Patterns of how a message was handed in and to whom: what recurs when nothing in it does.
//!
//! Main function: [`patterns`].
//!
//! # What it sees
//!
//! * The network and the greeting of a login that never came from there: stolen accounts are used
//!   from the thief's machines.
//! * A sample of the strangers that a message goes to: machines of one botnet work through one
//!   list (Stringhini et al., "BOTMAGNIFIER", USENIX Security 2011).
//!
//! # When it is wrong
//!
//! Travellers meet in one hotel, and telephones in one carrier's network: both kinds are weak, and
//! whoever writes to friends from there counts against it.  The operator's own hosts, and networks
//! where many have been at home for more than a day, the provider's own above all, are no place.
//! Committees share recipients, whom they know: only strangers count.
//!
//! # Not here
//!
//! What the message says (`outfall-patterns`).

use crate::ground;
use crate::names::Names;
use outfall_ledger::{Ledger, Seconds};
use outfall_patterns::{Kind, Pattern};

/// The fewest strangers of a message whose sample is a pattern: what goes to fewer recipients than
/// this counts nothing as an outbreak, and two friends of one family are no list.
const FEWEST_STRANGERS: usize = 5;

/// How many strangers stand for all: those with the smallest hashes, so that lists that overlap by
/// half share one of two as often as not.
const SAMPLE: usize = 2;

/// Returns the patterns of the message's circumstances; none of them can be shown.
pub fn patterns(names: &Names, ledger: &Ledger, now: Seconds) -> Vec<Pattern> {
    let login = login(names, ledger, now).into_iter();
    login.chain(recipients(names, ledger, now)).collect()
}

/// The network and greeting of a login that is new to its account.
fn login(names: &Names, ledger: &Ledger, now: Seconds) -> Option<Pattern> {
    let place = names.networks.place.filter(|_| !ground::is_home(ledger, names, now))?;
    let record = ledger.senders.find(names.sender_key);
    if record.is_some_and(|record| record.knows_place(place)) {
        return None;
    }
    Some(Pattern::new(Kind::Login, place ^ names.greeting.rotate_left(1)))
}

/// A sample of the recipients that the sender never wrote to.
fn recipients(names: &Names, ledger: &Ledger, now: Seconds) -> Vec<Pattern> {
    if names.recipients.len() < FEWEST_STRANGERS {
        return Vec::new();
    }
    // The list is in the order of the hashes.
    let strangers = names.recipients.iter().filter(|one| !names.knows(ledger, **one, now));
    let strangers: Vec<u64> = strangers.copied().take(FEWEST_STRANGERS).collect();
    if strangers.len() < FEWEST_STRANGERS {
        return Vec::new();
    }
    strangers[..SAMPLE].iter().map(|one| Pattern::new(Kind::Recipients, *one)).collect()
}

/// Writes a greeting as its form: runs of digits as one, so that a machine that numbers its
/// greetings stays the same.  Greetings are hostile: only the beginning counts.
pub fn greeting_form(helo: &str) -> String {
    const LONGEST_GREETING: usize = 64;
    let mut form = String::with_capacity(LONGEST_GREETING);
    for sign in helo.chars().take(LONGEST_GREETING) {
        match sign {
            '0'..='9' if form.ends_with('0') => {}
            '0'..='9' => form.push('0'),
            _ => form.extend(sign.to_lowercase()),
        }
    }
    form
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Envelope, Examined, Settings, learn};
    use outfall_ledger::{DAY, LEAST_MEMORY, pair};
    use outfall_patterns::Hasher;

    const NOW: Seconds = 1_772_409_600;

    fn ledger() -> Ledger {
        Ledger::new(LEAST_MEMORY, [0; 16]).unwrap()
    }

    fn login_from(account: &str, ip: &str, helo: &str) -> Envelope {
        Envelope {
            account: Some(account.into()),
            client_ip: Some(ip.into()),
            helo: Some(helo.into()),
            ..Envelope::default()
        }
    }

    fn to(account: &str, recipients: impl Iterator<Item = u32>) -> Envelope {
        let recipients = recipients.map(|number| format!("person{number}@far.test")).collect();
        Envelope { recipients, ..login_from(account, "192.0.2.1", "pc") }
    }

    fn named(envelope: &Envelope, ledger: &Ledger) -> Names {
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        Names::new(&Examined::default(), envelope, &settings, &hasher, ledger)
    }

    fn of(kind: Kind, envelope: &Envelope, ledger: &Ledger, now: Seconds) -> Vec<Pattern> {
        let all = patterns(&named(envelope, ledger), ledger, now);
        all.into_iter().filter(|pattern| pattern.kind() == kind).collect()
    }

    /// Accounts that are used from one new place by one program share a pattern; another network or
    /// greeting is another one.
    #[test]
    fn new_logins_share_their_place() {
        let ledger = ledger();
        let login =
            |account, ip, helo| of(Kind::Login, &login_from(account, ip, helo), &ledger, NOW);
        let one = login("a@a.test", "192.0.2.1", "host-17");

        assert_eq!(1, one.len());
        assert_eq!(one, login("b@b.test", "192.0.2.99", "HOST-9"));
        assert_ne!(one, login("b@b.test", "198.51.100.1", "host-17"));
        assert_ne!(one, login("b@b.test", "192.0.2.1", "[192.0.2.1]"));
    }

    /// Where an account always logs in is no pattern, and nor is a script's or a line's address.
    #[test]
    fn usual_places_are_none() {
        let mut ledger = ledger();
        let home = login_from("a@a.test", "192.0.2.1", "pc");
        let names = named(&home, &ledger);
        ledger.senders.change(names.sender_key, NOW, |record| {
            record.settle(names.networks.place.unwrap(), NOW);
        });
        let line = Envelope { account: None, subscriber: Some("line".into()), ..home.clone() };

        assert!(of(Kind::Login, &home, &ledger, NOW).is_empty());
        assert!(of(Kind::Login, &line, &ledger, NOW).is_empty());
        assert_eq!(
            1,
            of(Kind::Login, &login_from("b@b.test", "192.0.2.1", "pc"), &ledger, NOW).len()
        );
    }

    /// A network where many are at home for days is no place; on the first day it may be the thief's.
    #[test]
    fn crowded_networks_are_no_place() {
        let mut ledger = ledger();
        for number in 0..20 {
            let login = login_from(&format!("p{number}@isp.test"), "192.0.2.7", "pc");
            let names = named(&login, &ledger);
            learn::recall(&mut ledger, &names, NOW);
            learn::recall(&mut ledger, &names, NOW + DAY);
        }
        let login = login_from("new@isp.test", "192.0.2.200", "pc");

        assert_eq!(1, of(Kind::Login, &login, &ledger, NOW + DAY).len());
        assert!(of(Kind::Login, &login, &ledger, NOW + 2 * DAY).is_empty());
    }

    /// Lists that overlap share a sample as often as they overlap, whoever works through them.
    #[test]
    fn overlapping_lists_share_a_sample() {
        let ledger = ledger();
        let sample =
            |account, from| of(Kind::Recipients, &to(account, from..from + 40), &ledger, NOW);
        let one = sample("a@a.test", 0);

        assert_eq!(2, one.len());
        assert_eq!(one, sample("b@b.test", 0));
        assert!(
            (1..40).any(|from| sample("b@b.test", from).iter().any(|other| one.contains(other)))
        );
        assert!(!sample("b@b.test", 1_000).iter().any(|other| one.contains(other)));
    }

    /// A few recipients, or many whom the sender knows, are no list.
    #[test]
    fn friends_are_no_list() {
        let mut ledger = ledger();
        let few = of(Kind::Recipients, &to("a@a.test", 0..4), &ledger, NOW);
        let committee = to("a@a.test", 0..20);
        let names = named(&committee, &ledger);
        for recipient in &names.recipients[..16] {
            ledger.pairs.learn(pair(names.sender_key, *recipient), NOW);
        }

        assert!(few.is_empty());
        assert!(of(Kind::Recipients, &committee, &ledger, NOW).is_empty());
        assert_eq!(2, of(Kind::Recipients, &to("b@b.test", 0..20), &ledger, NOW).len());
    }

    /// A greeting's form has no numbers and an end.
    #[test]
    fn greetings_have_a_form() {
        assert_eq!("[0.0.0.0]", greeting_form("[192.0.2.17]"));
        assert_eq!("win-0abc", greeting_form("WIN-123ABC"));
        assert_eq!(64, greeting_form(&"x".repeat(1000)).len());
    }
}
