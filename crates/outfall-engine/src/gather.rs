//! From the ledger to a [`Situation`]: reads, changes nothing.

use crate::envelope::is_within;
use crate::ground;
use crate::names::Names;
use crate::recurring::{Counted, own_repeats, recurrences};
use crate::seeds::is_everybodys;
use crate::sharing::Sharing;
use crate::situation::Situation;
use crate::verdict::Finding;
use crate::without::Without;
use crate::{Envelope, Examined};
use outfall_ledger::{DAY, Ledger, Seconds, SenderRecord, Window};

/// What is to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The parsed message and its patterns.
    pub examined: &'a Examined,
    /// What the mail server knows beside it.
    pub envelope: &'a Envelope,
    /// What outside scanners found.
    pub findings: &'a [Finding],
    /// When it was handed in.
    pub now: Seconds,
}

/// Looks up everything that evidence asks for.
pub fn gather<'a>(
    question: Question<'a>,
    names: &Names,
    counted: &[Counted],
    ledger: &Ledger,
    learning: bool,
) -> Situation<'a> {
    let Question { examined, findings, now, .. } = question;
    let fresh = SenderRecord::new(names.sender_key, now);
    let record = ledger.senders.find(names.sender_key).unwrap_or(&fresh);
    let strangers = names.strangers(ledger, now) as usize;
    let known = names.recipients.len() - strangers;
    let month = record.volume(Window::Month, now).recipients;
    let day = record.volume(Window::Day, now);
    let elder = names.elder_key.and_then(|key| ledger.senders.find(key)).unwrap_or(record);
    let new = record.age_of(now) < DAY;
    let newcomer = new && elder.age_of(now) < DAY;
    let strange_login = !new && is_strange(record, names) && !ground::is_home(ledger, names, now);
    let (own_repeats, repeatable) = own_repeats(counted, names);
    let (own, foreign) = calls(&question, names, ledger);
    let (recent_known, recent_strangers) =
        (record.known(Window::Day, now), record.novel(Window::Day, now));
    Situation {
        examined,
        findings,
        channel: names.channel,
        shared: names.is_shared(),
        relayed: names.sharing == Sharing::Relay,
        learning,
        without: Without::default(),
        context: 0.0,
        known,
        strangers,
        recent_known,
        recent_strangers,
        past_known: (elder.known(Window::Month, now) - elder.known(Window::Day, now)).max(0.0),
        past_strangers: (elder.novel(Window::Month, now) - elder.novel(Window::Day, now)).max(0.0),
        newcomer,
        new_script: new && names.sender.kind == crate::SenderKind::Script,
        carries: examined.patterns.values.iter().any(|found| found.pattern.kind().is_carried()),
        age_days: f64::from(record.age_of(now)) / f64::from(DAY),
        past_messages: record.volume(Window::Month, now).messages - day.messages,
        messages_today: day.messages.round() as u64 + 1,
        recipients_today: day.recipients + names.recipients.len() as f32,
        busiest_day: elder.busiest_day(now).recipients.max(if month > 0.0 { 1.0 } else { 0.0 }),
        strange_login,
        new_places_today: record.new_places(now),
        sender_domains: record.envelope_senders(),
        failed: record.failed(Window::Day, now),
        delivered: record.delivered(now),
        suspicion: faded(record.evidence(), now - record.last_seen().min(now)),
        own_repeats,
        says_the_same: SAME_SHARE * own_repeats > repeatable,
        foreign_call: foreign > 0,
        own_call: own > 0 && foreign == 0,
        recurrences: recurrences(counted, names, newcomer || strange_login, now),
    }
}

/// A message is the like of others of its sender if more than one in so many of its values recurs.
const SAME_SHARE: usize = 4;

/// What a burst of odd messages says fades: people write a few a day, attacks hundreds an hour.
fn faded(suspicion: f32, seconds: Seconds) -> f32 {
    suspicion * (-(seconds as f32) / SUSPICION_SPAN).exp()
}

const SUSPICION_SPAN: f32 = 6.0 * 3_600.0;

