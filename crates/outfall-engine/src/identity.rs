//! The identity ladder: who is accountable for a message, best evidence first.
//!
//! An authenticated login is better than the script that a web server names, that is better than
//! a header of the operator's own, that is better than an address.  The envelope sender is never
//! an identity: whoever sends can write what he likes there.
//!
//! Not here: whether an identity stands for many people (`sharing`, from settings and sightings).

use crate::{Envelope, Settings};
use outfall_message::Head;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who is accountable for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sender {
    /// The rung of the ladder.
    pub kind: SenderKind,
    /// The name on that rung, empty where nothing is known at all.
    pub id: String,
}

/// The rungs, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SenderKind {
    /// An SMTP login.
    Account,
    /// A script on a web host, as PHP names it: `uid:file`.
    Script,
    /// The value of the operator's own header.
    Header,
    /// A subscriber found from address and time.
    Subscriber,
    /// Only an address.
    #[default]
    Ip,
}

impl SenderKind {
    /// All of them, best first; the position is the number used outside.
    pub const ALL: [SenderKind; 5] = [
        SenderKind::Account,
        SenderKind::Script,
        SenderKind::Header,
        SenderKind::Subscriber,
        SenderKind::Ip,
    ];

    /// Returns the word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            SenderKind::Account => "account",
            SenderKind::Script => "script",
            SenderKind::Header => "header",
            SenderKind::Subscriber => "subscriber",
            SenderKind::Ip => "ip",
        }
    }
}

/// Longer names are cut: no login or script path is that long, and logs and tables show it.
const LONGEST_ID: usize = 256;

/// Finds the sender.
pub fn identify(envelope: &Envelope, head: &Head, settings: &Settings) -> Sender {
    // One address, one name: IPv4 in IPv6 form is IPv4.
    let address = client(envelope).map(|ip| ip.to_string());
    let ip = address.as_deref().or(envelope.client_ip.as_deref());
    let rungs = [
        (SenderKind::Account, envelope.account.as_deref()),
        (SenderKind::Script, script(envelope, head, settings)),
        (SenderKind::Header, settings.identity_header.as_deref().and_then(|name| head.value(name))),
        (SenderKind::Subscriber, envelope.subscriber.as_deref()),
        (SenderKind::Ip, ip),
    ];
    rungs
        .into_iter()
        .find_map(|(kind, id)| Some(Sender { kind, id: tidy(id?)? }))
        .unwrap_or_default()
}

/// Returns the script that a web server on this host names.  From elsewhere the header is worth
/// nothing: anybody can write it.
fn script<'a>(envelope: &Envelope, head: &'a Head, settings: &Settings) -> Option<&'a str> {
    let from_here = envelope.local || client(envelope).is_some_and(|ip| settings.is_shared(ip));
    head.value("X-PHP-Originating-Script").filter(|_| from_here)
}

/// Returns the client's address where it can be read; an IPv4 address in IPv6 form is IPv4.
pub fn client(envelope: &Envelope) -> Option<IpAddr> {
    let text = envelope.client_ip.as_deref()?.trim();
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

fn tidy(id: &str) -> Option<String> {
    let id: String = id.trim().chars().filter(|c| !c.is_control()).collect();
    let end = id.floor_char_boundary(LONGEST_ID.min(id.len()));
    (!id.is_empty()).then(|| id[..end].to_owned())
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use outfall_message::Field;

    fn head(name: &str, value: &str) -> Head {
        Head { fields: vec![Field { name: name.into(), value: value.into() }], ..Head::default() }
    }

    fn from(ip: &str) -> Envelope {
        Envelope { client_ip: Some(ip.into()), ..Envelope::default() }
    }

    fn who(envelope: &Envelope, head: &Head) -> (SenderKind, String) {
        let sender = identify(envelope, head, &Settings::default());
        (sender.kind, sender.id)
    }

    /// A login is better than anything else.
    #[test]
    fn login_comes_first() {
        let envelope = Envelope { account: Some("alice".into()), ..from("127.0.0.1") };
        let head = head("X-PHP-Originating-Script", "33:x.php");

        assert_eq!((SenderKind::Account, "alice".into()), who(&envelope, &head));
    }

    /// A script is believed from this host and from nowhere else.
    #[test]
    fn script_header_is_trusted_from_here_only() {
        let head = head("X-PHP-Originating-Script", "33:x.php");

        assert_eq!((SenderKind::Script, "33:x.php".into()), who(&from("127.0.0.1"), &head));
        assert_eq!((SenderKind::Ip, "192.0.2.9".into()), who(&from("192.0.2.9"), &head));
    }

    /// Empty names and control characters are no identity; long ones are cut.
    #[test]
    fn odd_names_are_tidied() {
        let odd = |account: &str| Envelope { account: Some(account.into()), ..from("192.0.2.9") };

        assert_eq!((SenderKind::Ip, "192.0.2.9".into()), who(&odd(" \r\n"), &Head::default()));
        assert_eq!((SenderKind::Account, "ab".into()), who(&odd("a\0b"), &Head::default()));
        assert_eq!(LONGEST_ID, who(&odd(&"é".repeat(900)), &Head::default()).1.len());
    }

    /// Nothing known is an address without a name.
    #[test]
    fn nothing_known_is_nobody() {
        assert_eq!((SenderKind::Ip, String::new()), who(&Envelope::default(), &Head::default()));
    }
    /// The operator's header is better than a subscriber, and that better than the address; without
    /// the setting, the header is nothing.
    #[test]
    fn the_ladder_goes_on() {
        let head = head("X-Customer", "c-17");
        let settings =
            Settings { identity_header: Some("X-Customer".into()), ..Settings::default() };
        let line = Envelope { subscriber: Some("line-4".into()), ..from("192.0.2.9") };
        let named = identify(&line, &head, &settings);

        assert_eq!((SenderKind::Header, "c-17"), (named.kind, named.id.as_str()));
        assert_eq!((SenderKind::Subscriber, "line-4".into()), who(&line, &head));
    }

    /// What is handed in on the mail server's own host comes from here, with an address or without;
    /// so does an IPv4 loopback in IPv6 form.
    #[test]
    fn local_scripts_need_no_address() {
        let head = head("X-PHP-Originating-Script", "33:x.php");
        let local = Envelope { local: true, ..Envelope::default() };

        assert_eq!(SenderKind::Script, who(&local, &head).0);
        assert_eq!(SenderKind::Script, who(&from("::ffff:127.0.0.1"), &head).0);
        assert_eq!(SenderKind::Ip, who(&Envelope::default(), &head).0);
    }
}
