//! What the operator decides about the engine.

use crate::without::Without;
use outfall_ledger::DAY;
use std::net::IpAddr;

/// The engine's settings; the defaults suit one machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Bytes that the engine may set aside.
    pub memory: usize,
    /// Secret under which patterns and names are hashed.
    pub key: [u8; 16],
    /// False convictions a day that the operator accepts; sets the threshold.
    pub false_alarms_per_day: f64,
    /// Addresses that stand for many people.
    pub shared_networks: Vec<Network>,
    /// Header in which the operator's own servers name the customer.
    pub identity_header: Option<String>,
    /// Seconds after a start from nothing in which being unknown says nothing.
    pub learning_seconds: f64,
    /// Parts of the rule to leave out, for measurements only.
    pub without: Without,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            memory: 256 << 20,
            key: [0; 16],
            false_alarms_per_day: 0.1,
            shared_networks: vec![
                Network { address: IpAddr::from([127, 0, 0, 0]), bits: 8 },
                Network { address: IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), bits: 128 },
            ],
            identity_header: None,
            learning_seconds: f64::from(DAY),
            without: Without::default(),
        }
    }
}

impl Settings {
    /// Tells whether `ip` stands for many people.
    pub fn is_shared(&self, ip: IpAddr) -> bool {
        self.shared_networks.iter().any(|network| network.contains(ip))
    }
}

/// An address range such as 192.0.2.0/24.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    /// Any address inside.
    pub address: IpAddr,
    /// How many leading bits count: 0 to 32, or to 128.
    pub bits: u8,
}

impl Network {
    /// Tells whether `ip` lies inside; families never mix.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.address.is_ipv4() == ip.is_ipv4()
            && prefix(self.address, self.bits) == prefix(ip, self.bits)
    }
}

/// Returns the leading `bits` of an address, left-aligned in 128 bits.
pub fn prefix(ip: IpAddr, bits: u8) -> u128 {
    let all = match ip {
        IpAddr::V4(four) => u128::from(four.to_bits()) << 96,
        IpAddr::V6(six) => six.to_bits(),
    };
    all & !u128::MAX.checked_shr(u32::from(bits)).unwrap_or(0)
}

/// Returns the wide network of an address, a /16 or a /32: a provider's, a carrier's.
pub fn wide(ip: IpAddr) -> u128 {
    prefix(ip, if ip.is_ipv4() { 16 } else { 32 })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// The edges of a range are exact, and families never mix.
    #[test]
    fn ranges_are_exact() {
        let range = Network { address: ip("192.0.2.0"), bits: 25 };

        assert!(range.contains(ip("192.0.2.127")));
        assert!(!range.contains(ip("192.0.2.128")));
        assert!(!Network { address: ip("0.0.0.0"), bits: 0 }.contains(ip("::")));
        assert!(Network { address: ip("::"), bits: 0 }.contains(ip("2001:db8::1")));
    }

    /// Loopback is shared unless the operator says otherwise.
    #[test]
    fn loopback_is_shared() {
        assert!(Settings::default().is_shared(ip("127.0.0.1")));
        assert!(Settings::default().is_shared(ip("::1")));
        assert!(!Settings::default().is_shared(ip("192.0.2.1")));
    }
    /// A prefix is the leading bits of the address and no others.
    #[test]
    fn prefixes_are_left_aligned() {
        assert_eq!(0xc000_0200 << 96, prefix(ip("192.0.2.129"), 24));
        assert_eq!(0x2001_0db8_0001 << 80, prefix(ip("2001:db8:1:2::3"), 48));
    }
}
