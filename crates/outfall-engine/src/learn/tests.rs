//! What a message leaves behind, and from whom is learnt.

use super::*;
use crate::{Channel, Engine, Envelope, Settings};

const NOW: f64 = 1_772_409_600.0;
const OFFER: &[u8] = b"\r\nsee http://www.shop.test/ab12/go.php?id=778899";

fn engine() -> Engine {
    Engine::new(Settings { memory: crate::LEAST_MEMORY, ..Settings::default() }).unwrap()
}

fn login(account: &str, recipients: &[&str]) -> Envelope {
    Envelope {
        account: Some(account.into()),
        mail_from: Some(account.into()),
        client_ip: Some("192.0.2.1".into()),
        recipients: recipients.iter().map(|&one| one.into()).collect(),
        ..Envelope::default()
    }
}

fn record(engine: &Engine, kind: &str, id: &str) -> SenderRecord {
    let key = engine.hasher.hash(format!("{kind}\0{id}").as_bytes());
    *engine.lock().ledger.senders.find(key).expect("known")
}

fn alice(engine: &Engine) -> SenderRecord {
    record(engine, "account", "alice@firm.test")
}

/// A message that passed is counted each time it is sent, also if it is the very same.
#[test]
fn what_passed_is_counted_again() {
    let engine = engine();
    let envelope = login("alice@firm.test", &["a@far.test", "b@far.test"]);
    (0..3).for_each(|_| drop(engine.scan(OFFER, &envelope, NOW)));
    let alice = alice(&engine);

    assert_eq!(3.0, alice.volume(Window::Day, NOW as Seconds).messages);
    assert_eq!(6.0, alice.volume(Window::Day, NOW as Seconds).recipients);
    assert_eq!(2.0, alice.novel(Window::Day, NOW as Seconds));
    assert_eq!(1.0, alice.envelope_senders().round());
    assert_eq!(1, alice.places());
}

/// The mail log teaches all that an envelope tells: volume, strangers, domain, place, logins.
#[test]
fn the_log_teaches_what_envelopes_tell() {
    let engine = engine();
    let envelope = login("alice@firm.test", &["a@far.test", "b@far.test"]);
    (0..2).for_each(|_| engine.recall(&envelope, NOW));
    let alice = alice(&engine);

    assert_eq!(4.0, alice.volume(Window::Day, NOW as Seconds).recipients);
    assert_eq!(2.0, alice.novel(Window::Day, NOW as Seconds));
    assert_eq!(2.0, alice.known(Window::Day, NOW as Seconds));
    assert_eq!((1.0, 1), (alice.envelope_senders().round(), alice.places()));
    assert_eq!(1.0, record(&engine, "ip", "192.0.2.1").accounts().round());
    assert_eq!(1.0, record(&engine, "login domain", "firm.test").accounts().round());
    assert_eq!(2, engine.counts().recalled);
}

/// Logins seen in mail count for their address and their domain.
#[test]
fn logins_are_counted_where_they_are_seen() {
    let engine = engine();
    for account in ["alice@firm.test", "bob@firm.test"] {
        engine.scan(OFFER, &login(account, &["a@far.test"]), NOW);
    }

    assert_eq!(2.0, record(&engine, "ip", "192.0.2.1").accounts().round());
    assert_eq!(2.0, record(&engine, "login domain", "firm.test").accounts().round());
}

/// Mail that passes makes its recipients known to login and envelope sender; what was held back
/// makes nobody known.
#[test]
fn held_mail_makes_nobody_known() {
    let strangers_after = |category: Category| {
        let (examined, envelope) = (crate::Examined::default(), login("a@b.test", &["c@d.test"]));
        let engine = engine();
        let mut state = engine.lock();
        let ledger = &mut state.ledger;
        let names = Names::new(&examined, &envelope, &engine.settings, &engine.hasher, ledger);
        let situation = Situation::plain(&examined);
        let score = crate::score::add_up(&[], &situation);
        learn(ledger, &names, &[], &situation, &Judgement { score, category }, NOW as Seconds);
        names.strangers(ledger, NOW as Seconds)
    };

    assert_eq!([0, 0], [Category::Clean, Category::Suspect].map(strangers_after));
    assert_eq!([1, 1], [Category::Bulk, Category::Spam].map(strangers_after));
}

