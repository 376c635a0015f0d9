//! The engine: who sent it, what speaks against it, and what it is called.
//!
//! Main types: [`Engine`]; [`Envelope`] goes in, [`Verdict`] comes out, with [`Evidence`] for why.
//!
//! # Theory
//!
//! An outbreak shows in how its traits spread: over senders who have nothing in common and are each
//! out of their own normal.  Either alone is everyday life: jokes spread, and people travel.  So
//! every reason is weighed in nats, reasons that depend on each other are capped together, and a
//! conviction needs two independent keys (see `score`).
//!
//! # What holds
//!
//! * No message and no envelope makes it fail.
//! * The same key, settings, messages and times give the same verdicts.
//! * A message is judged by what was known before it, then counted once.
//! * The memory set aside never exceeds the setting.
//!
//! # Not here
//!
//! Clocks, files and scanners: times and findings are arguments, snapshots are bytes.  What the
//! mail server is told is decided elsewhere.

#![forbid(unsafe_code)]

mod accuse;
mod channel;
mod circumstances;
mod customer;
mod envelope;
mod evidence;
mod feedback;
mod gather;
mod ground;
mod identity;
mod latest;
mod learn;
mod learning;
mod names;
mod recurring;
mod reference;
mod remembered;
mod score;
mod seeds;
mod settings;
mod sharing;
mod situation;
mod snapshot;
mod threshold;
mod verdict;
mod without;
mod would_change;

pub use channel::Channel;
pub use envelope::Envelope;
pub use evidence::{Evidence, Family};
pub use identity::{Sender, SenderKind};
pub use outfall_ledger::TooSmall;
pub use score::Category;
pub use settings::{Network, Settings};
pub use snapshot::{Refused, Snapshot};
pub use verdict::{Alert, Feedback, Finding, Verdict};
pub use without::{UnknownPart, Without};

use gather::{Question, gather};
use latest::{Heard, HeldBack};
use learning::Known;
use names::Names;
use outfall_ledger::{Ledger, Seconds};
use outfall_message::Message;
use outfall_patterns::{Hasher, Patterns};
use recurring::Counted;
use remembered::{Explained, Remembered};
use score::Judgement;
use serde::{Deserialize, Serialize};
use situation::Situation;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use threshold::{FalseAlarms, Threshold};
use would_change::Ground;

//------------ Engine ---------------------------------------------------------

/// Judges messages, and remembers what it needs to, in bounded memory.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    hasher: Hasher,
    state: Mutex<State>,
}

/// All that changes.
#[derive(Debug)]
struct State {
    ledger: Ledger,
    remembered: Remembered,
    held_back: HeldBack,
    heard: Heard,
    counts: Tally,
}

/// What has been counted since the engine began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tally {
    messages: u64,
    recalled: u64,
    categories: [u64; 6],
    /// The time of which mail is known.
    known: Known,
    /// Convictions that people released.
    false_alarms: FalseAlarms,
}

/// A parsed message with its patterns, not yet judged or counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examined {
    /// The message.
    pub message: Message,
    /// Its patterns.
    pub patterns: Patterns,
}

/// The least memory of an engine: what the ledger needs, and the sixteenth that is set aside.
pub const LEAST_MEMORY: usize = 32 << 20;

const _: () = assert!(
    LEAST_MEMORY - LEAST_MEMORY / REMEMBERED_SHARE >= outfall_ledger::LEAST_MEMORY,
    "the least memory is enough for the ledger"
);

/// The part of the memory that remembers verdicts and retries, and not patterns: a sixteenth.
const REMEMBERED_SHARE: usize = 16;

impl Engine {
    /// Starts with nothing remembered.
    pub fn new(settings: Settings) -> Result<Self, TooSmall> {
        if settings.memory < LEAST_MEMORY {
            return Err(TooSmall { given: settings.memory, least: LEAST_MEMORY });
        }
        let aside = settings.memory / REMEMBERED_SHARE;
        let ledger = Ledger::new(settings.memory - aside, settings.key)?;
        Ok(Engine::with(settings, State::new(ledger, aside, Tally::default())))
    }

    /// Puts an engine together; what was shipped since a snapshot was made is common as well.
    fn with(settings: Settings, mut state: State) -> Self {
        let hasher = Hasher::new(settings.key);
        seeds::plant(&mut state.ledger.background, &hasher);
        Engine { hasher, settings, state: Mutex::new(state) }
    }

