//! Keyed hashes under which the ledger knows a message's people and places.
//!
//! Main type: [`Names`].  What holds: no name is kept in clear, only its hash under the site's key.
//! Not here: what the ledger knows of them (`gather`).

use crate::channel::{Channel, classify};
use crate::circumstances::{CROWDED_AFTER, greeting_form};
use crate::envelope::{domain_of, folded};
use crate::identity::{client, identify};
use crate::settings::prefix;
use crate::{Envelope, Examined, Sender, SenderKind, Settings};
use outfall_ledger::{Ledger, Seconds, pair};
use outfall_patterns::{Hasher, Pattern, mail_contact};
use std::borrow::Cow;
use std::net::IpAddr;

/// Keyed hashes of everybody and everything about a message that the ledger counts.
#[derive(Debug)]
pub struct Names {
    /// Who is accountable.
    pub sender: Sender,
    /// How it was handed in.
    pub channel: Channel,
    /// Whether the sender's name stands for many people.
    pub shared: bool,
    /// The sender; of a shared name, the part of it that uses this envelope sender's domain.
    pub sender_key: u64,
    /// The envelope sender, lower-cased; correspondents are remembered for it as well, because
    /// programs on shared hosts have nothing else.
    pub mail_from_key: Option<u64>,
    /// The domain of the login, in lower case, or empty.
    pub login_domain: String,
    /// The same as the ledger knows it.
    pub login_domain_key: Option<u64>,
    /// The domain of the envelope sender.
    pub domain_key: Option<u64>,
    /// The client's address, as a sender of its own.
    pub address_key: Option<u64>,
    /// The network from which an account logged in.
    pub place: Option<u64>,
    /// The form of the client's greeting.
    pub greeting: u64,
    /// The customer, or the best guess at one.
    pub tenant: u64,
    /// The login, if there is one.
    pub account_key: Option<u64>,
    /// The recipients, each once.
    pub recipients: Vec<u64>,
    /// The first recipients as a text would name them: a newsletter that says whom it goes to tells
    /// nobody where to answer.
    pub addressed: Vec<Pattern>,
}

/// More recipients of one message are not looked up one by one; the ledger's sketches need fewer.
const MOST_RECIPIENTS: usize = 1_000;

/// Recipients that a text may name; what goes to more is not addressed to one.
const MOST_ADDRESSED: usize = 4;

impl Names {
    /// Works out every name; `ledger` tells which addresses have shown themselves to be shared.
    pub fn new(
        examined: &Examined,
        envelope: &Envelope,
        settings: &Settings,
        hasher: &Hasher,
        ledger: &Ledger,
    ) -> Self {
        let sender = identify(envelope, &examined.message.head, settings);
        let channel = classify(&examined.message, envelope, &sender, settings);
        Names::of(sender, channel, envelope, settings, hasher, ledger)
    }

    /// The same where there is no message, as for a line of a mail log.
    pub fn of(
        sender: Sender,
        channel: Channel,
        envelope: &Envelope,
        settings: &Settings,
        hasher: &Hasher,
        ledger: &Ledger,
    ) -> Self {
        let ip = client(envelope);
        let name = |kind: &str, id: &str| {
            hasher.hash_parts([kind.as_bytes(), b"\0".as_slice(), id.as_bytes()])
        };
        let address_key = ip.map(|ip| name("ip", &ip.to_string()));
        let by_address = sender.kind == SenderKind::Ip;
        let shared = by_address && is_shared(ip, address_key, settings, ledger);
        let domain = envelope.mail_from_domain();
        let id: Cow<str> =
            if shared { shared_id(&sender, &domain).into() } else { (&sender.id).into() };
        let mail_from = folded(envelope.mail_from());
        let login_domain = domain_of(&sender.id).into_owned();
        let login_domain_key =
            (!login_domain.is_empty()).then(|| name("login domain", &login_domain));
        let is_providers = has_accounts(login_domain_key, ACCOUNTS_OF_A_PROVIDER, ledger);
        let mut recipients: Vec<u64> = envelope
            .recipients
            .iter()
            .take(MOST_RECIPIENTS)
            .map(|address| name("recipient", &folded(address)))
            .collect();
        let addressed = envelope.recipients.iter().take(MOST_ADDRESSED);
        let addressed = addressed.map(|address| mail_contact(&folded(address), hasher)).collect();
        recipients.sort_unstable();
        recipients.dedup();
        Names {
            login_domain_key,
            sender_key: name(sender.kind.name(), &id),
            mail_from_key: (!mail_from.is_empty()).then(|| name("mail from", &mail_from)),
            domain_key: (!domain.is_empty()).then(|| name("domain", &domain)),
            address_key,
            place: place(ip, &sender, settings).map(|place| hasher.hash(&place.to_be_bytes())),
            greeting: name(
                "greeting",
                &greeting_form(envelope.helo.as_deref().unwrap_or_default()),
            ),
            account_key: (sender.kind == SenderKind::Account).then(|| name("login", &sender.id)),
            tenant: name("tenant", tenant(envelope, &sender, &domain, &login_domain, is_providers)),
            login_domain,
            recipients,
            addressed,
            sender,
            channel,
            shared,
        }
    }

