//! Whole scenes: a small site with a past, and what the engine makes of what happens there.

mod site;

use outfall_engine::{Category, Engine, Envelope, Feedback, SenderKind, Settings};
use site::{DAY, NOW, Site};

/// The same offer from many newcomers with made-up senders is convicted within a few messages,
/// and each bot that goes on is accused.
#[test]
fn outbreak_of_many_senders_is_convicted() {
    let site = Site::with_a_past();
    let verdicts: Vec<_> = (0..40).map(|number| site.bot_sends(number % 12, number)).collect();
    let first = verdicts.iter().position(|verdict| verdict.category.convicts());

    assert!(first.is_some_and(|first| first <= 12), "first conviction: {first:?}");
    assert!(verdicts[30..].iter().all(|verdict| verdict.category.convicts()));
    assert!(verdicts.iter().flat_map(|verdict| &verdict.alerts).count() >= 5);
}

/// A newsletter to readers who know it is clean to the last copy.
#[test]
fn known_newsletter_is_spared() {
    let site = Site::with_a_past();

    for reader in 0..150 {
        assert_eq!(Category::Clean, site.newsletter_to(reader).category);
    }
}

/// The first message of an outbreak meets nothing: a message is never held against itself.
#[test]
fn a_message_is_judged_before_it_is_counted() {
    let site = Site::with_a_past();
    let first = site.bot_sends(0, 0);

    assert!(first.evidence.iter().all(|one| one.name != "recurrence"));
}

/// Whoever passes an outbreak's own link on to a friend, at home, is hardly blamed for it.
#[test]
fn a_warning_to_a_friend_is_spared() {
    let site = Site::with_a_past();
    (0..40).for_each(|number| drop(site.bot_sends(number % 12, number)));
    let verdict = site.scan(&site::offer(40), &site::person(5, &["friend5-0@far.test"]), 40);
    let recurrence = verdict.evidence.iter().find(|one| one.name == "recurrence");

    assert!(recurrence.is_some_and(|one| one.nats <= 2.0));
    assert_eq!(Category::Clean, verdict.category);
}

/// A text that everybody passes on to friends never goes beyond suspect.
#[test]
fn viral_forward_among_friends_is_spared() {
    let site = Site::with_a_past();

    for person in 0..40 {
        assert!(site.person_forwards_joke(person).category <= Category::Suspect);
    }
}

/// One account with a stolen password is slowed within tens of messages and accused, though
/// nobody else sends the like.
#[test]
fn a_single_stolen_account_is_slowed_and_accused() {
    let site = Site::with_a_past();
    let verdicts: Vec<_> = (0..60).map(|number| site.thief_sends(3, number)).collect();
    let slowed = verdicts.iter().position(|verdict| verdict.category >= Category::Bulk);
    let accused = verdicts.iter().flat_map(|verdict| &verdict.alerts).count();

    assert!(slowed.is_some_and(|first| first <= 20), "first slowed: {slowed:?}");
    assert_eq!(1, accused);
}

/// A stolen account that sends the like to strangers from one foreign place is convicted after some tens
/// though nobody else sends it; what its owner writes to friends from home meanwhile passes.
#[test]
fn a_long_series_convicts_and_spares_the_owner() {
    let site = Site::with_a_past();
    let owner = |number: u32| {
        let raw = format!("Subject: {number}\r\n\r\nThank you, see you on Friday at {number}.\r\n");
        let friend = format!("friend3-{}@far.test", number % 3);
        site.scan(raw.as_bytes(), &site::person(3, &[&friend]), number)
    };
    let mut own = Vec::new();
    let mut steal = |number: u32| {
        own.extend(number.is_multiple_of(12).then(|| owner(number)));
        site.thief_sends(3, number)
    };
    let stolen: Vec<_> = (0..80).map(&mut steal).collect();
    let first = stolen.iter().position(|one| one.category.convicts());

    assert!(first.is_some_and(|first| (10..60).contains(&first)), "first conviction: {first:?}");
    assert!(stolen[60..].iter().all(|one| one.category.convicts()));
    assert_eq!(vec![Category::Clean; 7], own.iter().map(|one| one.category).collect::<Vec<_>>());
}

