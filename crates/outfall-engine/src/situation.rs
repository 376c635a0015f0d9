//! All that evidence may look at: one message, its sender's past, and what others did.
//!
//! Main types: [`Situation`]; [`Recurrence`], one pattern as others used it.
//!
//! What holds: everything is as it was *before* this message was counted.
//! Not here: how it is gathered from the ledger (`gather`).

use crate::verdict::Finding;
use crate::without::Without;
use crate::{Channel, Examined};
use outfall_patterns::Kind;
use serde::{Deserialize, Serialize};

/// One message and what is known around it.  Counts of "today" and "recent" fade over a day, those
/// of the past over four weeks.
#[derive(Debug)]
pub struct Situation<'a> {
    /// The parsed message and its patterns.
    pub examined: &'a Examined,
    /// What outside scanners found.
    pub findings: &'a [Finding],
    /// How it was handed in.
    pub channel: Channel,
    /// Whether the sender's name stands for many people.
    pub shared: bool,
    /// Whether a mail server passed it on that does so for many domains; its name is shared, too.
    pub relayed: bool,
    /// Whether the engine itself is too new here to hold newness against anybody.
    pub learning: bool,
    /// Parts of the rule left out, for a measurement.
    pub without: Without,
    /// Nats of the context found so far; complete once evidence of recurrence is asked.
    pub context: f32,

    /// Recipients that the sender (or its envelope sender) wrote to in the last four weeks.
    pub known: usize,
    /// Recipients that it did not.
    pub strangers: usize,
    /// The same of the sender's last day.
    pub recent_known: f32,
    /// Strangers of the sender's last day.
    pub recent_strangers: f32,
    /// The same of the four weeks before today.
    pub past_known: f32,
    /// Strangers of the four weeks before today.
    pub past_strangers: f32,

    /// Whether nothing of the sender was seen before today.
    pub newcomer: bool,
    /// Whether a script sends that was never seen before today, on a site new or old.
    pub new_script: bool,
    /// Whether the message carries what a reader could act on beside links: a file, a number to call.
    pub carries: bool,
    /// Days since the sender was first seen.
    pub age_days: f64,
    /// Messages of the past four weeks.
    pub past_messages: f32,
    /// Messages of the last day.
    pub messages_today: u64,
    /// Recipients of the last day, this message's included.
    pub recipients_today: f32,
    /// The most recipients on any day before yesterday, in four weeks.
    pub busiest_day: f32,
    /// Whether an account that had logins before used none of their networks.
    pub strange_login: bool,
    /// Networks first used by this account within a day.
    pub new_places_today: u32,
    /// Different domains in MAIL FROM, about.
    pub sender_domains: f32,
    /// Deliveries that failed for good, of late.
    pub failed: f32,
    /// Deliveries that succeeded, of late, as far as anybody told.
    pub delivered: f32,
    /// The sum of the sender's conduct so far: see `evidence/turned.rs`.
    pub suspicion: f32,
    /// How many of the message's patterns this sender used before.
    pub own_repeats: usize,
    /// Whether those are a good part of all: a signature alone is not the same letter.
    pub says_the_same: bool,
    /// Whether the message calls readers to a place that is not the sender's own.
    pub foreign_call: bool,
    /// Whether it calls them to the sender's own place and to no other.
    pub own_call: bool,

    /// Patterns that were seen before, with what others did.
    pub recurrences: Vec<Recurrence>,
}

/// One pattern of the message as others used it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recurrence {
    /// What sort of trait.
    #[serde(with = "kind_number")]
    pub kind: Kind,
    /// The value in clear, if it may be shown.
    pub shown: String,
    /// How many other senders.
    pub others: u32,
    /// What they contribute together, in nats.
    pub weight: f32,
    /// How many of them were clearly out of their own normal.
    pub telling: u32,
    /// Different recipients, about.
    pub recipients: f32,
    /// Seconds since it was first seen.
    pub age: f64,
    /// Whether a person cleared it.
    pub released: bool,
    /// Whether a person confirmed it as abuse.
    pub confirmed: bool,
    /// Whether it reached a spam trap.
    pub trapped: bool,
    /// Whether a recipient complained.
    pub complained: bool,
}