    /// Returns the name of a pattern as this tenant uses it: a firm's footer is common there and
    /// nowhere else.
    pub fn in_tenant(&self, pattern: u64) -> u64 {
        in_tenant(pattern, self.tenant)
    }

    /// Returns what tells one delivery from another: sender, message and recipients.
    pub fn delivery(&self, hasher: &Hasher, examined: &Examined) -> u64 {
        let message = &examined.message;
        let texts = [message.head.message_id.as_bytes(), message.head.subject.as_bytes()];
        let numbers = [self.sender_key, message.size as u64];
        let numbers: Vec<[u8; 8]> =
            numbers.iter().chain(&self.recipients).map(|number| number.to_le_bytes()).collect();
        hasher.hash_parts(texts.into_iter().chain([numbers.as_flattened()]))
    }

    /// Counts recipients never written to before.
    pub fn strangers(&self, ledger: &Ledger, now: Seconds) -> u32 {
        self.recipients.iter().filter(|one| !self.knows(ledger, **one, now)).count() as u32
    }

    /// Tells whether many have logged in from the client's network, and not just since today.
    pub fn is_crowded(&self, ledger: &Ledger, now: Seconds) -> bool {
        let record = self.place.and_then(|key| ledger.senders.find(key));
        record.is_some_and(|record| record.age_of(now) >= CROWDED_AFTER)
            && has_accounts(self.place, ACCOUNTS_OF_A_SHARED_ADDRESS, ledger)
    }

    /// Tells whether the sender, or whoever uses this envelope sender, wrote to `recipient`.
    pub fn knows(&self, ledger: &Ledger, recipient: u64, now: Seconds) -> bool {
        let writers = [Some(self.sender_key), self.mail_from_key];
        writers.into_iter().flatten().any(|writer| ledger.pairs.knows(pair(writer, recipient), now))
    }
}

/// Returns the name of a pattern as a tenant uses it.
pub fn in_tenant(pattern: u64, tenant: u64) -> u64 {
    pattern ^ tenant.rotate_left(1)
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
    let name = |kind: &str, id: &str| {
        hasher.hash_parts([kind.as_bytes(), b"\0".as_slice(), id.as_bytes()])
    };
    let key = name(sender.kind.name(), &sender.id);
    let ip: Option<IpAddr> = sender.id.parse().ok();
    if sender.kind != SenderKind::Ip || !is_shared(ip, Some(key), settings, ledger) {
        return Some(key);
    }
    let envelope = Envelope { mail_from: Some(mail_from?.to_owned()), ..Envelope::default() };
    Some(name(sender.kind.name(), &shared_id(sender, &envelope.mail_from_domain())))
}

/// Tells whether an address stands for many: by the operator's word, by the logins seen on it, or
/// because it is none.
fn is_shared(
    ip: Option<IpAddr>,
    address_key: Option<u64>,
    settings: &Settings,
    ledger: &Ledger,
) -> bool {
    ip.is_none_or(|ip| settings.is_shared(ip))
        || has_accounts(address_key, ACCOUNTS_OF_A_SHARED_ADDRESS, ledger)
}

/// The part of a shared name that uses this domain.
fn shared_id(sender: &Sender, domain: &str) -> String {
    format!("{}\0{domain}", sender.id)
}

/// The network of a login: a /24 or a /48.  Shared hosts such as the webmail server are no place.
fn place(ip: Option<IpAddr>, sender: &Sender, settings: &Settings) -> Option<u128> {
    let ip = ip.filter(|ip| sender.kind == SenderKind::Account && !settings.is_shared(*ip))?;
    Some(prefix(ip, if ip.is_ipv4() { 24 } else { 48 }))
}

/// The customer as the mail server names it; or the domain of the login or the envelope sender, unless
/// so many log in under it that it must be the provider's own: there everybody is a customer.
fn tenant<'e>(
    envelope: &'e Envelope,
    sender: &'e Sender,
    mail_from_domain: &'e str,
    login_domain: &'e str,
    is_providers: bool,
) -> &'e str {
    if let Some(tenant) = &envelope.tenant {
        return tenant;
    }
    let best = if login_domain.is_empty() { mail_from_domain } else { login_domain };
    if best.is_empty() || is_providers { &sender.id } else { best }
}