/// A mail server that has passed on the mail of many domains for weeks is not accused when infected PCs
/// send through it: they are slowed, and its customers' letters pass.
#[test]
fn bots_behind_a_mail_server_are_slowed_alone() {
    let site = Site::with_a_past();
    let through = |mail_from: String, recipient: String| Envelope {
        client_ip: Some("203.0.113.25".into()),
        mail_from: Some(mail_from),
        recipients: vec![recipient],
        ..Envelope::default()
    };
    let firm = |number: u32| {
        through(format!("desk@firm{number}.test"), format!("friend{number}@far.test"))
    };
    for (day, number) in (1..28).flat_map(|day| (0..40).map(move |number| (day, number))) {
        site.engine.recall(&firm(number), NOW - f64::from(day) * DAY);
    }
    let verdicts: Vec<_> = (0..60)
        .map(|number| {
            let bot = through(format!("x{number}@up{number}.test"), format!("v{number}@far.test"));
            let letter = b"\r\nThe goods have arrived, many thanks, the bill comes by post.\r\n";
            let bot = site.scan(&site::offer(number), &bot, number);
            (bot, site.scan(letter, &firm(number % 40), number))
        })
        .collect();

    assert!(verdicts.iter().all(|(bot, firm)| bot.alerts.is_empty() && firm.alerts.is_empty()));
    assert!(verdicts[20..].iter().all(|(bot, _)| bot.category >= Category::Bulk));
    assert!(verdicts.iter().all(|(_, firm)| firm.category == Category::Clean));
}

/// A new script on an old site sends confirmations to strangers with links to the site, and they pass; the
/// same that call elsewhere are slowed and accused.
#[test]
fn a_new_script_of_an_old_site_may_confirm_orders() {
    let sent = |shop: &str| {
        let site = Site::with_a_past();
        let to = |recipient: String| Envelope {
            client_ip: Some("127.0.0.1".into()),
            mail_from: Some("www@shop.test".into()),
            recipients: vec![recipient],
            ..Envelope::default()
        };
        for day in 1..28 {
            let buyer = format!("buyer{day}@far.test");
            site.engine.recall(&to(buyer), NOW - f64::from(day) * DAY);
        }
        let confirm = |number: u32| {
            let raw = format!(
                "X-PHP-Originating-Script: 33:new/order.php\r\nFrom: orders@shop.test\r\n\
                 Subject: Your order {number}\r\n\r\nThank you for your order {number}, which we \
                 shall send within two days. You find it at http://www.{shop}/orders?id={number} \
                 and may change it there until it is packed.\r\n"
            );
            site.scan(raw.as_bytes(), &to(format!("new{number}@far{number}.test")), number)
        };
        (0..80).map(confirm).collect::<Vec<_>>()
    };
    let (own, foreign) = (sent("shop.test"), sent("elsewhere.test"));

    assert!(own.iter().all(|one| one.category < Category::Bulk && one.alerts.is_empty()));
    assert!(foreign.iter().any(|one| one.category >= Category::Bulk));
    assert!(foreign.iter().any(|one| !one.alerts.is_empty()));
}

/// A thief with many passwords who logs in from one address does not pass for a webmail host by writing
/// that he speaks for their owners' own networks.
#[test]
fn a_thief_is_no_webmail_host() {
    let site = Site::with_a_past();
    let stolen = |number: u32| {
        let recipient = format!("stranger{number}@far{number}.test");
        let from_afar = Some("203.0.113.77".to_owned());
        let envelope = Envelope { client_ip: from_afar, ..site::person(number % 8, &[&recipient]) };
        let claim = format!("X-Originating-IP: [192.0.2.{}]\r\n", number % 8);
        site.scan(&[claim.as_bytes(), &site::offer(number)].concat(), &envelope, number)
    };
    let verdicts: Vec<_> = (0..60).map(stolen).collect();

    assert!(verdicts[30..].iter().all(|verdict| verdict.category.convicts()));
}

/// A thief who was slowed is no less strange when he comes back the next day, however he begins.
#[test]
fn a_thief_does_not_make_himself_at_home() {
    const A_DAY: u32 = 2_880; // in the half minutes of these scenes
    let site = Site::with_a_past();
    (0..60).for_each(|number| drop(site.thief_sends(3, number)));

    for number in (1..5).flat_map(|day| (0..3).map(move |number| day * A_DAY + number)) {
        let verdict = site.thief_sends(3, number);
        assert!(verdict.evidence.iter().any(|one| one.name == "strange-login"));
    }
}

