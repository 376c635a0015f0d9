//! From the ledger to a [`Situation`]: reads, changes nothing.

use crate::envelope::{domain_of, is_within};
use crate::names::Names;
use crate::recurring::{Counted, own_repeats, recurrences};
use crate::situation::Situation;
use crate::verdict::Finding;
use crate::{Envelope, Examined, Sender};
use outfall_ledger::{DAY, Ledger, Seconds, SenderRecord, Window};
use outfall_message::{Link, LinkPlace};

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
    let Question { examined, envelope, findings, now } = question;
    let fresh = SenderRecord::new(names.sender_key, now);
    let record = ledger.senders.find(names.sender_key).unwrap_or(&fresh);
    let strangers = names.strangers(ledger, now) as usize;
    let known = names.recipients.len() - strangers;
    let month = record.volume(Window::Month, now).recipients;
    let day = record.volume(Window::Day, now);
    let (newcomer, strange_login) = (record.age_of(now) < DAY, is_strange(record, names));
    let (own, foreign) = calls(examined, envelope, &names.sender);
    let (recent_known, recent_strangers) =
        (record.known(Window::Day, now), record.novel(Window::Day, now));
    Situation {
        examined,
        findings,
        channel: names.channel,
        shared: names.shared,
        learning,
        context: 0.0,
        known,
        strangers,
        recent_known,
        recent_strangers,
        past_known: (record.known(Window::Month, now) - recent_known).max(0.0),
        past_strangers: (record.novel(Window::Month, now) - recent_strangers).max(0.0),
        newcomer,
        age_days: f64::from(record.age_of(now)) / f64::from(DAY),
        past_messages: record.volume(Window::Month, now).messages - day.messages,
        messages_today: day.messages.round() as u64 + 1,
        recipients_today: day.recipients + names.recipients.len() as f32,
        busiest_day: record.busiest_day(now).recipients.max(if month > 0.0 { 1.0 } else { 0.0 }),
        strange_login,
        new_places_today: record.new_places(now),
        sender_domains: record.envelope_senders(),
        failed: record.failed(Window::Day, now),
        delivered: record.delivered(now),
        suspicion: faded(record.evidence(), now - record.last_seen().min(now)),
        own_repeats: own_repeats(counted, names),
        foreign_call: foreign > 0,
        own_call: own > 0 && foreign == 0,
        recurrences: recurrences(counted, names, newcomer || strange_login, now),
    }
}

/// What a burst of odd messages says fades: people write a few a day, attacks hundreds an hour.
fn faded(suspicion: f32, seconds: Seconds) -> f32 {
    suspicion * (-(seconds as f32) / SUSPICION_SPAN).exp()
}

const SUSPICION_SPAN: f32 = 6.0 * 3_600.0;

/// An account with a past logs in from none of its networks.
fn is_strange(record: &SenderRecord, names: &Names) -> bool {
    let strange = names.place.is_some_and(|place| !record.knows_place(place));
    strange && record.places() > 0
}

/// Counts links that call readers to the author's or the login's own domain, and elsewhere.
fn calls(examined: &Examined, envelope: &Envelope, sender: &Sender) -> (usize, usize) {
    let message = &examined.message;
    let author = message.head.from.first().map(|from| domain_of(&from.address)).unwrap_or_default();
    let own = [author, envelope.mail_from_domain(), domain_of(&sender.id)];
    let is_own = |domain: &str| own.iter().any(|own| is_within(own, domain));
    let called = |link: &&Link| {
        !link.host.is_empty() && matches!(link.place, LinkPlace::Own | LinkPlace::Hidden)
    };
    let (own, foreign): (Vec<_>, Vec<_>) =
        message.links.iter().filter(called).partition(|link| is_own(&link.domain));
    (own.len(), foreign.len())
}
