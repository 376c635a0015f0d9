//! Keyed hashes under which the ledger knows a message's people and places.
//!
//! Main type: [`Names`].  What holds: no name is kept in clear, only its hash under the site's key.
//! Not here: what the ledger knows of them (`gather`), and who stands for many (`sharing`).

use crate::channel::{Channel, classify};
use crate::circumstances::greeting_form;
use crate::customer::{self, in_tenant};
use crate::envelope::{domain_of, folded};
use crate::ground::Networks;
use crate::identity::{client, identify};
use crate::settings::wide;
use crate::sharing::{self, Sharing};
use crate::{Envelope, Examined, Sender, SenderKind, Settings};
use outfall_ledger::{Ledger, Seconds, pair};
use outfall_message::Head;
use outfall_patterns::{Hasher, Pattern, mail_contact};

/// Keyed hashes of everybody and everything about a message that the ledger counts.
#[derive(Debug)]
pub struct Names {
    /// Who is accountable.
    pub sender: Sender,
    /// How it was handed in.
    pub channel: Channel,
    /// Whether the sender's name stands for many people, and why.
    pub sharing: Sharing,
    /// The sender; of a shared name, the part of it that is meant: see [`sharing::part`].
    pub sender_key: u64,
    /// What was there before the sender: the site of a script; the mailbox, in the same wide network, of
    /// an address.  A new script on an old site, an old customer on a new address are not new.
    pub elder_key: Option<u64>,
    /// The envelope sender, lower-cased; correspondents are remembered for it as well, because
    /// programs on shared hosts have nothing else.
    pub mail_from_key: Option<u64>,
    /// Whether MAIL FROM is more than a claim: by login, or from a mail server that is trusted with it.
    pub believes_mail_from: bool,
    /// The domain of the login, in lower case, or empty.
    pub login_domain: String,
    /// The same as the ledger knows it.
    pub login_domain_key: Option<u64>,
    /// The domain of the envelope sender.
    pub domain_key: Option<u64>,
    /// The domains that the message claims to come from, of MAIL FROM and of its author.
    pub claimed_domains: Vec<(String, u64)>,
    /// The client's address, as a sender of its own.
    pub address_key: Option<u64>,
    /// The networks from which an account logged in.
    pub networks: Networks,
    /// The form of the client's greeting.
    pub greeting: u64,
    /// The customer, or the best guess at one.
    pub tenant: u64,
    /// The customer as far as it is proven, from whom is learnt what recurs harmlessly.
    pub witness: u64,
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
        let head = &examined.message.head;
        let sender = identify(envelope, head, settings);
        let channel = classify(&examined.message, envelope, &sender, settings);
        Names::of(sender, channel, head, envelope, (settings, hasher, ledger))
    }

    /// The names of a line of a mail log, where there is no message.
    pub fn of_line(
        envelope: &Envelope,
        settings: &Settings,
        hasher: &Hasher,
        ledger: &Ledger,
    ) -> Self {
        let head = Head::default();
        let sender = identify(envelope, &head, settings);
        Names::of(sender, Channel::Relay, &head, envelope, (settings, hasher, ledger))
    }

    fn of(
        sender: Sender,
        channel: Channel,
        head: &Head,
        envelope: &Envelope,
        (settings, hasher, ledger): (&Settings, &Hasher, &Ledger),
    ) -> Self {
        let name = |kind: &str, id: &str| named(hasher, kind, id);
        let ip = client(envelope);
        let address_key = ip.map(|ip| name("ip", &ip.to_string()));
        let sharing = Sharing::of(ip, address_key, settings, ledger);
        let domain = envelope.mail_from_domain();
        let mail_from = folded(envelope.mail_from());
        let login_domain = domain_of(&sender.id).into_owned();
        let login_domain_key =
            (!login_domain.is_empty()).then(|| name("login domain", &login_domain));
        let is_providers = sharing::is_of_provider(login_domain_key, ledger);
        let tenant =
            name("tenant", &customer::tenant(envelope, &sender, &login_domain, is_providers));
        let proven =
            sender.kind != SenderKind::Ip || sharing == Sharing::Host || envelope.tenant.is_some();
        let list = if channel == Channel::List { head.value("List-Id") } else { None };
        let networks = match sender.kind {
            SenderKind::Account => Networks::of(ip, head, sharing, (settings, hasher, ledger)),
            _ => Networks::default(),
        };
        let by_address = sender.kind == SenderKind::Ip;
        let sharing = if by_address { sharing } else { Sharing::No };
        let id = sharing::part(sharing, &sender, list.unwrap_or_default(), &mail_from, &domain);
        let elder_key = match (sender.kind, ip) {
            (SenderKind::Script, Some(ip)) => Some(name("ip", &format!("{ip}\0{mail_from}"))),
            (SenderKind::Ip, Some(ip)) if sharing == Sharing::No && !mail_from.is_empty() => {
                Some(name("mailbox", &format!("{:x}\0{mail_from}", wide(ip))))
            }
            _ => None,
        };
        let addressed = envelope.recipients.iter().take(MOST_ADDRESSED);
        Names {
            sender_key: name(sender.kind.name(), &id),
            elder_key,
            mail_from_key: (!mail_from.is_empty()).then(|| name("mail from", &mail_from)),
            believes_mail_from: proven || sharing == Sharing::Relay,
            domain_key: (!domain.is_empty()).then(|| name("domain", &domain)),
            claimed_domains: claimed_domains(&domain, head, hasher),
            address_key,
            networks,
            greeting: name(
                "greeting",
                &greeting_form(envelope.helo.as_deref().unwrap_or_default()),
            ),
            tenant,
            witness: address_key.filter(|_| !proven).unwrap_or(tenant),
            account_key: (sender.kind == SenderKind::Account).then(|| name("login", &sender.id)),
            recipients: recipients(envelope, hasher),
            addressed: addressed.map(|address| mail_contact(&folded(address), hasher)).collect(),
            login_domain,
            login_domain_key,
            sender,
            channel,
            sharing,
        }
    }

    /// Tells whether the sender's name stands for many people.
    pub fn is_shared(&self) -> bool {
        self.sharing != Sharing::No
    }

    /// Returns the name of a pattern as this tenant uses it: a firm's footer is common there and
    /// nowhere else.
    pub fn in_tenant(&self, pattern: u64) -> u64 {
        in_tenant(pattern, self.witness)
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

    /// Yields the domains that are the sender's own: of its login, and those under which it, or its
    /// site, has written while nothing was odd.  What a message claims proves nothing.
    pub fn own_domains<'n>(
        &'n self,
        ledger: &'n Ledger,
        now: Seconds,
    ) -> impl Iterator<Item = &'n str> {
        let proven = move |&&(_, key): &&(String, u64)| {
            self.owners().any(|owner| ledger.pairs.knows(pair(owner, key), now))
        };
        let claimed = self.claimed_domains.iter().filter(proven);
        let login = Some(self.login_domain.as_str()).filter(|login| !login.is_empty());
        claimed.map(|(domain, _)| domain.as_str()).chain(login)
    }

    /// Remembers the domains under which the sender writes.
    pub fn remember_domains(&self, ledger: &mut Ledger, now: Seconds) {
        for owner in self.owners() {
            for &(_, key) in &self.claimed_domains {
                ledger.pairs.learn(pair(owner, key), now);
            }
        }
    }

    fn owners(&self) -> impl Iterator<Item = u64> {
        [Some(self.sender_key), self.elder_key].into_iter().flatten()
    }

    /// Counts recipients never written to before.
    pub fn strangers(&self, ledger: &Ledger, now: Seconds) -> u32 {
        self.recipients.iter().filter(|one| !self.knows(ledger, **one, now)).count() as u32
    }

    /// Tells whether the sender, or whoever uses this envelope sender, wrote to `recipient`.  An infected
    /// PC knows who wrote to whom, so the second counts only where MAIL FROM is believed.
    pub fn knows(&self, ledger: &Ledger, recipient: u64, now: Seconds) -> bool {
        let claimed = self.mail_from_key.filter(|_| self.believes_mail_from);
        let writers = [Some(self.sender_key), claimed];
        writers.into_iter().flatten().any(|writer| ledger.pairs.knows(pair(writer, recipient), now))
    }
}

