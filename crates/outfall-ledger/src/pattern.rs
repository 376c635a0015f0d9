//! What is remembered of one pattern.
//!
//! Main types: [`PatternRecord`], two cache lines; [`Sighting`], what one message adds to it.
//!
//! # What holds
//!
//! * 128 bytes, whatever happens to the pattern.
//! * A clock that steps back changes no age to less and fades nothing twice.
//! * [`PatternRecord::merge`] joins what two nodes saw *of different messages*.  Senders,
//!   contributions, recipients, tenants, first and last time, level and release are sets or
//!   extremes: merging them is commutative, associative and idempotent.  The counts (`sightings`,
//!   `novel`, `known`, `failed`, `replies`, the recent count) add up: commutative and associative
//!   until they saturate, never idempotent.  Never merge the same observations twice.
//!
//! # Not here
//!
//! What contributes how much, and what follows from it: that is evidence, in the engine.

use crate::bytes::{Put, Take};
use crate::cells::spread;
use crate::contributors::{Contribution, Contributors, Others, SenderTag};
use crate::distinct::Distinct;
use crate::level::Level;
use crate::table::{PINNED, Record};
use crate::time::{HOUR, Seconds, elapsed, fade};

/// Tenants kept exactly: background asks for four, and nothing asks for more.
pub const EXACT_TENANTS: usize = 4;

/// The recent count fades over six hours: outbreaks live about three (VBSpam Q2 2024).
const RECENT: Seconds = 6 * HOUR;

/// The record of one pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct PatternRecord {
    key: u64,
    first_seen: Seconds,
    last_seen: Seconds,
    contributors: Contributors,
    recipients: Distinct,
    recent: f32,
    sightings: u32,
    tenants: [u16; EXACT_TENANTS],
    novel: u16,
    known: u16,
    failed: u16,
    replies: u16,
    level: Level,
    released: bool,
}

/// What one message adds to a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// Keyed hash of the sender.
    pub sender: u64,
    /// What the sender's context contributes, in nats.
    pub contribution: f32,
    /// Keyed hashes of the recipients.
    pub recipients: &'a [u64],
    /// How many of them the sender never wrote to before.
    pub novel: u32,
    /// Keyed hash of the sender's tenant, if known.
    pub tenant: Option<u64>,
    /// Whether the message answers one.
    pub reply: bool,
    /// When.
    pub now: Seconds,
}

impl PatternRecord {
    /// Returns a record that has seen nothing yet.
    pub fn new(key: u64, now: Seconds) -> Self {
        PatternRecord {
            key,
            first_seen: now,
            last_seen: now,
            contributors: Contributors::default(),
            recipients: Distinct::default(),
            recent: 0.0,
            sightings: 0,
            tenants: [0; EXACT_TENANTS],
            novel: 0,
            known: 0,
            failed: 0,
            replies: 0,
            level: Level::Clean,
            released: false,
        }
    }

    /// Adds what one message shows.
    pub fn sight(&mut self, sighting: &Sighting<'_>) {
        let contribution = Contribution::of(sighting.contribution);
        self.count_sender(SenderTag::of(sighting.sender), contribution, sighting.now);
        for &recipient in sighting.recipients {
            self.recipients.add(recipient);
        }
        if let Some(tenant) = sighting.tenant {
            insert_smallest(&mut self.tenants, tenant_tag(tenant));
        }
        let known = (sighting.recipients.len() as u32).saturating_sub(sighting.novel);
        add(&mut self.novel, sighting.novel);
        add(&mut self.known, known);
        add(&mut self.replies, u32::from(sighting.reply));
    }

    /// Adds a message of which only the sender, the contribution and the time are known.
    pub(crate) fn count_sender(
        &mut self,
        tag: SenderTag,
        contribution: Contribution,
        now: Seconds,
    ) {
        self.recent = fade(self.recent, elapsed(self.last_seen, now), RECENT) + 1.0;
        self.last_seen = self.last_seen.max(now);
        self.sightings = self.sightings.saturating_add(1);
        self.contributors.add(tag, contribution);
    }