/// A sender contributes half a nat moved by its context within bounds, less if it is who it was; what
/// others wrote contributes nothing, unless it only claims to be an answer and calls to a foreign place.
#[test]
fn contributions_are_bounded() {
    let examined = crate::Examined::default();
    let score = crate::score::add_up(&[], &Situation::plain(&examined));
    let of = |channel, foreign_call, context| {
        let plain = Situation::plain(&examined);
        let situation = Situation { channel, foreign_call, strange_login: true, ..plain };
        contribution(&situation, &Score { context, ..score })
    };
    let own = |context| of(Channel::Submission, true, context);
    let plain = Situation::plain(&examined);

    assert_eq!(MOST_USUAL, contribution(&plain, &Score { context: 6.0, ..score }));
    assert_eq!([0.5, 2.5, 3.0, -2.0], [0.0, 2.0, 6.0, -6.0].map(own));
    for channel in [Channel::Forward, Channel::Bounce, Channel::AutoReply] {
        assert_eq!(0.0, of(channel, false, 6.0));
    }
    assert_eq!(
        [0.0, 3.0, 3.0],
        [
            of(Channel::Forward, true, 6.0),
            of(Channel::Bounce, true, 6.0),
            of(Channel::AutoReply, true, 6.0),
        ]
    );
}

/// Letters of many firms' people to acquaintances, day after day, make a value common on the
/// site; those of one firm's people make it common in that firm; letters to strangers nowhere.
#[test]
fn only_calm_mail_makes_values_common() {
    let common = |firms: u32, calm: bool| {
        let engine = engine();
        for (day, person) in (0..3).flat_map(|day| (0..16).map(move |person| (day, person))) {
            let account = format!("person{person}@firm{}.test", person % firms);
            let friend = format!("friend{person}-{}@far.test", if calm { 0 } else { day });
            let at = NOW + f64::from(day) * f64::from(DAY);
            if calm {
                engine.recall(&login(&account, &[&friend]), at - 1.0);
            }
            engine.scan(OFFER, &login(&account, &[&friend]), at);
        }
        let examined = engine.examine(OFFER);
        let state = engine.lock();
        let envelope = login("person0@firm0.test", &[]);
        let names =
            Names::new(&examined, &envelope, &engine.settings, &engine.hasher, &state.ledger);
        let pattern = examined.patterns.values[0].pattern.bits();
        let background = &state.ledger.background;
        (background.common(pattern), background.common(names.in_tenant(pattern)))
    };

    assert_eq!((true, false), common(16, true));
    assert_eq!((false, true), common(1, true));
    assert_eq!((false, false), common(16, false));
}

/// A pattern remembers its tenants, and the worst that was said of a message with it.
#[test]
fn patterns_remember_the_worst() {
    let engine = engine();
    let pattern = engine.examine(OFFER).patterns.values[0].pattern.bits();
    let seen = || engine.lock().ledger.patterns.find(pattern, NOW as Seconds).expect("seen");
    for number in 0..6 {
        let envelope = login(&format!("a{number}@firm{}.test", number % 2), &["x@far.test"]);
        engine.scan(OFFER, &envelope, NOW);
    }
    let harmless = seen();
    let found =
        [crate::Finding { scanner: "clamd".into(), name: "x".into(), category: Category::Malware }];
    let examined = engine.examine(OFFER);
    engine.judge(&examined, &login("a@b.test", &["x@far.test"]), NOW, &found);

    assert_eq!((Level::Clean, 2), (harmless.level(), harmless.tenants()));
    assert_eq!(5, harmless.novel(), "the first message's recipients were not kept");
    assert_eq!(Level::Bulk, seen().level());
}

/// The sum of odd conduct grows with context and repetition, and calm brings it down to nothing.
#[test]
fn odd_conduct_adds_up() {
    let sum = |before: f32, context: f32, own_repeats: usize| {
        let (examined, envelope) = (crate::Examined::default(), login("alice@firm.test", &[]));
        let engine = engine();
        let mut state = engine.lock();
        let ledger = &mut state.ledger;
        let names = Names::new(&examined, &envelope, &engine.settings, &engine.hasher, ledger);
        let plain = Situation::plain(&examined);
        let situation = Situation { suspicion: before, own_repeats, ..plain };
        let score = Score { context, ..crate::score::add_up(&[], &situation) };
        let judgement = Judgement { score, category: Category::Clean };
        learn(ledger, &names, &[], &situation, &judgement, NOW as Seconds);
        ledger.senders.find(names.sender_key).map(SenderRecord::evidence).unwrap_or_default()
    };

    assert_eq!([5.0, 6.5], [sum(4.0, 3.0, 0), sum(4.0, 3.0, 2)]);
    assert_eq!([6.0, 0.0], [sum(4.0, 60.0, 0), sum(4.0, -60.0, 0)]);
    assert_eq!(MOST_SUSPICION, sum(29.0, 4.0, 2));
}

