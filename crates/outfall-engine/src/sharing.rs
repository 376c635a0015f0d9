//! Who stands for many, and which of the many is meant.
//!
//! Main type: [`Sharing`].
//!
//! What holds: a shared name is never accused; what it sends is judged by the part of it that can be
//! told: its list, its mailbox, its domain.
//!
//! # Theory
//!
//! A mail server that passes on the mail of many domains looks like an infected PC that makes up its
//! senders.  It differs in time: it has done so for a day at least, and hardly any of it was held back.

use crate::envelope::folded;
use crate::names::named;
use crate::{Envelope, Sender, SenderKind, Settings};
use outfall_ledger::{DAY, Ledger, Level, SenderRecord, Window};
use outfall_patterns::Hasher;
use std::net::IpAddr;

/// Whether an address stands for many people, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// It does not.
    #[default]
    No,
    /// The operator says so, or there is no address: a host of the provider's own.
    Host,
    /// Many log in there.
    Logins,
    /// It has proved to be a mail server of many domains.
    Relay,
}

impl Sharing {
    /// Finds out.
    pub fn of(
        ip: Option<IpAddr>,
        address: Option<u64>,
        settings: &Settings,
        ledger: &Ledger,
    ) -> Self {
        let record = address.and_then(|key| ledger.senders.find(key));
        match record {
            _ if ip.is_none_or(|ip| settings.is_shared(ip)) => Sharing::Host,
            Some(record) if record.accounts() >= ACCOUNTS_OF_A_SHARED_ADDRESS => Sharing::Logins,
            Some(record) if is_relay(record) => Sharing::Relay,
            _ => Sharing::No,
        }
    }
}

/// An address on which so many logins were seen stands for many people.
const ACCOUNTS_OF_A_SHARED_ADDRESS: f32 = 5.0;

fn is_relay(record: &SenderRecord) -> bool {
    let now = record.last_seen();
    let held =
        [Level::Bulk, Level::Convicted].map(|level| record.counted(level, Window::Month, now));
    let messages = record.volume(Window::Month, now).messages;
    record.envelope_senders() >= DOMAINS_OF_A_RELAY
        && record.age_of(now) >= DAY
        && held.iter().sum::<f32>() < HELD_OF_A_RELAY * messages
}

/// More domains than a household or a firm has, by far, as the sketch of them is rough.
const DOMAINS_OF_A_RELAY: f32 = 12.0;

/// The share of its mail, when it was still judged as one, from which it is no honest relay.
const HELD_OF_A_RELAY: f32 = 0.2;

/// What mail without an address is counted for: a mail log calls local what a milter sees from here.
pub const LOCAL: &str = "127.0.0.1";

/// Returns the sender's name; of one that stands for many, with the part that is meant.  A list says who
/// it is; our own hosts and honest relays are trusted with the envelope sender, others with its domain.
pub fn part(
    sharing: Sharing,
    sender: &Sender,
    list: &str,
    mail_from: &str,
    domain: &str,
) -> String {
    let host = if sender.id.is_empty() { LOCAL } else { &sender.id };
    match sharing {
        Sharing::No => sender.id.clone(),
        _ if !list.is_empty() => format!("{host}\0{list}"),
        Sharing::Host | Sharing::Relay => format!("{host}\0{mail_from}"),
        Sharing::Logins => format!("{host}\0{domain}"),
    }
}

/// Returns the name of a sender of whom somebody speaks; none for an address that stands for many
/// without the envelope sender that tells which of them.
pub fn spoken_of(
    sender: &Sender,
    mail_from: Option<&str>,
    settings: &Settings,
    hasher: &Hasher,
    ledger: &Ledger,
) -> Option<u64> {
    let key = named(hasher, sender.kind.name(), &sender.id);
    if sender.kind != SenderKind::Ip {
        return Some(key);
    }
    let sharing = Sharing::of(sender.id.parse().ok(), Some(key), settings, ledger);
    if sharing == Sharing::No {
        return Some(key);
    }
    let envelope = Envelope { mail_from: Some(mail_from?.to_owned()), ..Envelope::default() };
    let (mail_from, domain) = (folded(envelope.mail_from()), envelope.mail_from_domain());
    Some(named(hasher, sender.kind.name(), &part(sharing, sender, "", &mail_from, &domain)))
}

/// Tells whether so many log in under a domain that it is the provider's own and no customer: firms of
/// that size have mail servers of their own.
pub fn is_of_provider(login_domain: Option<u64>, ledger: &Ledger) -> bool {
    let record = login_domain.and_then(|key| ledger.senders.find(key));
    record.is_some_and(|record| record.accounts() >= ACCOUNTS_OF_A_PROVIDER)
}