impl std::fmt::Display for Recurrence {
    /// One line of an explanation: `link shop.example: 7 other senders, ...`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.shown.is_empty() { String::new() } else { format!(" {}", self.shown) };
        let (others, telling) = (self.others, self.telling);
        let span = match self.age / 60.0 {
            ..1.5 => "within a minute".to_owned(),
            minutes @ ..120.0 => format!("in {minutes:.0} minutes"),
            minutes => format!("in {:.0} hours", minutes / 60.0),
        };
        let more = if telling >= MOST_TOLD { " or more" } else { "" };
        let plural = if others == 1 { "" } else { "s" };
        write!(
            formatter,
            "{}{value}: {others} other sender{plural} {span}, {telling}{more} out of their normal",
            self.kind.name()
        )?;
        formatter.write_str(if self.released { "; cleared by a person" } else { "" })
    }
}

/// Snapshots hold a kind by its number, which is never reused.
mod kind_number {
    use outfall_patterns::Kind;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*kind as u8)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let number = u8::deserialize(deserializer)?;
        let found = Kind::ALL.iter().find(|&&kind| kind as u8 == number).copied();
        found.ok_or_else(|| D::Error::custom("unknown kind of pattern"))
    }
}

/// Others who are themselves out of normal, for the outside key.
const TELLING_SENDERS: u32 = 3;

/// The same where they share no more than words.
const TELLING_OF_TEXT: u32 = 4;

/// The same where those words want nothing of the reader: so many, and nearly all of them.
const TELLING_OF_WORDS: u32 = 6;
const TELLING_MEAN: f32 = 1.9;

/// A sum of odd conduct (see `evidence/turned.rs`), the strangers that it takes at least, and the share
/// of acquaintances among them: whoever lives here writes to some.
const LONG_SERIES: f32 = 16.0;
const MANY_STRANGERS: f32 = 16.0;
const FEW_KNOWN: f32 = 0.2;

/// So many failed deliveries of late are no typing errors.
const FAILED_DELIVERIES: f32 = 3.0;

/// So many recipients in a day, far above any day before, need no other oddity.
const FLOOD_RECIPIENTS: f32 = 200.0;

/// A record knows so many of its senders one by one.
const MOST_TOLD: u32 = 8;

/// What they must say together, in nats above the entry.
const TELLING_VALUE: f32 = 4.0;

/// What colleagues say together counts this much of what strangers say.
const RELATED: f32 = 0.2;

impl Recurrence {
    /// Tells whether nearly all who sent it are clearly out of their normal.
    pub fn is_of_odd_ones(&self) -> bool {
        self.weight >= TELLING_MEAN * self.others as f32
    }

    /// Tells whether they are many besides.
    pub fn is_of_many_odd_ones(&self) -> bool {
        self.telling >= TELLING_OF_WORDS && self.is_of_odd_ones()
    }

    /// Returns the same as it counts among people of one customer: it turns no key.
    pub fn related(self) -> Self {
        Recurrence { weight: self.weight * RELATED, telling: 0, ..self }
    }
}