/// A place is usual once a message that passed came from it on a later day; whoever was held back
/// there makes it usual on no day soon, not even with messages that pass.
#[test]
fn only_good_conduct_makes_a_place_usual() {
    let usual = |first: Category| {
        let (examined, envelope) = (crate::Examined::default(), login("alice@firm.test", &[]));
        let engine = engine();
        let mut state = engine.lock();
        let ledger = &mut state.ledger;
        let names = Names::new(&examined, &envelope, &engine.settings, &engine.hasher, ledger);
        ledger.senders.change(names.sender_key, 0, |record| record.settle(4711, 0));
        let situation = Situation::plain(&examined);
        let score = crate::score::add_up(&[], &situation);
        for day in 0..12 {
            let category = if day == 0 { first } else { Category::Clean };
            let judgement = Judgement { score, category };
            learn(ledger, &names, &[], &situation, &judgement, NOW as Seconds + day * DAY);
        }
        let record = ledger.senders.find(names.sender_key);
        names
            .networks
            .place
            .is_some_and(|place| record.is_some_and(|record| record.knows_place(place)))
    };

    assert!(usual(Category::Clean) && usual(Category::Suspect));
    assert!(!usual(Category::Bulk) && !usual(Category::Spam));
}

/// Each category is remembered of its sender as its own level; convictions are one.
#[test]
fn categories_become_levels() {
    let levels = Category::ALL.map(level);
    let engine = engine();
    let envelope = login("alice@firm.test", &["a@far.test"]);
    let found =
        [crate::Finding { scanner: "clamd".into(), name: "x".into(), category: Category::Spam }];
    engine.judge(&engine.examine(OFFER), &envelope, NOW, &found);

    assert_eq!([Level::Clean, Level::Suspect, Level::Bulk], levels[..3]);
    assert_eq!([Level::Convicted; 3], levels[3..]);
    assert_eq!(1.0, alice(&engine).counted(Level::Bulk, Window::Day, NOW as Seconds));
}

/// What is learnt from a message of alice in the plain situation after `change`.
fn teacher(category: Category, context: f32, change: fn(&mut Situation)) -> Teacher {
    let examined = crate::Examined::default();
    let mut situation = Situation::plain(&examined);
    change(&mut situation);
    let score = Score { context, ..crate::score::add_up(&[], &situation) };
    Teacher::of(&situation, &score, category)
}

/// Whoever writes to acquaintances teaches all; an old hand on an ordinary day teaches text though he
/// writes to strangers; what is suspect teaches nothing.
#[test]
fn teachers_are_calm_or_old() {
    let clean = |context, change| teacher(Category::Clean, context, change);
    let odd: [fn(&mut Situation); 3] =
        [|s| s.age_days = 6.9, |s| s.suspicion = 1.0, |s| s.strange_login = true];

    assert!(Teacher::All == clean(0.0, |_| ()));
    assert!(Teacher::Text == clean(0.1, |_| ()));
    assert!(Teacher::Text == clean(0.1, |s| s.age_days = 7.0));
    assert!(odd.into_iter().all(|odd| Teacher::Nobody == clean(0.1, odd)));
    for category in &Category::ALL[1..] {
        assert!(Teacher::Nobody == teacher(*category, 0.0, |_| ()));
    }
}

/// While the engine is new here, only mail to acquaintances teaches.
#[test]
fn beginners_learn_of_acquaintances() {
    let learning = |context| teacher(Category::Clean, context, |s| s.learning = true);

    assert!(Teacher::All == learning(-0.1));
    assert!([0.0, 0.1].into_iter().all(|context| Teacher::Nobody == learning(context)));
}

/// An old hand who writes to strangers makes words common, and no place, number or file.
#[test]
fn old_hands_teach_words() {
    let of = |teacher: Teacher| Kind::ALL.iter().filter(|kind| teacher.kind(**kind)).count();

    assert_eq!(0, of(Teacher::Nobody));
    assert_eq!(Kind::ALL.len(), of(Teacher::All));
    assert_eq!(2, of(Teacher::Text));
    assert!(Teacher::Text.kind(Kind::ExactText) && Teacher::Text.kind(Kind::Shingle));
}