    /// Adds recipients who do not exist, learnt after the message left.
    pub fn count_failed(&mut self, recipients: u32) {
        add(&mut self.failed, recipients);
    }

    /// Remembers the worst verdict that a message with this pattern got.
    pub fn reach(&mut self, level: Level) {
        self.level = self.level.max(level);
    }

    /// Clears the pattern by the word of a person: nothing it did or does is held against anyone.
    pub fn release(&mut self) {
        self.released = true;
        self.level = Level::Clean;
    }

    /// Takes back a release, also by the word of a person.
    pub fn condemn(&mut self, level: Level) {
        self.released = false;
        self.reach(level);
    }

    /// Joins what another node saw of the same pattern in other messages.
    pub fn merge(&mut self, other: &Self) {
        let latest = self.last_seen.max(other.last_seen);
        self.recent = self.recent(latest) + other.recent(latest);
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = latest;
        self.contributors.merge(&other.contributors);
        self.recipients.merge(&other.recipients);
        self.sightings = self.sightings.saturating_add(other.sightings);
        for &tenant in other.tenants.iter().filter(|&&tenant| tenant != 0) {
            insert_smallest(&mut self.tenants, tenant);
        }
        add(&mut self.novel, other.novel.into());
        add(&mut self.known, other.known.into());
        add(&mut self.failed, other.failed.into());
        add(&mut self.replies, other.replies.into());
        self.released |= other.released;
        self.level = if self.released { Level::Clean } else { self.level.max(other.level) };
    }
}

/// # Reading
impl PatternRecord {
    /// The pattern.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// When it was seen first.
    pub fn first_seen(&self) -> Seconds {
        self.first_seen
    }

    /// When it was seen last.
    pub fn last_seen(&self) -> Seconds {
        self.last_seen
    }

    /// Seconds since it was seen first.
    pub fn age(&self, now: Seconds) -> Seconds {
        elapsed(self.first_seen, now)
    }

    /// Messages that had it.
    pub fn sightings(&self) -> u32 {
        self.sightings
    }

    /// Messages of the last six hours that had it, fading.
    pub fn recent(&self, now: Seconds) -> f32 {
        fade(self.recent, elapsed(self.last_seen, now), RECENT)
    }

    /// Different senders: exact up to eight, then an estimate.
    pub fn senders(&self) -> f32 {
        self.contributors.count()
    }

    /// Tells whether this sender is one of the eight that are kept exactly.
    pub fn has_sender(&self, sender: u64) -> bool {
        self.contributors.contains(SenderTag::of(sender))
    }

    /// What everyone but `sender` contributes; nothing positive once a person has released it.
    pub fn evidence_without(&self, sender: u64) -> Others {
        let mut others = self.contributors.without(SenderTag::of(sender));
        if self.released {
            others.sum = others.sum.min(0.0);
            others.highest = others.highest.min(0.0);
        }
        others
    }

    /// How many others than `sender` contribute at least `least` nats, counting to eight.
    pub fn others_at_least(&self, sender: u64, least: f32) -> u32 {
        if self.released && least > 0.0 {
            return 0;
        }
        self.contributors.others_at_least(SenderTag::of(sender), least)
    }

    /// Estimated different recipients.
    pub fn distinct_recipients(&self) -> f32 {
        self.recipients.count()
    }

    /// Different tenants, counting to four.
    pub fn tenants(&self) -> u32 {
        self.tenants.iter().filter(|&&tenant| tenant != 0).count() as u32
    }

    /// Recipients to whom its sender had never written before, saturating at 65,535.
    pub fn novel(&self) -> u32 {
        self.novel.into()
    }

    /// Recipients to whom its sender had written before, saturating.
    pub fn known(&self) -> u32 {
        self.known.into()
    }