impl Situation<'_> {
    /// The outside key: enough other senders, themselves out of their normal, sent the like.  A
    /// kind to which unrelated people come by themselves does not turn it; words alone take more
    /// senders, and many more where they want nothing of the reader.
    pub fn has_outbreak(&self) -> bool {
        let firmest = crate::evidence::firmest(self);
        firmest.is_some_and(|one| {
            let enough = match (one.kind.is_text(), self.wants()) {
                (false, _) => one.telling >= TELLING_SENDERS,
                (true, true) => one.telling >= TELLING_OF_TEXT,
                (true, false) => !self.own_call && one.is_of_many_odd_ones(),
            };
            enough && crate::evidence::value(one) >= TELLING_VALUE
        })
    }

    /// Tells whether somebody else wrote the words: what came from outside and is sent on, what a mail
    /// server reports, what a program answers.  What only claims to be a report or an answer must
    /// call nobody to a foreign place, or a header would hide an outbreak; only our own hosts forward.
    pub fn has_others_words(&self) -> bool {
        match self.channel {
            Channel::Forward => true,
            Channel::Bounce | Channel::AutoReply => !self.foreign_call,
            _ => false,
        }
    }

    /// Tells whether the author says hardly anything beside what he quotes, adds no file, and did not send it
    /// to strangers before: somebody asks a friend what to make of it.
    pub fn only_passes_on(&self) -> bool {
        let again = self.own_repeats > 0 && self.strangers > self.known;
        let message = &self.examined.message;
        message.speaks_by_quoting() && message.attachments.is_empty() && !again
    }

    /// Tells whether the sender is not who it always was: new here, from a place it never used, under
    /// made-up names, from many places at once, or to people who do not exist.
    pub fn is_anomalous(&self) -> bool {
        let is_one = !self.shared || self.relayed;
        let new = is_one && (self.newcomer || self.new_script);
        let forged = !self.shared && self.has_many_domains();
        let moved = self.strange_login || self.new_places_today >= crate::evidence::MANY_PLACES;
        !self.learning && (new || forged || moved || self.failed > FAILED_DELIVERIES)
    }

    /// The own key: the sender is not who it was, or floods as no innocent does.
    pub fn is_another(&self) -> bool {
        use crate::evidence::{GREAT_FLOOD, flood};
        let floods = self.recipients_today >= FLOOD_RECIPIENTS && flood(self) >= GREAT_FLOOD;
        self.is_anomalous() || floods
    }

    /// Tells whether the message wants anything of its reader that is not at the sender's own place.
    pub fn wants(&self) -> bool {
        self.foreign_call || self.carries
    }

    /// Tells whether more domains stand in MAIL FROM than a household or a firm has.
    pub fn has_many_domains(&self) -> bool {
        self.sender_domains > crate::evidence::USUAL_DOMAINS
    }

    /// Tells whether this message, and the sender's last day, went mostly to strangers.
    pub fn is_to_strangers(&self) -> bool {
        let strangers = self.strangers as f32;
        let known = self.known as f32;
        strangers > known && self.recent_strangers + strangers > self.recent_known + known
    }

    /// Tells whether the sender sends far more today than ever before.
    pub fn is_flood(&self) -> bool {
        crate::evidence::flood(self) >= crate::evidence::FLOOD
    }

    /// The outside key of a sender that was taken over: a long series of the like to strangers alone, while
    /// the sender is not who it was.  No test of one message, but of all of them together.
    pub fn is_taken_over(&self) -> bool {
        let strangers = self.recent_strangers + self.strangers as f32;
        let known = self.recent_known + self.known as f32;
        let wants = self.wants() || !self.own_call && !self.new_script;
        self.suspicion >= LONG_SERIES
            && self.says_the_same
            && wants
            && strangers >= MANY_STRANGERS
            && known < FEW_KNOWN * strangers
    }

    /// The outside key of a single account: it says the same from many places at once.
    pub fn has_many_places(&self) -> bool {
        self.new_places_today >= crate::evidence::MANY_PLACES
            && self.own_repeats > 0
            && self.foreign_call
            && self.strangers > self.known
    }
}

//============ Testing ========================================================

#[cfg(test)]
impl<'a> Situation<'a> {
    /// A message of somebody established, at home, to one friend: nothing to see.
    pub fn plain(examined: &'a Examined) -> Self {
        Situation {
            examined,
            findings: &[],
            channel: Channel::Submission,
            shared: false,
            relayed: false,
            learning: false,
            without: Without::default(),
            context: 0.0,
            known: 1,
            strangers: 0,
            recent_known: 0.0,
            recent_strangers: 0.0,
            past_known: 20.0,
            past_strangers: 1.0,
            newcomer: false,
            new_script: false,
            carries: false,
            age_days: 20.0,
            past_messages: 20.0,
            messages_today: 1,
            recipients_today: 1.0,
            busiest_day: 3.0,
            strange_login: false,
            new_places_today: 0,
            sender_domains: 1.0,
            failed: 0.0,
            delivered: 0.0,
            suspicion: 0.0,
            own_repeats: 0,
            says_the_same: false,
            foreign_call: false,
            own_call: false,
            recurrences: Vec::new(),
        }
    }
}

#[cfg(test)]
impl Recurrence {
    /// A link of an outbreak: `others` senders who each contribute `each` nats.
    pub fn link(others: u32, each: f32) -> Self {
        Recurrence {
            kind: Kind::LinkDomain,
            shown: "shop.test".into(),
            others,
            weight: others as f32 * each,
            telling: if each >= 2.0 { others.min(8) } else { 0 },
            recipients: others as f32 + 5.0,
            age: 600.0,
            released: false,
            confirmed: false,
            trapped: false,
            complained: false,
        }
    }
}

#[cfg(test)]
mod tests;