    /// Parses a message once; needs no lock and counts nothing.
    pub fn examine(&self, raw: &[u8]) -> Examined {
        let message = outfall_message::examine(raw);
        let mut patterns = outfall_patterns::extract(&message, &self.hasher);
        self.settings.without.trim(&mut patterns);
        Examined { message, patterns }
    }

    /// Examines and judges in one go, without outside scanners.
    pub fn scan(&self, raw: &[u8], envelope: &Envelope, at: f64) -> Arc<Verdict> {
        self.judge(&self.examine(raw), envelope, at, &[])
    }

    /// Judges a message by what is known, and counts it.
    pub fn judge(
        &self,
        examined: &Examined,
        envelope: &Envelope,
        at: f64,
        findings: &[Finding],
    ) -> Arc<Verdict> {
        let question = Question { examined, envelope, findings, now: seconds(at) };
        self.lock().judge(&self.settings, &self.hasher, question, at)
    }

    /// Learns a message of which only the mail log knows.
    pub fn recall(&self, envelope: &Envelope, at: f64) {
        self.lock().recall(&self.settings, &self.hasher, envelope, seconds(at));
    }

    /// Returns what is remembered of a verdict.
    pub fn explain(&self, reference: &str) -> Option<Explanation> {
        let state = self.lock();
        state.remembered.find(reference::read(reference)?).map(Explanation::of)
    }

    /// Returns the engine's accounts.
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        let statistics = state.ledger.statistics();
        Counts {
            messages: state.counts.messages,
            recalled: state.counts.recalled,
            categories: state.counts.categories,
            bytes: statistics.bytes + state.remembered.bytes() + HeldBack::BYTES + Heard::BYTES,
            patterns: statistics.patterns,
            senders: statistics.senders,
            forgotten: statistics.patterns_forgotten + statistics.senders_forgotten,
        }
    }

    /// A panic while judging would be a bug; what is counted is still worth more than nothing.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whole seconds since 1970; what is no such time is the nearest that is.
fn seconds(at: f64) -> Seconds {
    at as Seconds
}

//------------ Judging --------------------------------------------------------

impl State {
    /// Shares out what is set aside beside the ledger.
    fn new(ledger: Ledger, aside: usize, counts: Tally) -> Self {
        let remembered = Remembered::new(aside - HeldBack::BYTES - Heard::BYTES);
        let (held_back, heard) = (HeldBack::default(), Heard::default());
        State { ledger, remembered, held_back, heard, counts }
    }

    fn judge(
        &mut self,
        settings: &Settings,
        hasher: &Hasher,
        question: Question,
        at: f64,
    ) -> Arc<Verdict> {
        let Question { examined, envelope, now, .. } = question;
        let learning = self.is_learning(settings, now);
        let names = Names::new(examined, envelope, settings, hasher, &self.ledger);
        let counted = recurring::counted(examined, &names, &self.ledger, now);
        let mut situation = gather(question, &names, &counted, &self.ledger, learning);
        situation.without = settings.without;
        let mut evidence = weigh(&mut situation);
        let score = score::add_up(&evidence, &situation);
        let threshold = self.threshold(settings, now);
        let category = score::categorise(&score, threshold.nats, &evidence, &situation);
        let judgement = Judgement { score, category };
        let spared = score::is_spared(&evidence, &situation);
        let early = score::is_too_early(&evidence, &situation);
        let delivery = names.delivery(hasher, examined);
        let alert = self.count(delivery, &names, &counted, &situation, &judgement, now);
        evidence.sort_by(|a, b| b.nats.abs().total_cmp(&a.nats.abs()));
        let number = self.number(hasher, category, at);
        let verdict = Arc::new(Verdict {
            category,
            score: score.nats,
            evidence,
            sender: names.sender,
            alerts: alert.into_iter().collect(),
            reference: reference::write(number),
            channel: names.channel,
        });
        let explained = Explained {
            verdict: Arc::clone(&verdict),
            at,
            recurrences: situation.recurrences,
            patterns: counted.iter().map(|one| one.found.pattern.bits()).collect(),
            sender: names.sender_key,
            tenant: names.witness,
            ground: Ground { score, threshold, spared, early },
        };
        self.remembered.remember(number, &explained);
        verdict
    }