/// Tells whether `least` different logins were seen on an address or under a domain.
fn has_accounts(name: Option<u64>, least: f32, ledger: &Ledger) -> bool {
    let record = name.and_then(|key| ledger.senders.find(key));
    record.is_some_and(|record| record.accounts() >= least)
}

/// An address on which so many logins were seen stands for many people.
const ACCOUNTS_OF_A_SHARED_ADDRESS: f32 = 5.0;

/// A domain under which so many log in is the provider's own and no customer: firms of that size have
/// mail servers of their own.
const ACCOUNTS_OF_A_PROVIDER: f32 = 100.0;

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn;
    use outfall_ledger::LEAST_MEMORY;

    const NOW: Seconds = 1_772_409_600;

    fn ledger() -> Ledger {
        Ledger::new(LEAST_MEMORY, [0; 16]).unwrap()
    }

    fn named(envelope: &Envelope, ledger: &Ledger) -> Names {
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        Names::new(&Examined::default(), envelope, &settings, &hasher, ledger)
    }

    fn from(ip: &str, mail_from: &str) -> Envelope {
        let recipients = vec!["friend@far.test".into()];
        let (client_ip, mail_from) = (Some(ip.into()), Some(mail_from.into()));
        Envelope { recipients, client_ip, mail_from, ..Envelope::default() }
    }

    fn login(account: &str) -> Envelope {
        Envelope { account: Some(account.into()), ..from("192.0.2.1", account) }
    }

    /// Logs in so many under one domain, from one address.
    fn log_in(ledger: &mut Ledger, logins: u32) {
        for number in 0..logins {
            let names = named(&login(&format!("person{number}@isp.test")), ledger);
            learn::count_account(ledger, &names, NOW);
        }
    }

    /// An address on which a dozen log in stands for many people, one on which three do does not;
    /// whoever logs in stands for himself anywhere.
    #[test]
    fn logins_make_an_address_shared() {
        let mut ledger = ledger();
        log_in(&mut ledger, 3);
        let few = named(&from("192.0.2.1", "a@b.test"), &ledger).shared;
        log_in(&mut ledger, 12);
        let local = Envelope { client_ip: Some("127.0.0.1".into()), ..login("alice") };

        assert!(!few);
        assert!(named(&from("192.0.2.1", "a@b.test"), &ledger).shared);
        assert!(!named(&from("192.0.2.2", "a@b.test"), &ledger).shared);
        assert!(!named(&login("alice"), &ledger).shared && !named(&local, &ledger).shared);
        assert!(named(&Envelope::default(), &ledger).shared, "nobody is anybody");
    }

    /// A shared name is kept apart by the domain of the envelope sender, another is one whole.
    #[test]
    fn shared_names_are_kept_apart() {
        let ledger = ledger();
        let key = |ip, mail_from| named(&from(ip, mail_from), &ledger).sender_key;

        assert_ne!(key("127.0.0.1", "a@one.test"), key("127.0.0.1", "a@two.test"));
        assert_eq!(key("127.0.0.1", "a@one.test"), key("127.0.0.1", "b@one.test"));
        assert_eq!(key("192.0.2.1", "a@one.test"), key("192.0.2.1", "a@two.test"));
    }

    /// Who is spoken of is whom the mail was counted for, of a shared address with the envelope
    /// sender; without it nobody is.
    #[test]
    fn the_spoken_of_is_found() {
        let mut ledger = ledger();
        log_in(&mut ledger, 12);
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        for envelope in [
            from("127.0.0.1", "a@One.test"),
            from("192.0.2.1", "a@one.test"),
            from("192.0.2.7", "a@one.test"),
            login("alice"),
        ] {
            let names = named(&envelope, &ledger);
            let of = |mail_from| spoken_of(&names.sender, mail_from, &settings, &hasher, &ledger);

            assert_eq!(Some(names.sender_key), of(envelope.mail_from.as_deref()));
            assert_eq!((!names.shared).then_some(names.sender_key), of(None));
        }
    }

    /// Case makes no other address of one, a recipient counts once, and a thousand are looked up.
    #[test]
    fn recipients_are_counted_once() {
        let ledger = ledger();
        let to = |recipients: Vec<String>| {
            named(&Envelope { recipients, ..Envelope::default() }, &ledger).recipients
        };

        assert_eq!(
            2,
            to(vec!["A@Far.test".into(), "b@far.test".into(), "a@far.test".into()]).len()
        );
        assert_eq!(
            1_000,
            to((0..1_500).map(|number| format!("{number}@far.test")).collect()).len()
        );
    }

    /// Whom the envelope sender wrote to is known, whichever login writes next and however it
    /// spells its name; nobody else's friends are.
    #[test]
    fn friends_of_the_envelope_sender_are_known() {
        let mut ledger = ledger();
        let alice = named(&login("alice@b.test"), &ledger);
        learn::remember_correspondents(&mut ledger, &alice, NOW);
        let strangers = |envelope: Envelope| named(&envelope, &ledger).strangers(&ledger, NOW);

        assert_eq!(0, strangers(from("192.0.2.7", "Alice@B.test")));
        assert_eq!(0, strangers(Envelope { mail_from: None, ..login("alice@b.test") }));
        assert_eq!(1, strangers(from("192.0.2.7", "bob@b.test")));
    }

    /// The place of a login is its /24 or /48; our own hosts, and mail without a login, have none.
    #[test]
    fn places_are_networks_of_logins() {
        let ledger = ledger();
        let place = |ip: &str| {
            named(&Envelope { client_ip: Some(ip.into()), ..login("alice") }, &ledger).place
        };

        assert_eq!(place("198.51.100.1"), place("198.51.100.254"));
        assert_ne!(place("198.51.100.1"), place("198.51.101.1"));
        assert_eq!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_ne!(place("2001:db8:1::1"), place("2001:db8:2::1"));
        assert_eq!(place("198.51.100.1"), place("::ffff:198.51.100.1"));
        assert_eq!(None, place("127.0.0.1"));
        assert_eq!(None, named(&from("198.51.100.1", "a@b.test"), &ledger).place);
    }

    /// The mail server's word names the customer; then the login's domain, then the envelope
    /// sender's, then the sender itself.
    #[test]
    fn the_customer_is_named_by_the_best_word() {
        let ledger = ledger();
        let tenant = |envelope: Envelope| named(&envelope, &ledger).tenant;
        let told = |tenant: &str| Envelope { tenant: Some(tenant.into()), ..login("a@firm.test") };
        let other_from = Envelope { mail_from: Some("x@else.test".into()), ..login("a@firm.test") };

        assert_eq!(tenant(told("firm.test")), tenant(login("b@firm.test")));
        assert_ne!(tenant(told("holding")), tenant(login("a@firm.test")));
        assert_eq!(tenant(other_from), tenant(login("b@firm.test")));
        assert_eq!(tenant(from("192.0.2.7", "x@firm.test")), tenant(login("b@firm.test")));
        assert_ne!(tenant(from("192.0.2.7", "")), tenant(from("192.0.2.8", "")));
    }

    /// A domain under which hundreds log in is the provider's: there everybody is a customer.  One
    /// with thirty logins is a firm.
    #[test]
    fn the_providers_domain_is_no_customer() {
        let mut ledger = ledger();
        let same = |ledger: &Ledger| {
            let tenant = |account| named(&login(account), ledger).tenant;
            tenant("alice@isp.test") == tenant("bob@isp.test")
        };
        log_in(&mut ledger, 30);
        let firm = same(&ledger);
        log_in(&mut ledger, 400);

        assert!(firm);
        assert!(!same(&ledger));
    }

    /// A pattern within one customer is another than on the site, and than within another customer.
    #[test]
    fn patterns_have_a_name_in_each_tenant() {
        let ledger = ledger();
        let inside = |account| named(&login(account), &ledger).in_tenant(7);

        assert_eq!(inside("a@firm.test"), inside("b@firm.test"));
        assert_ne!(inside("a@firm.test"), inside("a@other.test"));
        assert_ne!(7, inside("a@firm.test"));
    }

    /// A delivery is another when sender, recipients, identifier, subject or size differ.
    #[test]
    fn deliveries_are_told_apart() {
        let ledger = ledger();
        let of = |envelope: &Envelope, raw: &[u8]| {
            let message = outfall_message::examine(raw);
            let examined = Examined { message, ..Examined::default() };
            named(envelope, &ledger).delivery(&Hasher::new([0; 16]), &examined)
        };
        let (alice, raw) = (login("alice"), b"Message-ID: <1@b>\r\nSubject: hi\r\n\r\nyes");
        let first = of(&alice, raw);

        assert_eq!(first, of(&alice, raw));
        assert_ne!(first, of(&Envelope { account: Some("bob".into()), ..alice.clone() }, raw));
        assert_ne!(
            first,
            of(&Envelope { recipients: vec!["x@y.test".into()], ..alice.clone() }, raw)
        );
        assert_ne!(first, of(&alice, b"Message-ID: <2@b>\r\nSubject: hi\r\n\r\nyes"));
        assert_ne!(first, of(&alice, b"Message-ID: <1@b>\r\nSubject: ho\r\n\r\nyes"));
        assert_ne!(first, of(&alice, b"Message-ID: <1@b>\r\nSubject: hi\r\n\r\nyes!"));
    }
}
