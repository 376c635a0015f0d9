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
    /// Bits of [`Word`].
    words: u8,
    complaints: u8,
}

/// What a person said of a pattern, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Word {
    Released = 1,
    Confirmed = 2,
    Trapped = 4,
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
            words: 0,
            complaints: 0,
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
        (self.words, self.complaints) = (Word::Released as u8, 0);
        self.level = Level::Clean;
    }

    /// Condemns it by the word of a person, which takes back a release.
    pub fn confirm(&mut self) {
        self.words = self.words & !(Word::Released as u8) | Word::Confirmed as u8;
        self.reach(Level::Convicted);
    }

    /// Notes that it reached a spam trap, which takes back a release: nobody asks for mail there.
    pub fn trap(&mut self) {
        self.words = self.words & !(Word::Released as u8) | Word::Trapped as u8;
    }

    /// Counts a recipient's complaint.
    pub fn complain(&mut self) {
        self.complaints = self.complaints.saturating_add(1);
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
        self.words |= other.words;
        self.complaints = self.complaints.saturating_add(other.complaints);
        let cleared = self.is_released();
        self.level = if cleared { Level::Clean } else { self.level.max(other.level) };
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
        if self.is_released() {
            others.sum = others.sum.min(0.0);
            others.highest = others.highest.min(0.0);
        }
        others
    }

    /// How many others than `sender` contribute at least `least` nats, counting to eight.
    pub fn others_at_least(&self, sender: u64, least: f32) -> u32 {
        if self.is_released() && least > 0.0 {
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

    /// Tells whether no other tenant than this one is known to have used it.
    pub fn is_only_of(&self, tenant: u64) -> bool {
        self.tenants() == 1 && self.tenants.contains(&tenant_tag(tenant))
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
        self.words & Word::Released as u8 != 0
    }

    /// Tells whether a person has condemned it.
    pub fn is_confirmed(&self) -> bool {
        !self.is_released() && self.words & Word::Confirmed as u8 != 0
    }

    /// Tells whether it reached a spam trap and nobody has cleared it since.
    pub fn is_trapped(&self) -> bool {
        !self.is_released() && self.words & Word::Trapped as u8 != 0
    }

    /// Complaints of recipients since it was last cleared, saturating.
    pub fn complaints(&self) -> u32 {
        self.complaints.into()
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

    fn last_line(&self) -> u64 {
        self.novel.into()
    }

    /// Six points a further sender, four a nat, one a doubling; verdicts and releases are pinned.
    fn worth(&self) -> u8 {
        if self.words != 0 || self.level >= Level::Suspect {
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
        bytes.put([self.level as u8, self.words, self.complaints, 0]);
    }

    fn decode(take: &mut Take<'_>) -> Option<Self> {
        let (key, first_seen, last_seen) = (take.u64()?, take.u32()?, take.u32()?);
        let contributors = Contributors::decode(take)?;
        let recipients = Distinct { words: take.many(Take::u32)? };
        let (recent, sightings) = (take.count()?, take.u32()?);
        let tenants = take.many(Take::u16)?;
        let [novel, known, failed, replies] = take.many(Take::u16)?;
        let (level, words) = (Level::from_number(take.u8()?)?, take.u8()?);
        let complaints = take.u8()?;
        take.u8()?;
        let head = PatternRecord { first_seen, last_seen, ..PatternRecord::new(key, 0) };
        let sets = PatternRecord { contributors, recipients, tenants, ..head };
        let counts = PatternRecord { recent, sightings, novel, known, failed, replies, ..sets };
        Some(PatternRecord { level, words, complaints, ..counts })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;
    use proptest::prelude::*;

    const NOW: Seconds = 1_772_409_600;

    fn sighting(sender: u64, recipients: &[u64], now: Seconds) -> Sighting<'_> {
        let novel = recipients.len() as u32 / 2;
        let tenant = Some(sender % 7);
        Sighting { sender, contribution: 1.0, recipients, novel, tenant, reply: sender == 3, now }
    }

    fn record(messages: &[(u64, u64, u32)]) -> PatternRecord {
        let mut record = PatternRecord::new(5, NOW);
        for &(sender, recipient, hours) in messages {
            record.sight(&sighting(sender, &[recipient, recipient + 1], NOW + hours * HOUR));
        }
        record
    }

    fn messages() -> impl Strategy<Value = Vec<(u64, u64, u32)>> {
        prop::collection::vec((0u64..30, 0u64..99, 0u32..99), 1..30)
    }

    fn encoded(record: &PatternRecord) -> Vec<u8> {
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        bytes
    }

    proptest! {
        /// Merged in either order, two records are one: sets are unions, counts add up.
        #[test]
        fn merging_commutes(left in messages(), right in messages()) {
            let (one, other) = (record(&left), record(&right));
            let (mut merged, mut reversed) = (one, other);
            merged.merge(&other);
            reversed.merge(&one);
            let whole = record(&[left, right].concat());

            prop_assert_eq!(whole.sightings, merged.sightings);
            prop_assert_eq!((whole.novel, whole.known, whole.replies), (merged.novel, merged.known, merged.replies));
            prop_assert_eq!(whole.recipients, merged.recipients);
            prop_assert_eq!(whole.tenants, merged.tenants);
            prop_assert_eq!(whole.contributors.exact, merged.contributors.exact);
            prop_assert_eq!((whole.first_seen, whole.last_seen), (merged.first_seen, merged.last_seen));
            prop_assert!((merged.recent - reversed.recent).abs() <= merged.recent * 1e-5);
            reversed.recent = merged.recent;
            reversed.contributors.rest_mean = merged.contributors.rest_mean;
            prop_assert_eq!(reversed, merged);
        }

        /// Merging again changes no set and no extreme.
        #[test]
        fn sets_are_idempotent(left in messages(), right in messages()) {
            let (mut once, other) = (record(&left), record(&right));
            once.merge(&other);
            let mut twice = once;
            twice.merge(&other);

            prop_assert_eq!(once.contributors.exact, twice.contributors.exact);
            prop_assert_eq!(once.contributors.all, twice.contributors.all);
            prop_assert_eq!(once.recipients, twice.recipients);
            prop_assert_eq!(once.tenants, twice.tenants);
            prop_assert_eq!(once.last_seen, twice.last_seen);
        }

        /// Merging is associative for sets, extremes and counts.
        #[test]
        fn merging_associates(one in messages(), two in messages(), three in messages()) {
            let (one, two, three) = (record(&one), record(&two), record(&three));
            let (mut left, mut tail) = (one, two);
            left.merge(&two);
            left.merge(&three);
            tail.merge(&three);
            let mut right = one;
            right.merge(&tail);
            right.recent = left.recent;
            right.contributors.rest_mean = left.contributors.rest_mean;

            prop_assert_eq!(left, right);
        }

        /// A record reads back as it was written, in exactly 128 bytes.
        #[test]
        fn round_trip(messages in messages(), released: bool) {
            let mut record = record(&messages);
            record.reach(Level::Bulk);
            if released {
                record.release();
            }
            let bytes = encoded(&record);

            prop_assert_eq!(PatternRecord::SIZE, bytes.len());
            prop_assert_eq!(Some(record), PatternRecord::decode(&mut Take(&bytes)));
        }
    }

    /// The recent count fades over hours, and a clock that steps back fades nothing and resets nothing.
    #[test]
    fn recent_fades() {
        let mut record = record(&[(1, 1, 10), (2, 2, 10)]);
        assert_eq!(2.0, record.recent(NOW + 10 * HOUR));
        assert!((0.7358 - record.recent(NOW + 16 * HOUR)).abs() < 1e-3);
        record.sight(&sighting(3, &[3], NOW - DAY));

        assert_eq!(3.0, record.recent(NOW));
        assert_eq!((NOW, NOW + 10 * HOUR), (record.first_seen(), record.last_seen()));
        assert_eq!(0, record.age(NOW - DAY));
    }

    /// Nothing is held against anyone once a person has released a pattern, until one confirms it.
    #[test]
    fn release_holds() {
        let mut record = record(&[(1, 1, 0), (2, 2, 0), (3, 3, 0)]);
        record.reach(Level::Convicted);
        record.release();
        assert_eq!(0.0, record.evidence_without(9).sum);
        assert_eq!((0, Level::Clean), (record.others_at_least(9, 0.5), record.level()));
        record.confirm();

        assert_eq!(3.0, record.evidence_without(9).sum);
        assert_eq!((true, Level::Convicted), (record.is_confirmed(), record.level()));
    }

    /// A trap that was reached before a release is forgiven, one that is reached after it counts.
    #[test]
    fn later_traps_count() {
        let mut record = record(&[(1, 1, 0)]);
        record.trap();
        record.release();
        assert!(!record.is_trapped() && record.is_released());
        record.trap();

        assert!(record.is_trapped() && !record.is_released());
    }

    /// A release outlives merging with a node that has not heard of it.
    #[test]
    fn release_survives_merging() {
        let mut convicted = record(&[(1, 1, 0)]);
        convicted.reach(Level::Convicted);
        let mut released = record(&[(2, 2, 0)]);
        released.release();
        convicted.merge(&released);

        assert!(convicted.is_released());
        assert_eq!(Level::Clean, convicted.level());
    }

    /// Tenants are told apart up to four, recipients by half as novel and known.
    #[test]
    fn counts() {
        let record = record(&[(1, 10, 0), (2, 20, 0), (8, 30, 0), (3, 40, 0)]);

        assert_eq!(3, record.tenants());
        assert_eq!((4, 4, 1), (record.novel(), record.known(), record.replies()));
        assert!((record.distinct_recipients() - 8.0).abs() < 2.0);
        assert!(record.has_sender(8) && !record.has_sender(9));
    }

    /// Verdicts and releases are pinned; more senders and more evidence are worth more.
    #[test]
    fn worth_orders() {
        let (one, two) = (record(&[(1, 1, 0)]), record(&[(1, 1, 0), (2, 2, 0)]));
        let (mut suspect, mut released) = (one, one);
        suspect.reach(Level::Suspect);
        released.release();

        assert!(one.worth() < two.worth() && two.worth() < PINNED);
        assert!(suspect.worth() >= PINNED && released.worth() >= PINNED);
    }

    /// Numbers that no ledger writes are refused.
    #[test]
    fn odd_records_are_refused() {
        let bytes = encoded(&record(&[(1, 1, 0)]));
        let broken = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            PatternRecord::decode(&mut Take(&bytes)).is_none()
        };

        assert!(!broken(0, 99));
        assert!(broken(124, 4), "no such level");
        assert!(broken(103, 0xff), "recent is no count");
        assert_eq!(None, PatternRecord::decode(&mut Take(&bytes[..127])));
    }
}