/// Returns the keyed hash of a name of some kind.
pub fn named(hasher: &Hasher, kind: &str, id: &str) -> u64 {
    hasher.hash_parts([kind.as_bytes(), b"\0".as_slice(), id.as_bytes()])
}

fn claimed_domains(mail_from: &str, head: &Head, hasher: &Hasher) -> Vec<(String, u64)> {
    let author = head.from.first().map(|from| domain_of(&from.address)).unwrap_or_default();
    let mut domains = vec![mail_from, author.as_ref()];
    domains.dedup();
    let named = |domain: &str| (domain.to_owned(), named(hasher, "own domain", domain));
    domains.into_iter().filter(|domain| !domain.is_empty()).map(named).collect()
}

fn recipients(envelope: &Envelope, hasher: &Hasher) -> Vec<u64> {
    let recipients = envelope.recipients.iter().take(MOST_RECIPIENTS);
    let mut keys: Vec<u64> =
        recipients.map(|address| named(hasher, "recipient", &folded(address))).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn;
    use outfall_ledger::{DAY, LEAST_MEMORY, Sent};

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
        let few = named(&from("192.0.2.1", "a@b.test"), &ledger).is_shared();
        log_in(&mut ledger, 12);
        let local = Envelope { client_ip: Some("127.0.0.1".into()), ..login("alice") };

        assert!(!few);
        assert!(named(&from("192.0.2.1", "a@b.test"), &ledger).is_shared());
        assert!(!named(&from("192.0.2.2", "a@b.test"), &ledger).is_shared());
        assert!(
            !named(&login("alice"), &ledger).is_shared() && !named(&local, &ledger).is_shared()
        );
        assert!(named(&Envelope::default(), &ledger).is_shared(), "nobody is anybody");
    }

    /// On our own hosts each envelope sender is one of many, on an address of many logins each domain is;
    /// another address is one whole.
    #[test]
    fn shared_names_are_kept_apart() {
        let mut ledger = ledger();
        log_in(&mut ledger, 12);
        let key = |ip, mail_from| named(&from(ip, mail_from), &ledger).sender_key;

        assert_ne!(key("127.0.0.1", "a@one.test"), key("127.0.0.1", "b@one.test"));
        assert_eq!(key("127.0.0.1", "a@one.test"), key("127.0.0.1", "A@One.test"));
        assert_ne!(key("192.0.2.1", "a@one.test"), key("192.0.2.1", "a@two.test"));
        assert_eq!(key("192.0.2.1", "a@one.test"), key("192.0.2.1", "b@one.test"));
        assert_eq!(key("192.0.2.7", "a@one.test"), key("192.0.2.7", "a@two.test"));
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
            let of = |mail_from| {
                sharing::spoken_of(&names.sender, mail_from, &settings, &hasher, &ledger)
            };

            assert_eq!(Some(names.sender_key), of(envelope.mail_from.as_deref()));
            assert_eq!((!names.is_shared()).then_some(names.sender_key), of(None));
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

    /// Whom the envelope sender wrote to is known where it is believed, by login or from our own hosts,
    /// however it spells its name; an address that only claims it knows nobody.
    #[test]
    fn friends_of_the_envelope_sender_are_known() {
        let mut ledger = ledger();
        let alice = named(&login("alice@b.test"), &ledger);
        learn::remember_correspondents(&mut ledger, &alice, NOW);
        let strangers = |envelope: Envelope| named(&envelope, &ledger).strangers(&ledger, NOW);

        assert_eq!(0, strangers(from("127.0.0.1", "Alice@B.test")));
        assert_eq!(1, strangers(from("192.0.2.7", "Alice@B.test")));
        assert_eq!(0, strangers(Envelope { mail_from: None, ..login("alice@b.test") }));
        assert_eq!(1, strangers(from("127.0.0.1", "bob@b.test")));
    }

    /// The place of a login is its /24 or /48; our own hosts, and mail without a login, have none.
    #[test]
    fn places_are_networks_of_logins() {
        let ledger = ledger();
        let place = |ip: &str| {
            named(&Envelope { client_ip: Some(ip.into()), ..login("alice") }, &ledger)
                .networks
                .place
        };

        assert_eq!(place("198.51.100.1"), place("198.51.100.254"));
        assert_ne!(place("198.51.100.1"), place("198.51.101.1"));
        assert_eq!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_ne!(place("2001:db8:1::1"), place("2001:db8:2::1"));
        assert_eq!(place("198.51.100.1"), place("::ffff:198.51.100.1"));
        assert_eq!(None, place("127.0.0.1"));
        assert_eq!(None, named(&from("198.51.100.1", "a@b.test"), &ledger).networks.place);
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

    fn script(file: &str, mail_from: &str) -> (Examined, Envelope) {
        let raw = format!("X-PHP-Originating-Script: 33:{file}\r\n\r\nyes");
        let message = outfall_message::examine(raw.as_bytes());
        (Examined { message, ..Examined::default() }, from("127.0.0.1", mail_from))
    }

    fn of_script(file: &str, mail_from: &str, ledger: &Ledger) -> Names {
        let (examined, envelope) = script(file, mail_from);
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        Names::new(&examined, &envelope, &settings, &hasher, ledger)
    }

    /// The site of a script is what its mail was counted for where nobody named the script: the mail
    /// of its user on that host.
    #[test]
    fn the_elder_of_a_script_is_its_site() {
        let ledger = ledger();
        let one = of_script("shop.php", "www@a.test", &ledger);

        assert_eq!(
            Some(named(&from("127.0.0.1", "www@a.test"), &ledger).sender_key),
            one.elder_key
        );
        assert_eq!(one.elder_key, of_script("form.php", "WWW@a.test", &ledger).elder_key);
        assert_ne!(one.elder_key, of_script("shop.php", "www@b.test", &ledger).elder_key);
        assert_ne!(one.sender_key, of_script("form.php", "www@a.test", &ledger).sender_key);
    }

    /// A mailbox on a new address of the same wide network was there before; in another network it
    /// is another, and so is another mailbox.  Logins, and parts of a shared name, have no elder.
    #[test]
    fn the_elder_of_an_address_is_its_mailbox() {
        let ledger = ledger();
        let elder = |ip, mail_from| named(&from(ip, mail_from), &ledger).elder_key;
        let one = elder("192.0.2.7", "a@one.test");

        assert!(one.is_some());
        assert_eq!(one, elder("192.0.99.8", "A@One.test"));
        assert_ne!(one, elder("192.1.2.7", "a@one.test"));
        assert_ne!(one, elder("192.0.2.7", "b@one.test"));
        assert_eq!([None, None], [elder("192.0.2.7", ""), elder("127.0.0.1", "a@one.test")]);
        assert_eq!(None, named(&login("alice"), &ledger).elder_key);
    }

    /// A login's domain is its own; what a message only claims is not, until the sender wrote under
    /// it while nothing was odd.
    #[test]
    fn own_domains_are_proven() {
        let mut ledger = ledger();
        let raw = b"From: a@author.test\r\n\r\nyes";
        let message = outfall_message::examine(raw);
        let examined = Examined { message, ..Examined::default() };
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        let own = |account: &str, ledger: &Ledger| {
            let mail_from = Some("x@sent.test".into());
            let envelope = Envelope { mail_from, ..login(account) };
            let names = Names::new(&examined, &envelope, &settings, &hasher, ledger);
            (names.own_domains(ledger, NOW).map(str::to_owned).collect::<Vec<_>>(), names)
        };
        let (claimed, names) = own("alice@firm.test", &ledger);
        names.remember_domains(&mut ledger, NOW);

        assert_eq!(vec!["firm.test"], claimed);
        assert_eq!(
            vec!["sent.test", "author.test", "firm.test"],
            own("alice@firm.test", &ledger).0
        );
        assert_eq!(vec!["firm.test"], own("bob@firm.test", &ledger).0);
        assert!(own("bob", &ledger).0.is_empty());
    }

    /// The domains of a site are those of its scripts, the new one too.
    #[test]
    fn scripts_own_the_domains_of_their_site() {
        let mut ledger = ledger();
        named(&from("127.0.0.1", "www@a.test"), &ledger).remember_domains(&mut ledger, NOW);
        let own = |mail_from| {
            let names = of_script("new.php", mail_from, &ledger);
            names.own_domains(&ledger, NOW).map(str::to_owned).collect::<Vec<_>>()
        };

        assert_eq!(vec!["a.test"], own("www@a.test"));
        assert!(own("www@b.test").is_empty());
    }

    /// What recurs harmlessly is learnt of logins, of our own hosts and of customers that the mail server
    /// names; an address may claim any customer and teaches only for itself.
    #[test]
    fn witnesses_are_proven() {
        let ledger = ledger();
        let told = |envelope| Envelope { tenant: Some("firm".into()), ..envelope };
        let is_tenant = |envelope: Envelope| {
            let names = named(&envelope, &ledger);
            names.witness == names.tenant
        };
        let address = named(&from("192.0.2.7", "a@one.test"), &ledger);

        assert!(is_tenant(login("alice@firm.test")) && is_tenant(from("127.0.0.1", "a@one.test")));
        assert!(is_tenant(told(from("192.0.2.7", "a@one.test"))));
        assert_eq!(address.address_key, Some(address.witness));
    }

    /// An envelope sender is believed by login, from our own hosts, from a proven mail server, and where
    /// the mail server names the customer; an address of many logins is not trusted with it.
    #[test]
    fn mail_from_is_believed_from_whom_it_can_be() {
        let mut ledger = ledger();
        log_in(&mut ledger, 12);
        let relay = named(&from("192.0.2.25", "a@one.test"), &ledger);
        ledger.senders.change(relay.sender_key, NOW, |record| {
            (0..100).for_each(|domain| record.note_envelope_sender(domain));
            record.send(Sent { recipients: 1, novel: 0 }, NOW + DAY);
        });
        let believes = |envelope| named(&envelope, &ledger).believes_mail_from;
        let told = Envelope { tenant: Some("firm".into()), ..from("192.0.2.7", "a@one.test") };

        assert!(believes(login("alice")) && believes(from("127.0.0.1", "a@one.test")));
        assert!(believes(from("192.0.2.25", "a@one.test")) && believes(told));
        assert!(!believes(from("192.0.2.7", "a@one.test")));
        assert!(!believes(from("192.0.2.1", "a@one.test")), "many log in there");
    }
}