/// Volume and similarity of one sender alone, at its usual place, never convict.
#[test]
fn conduct_alone_never_convicts() {
    let site = Site::with_a_past();

    for number in 0..300 {
        assert!(site.person_floods(5, number).category <= Category::Bulk);
    }
}

/// A message that was held back and comes again is judged anew, not counted again, and its
/// recipients do not become acquaintances by that.
#[test]
fn retries_are_not_counted_again() {
    let site = Site::with_a_past();
    let held = (0..60).find(|number| site.thief_sends(3, *number).category >= Category::Bulk);
    let held = held.expect("the thief is slowed");
    let senders = || site.engine.counts();
    let (first, before) = (site.thief_sends(3, held), senders());
    let again: Vec<_> = (0..30).map(|_| site.thief_sends(3, held)).collect();

    assert!(again.iter().all(|verdict| verdict.category == first.category));
    assert!(again.iter().all(|verdict| verdict.score == first.score && verdict.alerts.is_empty()));
    assert_eq!(before.messages + 30, senders().messages);
}

/// A message without a date, or from a broken clock, does not make a new engine believe it is old.
#[test]
fn absurd_times_do_not_end_learning() {
    let site = Site::cold();
    site.engine.recall(&site::person(1, &["a@far.test"]), 0.0);
    site.engine.recall(&site::person(1, &["a@far.test"]), f64::NAN);

    assert!((0..60).all(|number| !site.bot_sends(number % 12, number).category.convicts()));
}

/// A header that claims an automatic answer does not hide an outbreak.
#[test]
fn a_claimed_answer_hides_nothing() {
    let site = Site::with_a_past();
    let sent = |number: u32| {
        let raw = [b"Auto-Submitted: auto-replied\r\n".as_slice(), &site::offer(number)].concat();
        let envelope = Envelope {
            client_ip: Some(format!("198.51.100.{}", number % 12)),
            mail_from: Some(format!("made{number}@up{number}.test")),
            recipients: vec![format!("victim{number}@far{number}.test")],
            ..Envelope::default()
        };
        site.scan(&raw, &envelope, number)
    };
    let last = (0..40).map(sent).last().expect("forty");

    assert!(last.category.convicts());
}

/// While the engine is new here it slows nobody, whatever goes on, and one old line of a log makes it
/// no older; a trap's word is heard from the first moment.
#[test]
fn a_cold_engine_slows_only_by_hard_facts() {
    let site = Site::cold();
    site.engine.recall(&site::person(1, &["friend@far.test"]), NOW - 28.0 * DAY);
    let verdicts: Vec<_> = (0..60).map(|number| site.bot_sends(number % 12, number)).collect();
    assert!(verdicts.iter().all(|one| one.category <= Category::Suspect && one.alerts.is_empty()));
    let reference = &verdicts[50].reference;
    site.engine.feedback(Feedback::Trap, Some(reference), None, "trap", NOW + 1900.0);

    assert!(site.bot_sends(3, 64).category >= Category::Bulk);
}

/// A day of mail, or a log of one, ends the time of learning.
#[test]
fn a_log_shortens_learning() {
    let convicted = |hours: u32| {
        let site = Site::cold();
        for hour in 0..hours {
            let at = NOW - 3_600.0 * f64::from(hours - hour);
            site.engine.recall(&site::person(hour % 40, &["friend@far.test"]), at);
        }
        (0..60).any(|number| site.bot_sends(number % 12, number).category.convicts())
    };

    assert_eq!([false, true], [convicted(20), convicted(30)]);
}

/// What a person releases is not held against anyone from then on.
#[test]
fn a_release_clears_at_once() {
    let site = Site::with_a_past();
    let convicted = (0..40).map(|n| site.bot_sends(n % 12, n)).find(|v| v.category.convicts());
    let reference = convicted.expect("the outbreak is convicted").reference.clone();
    let counted = |source: &str| {
        site.engine.feedback(Feedback::Release, Some(&reference), None, source, NOW + 3000.0)
    };

    assert!(counted("desk"));
    assert!(!counted("desk"), "a source counts once");
    assert!(!site.bot_sends(50, 100).category.convicts());
}