const ACCOUNTS_OF_A_PROVIDER: f32 = 100.0;

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use outfall_ledger::{LEAST_MEMORY, Seconds, Sent};

    const NOW: Seconds = 1_772_409_600;
    const RELAY: &str = "192.0.2.25";

    fn ledger() -> Ledger {
        Ledger::new(LEAST_MEMORY, [0; 16]).unwrap()
    }

    fn key(ip: &str) -> u64 {
        named(&Hasher::new([0; 16]), "ip", ip)
    }

    fn sharing(ip: &str, ledger: &Ledger) -> Sharing {
        Sharing::of(ip.parse().ok(), Some(key(ip)), &Settings::default(), ledger)
    }

    /// An address that passes on a letter of each domain, and some that are held back, a while later.
    fn passes_on(domains: u64, [slowed, convicted]: [u32; 2], age: Seconds) -> Ledger {
        let mut ledger = ledger();
        let send = |record: &mut SenderRecord, now| {
            record.send(Sent { recipients: 1, novel: 0 }, now);
        };
        ledger.senders.change(key(RELAY), NOW, |record| {
            (1..100).for_each(|_| send(record, NOW));
            (0..domains).for_each(|domain| record.note_envelope_sender(domain));
            (0..slowed).for_each(|_| record.count_level(Level::Bulk, NOW));
            (0..convicted).for_each(|_| record.count_level(Level::Convicted, NOW));
            send(record, NOW + age);
        });
        ledger
    }

    /// Five logins make an address many people's, as soon as the sketch counts five.
    #[test]
    fn five_logins_share_an_address() {
        let mut ledger = ledger();
        for account in 0..12 {
            let count = ledger.senders.change(key("192.0.2.1"), NOW, |record| {
                record.note_account(account);
                record.accounts()
            });
            let want = if count >= 5.0 { Sharing::Logins } else { Sharing::No };

            assert_eq!(want, sharing("192.0.2.1", &ledger), "{count} logins");
        }
        assert_eq!(Sharing::Logins, sharing("192.0.2.1", &ledger));
        assert_eq!(Sharing::No, sharing("192.0.2.2", &ledger));
    }

    /// The operator's own hosts are shared whatever is known of them, and so is what has no address.
    #[test]
    fn our_hosts_are_shared_from_the_first_message() {
        let ledger = ledger();

        assert_eq!(Sharing::Host, sharing("127.0.0.1", &ledger));
        assert_eq!(Sharing::Host, Sharing::of(None, None, &Settings::default(), &ledger));
    }

    /// Twelve domains make a mail server, eleven do not.
    #[test]
    fn a_relay_has_a_dozen_domains() {
        let of = |domains| {
            let ledger = passes_on(domains, [0, 0], DAY);
            let count = ledger.senders.find(key(RELAY)).unwrap().envelope_senders();
            (count >= 12.0, sharing(RELAY, &ledger))
        };
        let found: Vec<_> = (0..40).map(of).collect();

        assert!(found.iter().all(|&(many, found)| many == (found == Sharing::Relay)));
        assert_eq!([Sharing::No, Sharing::Relay], [found[6].1, found[39].1]);
    }

    /// What passes on many domains is an infected PC until it has done so for a day.
    #[test]
    fn a_relay_has_been_here_for_a_day() {
        assert_eq!(Sharing::No, sharing(RELAY, &passes_on(100, [0, 0], DAY - 1)));
        assert_eq!(Sharing::Relay, sharing(RELAY, &passes_on(100, [0, 0], DAY)));
    }

    /// From a fifth of its mail held back, slowed or convicted, it is no honest mail server.
    #[test]
    fn a_relay_passes_on_little_abuse() {
        let held = |levels| sharing(RELAY, &passes_on(100, levels, DAY));

        assert_eq!([Sharing::Relay; 3], [[19, 0], [0, 19], [10, 9]].map(held));
        assert_eq!([Sharing::No; 3], [[21, 0], [0, 21], [11, 10]].map(held));
    }

    /// One that is not shared is whole; of the others a list says who it is, hosts and relays are trusted
    /// with the mailbox, and an address of many logins with no more than the domain.
    #[test]
    fn the_part_is_what_can_be_trusted() {
        let sender = Sender { kind: SenderKind::Ip, id: "192.0.2.1".into() };
        let of = |sharing, list| part(sharing, &sender, list, "a@one.test", "one.test");

        assert_eq!("192.0.2.1", of(Sharing::No, "<news.test>"));
        for sharing in [Sharing::Host, Sharing::Relay, Sharing::Logins] {
            assert_eq!("192.0.2.1\0<news.test>", of(sharing, "<news.test>"));
        }
        assert_eq!("192.0.2.1\0a@one.test", of(Sharing::Host, ""));
        assert_eq!("192.0.2.1\0a@one.test", of(Sharing::Relay, ""));
        assert_eq!("192.0.2.1\0one.test", of(Sharing::Logins, ""));
    }

    /// Whoever speaks of a relay must say which mailbox he means; a login of the same name is nobody's part.
    #[test]
    fn a_relay_is_spoken_of_by_its_mailboxes() {
        let ledger = passes_on(100, [0, 0], DAY);
        let of = |kind, mail_from| {
            let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
            spoken_of(&Sender { kind, id: RELAY.into() }, mail_from, &settings, &hasher, &ledger)
        };

        assert_eq!(None, of(SenderKind::Ip, None));
        assert_eq!(Some(key("192.0.2.25\0a@one.test")), of(SenderKind::Ip, Some("A@One.test")));
        assert_eq!(
            Some(named(&Hasher::new([0; 16]), "account", RELAY)),
            of(SenderKind::Account, None)
        );
    }

    /// A hundred logins under a domain make it the provider's own; a firm has fewer.
    #[test]
    fn a_providers_domain_has_a_hundred_logins() {
        let mut ledger = ledger();
        let of = |logins: u64, ledger: &mut Ledger| {
            ledger.senders.change(key("x"), NOW, |record| {
                (0..logins).for_each(|account| record.note_account(account));
                record.accounts() >= 100.0
            })
        };
        let (few, firm) = (of(40, &mut ledger), is_of_provider(Some(key("x")), &ledger));
        let (many, provider) = (of(400, &mut ledger), is_of_provider(Some(key("x")), &ledger));

        assert_eq!((false, false, true, true), (few, firm, many, provider));
        assert!(!is_of_provider(None, &ledger));
    }
}
