//! From the ledger to a [`Situation`]: reads, changes nothing.
//!
//! Main types: [`Names`], the keyed hashes under which the ledger knows a message's people;
//! [`gather`].

use crate::channel::{Channel, classify};
use crate::envelope::domain_of;
use crate::identity::{client, identify};
use crate::settings::prefix;
use crate::situation::{Recurrence, Situation};
use crate::verdict::Finding;
use crate::{Envelope, Examined, Sender, SenderKind, Settings};
use outfall_ledger::{DAY, Ledger, PatternRecord, Seconds, SenderRecord, Window, pair};
use outfall_message::{Link, LinkPlace};
use outfall_patterns::{Found, Hasher, Pattern, SHINGLES_COUNTED};
use std::net::IpAddr;

/// A sender that contributes so much is clearly out of its own normal.
const TELLING: f32 = 2.0;

/// An address on which so many logins were seen stands for many people.
const ACCOUNTS_OF_A_SHARED_ADDRESS: f32 = 5.0;

//------------ Names ----------------------------------------------------------

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
    /// The domain of the envelope sender.
    pub domain_key: Option<u64>,
    /// The client's address, as a sender of its own.
    pub address_key: Option<u64>,
    /// The network from which an account logged in.
    pub place: Option<u64>,
    /// The customer, or the best guess at one.
    pub tenant: u64,
    /// The recipients, each once.
    pub recipients: Vec<u64>,
}

/// More recipients of one message are not looked up one by one; the ledger's sketches need fewer.
const MOST_RECIPIENTS: usize = 1_000;

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
        let name = |kind: &str, id: &str| hasher.hash(format!("{kind}\0{id}").as_bytes());
        let address_key = ip.map(|ip| name("ip", &ip.to_string()));
        let by_address = sender.kind == SenderKind::Ip;
        let shared = by_address
            && (ip.is_none_or(|ip| settings.is_shared(ip)) || is_shared(address_key, ledger));
        let domain = envelope.mail_from_domain();
        let id = if shared { format!("{}\0{domain}", sender.id) } else { sender.id.clone() };
        let mail_from = envelope.mail_from().to_lowercase();
        let mut recipients: Vec<u64> = envelope
            .recipients
            .iter()
            .take(MOST_RECIPIENTS)
            .map(|address| name("recipient", &address.to_lowercase()))
            .collect();
        recipients.sort_unstable();
        recipients.dedup();
        Names {
            sender_key: name(sender.kind.name(), &id),
            mail_from_key: (!mail_from.is_empty()).then(|| name("mail from", &mail_from)),
            domain_key: (!domain.is_empty()).then(|| name("domain", &domain)),
            address_key,
            place: place(ip, &sender, settings).map(|place| hasher.hash(&place.to_be_bytes())),
            tenant: name("tenant", &tenant(envelope, &sender, &domain)),
            recipients,
            sender,
            channel,
            shared,
        }
    }

    /// Returns the name of a pattern as this tenant uses it: a firm's footer is common there and
    /// nowhere else.
    pub fn in_tenant(&self, pattern: u64) -> u64 {
        pattern ^ self.tenant.rotate_left(1)
    }

    /// Counts recipients never written to before.
    pub fn strangers(&self, ledger: &Ledger, now: Seconds) -> u32 {
        self.recipients.iter().filter(|one| !self.knows(ledger, **one, now)).count() as u32
    }

    /// Tells whether the sender, or whoever uses this envelope sender, wrote to `recipient`.
    fn knows(&self, ledger: &Ledger, recipient: u64, now: Seconds) -> bool {
        let writers = [Some(self.sender_key), self.mail_from_key];
        writers.into_iter().flatten().any(|writer| ledger.pairs.knows(pair(writer, recipient), now))
    }
}

/// The network of a login: a /24 or a /48.  Shared hosts such as the webmail server are no place.
fn place(ip: Option<IpAddr>, sender: &Sender, settings: &Settings) -> Option<u128> {
    let ip = ip.filter(|ip| sender.kind == SenderKind::Account && !settings.is_shared(*ip))?;
    Some(prefix(ip, if ip.is_ipv4() { 24 } else { 48 }))
}

/// The customer as the mail server names it, or the domain of the login or the envelope sender.
fn tenant(envelope: &Envelope, sender: &Sender, domain: &str) -> String {
    if let Some(tenant) = &envelope.tenant {
        return tenant.clone();
    }
    let login = domain_of(&sender.id);
    let best = if login.is_empty() { domain } else { &login };
    if best.is_empty() { sender.id.clone() } else { best.to_owned() }
}

fn is_shared(address: Option<u64>, ledger: &Ledger) -> bool {
    let record = address.and_then(|key| ledger.senders.find(key));
    record.is_some_and(|record| record.accounts() >= ACCOUNTS_OF_A_SHARED_ADDRESS)
}

