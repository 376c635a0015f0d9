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

/// Returns the sender's name; of one that stands for many, with the part that is meant.  A list says who
/// it is; our own hosts and honest relays are trusted with the envelope sender, others with its domain.
pub fn part(
    sharing: Sharing,
    sender: &Sender,
    list: &str,
    mail_from: &str,
    domain: &str,
) -> String {
    match sharing {
        Sharing::No => sender.id.clone(),
        _ if !list.is_empty() => format!("{}\0{list}", sender.id),
        Sharing::Host | Sharing::Relay => format!("{}\0{mail_from}", sender.id),
        Sharing::Logins => format!("{}\0{domain}", sender.id),
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