/// What a customer's people released is his background at once: his own copies have no pattern left,
/// while another customer's thief with the same words is slowed and accused for his conduct.
#[test]
fn a_release_is_for_whom_it_was_given() {
    let site = Site::with_a_past();
    let ours = |number: u32| {
        let envelope = site::person(5, &["friend5-0@far.test"]);
        site.scan(&site::offer(number), &envelope, number)
    };
    let first = ours(0);
    site.engine.feedback(Feedback::Release, Some(&first.reference), None, "desk", NOW + 1.0);
    let released = site.engine.explain(&ours(4).reference).expect("remembered");
    let thief: Vec<_> = (8..60).map(|number| site.thief_sends(3, number)).collect();

    assert!(released.patterns.iter().all(|line| !line.contains("pills-offer.test")));
    assert!(thief.iter().any(|one| one.category >= Category::Bulk));
    assert!(thief.iter().any(|one| !one.alerts.is_empty()));
}

/// Convictions that people release beyond the budget raise the line, and the explanation says why; the
/// same sender's count once a day.
#[test]
fn released_convictions_raise_the_line() {
    let site = Site::with_a_past();
    let verdicts: Vec<_> = (0..120).map(|number| site.bot_sends(number % 30, number)).collect();
    let convicted: Vec<_> = verdicts.iter().filter(|one| one.category.convicts()).collect();
    let line = || {
        let last = site.bot_sends(40, 200);
        site.engine.explain(&last.reference).expect("remembered").reckoning.join(" ")
    };
    let before = line();
    let said = |one: &outfall_engine::Verdict| {
        site.engine.feedback(Feedback::Release, Some(&one.reference), None, "desk", NOW + 4e3)
    };
    let bot = convicted[0].sender.clone();
    convicted.iter().filter(|one| one.sender == bot).for_each(|one| assert!(said(one)));
    assert!(!line().contains("people released"), "one sender is one false alarm");
    let heard = convicted.iter().filter(|one| said(one)).count();

    assert!(before.contains("at most 0.1 false alarms a day") && !before.contains("released"));
    assert!(heard > 5);
    assert!(line().contains("because people released more convictions"), "{}", line());
}

/// A confirmation makes a hard fact of the like, even from a newcomer's first message.
#[test]
fn a_confirmation_is_a_hard_fact() {
    let site = Site::with_a_past();
    let first = site.bot_sends(0, 0);
    site.engine.feedback(Feedback::Confirm, Some(&first.reference), None, "desk", NOW + 1.0);
    let second = site.bot_sends(1, 1);

    assert!(second.evidence.iter().any(|one| one.name == "hard-facts"));
}

/// A spam trap's word is a hard fact as well, even while the sender is the only one.
#[test]
fn a_trap_hit_is_a_hard_fact() {
    let site = Site::with_a_past();
    let first = site.thief_sends(3, 0);
    site.engine.feedback(Feedback::Trap, Some(&first.reference), None, "trap", NOW + 1.0);
    let second = site.thief_sends(3, 1);

    assert!(second.evidence.iter().any(|one| one.detail.contains("spam trap")));
}

/// Our own host that forwards spam is not accused, and the spam it forwards not convicted.
#[test]
fn forwarders_are_not_accused() {
    let site = Site::with_a_past();

    for number in 0..40 {
        let verdict = site.host_forwards(number);
        assert!(verdict.category <= Category::Suspect);
        assert!(verdict.alerts.is_empty());
    }
}

/// Names that stand for many people are never accused.
#[test]
fn shared_addresses_are_never_accused() {
    let site = Site::with_a_past();
    for number in 0..60 {
        let envelope = Envelope {
            client_ip: Some("127.0.0.1".into()),
            mail_from: Some(format!("x{number}@made-up{number}.test")),
            recipients: vec![format!("target{number}@far.test")],
            ..Envelope::default()
        };

        assert!(site.scan(&site::offer(number), &envelope, number).alerts.is_empty());
    }
}

/// The same key, settings, messages and times give the same verdicts, references included.
#[test]
fn the_same_history_gives_the_same_verdicts() {
    let run = || {
        let site = Site::with_a_past();
        (0..40).map(|number| (*site.bot_sends(number % 12, number)).clone()).collect::<Vec<_>>()
    };

    assert_eq!(run(), run());
}

/// A clock that steps back by days breaks nothing and forgets nobody.
#[test]
fn a_clock_stepping_back_is_survived() {
    let site = Site::with_a_past();
    let envelope = site::person(1, &["friend1-0@far.test"]);
    let verdict = site.engine.scan(&site::offer(1), &envelope, NOW - 20.0 * DAY);

    assert_eq!(Category::Clean, verdict.category);
    assert!(site.engine.scan(&site::offer(1), &envelope, f64::NAN).score.is_finite());
    assert!(site.engine.scan(&site::offer(1), &envelope, -1e300).score.is_finite());
}