    /// Recipients that turned out not to exist, saturating.
    pub fn failed(&self) -> u32 {
        self.failed.into()
    }

    /// Messages with it that answered one, saturating.
    pub fn replies(&self) -> u32 {
        self.replies.into()
    }

    /// The worst verdict.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Tells whether a person has cleared it.
    pub fn is_released(&self) -> bool {
        self.released
    }
}

impl Record for PatternRecord {
    const SIZE: usize = 128;
    const HOURS_A_POINT: u32 = 2;

    fn key(&self) -> u64 {
        self.key
    }

    fn last_seen(&self) -> Seconds {
        self.last_seen
    }

    /// Six points a further sender, four a nat, one a doubling; verdicts and releases are pinned.
    fn worth(&self) -> u8 {
        if self.released || self.level >= Level::Suspect {
            return PINNED + self.level as u8;
        }
        let senders = 6 * self.contributors.exact_count().saturating_sub(1);
        let nats = (4.0 * self.contributors.without(NOBODY).sum).clamp(0.0, 48.0) as u32;
        (senders + nats + self.sightings.checked_ilog2().unwrap_or(0)).min(PINNED as u32 - 1) as u8
    }

    fn merge(&mut self, other: &Self) {
        PatternRecord::merge(self, other);
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.put_u64(self.key);
        bytes.put_u32(self.first_seen);
        bytes.put_u32(self.last_seen);
        self.contributors.exact.iter().for_each(|&word| bytes.put_u32(word));
        self.contributors.all.words.iter().for_each(|&word| bytes.put_u32(word));
        bytes.put_f32(self.contributors.rest_mean);
        self.recipients.words.iter().for_each(|&word| bytes.put_u32(word));
        bytes.put_f32(self.recent);
        bytes.put_u32(self.sightings);
        self.tenants.iter().for_each(|&tenant| bytes.put_u16(tenant));
        for count in [self.novel, self.known, self.failed, self.replies] {
            bytes.put_u16(count);
        }
        bytes.put([self.level as u8, self.released.into(), 0, 0]);
    }

    fn decode(take: &mut Take<'_>) -> Option<Self> {
        let (key, first_seen, last_seen) = (take.u64()?, take.u32()?, take.u32()?);
        let contributors = Contributors::decode(take)?;
        let recipients = Distinct { words: take.many(Take::u32)? };
        let (recent, sightings) = (take.count()?, take.u32()?);
        let tenants = take.many(Take::u16)?;
        let [novel, known, failed, replies] = take.many(Take::u16)?;
        let (level, released) = (Level::from_number(take.u8()?)?, take.u8()? != 0);
        take.u16()?;
        let head = PatternRecord { first_seen, last_seen, ..PatternRecord::new(key, 0) };
        let sets = PatternRecord { contributors, recipients, tenants, ..head };
        let counts = PatternRecord { recent, sightings, novel, known, failed, replies, ..sets };
        Some(PatternRecord { level, released, ..counts })
    }
}

/// A tag that no sender has: tags are 24 bits.
const NOBODY: SenderTag = SenderTag(u32::MAX);

/// Sixteen bits of a tenant's hash, never zero.
fn tenant_tag(tenant: u64) -> u16 {
    ((spread(tenant) >> 48) as u16).max(1)
}

/// Keeps the smallest different tags in order, which makes the set mergeable; zero is none.
fn insert_smallest(tags: &mut [u16; EXACT_TENANTS], tag: u16) {
    let rank = |tag: u16| tag.wrapping_sub(1);
    if tags.contains(&tag) {
        return;
    }
    let last = EXACT_TENANTS - 1;
    if rank(tag) < rank(tags[last]) {
        tags[last] = tag;
        tags.sort_unstable_by_key(|&tag| rank(tag));
    }
}

/// Adds to a small count without wrapping.
fn add(count: &mut u16, number: u32) {
    *count = count.saturating_add(number.min(u16::MAX.into()) as u16);
}
