//! Who a message comes from, as the ledger knows it.

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
    assert!(!named(&login("alice"), &ledger).is_shared() && !named(&local, &ledger).is_shared());
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

/// What a mail log calls local and what a milter sees from here is one site; and an address in another
/// form is the same address.
#[test]
fn one_place_has_one_name() {
    let ledger = ledger();
    let key = |envelope: &Envelope| named(envelope, &ledger).sender_key;
    let local = Envelope { client_ip: None, ..from("127.0.0.1", "site7@host.test") };

    assert_eq!(key(&from("127.0.0.1", "site7@host.test")), key(&local));
    assert_eq!(key(&from("192.0.2.1", "a@b.test")), key(&from("::ffff:192.0.2.1", "a@b.test")));
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
        let of =
            |mail_from| sharing::spoken_of(&names.sender, mail_from, &settings, &hasher, &ledger);

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

    assert_eq!(2, to(vec!["A@Far.test".into(), "b@far.test".into(), "a@far.test".into()]).len());
    assert_eq!(1_000, to((0..1_500).map(|number| format!("{number}@far.test")).collect()).len());
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
        named(&Envelope { client_ip: Some(ip.into()), ..login("alice") }, &ledger).networks.place
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
    assert_ne!(first, of(&Envelope { recipients: vec!["x@y.test".into()], ..alice.clone() }, raw));
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

    assert_eq!(Some(named(&from("127.0.0.1", "www@a.test"), &ledger).sender_key), one.elder_key);
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
    assert_eq!(vec!["sent.test", "author.test", "firm.test"], own("alice@firm.test", &ledger).0);
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
