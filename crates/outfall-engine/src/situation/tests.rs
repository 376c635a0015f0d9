//! What a situation says of its sender, and which keys it turns.

use super::*;

fn outbreak(one: Recurrence) -> bool {
    let examined = Examined::default();
    Situation { recurrences: vec![one], ..Situation::plain(&examined) }.has_outbreak()
}

/// Three others out of their normal turn the outside key, if what they say together is enough.
#[test]
fn three_others_turn_the_key() {
    assert!(outbreak(Recurrence::link(3, 2.0)));
    assert!(!outbreak(Recurrence::link(2, 3.0)));
    assert!(!outbreak(Recurrence { age: 3.0 * 86_400.0, ..Recurrence::link(3, 2.0) }));
}

/// A form of link, to which unrelated people come by their software, turns no key; nor do
/// colleagues, whose word counts a fifth.
#[test]
fn software_and_colleagues_turn_no_key() {
    let colleagues = Recurrence::link(40, 3.0).related();

    assert!(!outbreak(Recurrence { kind: Kind::LinkShape, ..Recurrence::link(9, 3.0) }));
    assert_eq!(24.0, colleagues.weight);
    assert!(!outbreak(colleagues));
}

/// Two phrases that others share turn the key, as a link does; one does not.
#[test]
fn phrases_turn_the_key() {
    let examined = Examined::default();
    let phrase = Recurrence { kind: Kind::Shingle, ..Recurrence::link(9, 3.0) };
    let with =
        |recurrences| Situation { recurrences, ..Situation::plain(&examined) }.has_outbreak();

    assert!(with(vec![phrase.clone(), phrase.clone()]));
    assert!(!with(vec![phrase]));
}

/// Each kind has a name of its own.
#[test]
fn kinds_have_names() {
    let names: std::collections::HashSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();

    assert_eq!(Kind::ALL.len(), names.len());
}

/// Mail goes to strangers if this message does and most of the day's did.
#[test]
fn both_message_and_day_go_to_strangers() {
    let examined = Examined::default();
    let to_strangers = |(known, strangers), (recent_known, recent_strangers)| {
        let plain = Situation::plain(&examined);
        Situation { known, strangers, recent_known, recent_strangers, ..plain }.is_to_strangers()
    };

    assert!(to_strangers((0, 1), (0.0, 0.0)));
    assert!(!to_strangers((0, 1), (9.0, 0.0)));
    assert!(!to_strangers((1, 0), (0.0, 9.0)));
}

/// Many new places turn a key only where the same call elsewhere goes out to strangers again.
#[test]
fn places_alone_are_a_journey() {
    let examined = Examined::default();
    let busy = |own_repeats, foreign_call, strangers| {
        let plain = Situation::plain(&examined);
        let busy = Situation { new_places_today: 4, own_repeats, foreign_call, ..plain };
        Situation { strangers, ..busy }.has_many_places()
    };

    assert!(busy(1, true, 2));
    assert!(!busy(0, true, 2) && !busy(1, false, 2) && !busy(1, true, 1));
}

/// An explanation's line says what, how many, how long and how odd, and whether it was cleared.
#[test]
fn recurrences_read_as_lines() {
    let one = Recurrence { released: true, ..Recurrence::link(1, 3.0) };

    assert_eq!(
        "link shop.test: 7 other senders in 10 minutes, 7 out of their normal",
        Recurrence::link(7, 3.0).to_string()
    );
    assert_eq!(
        "link shop.test: 1 other sender in 10 minutes, 1 out of their normal; cleared by a person",
        one.to_string()
    );
}

/// A snapshot gives every kind back, and refuses a kind it does not know.
#[test]
fn kinds_survive_a_snapshot() {
    for &kind in Kind::ALL {
        let one = Recurrence { kind, ..Recurrence::link(3, 3.0) };
        let mut bytes = postcard::to_allocvec(&one).unwrap();
        assert_eq!(Ok(one), postcard::from_bytes(&bytes));

        assert_eq!(kind as u8, bytes[0]);
        bytes[0] = 99;
        assert!(postcard::from_bytes::<Recurrence>(&bytes).is_err());
    }
}