/// Learns one message of `envelope` in the plain situation after `change`.
fn learnt(
    engine: &Engine,
    (raw, envelope): (&[u8], &Envelope),
    (category, now): (Category, Seconds),
    change: impl FnOnce(&mut Situation),
) -> Names {
    let examined = engine.examine(raw);
    let mut state = engine.lock();
    let ledger = &mut state.ledger;
    let names = Names::new(&examined, envelope, &engine.settings, &engine.hasher, ledger);
    let mut situation = Situation::plain(&examined);
    change(&mut situation);
    let score = crate::score::add_up(&[], &situation);
    learn(ledger, &names, &[], &situation, &Judgement { score, category }, now);
    names
}

/// A domain is the sender's own once it wrote under it while it passed and nothing was odd, not even in
/// the hours before.
#[test]
fn domains_are_remembered_on_calm_days() {
    let own = |category, change: fn(&mut Situation)| {
        let engine = engine();
        let envelope = login("alice", &["a@far.test"]);
        let envelope = Envelope { mail_from: Some("a@sent.test".into()), ..envelope };
        let now = NOW as Seconds;
        let names = learnt(&engine, (OFFER, &envelope), (category, now), change);
        let state = engine.lock();
        names.own_domains(&state.ledger, now).count()
    };

    assert_eq!(1, own(Category::Clean, |_| ()));
    assert_eq!(1, own(Category::Suspect, |s| s.suspicion = 3.9));
    assert_eq!(0, own(Category::Clean, |s| s.suspicion = 4.0));
    assert_eq!(0, own(Category::Clean, |s| s.newcomer = true));
    assert_eq!(0, own(Category::Bulk, |_| ()));
}

/// What a script sends counts for its site, what comes through a mail server for that server as well, in
/// the log as in mail.
#[test]
fn elders_and_relays_are_counted() {
    let engine = engine();
    let sent = |kind: &str, id: &str| {
        record(&engine, kind, id).volume(Window::Day, NOW as Seconds).messages.round()
    };
    let from = |ip: &str, mail_from: &str| Envelope {
        account: None,
        client_ip: Some(ip.into()),
        ..login(mail_from, &["a@far.test"])
    };
    for domain in 0..60 {
        engine.recall(&from("192.0.2.25", &format!("a@firm{domain}.test")), NOW - 86_400.0);
    }
    engine.recall(&from("192.0.2.25", "a@one.test"), NOW);
    let alone = sent("ip", "192.0.2.25");
    engine.recall(&from("192.0.2.25", "a@one.test"), NOW);
    engine.scan(OFFER, &from("192.0.2.25", "a@one.test"), NOW);
    let script = [b"X-PHP-Originating-Script: 33:a.php\r\n".as_slice(), OFFER].concat();
    engine.scan(&script, &from("127.0.0.1", "www@a.test"), NOW);

    assert_eq!(2.0, sent("ip", "192.0.2.25") - alone);
    assert_eq!(2.0, sent("ip", "192.0.2.25\0a@one.test"));
    assert_eq!(1.0, sent("ip", "127.0.0.1\0www@a.test"));
    assert_eq!(1.0, sent("script", "33:a.php"));
}

/// Who was known by a webmail host alone is at home at once where that host first says he sits; a second
/// such place waits for another day, as any place does.
#[test]
fn the_first_place_behind_a_webmail_host_is_usual() {
    let engine = engine();
    let envelope = login("alice@firm.test", &["a@far.test"]);
    for number in 0..12 {
        for days in [2.0, 1.0] {
            let person = login(&format!("p{number}@isp.test"), &[]);
            engine.recall(&person, NOW - days * 86_400.0);
        }
    }
    engine.recall(&envelope, NOW - 86_400.0);
    let visit = |origin: &str| {
        let raw = format!("X-Originating-IP: [{origin}]\r\n\r\nyes");
        let at = (Category::Clean, NOW as Seconds);
        let names = learnt(&engine, (raw.as_bytes(), &envelope), at, |_| ());
        assert!(names.networks.host.is_some(), "the host is believed");
        alice(&engine).knows_place(names.networks.place.unwrap())
    };

    assert!(visit("198.51.100.7"));
    assert!(!visit("203.0.113.7"));
}
