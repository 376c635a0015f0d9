//! The networks that an account logs in from, and those where many of the provider's accounts are at
//! home: its own lines, a campus, a mobile carrier.  There a login that is new to one says nothing.
//!
//! Main types: [`Networks`].
//!
//! What holds: only accounts that have been here for a day, were not held back, and use a place that
//! is usual for them make a network known, so that a thief with many passwords does not.

use crate::Settings;
use crate::names::Names;
use crate::settings::{prefix, wide};
use crate::sharing::Sharing;
use outfall_ledger::{DAY, Ledger, Seconds, SenderRecord};
use outfall_message::Head;
use outfall_patterns::Hasher;
use std::net::IpAddr;

/// Where a login came from, as keyed hashes; nothing where that cannot be told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Networks {
    /// The small network, a /24 or a /48: a login's place.
    pub place: Option<u64>,
    /// The wide one, a /16 or a /32.
    pub ground: Option<u64>,
    /// The webmail host's own place, where that host told who sits before it.
    pub host: Option<u64>,
}

impl Networks {
    /// Finds the networks of a login from `ip`.  A host where many log in is believed when it says whom
    /// it speaks for; without that word, one that the operator calls shared is no place.
    pub fn of(
        ip: Option<IpAddr>,
        head: &Head,
        sharing: Sharing,
        settings: &Settings,
        hasher: &Hasher,
    ) -> Self {
        let key = |network: u128| hasher.hash(&network.to_be_bytes());
        let client = ip.filter(|ip| !settings.is_shared(*ip));
        let host = client.map(|ip| key(small(ip)));
        match origin(head).filter(|_| sharing != Sharing::No) {
            Some(ip) => Networks::at(ip, key, host),
            None => client.map(|ip| Networks::at(ip, key, None)).unwrap_or_default(),
        }
    }

    fn at(ip: IpAddr, key: impl Fn(u128) -> u64, host: Option<u64>) -> Self {
        // The one bit keeps a wide network from being taken for the first small one in it.
        Networks { place: Some(key(small(ip))), ground: Some(key(wide(ip) | 1)), host }
    }
}

fn small(ip: IpAddr) -> u128 {
    prefix(ip, if ip.is_ipv4() { 24 } else { 48 })
}

/// The address of whoever sits at the webmail, as the webmail host writes it.
fn origin(head: &Head) -> Option<IpAddr> {
    let value = head.value("X-Originating-IP")?;
    let ip: IpAddr = value.trim().trim_matches(['[', ']']).parse().ok()?;
    Some(ip.to_canonical()).filter(|ip| !is_private(*ip))
}

/// An address inside somebody's own network says nothing of where that is.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(four) => four.is_private() || four.is_loopback() || four.is_link_local(),
        IpAddr::V6(six) => {
            six.is_unique_local() || six.is_loopback() || six.is_unicast_link_local()
        }
    }
}

//------------ Home -----------------------------------------------------------

/// So many accounts at home in a small network, or in a wide one, make it everybody's.
const ACCOUNTS_IN_A_NETWORK: f32 = 5.0;
const ACCOUNTS_IN_A_WIDE_NETWORK: f32 = 20.0;

/// Tells whether the login came from where many others are at home, and not just since today.
pub fn is_home(ledger: &Ledger, names: &Names, now: Seconds) -> bool {
    let many = |network: Option<u64>, least: f32| {
        let record = network.and_then(|key| ledger.senders.find(key));
        record.is_some_and(|record| record.accounts() >= least && record.age_of(now) >= DAY)
    };
    let networks = &names.networks;
    many(networks.place, ACCOUNTS_IN_A_NETWORK) || many(networks.ground, ACCOUNTS_IN_A_WIDE_NETWORK)
}

/// Notes that the account is at home in its networks, if it is.
pub fn note(ledger: &mut Ledger, names: &Names, now: Seconds) {
    let (Some(account), Some(place)) = (names.account_key, names.networks.place) else { return };
    let settled = |record: &SenderRecord| record.age_of(now) >= DAY && record.knows_place(place);
    if !ledger.senders.find(names.sender_key).is_some_and(settled) {
        return;
    }
    for network in [Some(place), names.networks.ground].into_iter().flatten() {
        ledger.senders.change(network, now, |record| record.note_account(account));
    }
}