/// An explanation is there as long as it is remembered, and says what recurred.
#[test]
fn verdicts_can_be_explained() {
    let site = Site::with_a_past();
    let last = (0..40).map(|number| site.bot_sends(number % 12, number)).last().expect("forty");
    let explanation = site.engine.explain(&last.reference.to_lowercase()).expect("remembered");

    assert_eq!(last, explanation.verdict);
    assert!(explanation.patterns.iter().any(|line| line.contains("pills-offer.test")));
    assert!(!explanation.would_change.is_empty());
    let mut lines = explanation.patterns.clone();
    lines.dedup();
    assert_eq!(lines, explanation.patterns, "no line is said twice");
    assert!(lines.iter().any(|line| line.ends_with(" alike)")), "but how often it holds");
    let place = |begin: &str| lines.iter().position(|line| line.starts_with(begin));
    assert!(place("link pills-offer.test") < place("exact text"), "the weightiest comes first");
    assert_eq!(None, site.engine.explain("not a reference"));
}

/// Whatever speaks loudest is named first, be it for or against the sender.
#[test]
fn the_weightiest_reason_comes_first() {
    let site = Site::with_a_past();
    let friendly = site.person_forwards_joke(7);
    let hostile = (0..40).map(|number| site.thief_sends(3, number)).last().expect("forty");

    for verdict in [&friendly, &hostile] {
        assert!(verdict.evidence.len() > 1);
        assert!(verdict.evidence.is_sorted_by(|one, next| one.nats.abs() >= next.nats.abs()));
    }
}

/// An engine that starts anew gives other references than the one before it.
#[test]
fn references_are_not_given_twice() {
    let first = |minute| Site::cold().scan(b"", &site::person(1, &[]), minute).reference.clone();

    assert_eq!(first(0), first(0));
    assert_ne!(first(0), first(1));
}

/// A complaint and a release from the same desk are two words, and both are heard.
#[test]
fn each_kind_of_word_counts_once() {
    let site = Site::with_a_past();
    let reference = site.bot_sends(0, 0).reference.clone();
    let says = |what| site.engine.feedback(what, Some(&reference), None, "desk", NOW + 1.0);

    assert!(says(Feedback::Complaint) && says(Feedback::Release));
    assert!(!says(Feedback::Complaint) && !says(Feedback::Release));
}

/// What is said of a message is said of its sender, and what is said of a sender needs no message:
/// failed deliveries, more than one, speak against the next one.
#[test]
fn words_reach_the_sender() {
    let site = Site::with_a_past();
    let first = site.bot_sends(0, 0);
    let other = site.bot_sends(1, 1).sender.clone();
    for source in ["mx1", "mx2"] {
        site.engine.feedback(Feedback::Failed, Some(&first.reference), None, source, NOW + 40.0);
        site.engine.feedback(Feedback::Failed, None, Some((&other, None)), source, NOW + 40.0);
    }
    let speaks = |bot, number| {
        site.bot_sends(bot, number).evidence.iter().any(|one| one.name == "deliveries")
    };

    assert!(speaks(0, 2) && speaks(1, 3) && !speaks(2, 4));
}

/// The sender is found on the identity ladder, and the accounts are kept.
#[test]
fn accounts_are_kept() {
    let site = Site::with_a_past();
    let before = site.engine.counts();
    let verdict = site.thief_sends(3, 0);
    let after = site.engine.counts();

    assert_eq!(SenderKind::Account, verdict.sender.kind);
    assert_eq!(before.messages + 1, after.messages);
    assert!(after.recalled > 0 && after.senders > 0);
    assert!((site::MEMORY / 2..=site::MEMORY).contains(&after.bytes), "{}", after.bytes);
}

/// Less memory than a ledger needs is refused with a sentence.
#[test]
fn too_little_memory_is_refused() {
    let with = |memory| Engine::new(Settings { memory, ..Settings::default() });

    assert!(with(32 << 20).is_ok());
    assert!(
        with((32 << 20) - 1).is_err_and(|refused| refused.to_string().contains("at least 32 MiB"))
    );
}