/// An account with a past logs in from none of its networks.
fn is_strange(record: &SenderRecord, names: &Names) -> bool {
    let strange = names.networks.place.is_some_and(|place| !record.knows_place(place));
    strange && record.usual_places_besides(names.networks.host) > 0
}

/// Counts links that call readers to the sender's own places, and elsewhere; a profile under a
/// signature is neither.
fn calls(question: &Question, names: &Names, ledger: &Ledger) -> (usize, usize) {
    let own: Vec<&str> = names.own_domains(ledger, question.now).collect();
    let is_own = |domain: &str| own.iter().any(|own| is_within(own, domain));
    let links = question.examined.message.calls();
    let called = links.filter(|link| !link.host.is_empty() && !is_everybodys(link));
    let (all, own) =
        called.fold((0, 0), |(all, own), link| (all + 1, own + usize::from(is_own(&link.domain))));
    (own, all - own)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use crate::recurring::counted;
    use outfall_ledger::{HOUR, LEAST_MEMORY, Sent, Sighting};
    use outfall_patterns::Hasher;

    const NOW: Seconds = 1_772_409_600;

    fn ledger() -> Ledger {
        Ledger::new(LEAST_MEMORY, [0; 16]).unwrap()
    }

    fn examine(raw: &str) -> Examined {
        let message = outfall_message::examine(raw.as_bytes());
        let patterns = outfall_patterns::extract(&message, &Hasher::new([0; 16]));
        Examined { message, patterns }
    }

    fn names(examined: &Examined, envelope: &Envelope, ledger: &Ledger) -> Names {
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        Names::new(examined, envelope, &settings, &hasher, ledger)
    }

    fn alice() -> Envelope {
        Envelope {
            account: Some("alice@firm.test".into()),
            client_ip: Some("192.0.2.1".into()),
            recipients: vec!["a@far.test".into(), "b@far.test".into()],
            ..Envelope::default()
        }
    }

    /// What evidence sees of alice's message at `now`, after `change` to her record.
    fn seen<T>(
        now: Seconds,
        change: impl FnOnce(&mut SenderRecord, &Names),
        look: impl FnOnce(&Situation) -> T,
    ) -> T {
        let (examined, envelope, mut ledger) = (Examined::default(), alice(), ledger());
        let names = names(&examined, &envelope, &ledger);
        ledger.senders.change(names.sender_key, NOW, |record| change(record, &names));
        let question = Question { examined: &examined, envelope: &envelope, findings: &[], now };
        look(&gather(question, &names, &[], &ledger, false))
    }

    fn send(record: &mut SenderRecord, recipients: u32, novel: u32, now: Seconds) {
        record.send(Sent { recipients, novel }, now);
    }

    /// Who was first seen a day ago is no newcomer any more.
    #[test]
    fn newness_lasts_a_day() {
        let newcomer = |now| seen(now, |record, _| send(record, 1, 0, NOW), |one| one.newcomer);

        assert!(newcomer(NOW + DAY - 1));
        assert!(!newcomer(NOW + DAY));
    }

    /// The past is the four weeks without today; today includes this message.
    #[test]
    fn past_and_today_are_kept_apart() {
        let send = |record: &mut SenderRecord, _: &Names| {
            (0..10).for_each(|_| send(record, 4, 2, NOW));
            (0..20).for_each(|_| send(record, 4, 2, NOW + 4 * DAY));
        };
        let (strangers, known, messages, recipients) = seen(NOW + 4 * DAY, send, |one| {
            (one.past_strangers, one.past_known, one.past_messages, one.recipients_today)
        });

        assert!((15.0..20.0).contains(&strangers), "{strangers}");
        assert!((15.0..20.0).contains(&known), "{known}");
        assert!((7.0..10.0).contains(&messages), "{messages}");
        assert!((82.0..83.0).contains(&recipients), "{recipients}");
    }

    /// Failures are of the day: last week's are forgiven.
    #[test]
    fn failures_are_forgiven() {
        let failed = |now| seen(now, |record, _| record.count_failed(10, NOW), |one| one.failed);

        assert_eq!(10.0, failed(NOW));
        assert!(failed(NOW + 5 * DAY) < 1.0);
    }

    /// The sum of odd conduct falls to a third in six hours, and a clock that steps back moves it not.
    #[test]
    fn suspicion_fades() {
        let odd = |record: &mut SenderRecord, _: &Names| {
            send(record, 1, 1, NOW);
            record.set_evidence(8.0);
        };
        let suspicion = |now| seen(now, odd, |one| one.suspicion);

        assert!((2.5..3.5).contains(&suspicion(NOW + 6 * HOUR)));
        assert_eq!(8.0, suspicion(NOW - DAY));
    }

    /// A login is strange from a network not used before, if there is any that was, and if the account is
    /// older than a day: new customers try their telephones.
    #[test]
    fn a_first_place_is_not_strange() {
        let strange =
            |visit: fn(&mut SenderRecord, &Names)| seen(NOW + DAY, visit, |one| one.strange_login);
        let early = seen(NOW, |record, _| record.settle(4711, NOW), |one| one.strange_login);

        assert!(!early && !strange(|_, _| ()));
        assert!(strange(|record, _| record.settle(4711, NOW)));
        assert!(!strange(|record, names| {
            record.settle(4711, NOW);
            record.settle(names.networks.place.unwrap(), NOW);
        }));
    }

    /// Links to the login's domain are own calls, and so are those to a domain under which the sender wrote
    /// while nothing was odd; all others are foreign, hidden ones too; what is quoted calls nobody,
    /// unless nothing else does.
    #[test]
    fn calls_are_own_or_foreign() {
        let mut ledger = ledger();
        let envelope = Envelope { mail_from: Some("x@sent.test".into()), ..alice() };
        let mut told = |body: &str, remembered: bool| {
            let raw = format!("From: x@author.test\r\nContent-Type: text/html\r\n\r\n{body}");
            let examined = examine(&raw);
            let names = names(&examined, &envelope, &ledger);
            if remembered {
                names.remember_domains(&mut ledger, NOW);
            }
            let question =
                Question { examined: &examined, envelope: &envelope, findings: &[], now: NOW };
            calls(&question, &names, &ledger)
        };
        let link = |domain: &str| format!("<a href='http://www.{domain}/a'>see this</a>");

        for claimed in ["author.test", "sent.test"] {
            assert_eq!((0, 1), told(&link(claimed), false), "{claimed} is only claimed");
        }
        for own in ["author.test", "sent.test", "firm.test"] {
            assert_eq!((1, 0), told(&link(own), true), "{own}");
        }
        assert_eq!((0, 1), told(&link("shop.test"), true));
        assert_eq!((0, 1), told(&format!("<p hidden>{}</p>", link("shop.test")), true));
        let quoted = format!("<blockquote type=cite>{}</blockquote>", link("shop.test"));
        let answer = "I have looked at it and think it is far too cheap to be any good ".repeat(2);
        assert_eq!((0, 0), told(&(answer + &quoted), true));
        assert_eq!((0, 1), told(&("yes".to_owned() + &quoted), true));
        assert_eq!((0, 0), told("<a href='https://www.facebook.com/club'>follow us</a>", true));
    }

    /// Only a message that calls to its own place and to no other has an own call.
    #[test]
    fn an_own_call_is_the_only_one() {
        let (mut ledger, envelope) = (ledger(), alice());
        let own = |body: &str, ledger: &mut Ledger| {
            let examined = examine(&format!("\r\n{body}"));
            let names = names(&examined, &envelope, ledger);
            let question =
                Question { examined: &examined, envelope: &envelope, findings: &[], now: NOW };
            let one = gather(question, &names, &[], ledger, false);
            (one.own_call, one.foreign_call)
        };

        assert_eq!((true, false), own("http://firm.test/a", &mut ledger));
        assert_eq!((false, true), own("http://firm.test/a http://shop.test/a", &mut ledger));
        assert_eq!((false, false), own("nothing", &mut ledger));
    }

    /// Colleagues count fully against a login that is new or strange, as one hand may hold them all.
    #[test]
    fn new_and_strange_logins_may_be_in_one_hand() {
        let telling = |days: Seconds, strange: bool| {
            let (examined, mut ledger) = (examine("\r\nhttp://shop.test/a"), ledger());
            let names = names(&examined, &alice(), &ledger);
            let sighting = |sender| Sighting {
                sender,
                contribution: 3.0,
                recipients: &[1, 2],
                novel: 1,
                tenant: Some(names.tenant),
                reply: false,
                now: NOW,
            };
            let pattern = counted(&examined, &names, &ledger, NOW)[0].found.pattern.bits();
            for sender in 0..4 {
                ledger.patterns.sight(pattern, &sighting(sender));
            }
            ledger.senders.change(names.sender_key, NOW - days * DAY, |record| {
                let home = if strange { 4711 } else { names.networks.place.unwrap() };
                record.settle(home, NOW);
            });
            let (envelope, counted) = (alice(), counted(&examined, &names, &ledger, NOW));
            let question =
                Question { examined: &examined, envelope: &envelope, findings: &[], now: NOW };
            gather(question, &names, &counted, &ledger, false).recurrences[0].telling
        };

        assert_eq!(0, telling(20, false));
        assert_eq!(4, telling(20, true));
        assert_eq!(4, telling(0, false));
    }

    /// A script that was never seen is new on a site new or old; its sender is no newcomer where the site is
    /// known, and has the site's past.
    #[test]
    fn new_scripts_have_the_past_of_their_site() {
        let seen = |age: Seconds| {
            let examined = examine("X-PHP-Originating-Script: 33:new.php\r\n\r\nyes");
            let envelope = Envelope {
                account: None,
                client_ip: Some("127.0.0.1".into()),
                mail_from: Some("www@site.test".into()),
                ..alice()
            };
            let (names, mut ledger) = (names(&examined, &envelope, &ledger()), ledger());
            ledger.senders.change(names.elder_key.unwrap(), NOW - age, |record| {
                (0..50).for_each(|_| send(record, 2, 1, NOW - age));
            });
            let question =
                Question { examined: &examined, envelope: &envelope, findings: &[], now: NOW };
            let one = gather(question, &names, &[], &ledger, false);
            (one.newcomer, one.new_script, one.busiest_day > 50.0, one.past_known > 10.0)
        };

        assert_eq!((true, true, false, false), seen(600));
        assert_eq!((false, true, true, true), seen(4 * DAY));
    }

    /// A login is not strange where many are at home, nor from whom a webmail host names if only that host was
    /// known so far.
    #[test]
    fn crowds_and_first_origins_are_not_strange() {
        let crowd = |record: &mut SenderRecord| {
            (0..12).for_each(|account| record.note_account(account));
        };
        let strange = |host_is_home: bool, origin_is_home: bool| {
            let (direct, envelope, mut ledger) = (examine("\r\nyes"), alice(), ledger());
            let first = names(&direct, &envelope, &ledger);
            let host = first.networks.place.unwrap();
            for key in [first.address_key.unwrap(), host] {
                ledger.senders.change(key, NOW, crowd);
            }
            let examined = examine("X-Originating-IP: 198.51.100.7\r\n\r\nyes");
            let names = names(&examined, &envelope, &ledger);
            assert_eq!(Some(host), names.networks.host, "the host is believed");
            let home = if host_is_home { host } else { 4711 };
            ledger.senders.change(names.sender_key, NOW, |record| record.settle(home, NOW));
            if origin_is_home {
                ledger.senders.change(names.networks.place.unwrap(), NOW, crowd);
            }
            let now = NOW + DAY;
            let question =
                Question { examined: &examined, envelope: &envelope, findings: &[], now };
            gather(question, &names, &[], &ledger, false).strange_login
        };

        assert!(strange(false, false));
        assert!(!strange(false, true));
        assert!(!strange(true, false));
    }

    /// A file, a number to call or a picture is carried; words and links are not.
    #[test]
    fn numbers_are_carried() {
        let carries = |body: &str| {
            let (examined, envelope, ledger) = (examine(&format!("\r\n{body}")), alice(), ledger());
            let names = names(&examined, &envelope, &ledger);
            let question =
                Question { examined: &examined, envelope: &envelope, findings: &[], now: NOW };
            gather(question, &names, &[], &ledger, false).carries
        };

        assert!(carries("write to carol@elsewhere.test today"));
        assert!(!carries("see http://shop.test/a and have a good day"));
    }
}