/// What the plain sender's message is after `change`.
fn after(change: impl FnOnce(&mut Situation), look: fn(&Situation) -> bool) -> bool {
    let examined = Examined::default();
    let mut situation = Situation::plain(&examined);
    change(&mut situation);
    look(&situation)
}

const CAUSES: [fn(&mut Situation); 6] = [
    |s| s.newcomer = true,
    |s| s.new_script = true,
    |s| s.sender_domains = 5.0,
    |s| s.strange_login = true,
    |s| s.new_places_today = 4,
    |s| s.failed = 3.1,
];

/// Any one oddity makes a sender another than it was, what just falls short of it does not, and
/// while the engine is new here nothing does.
#[test]
fn each_oddity_is_enough() {
    let anomalous = |cause: fn(&mut Situation)| after(cause, |s| s.is_anomalous());
    let learning = |cause: fn(&mut Situation)| {
        after(
            |s| {
                cause(s);
                s.learning = true;
            },
            |s| s.is_anomalous(),
        )
    };
    let usual: [fn(&mut Situation); 4] =
        [|_| (), |s| s.sender_domains = 4.0, |s| s.new_places_today = 3, |s| s.failed = 3.0];

    assert_eq!([true; 6], CAUSES.map(anomalous));
    assert_eq!([false; 6], CAUSES.map(learning));
    assert_eq!([false; 4], usual.map(anomalous));
}

/// The part of a shared name is not new for being unknown, and has many domains by right; behind a
/// mail server a new mailbox is new.
#[test]
fn shared_names_are_odd_for_less() {
    let shared = |relayed: bool| {
        CAUSES.map(|cause| {
            let change = |s: &mut Situation| {
                cause(s);
                (s.shared, s.relayed) = (true, relayed);
            };
            after(change, |s| s.is_anomalous())
        })
    };

    assert_eq!([false, false, false, true, true, true], shared(false));
    assert_eq!([true, true, false, true, true, true], shared(true));
}

/// Whoever is not odd is another only by a flood: two hundred recipients, and fifteen times what the busiest
/// day had.
#[test]
fn a_great_flood_is_another_person() {
    let another = |recipients_today: f32, busiest_day: f32, shared: bool| {
        let flood = |s: &mut Situation| {
            (s.recipients_today, s.busiest_day, s.shared) = (recipients_today, busiest_day, shared);
        };
        after(flood, |s| s.is_another())
    };

    assert!(another(200.0, 13.0, false));
    assert!(!another(199.0, 1.0, false) && !another(200.0, 14.0, false));
    assert!(!another(1e4, 1.0, true), "many people behind one name are no flood");
    assert_eq!([true; 6], CAUSES.map(|cause| after(cause, |s| s.is_another())));
}

/// A sender that was taken over has sent a long series of the like, nearly all of it to strangers, that
/// wants something: without any one of these it was not.
#[test]
fn a_takeover_is_many_things_at_once() {
    let thief = |change: fn(&mut Situation)| {
        let steal = |s: &mut Situation| {
            (s.suspicion, s.says_the_same, s.foreign_call) = (16.0, true, true);
            (s.known, s.strangers) = (0, 1);
            (s.recent_known, s.recent_strangers) = (3.0, 15.0);
            change(s);
        };
        after(steal, |s| s.is_taken_over())
    };
    let short: [fn(&mut Situation); 6] = [
        |s| s.suspicion = 15.9,
        |s| s.says_the_same = false,
        |s| s.recent_strangers = 14.9,
        |s| s.recent_known = 3.2,
        |s| (s.known, s.strangers, s.recent_strangers) = (1, 0, 16.0),
        |s| (s.foreign_call, s.own_call) = (false, true),
    ];

    assert!(thief(|_| ()));
    assert_eq!([false; 6], short.map(thief));
}

/// A series of words without a call is a takeover, too, unless a new script says them: forms of a new
/// site do.  What calls to the sender's own place is none, but for what it carries.
#[test]
fn a_takeover_wants_something() {
    let thief = |own_call: bool, new_script: bool, carries: bool| {
        let steal = |s: &mut Situation| {
            (s.suspicion, s.says_the_same, s.recent_strangers) = (16.0, true, 16.0);
            (s.known, s.strangers) = (0, 1);
            (s.own_call, s.new_script, s.carries) = (own_call, new_script, carries);
        };
        after(steal, |s| s.is_taken_over())
    };

    assert!(thief(false, false, false));
    assert!(!thief(true, false, false) && !thief(false, true, false));
    assert!(thief(true, false, true) && thief(false, true, true));
}