    /// Counts the message, unless it is a delivery that was held back and comes again.
    fn count(
        &mut self,
        delivery: u64,
        names: &Names,
        counted: &[Counted],
        situation: &Situation,
        judgement: &Judgement,
        now: Seconds,
    ) -> Option<Alert> {
        if self.held_back.knows(delivery) {
            return None;
        }
        if judgement.category >= Category::Bulk {
            self.held_back.note(delivery);
        }
        learn::learn(&mut self.ledger, names, counted, situation, judgement, now);
        self.ledger.senders.change(names.sender_key, now, |record| {
            accuse::accuse(record, names, situation, judgement.category, now)
        })
    }

    /// Notes that there was mail; tells whether the engine is still too new here to judge newness.
    fn is_learning(&mut self, settings: &Settings, now: Seconds) -> bool {
        self.counts.known.note(now);
        f64::from(self.counts.known.seconds()) < settings.learning_seconds
    }

    fn threshold(&self, settings: &Settings, now: Seconds) -> Threshold {
        let false_alarms = self.counts.false_alarms.count(now);
        let senders = self.ledger.statistics().senders;
        Threshold::new(senders, settings.false_alarms_per_day, false_alarms)
    }

    /// Counts a verdict and returns the number of its reference.
    fn number(&mut self, hasher: &Hasher, category: Category, at: f64) -> u64 {
        self.counts.messages += 1;
        self.counts.categories[category as usize] += 1;
        let unique = [self.counts.messages.to_le_bytes(), at.to_bits().to_le_bytes()].concat();
        hasher.hash(&unique) >> 4
    }

    fn recall(&mut self, settings: &Settings, hasher: &Hasher, envelope: &Envelope, now: Seconds) {
        self.counts.known.note(now);
        self.counts.recalled += 1;
        let names = Names::of_line(envelope, settings, hasher, &self.ledger);
        learn::recall(&mut self.ledger, &names, now);
    }
}

/// Asks every evidence; those that come later know the context that the earlier ones found.
fn weigh(situation: &mut Situation) -> Vec<Evidence> {
    let mut found = Vec::new();
    for (position, (name, weigh)) in evidence::ALL.iter().enumerate() {
        if situation.without.has_evidence(position) {
            continue;
        }
        if let Some(evidence) = weigh(situation) {
            debug_assert_eq!(*name, evidence.name, "the list calls evidence by its name");
            if evidence.family == Family::Context {
                situation.context += evidence.nats;
            }
            found.push(evidence);
        }
    }
    found
}

//------------ Looking --------------------------------------------------------

/// Says the same line once, with how often it holds: sixteen phrases of one text fare alike.
fn said_once(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for line in lines {
        match counted.iter_mut().find(|(said, _)| *said == line) {
            Some((_, times)) => *times += 1,
            None => counted.push((line, 1)),
        }
    }
    let say = |(line, times)| if times == 1 { line } else { format!("{line} ({times} alike)") };
    counted.into_iter().map(say).collect()
}

/// The engine's accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Messages judged.
    pub messages: u64,
    /// Messages learnt from logs.
    pub recalled: u64,
    /// Verdicts, in the order of [`Category::ALL`].
    pub categories: [u64; 6],
    /// Bytes set aside.
    pub bytes: usize,
    /// Patterns that recur.
    pub patterns: usize,
    /// Senders known.
    pub senders: usize,
    /// Records given up to make room.
    pub forgotten: u64,
}

/// A remembered verdict as a person wants it explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The verdict as it was given.
    pub verdict: Arc<Verdict>,
    /// When, in seconds since 1970.
    pub at: f64,
    /// What recurred, a line each, weightiest first.
    pub patterns: Vec<String>,
    /// How the score was reckoned: what caps cut, where the lines are and why there, a line each.
    pub reckoning: Vec<String>,
    /// What would have made the category another one.
    pub would_change: String,
}

impl Explanation {
    fn of(explained: Explained) -> Self {
        let Explained { verdict, mut recurrences, ground, .. } = explained;
        recurrences.sort_by(|a, b| evidence::value(b).total_cmp(&evidence::value(a)));
        Explanation {
            at: explained.at,
            patterns: said_once(recurrences.iter().map(ToString::to_string)),
            reckoning: ground.reckoning(&verdict.evidence),
            would_change: ground.would_change(verdict.category),
            verdict,
        }
    }
}
