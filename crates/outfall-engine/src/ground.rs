//! The networks that an account logs in from, and those where many of the provider's accounts are at
//! home: its own lines, a campus, a mobile carrier.  There a login that is new to one says nothing.
//!
//! Main type: [`Networks`].
//!
//! What holds: only accounts that have been here for a day, were not held back, and use a place that
//! is usual for them make a network known, so that a thief with many passwords does not; and only a
//! host in such a network, or the operator's own, is believed when it names whom it speaks for.

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
    /// Finds the networks of a login from `ip`.  The operator's own host is believed when it says whom it
    /// speaks for, and so is one where many log in and are at home; a thief with many passwords could
    /// write there what he likes.  Without that word, a host that the operator calls shared is no place.
    pub fn of(
        ip: Option<IpAddr>,
        head: &Head,
        sharing: Sharing,
        (settings, hasher, ledger): (&Settings, &Hasher, &Ledger),
    ) -> Self {
        let key = |network: u128| hasher.hash(&network.to_be_bytes());
        let client = ip.filter(|ip| !settings.is_shared(*ip));
        let host = client.map(|ip| key(small(ip)));
        let is_homely = || accounts(ledger, host) >= ACCOUNTS_IN_A_NETWORK;
        let believed = match sharing {
            Sharing::Host => true,
            Sharing::Logins => is_homely(),
            _ => false,
        };
        match origin(head).filter(|_| believed) {
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

/// Counts the accounts that are at home in a network.
fn accounts(ledger: &Ledger, network: Option<u64>) -> f32 {
    network.and_then(|key| ledger.senders.find(key)).map_or(0.0, SenderRecord::accounts)
}

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

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn;
    use crate::{Envelope, Examined};
    use outfall_ledger::LEAST_MEMORY;
    use outfall_message::Field;

    const NOW: Seconds = 1_772_409_600;

    fn ledger() -> Ledger {
        Ledger::new(LEAST_MEMORY, [0; 16]).unwrap()
    }

    fn of(ip: &str, origin: &str, sharing: Sharing, ledger: &Ledger) -> Networks {
        let field = Field { name: "X-Originating-IP".into(), value: origin.into() };
        let fields = if origin.is_empty() { Vec::new() } else { vec![field] };
        let (head, settings) = (Head { fields, ..Head::default() }, Settings::default());
        let hasher = Hasher::new([0; 16]);
        Networks::of(ip.parse().ok(), &head, sharing, (&settings, &hasher, ledger))
    }

    /// The same where many have always been at home in the webmail host's network.
    fn networks(ip: &str, origin: &str, sharing: Sharing) -> Networks {
        let mut ledger = ledger();
        let host = of(ip, "", Sharing::No, &ledger).place.unwrap_or_default();
        ledger.senders.change(host, NOW, |record| {
            (0..12).for_each(|account| record.note_account(account));
        });
        of(ip, origin, sharing, &ledger)
    }

    fn at(ip: &str) -> Networks {
        networks(ip, "", Sharing::No)
    }

    fn names(account: u32, ip: &str, ledger: &Ledger) -> Names {
        let envelope = Envelope {
            account: Some(format!("person{account}@isp.test")),
            client_ip: Some(ip.into()),
            ..Envelope::default()
        };
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        Names::new(&Examined::default(), &envelope, &settings, &hasher, ledger)
    }

    /// Accounts use a network for days, one after the other: how many a sketch counted there just before
    /// it was home, and then.
    fn counted_at_home(
        network: impl Fn(&Networks) -> Option<u64>,
        ip: impl Fn(u32) -> String,
    ) -> Option<[f32; 2]> {
        let (mut ledger, mut before) = (ledger(), 0.0);
        (1..60).find_map(|account| {
            let names = names(account, &ip(account), &ledger);
            learn::recall(&mut ledger, &names, NOW);
            note(&mut ledger, &names, NOW + DAY);
            let count = network(&names.networks)
                .and_then(|key| ledger.senders.find(key))
                .map_or(0.0, SenderRecord::accounts);
            let home = is_home(&ledger, &names, NOW + 2 * DAY).then_some([before, count]);
            before = count;
            home
        })
    }

    /// A webmail host says who sits before it, and its own place is kept beside; from an address of
    /// one customer the same line is not believed.
    #[test]
    fn only_hosts_of_many_say_whom_they_speak_for() {
        let told = |sharing| networks("192.0.2.1", "[198.51.100.7]", sharing);
        let far = at("198.51.100.7");

        assert_eq!(at("192.0.2.1"), told(Sharing::No));
        assert_eq!(Networks { host: at("192.0.2.1").place, ..far }, told(Sharing::Logins));
        assert_eq!(far, networks("127.0.0.1", "198.51.100.7", Sharing::Host));
        assert_eq!(at("192.0.2.1"), told(Sharing::Relay), "a mail server is no webmail");
    }

    /// An address where many log in whom nobody knows there may be a thief's, and is not believed.
    #[test]
    fn strange_hosts_speak_for_nobody() {
        let told = of("192.0.2.1", "198.51.100.7", Sharing::Logins, &ledger());

        assert_eq!(at("192.0.2.1"), told);
    }

    /// A shared host that says nothing is no place if the operator named it, and its own place otherwise.
    #[test]
    fn silent_hosts_are_places_of_their_own() {
        for nothing in ["", "unknown", "[10.0.0.7]"] {
            assert_eq!(Networks::default(), networks("127.0.0.1", nothing, Sharing::Host));
            assert_eq!(at("192.0.2.1"), networks("192.0.2.1", nothing, Sharing::Logins));
        }
    }

    /// An address inside somebody's own network is no place in the world, in either family.
    #[test]
    fn private_origins_are_ignored() {
        let place = |origin| networks("192.0.2.1", origin, Sharing::Logins).place;
        let host = at("192.0.2.1").place;
        for private in [
            "10.0.0.7",
            "172.16.0.1",
            "192.168.1.5",
            "127.0.0.1",
            "169.254.1.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.7",
        ] {
            assert_eq!(host, place(private), "{private}");
        }

        assert_eq!(at("2001:db8::1").place, place("2001:db8::1"));
        assert_eq!(at("198.51.100.7").place, place("::ffff:198.51.100.7"));
    }

    /// A small network is a /24 or a /48, a wide one a /16 or a /32, and the first small one in a wide
    /// one is another than the wide one itself.
    #[test]
    fn networks_are_small_and_wide() {
        let same = |one: &str, other: &str| {
            let (one, other) = (at(one), at(other));
            (one.place == other.place, one.ground == other.ground)
        };

        assert_eq!((true, true), same("192.0.2.1", "192.0.2.254"));
        assert_eq!((false, true), same("192.0.2.1", "192.0.3.1"));
        assert_eq!((false, false), same("192.0.2.1", "192.1.2.1"));
        assert_eq!((true, true), same("2001:db8:1:2::1", "2001:db8:1:ffff::1"));
        assert_eq!((false, true), same("2001:db8:1::1", "2001:db8:2::1"));
        assert_eq!((false, false), same("2001:db8:1::1", "2001:db9:1::1"));
        assert!(["192.0.0.1", "2001:db8::1"].map(at).iter().all(|one| one.place != one.ground));
    }

    /// Five accounts, as a sketch counts them, make a small network everybody's; a wide one takes twenty.
    #[test]
    fn many_at_home_make_a_network_everybodys() {
        let small = counted_at_home(|names| names.place, |_| "192.0.2.7".into());
        let wide = counted_at_home(|names| names.ground, |one| format!("192.0.{one}.7"));
        let scattered = counted_at_home(|names| names.ground, |one| format!("192.{one}.2.7"));

        assert!(small.is_some_and(|[before, at]| before < 5.0 && at >= 5.0), "{small:?}");
        assert!(wide.is_some_and(|[before, at]| before < 20.0 && at >= 20.0), "{wide:?}");
        assert_eq!(None, scattered);
    }

    /// A network that is known since today may be the thief's.
    #[test]
    fn a_home_is_a_day_old() {
        let mut ledger = ledger();
        for account in 0..20 {
            let names = names(account, "192.0.2.7", &ledger);
            learn::recall(&mut ledger, &names, NOW - DAY);
            note(&mut ledger, &names, NOW);
        }
        let visitor = names(99, "192.0.2.8", &ledger);

        assert!(!is_home(&ledger, &visitor, NOW + DAY - 1));
        assert!(is_home(&ledger, &visitor, NOW + DAY));
    }

    /// Twelve stolen accounts make the thief's network nobody's home, be they new here themselves or at home
    /// somewhere else, however long he keeps them.
    #[test]
    fn thieves_are_not_at_home() {
        let home = |settled: Option<Seconds>| {
            let mut ledger = ledger();
            for account in 0..12 {
                let names = names(account, "203.0.113.7", &ledger);
                ledger.senders.change(names.sender_key, settled.unwrap_or(NOW), |record| {
                    record.settle(settled.map_or(names.networks.place.unwrap(), |_| 4711), NOW);
                    record.visit(names.networks.place.unwrap(), false, NOW);
                });
                for hour in 0..24 {
                    note(&mut ledger, &names, NOW + hour * 3_599);
                }
            }
            is_home(&ledger, &names(99, "203.0.113.8", &ledger), NOW + 9 * DAY)
        };

        assert!(!home(None), "accounts of this very day");
        assert!(!home(Some(NOW - 20 * DAY)), "accounts that are at home elsewhere");
    }

    /// What has no login teaches no network.
    #[test]
    fn only_logins_teach() {
        let mut ledger = ledger();
        for line in 0..20 {
            let envelope = Envelope {
                subscriber: Some(format!("line{line}")),
                client_ip: Some("192.0.2.7".into()),
                ..Envelope::default()
            };
            let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
            let names = Names::of_line(&envelope, &settings, &hasher, &ledger);
            learn::recall(&mut ledger, &names, NOW);
            note(&mut ledger, &names, NOW + DAY);
        }

        assert!(!is_home(&ledger, &names(99, "192.0.2.8", &ledger), NOW + 9 * DAY));
    }
}