//------------ Patterns -------------------------------------------------------

/// Returns the patterns of the message that are counted: what is common on this site or in the
/// sender's tenant is passed over.
pub fn counted(examined: &Examined, names: &Names, ledger: &Ledger) -> Vec<Found> {
    let rare = |pattern: &Pattern| {
        let names = [pattern.bits(), names.in_tenant(pattern.bits())];
        !names.iter().any(|name| ledger.background.common(*name))
    };
    let phrases = examined.patterns.shingles.iter().filter(rare).take(SHINGLES_COUNTED);
    let values = examined.patterns.values.iter().filter(|found| rare(&found.pattern)).cloned();
    values.chain(phrases.map(|pattern| Found { pattern, shown: String::new() })).collect()
}

//------------ Gathering ------------------------------------------------------

/// Looks up everything that evidence asks for.
pub fn gather<'a>(
    examined: &'a Examined,
    envelope: &Envelope,
    findings: &'a [Finding],
    names: &Names,
    counted: &[Found],
    ledger: &Ledger,
    learning: bool,
    now: Seconds,
) -> Situation<'a> {
    let fresh = SenderRecord::new(names.sender_key, now);
    let record = ledger.senders.find(names.sender_key).unwrap_or(&fresh);
    let strangers = names.strangers(ledger, now) as usize;
    let known = names.recipients.len() - strangers;
    let month = record.volume(Window::Month, now).recipients;
    let day = record.volume(Window::Day, now);
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
        newcomer: record.age_of(now) < DAY,
        age_days: f64::from(record.age_of(now)) / f64::from(DAY),
        past_messages: record.volume(Window::Month, now).messages - day.messages,
        messages_today: day.messages.round() as u64 + 1,
        recipients_today: day.recipients + names.recipients.len() as f32,
        busiest_day: record.busiest_day(now).recipients.max(if month > 0.0 { 1.0 } else { 0.0 }),
        strange_login: is_strange(record, names),
        new_places_today: record.new_places(now),
        sender_domains: record.envelope_senders(),
        failed: record.failed(Window::Day, now),
        delivered: record.delivered(now),
        suspicion: faded(record.evidence(), now - record.last_seen().min(now)),
        own_repeats: own_repeats(counted, names, ledger, now),
        foreign_call: foreign > 0,
        own_call: own > 0 && foreign == 0,
        recurrences: recurrences(counted, names, ledger, now),
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

fn own_repeats(counted: &[Found], names: &Names, ledger: &Ledger, now: Seconds) -> usize {
    let mine = |found: &&Found| {
        let record = ledger.patterns.find(found.pattern.bits(), now);
        record.is_some_and(|record| record.has_sender(names.sender_key))
    };
    counted.iter().filter(mine).count()
}

fn recurrences(counted: &[Found], names: &Names, ledger: &Ledger, now: Seconds) -> Vec<Recurrence> {
    let found = counted.iter().filter_map(|found| {
        let record = ledger.patterns.find(found.pattern.bits(), now)?;
        recurrence(found, &record, names, now)
    });
    found.collect()
}

fn recurrence(
    found: &Found,
    record: &PatternRecord,
    names: &Names,
    now: Seconds,
) -> Option<Recurrence> {
    let others = record.evidence_without(names.sender_key);
    let judged = record.is_released() || record.is_confirmed() || record.complaints() > 0;
    if others.count < 1.0 && !judged {
        return None;
    }
    Some(Recurrence {
        kind: found.pattern.kind(),
        shown: found.shown.clone(),
        others: others.count.round() as u32,
        weight: others.sum,
        telling: record.others_at_least(names.sender_key, TELLING),
        recipients: record.distinct_recipients() + 1.0, // the first message's were not kept
        age: f64::from(record.age(now)),
        released: record.is_released(),
        confirmed: record.is_confirmed(),
        trapped: record.is_trapped(),
        complained: record.complaints() > 0,
    })
}

/// Counts links that call readers to the author's or the login's own domain, and elsewhere.
fn calls(examined: &Examined, envelope: &Envelope, sender: &Sender) -> (usize, usize) {
    let message = &examined.message;
    let author = message.head.from.first().map(|from| domain_of(&from.address)).unwrap_or_default();
    let own = [author, envelope.mail_from_domain(), domain_of(&sender.id)];
    let is_own = |domain: &str| !domain.is_empty() && own.iter().any(|own| is_within(own, domain));
    let called = |link: &&Link| {
        !link.host.is_empty() && matches!(link.place, LinkPlace::Own | LinkPlace::Hidden)
    };
    let (own, foreign): (Vec<_>, Vec<_>) =
        message.links.iter().filter(called).partition(|link| is_own(&link.domain));
    (own.len(), foreign.len())
}

/// Tells whether `host` is `domain` or lies below it.
fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