/// To pass a letter on is to say hardly anything beside it, to add no file, and not to send it to one
/// stranger after the other.
#[test]
fn passing_on_is_done_once() {
    let quoting = "\r\nlook\r\n\r\n-----Original Message-----\r\nBuy watches at http://shop.test/a";
    let speaking = "\r\nWe sell watches, call us today";
    let passes_on = |raw: &str, change: fn(&mut Situation)| {
        let message = outfall_message::examine(raw.as_bytes());
        let examined = Examined { message, ..Examined::default() };
        let mut situation = Situation::plain(&examined);
        change(&mut situation);
        situation.only_passes_on()
    };
    let file = Examined {
        message: outfall_message::Message {
            attachments: vec![outfall_message::Attachment::default()],
            ..outfall_message::examine(quoting.as_bytes())
        },
        ..Examined::default()
    };

    assert!(passes_on(quoting, |_| ()));
    assert!(passes_on(quoting, |s| (s.strangers, s.known) = (2, 0)), "the first time");
    assert!(passes_on(quoting, |s| (s.own_repeats, s.strangers, s.known) = (1, 1, 1)));
    assert!(!passes_on(quoting, |s| (s.own_repeats, s.strangers, s.known) = (1, 2, 1)));
    assert!(!passes_on(speaking, |_| ()));
    assert!(!Situation::plain(&file).only_passes_on());
}

/// Words that want something take four odd senders, words that want nothing six, nearly all of them
/// odd, and not with a link to the sender's own place; a link takes three, whatever stands beside it.
#[test]
fn words_take_more_senders() {
    let outbreak = |kind: Kind, others: u32, change: fn(&mut Situation)| {
        let one = Recurrence { kind, ..Recurrence::link(others, 3.0) };
        let seen = |s: &mut Situation| {
            s.recurrences = vec![one.clone(), one];
            change(s);
        };
        after(seen, |s| s.has_outbreak())
    };
    let fewest = |kind, change| (1..12).find(|&others| outbreak(kind, others, change));

    for text in [Kind::Shingle, Kind::ExactText] {
        assert_eq!(Some(4), fewest(text, |s| s.foreign_call = true));
        assert_eq!(Some(4), fewest(text, |s| s.carries = true));
        assert_eq!(Some(6), fewest(text, |_| ()));
        assert_eq!(None, fewest(text, |s| s.own_call = true));
    }
    assert_eq!(Some(3), fewest(Kind::LinkDomain, |_| ()));
    assert_eq!(Some(3), fewest(Kind::LinkDomain, |s| s.own_call = true));
}

/// Software, habits and places recur among strangers: whatever kind says little turns no key.
#[test]
fn weak_kinds_turn_no_key() {
    let turns = |kind: &&Kind| outbreak(Recurrence { kind: **kind, ..Recurrence::link(9, 3.0) });
    let wrong = |kind: &&Kind| kind.is_weak() && turns(kind);

    assert_eq!(None, Kind::ALL.iter().find(wrong));
    assert!(turns(&&Kind::Picture) && turns(&&Kind::Contact));
}

/// A value is of odd ones if they contribute 1.9 nats each on average, and of many if six of them are
/// clearly odd besides.
#[test]
fn odd_ones_are_told_by_their_mean() {
    let one =
        |others, weight, telling| Recurrence { weight, telling, ..Recurrence::link(others, 0.0) };

    assert!(one(10, 19.1, 0).is_of_odd_ones() && !one(10, 18.9, 10).is_of_odd_ones());
    assert!(one(10, 19.1, 6).is_of_many_odd_ones());
    assert!(!one(10, 19.1, 5).is_of_many_odd_ones() && !one(10, 18.9, 6).is_of_many_odd_ones());
}

/// A message wants something by a call elsewhere or by what it carries, and not by one to its own place.
#[test]
fn calls_and_files_want_something() {
    let wants = |change: fn(&mut Situation)| after(change, |s| s.wants());

    assert!(wants(|s| s.foreign_call = true) && wants(|s| s.carries = true));
    assert!(!wants(|_| ()) && !wants(|s| s.own_call = true));
}
