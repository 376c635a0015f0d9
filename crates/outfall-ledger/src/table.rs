//! Records by key in memory that never grows, the least telling forgotten first.
//!
//! Main types: [`Table`]; [`Record`], what a record must be able to do.
//!
//! # Theory
//!
//! The index is cut into sets of sixteen slots, two cache lines each; a key belongs to one set.
//! A slot is one word: sixteen bits of the key's hash, the record's worth, the hour it was last
//! seen, and where the record lies.  A look-up therefore touches the two lines of the set and
//! then the one record, and the choice of a victim touches no other record at all.
//!
//! Records lie in one piece that is filled from the front, so that memory not needed yet is never
//! touched, and a snapshot walks it in order.  There are a third more slots than records.  Once
//! all records are in use, a newcomer takes the place of the least telling in its own set: worth,
//! less one point for some hours of silence.  Records with a verdict are pinned: they go only if
//! nothing else is left in the set, the longest silent first.
//!
//! # What holds
//!
//! * [`Table::bytes`] is what is set aside at creation, and nothing is added later.
//! * As long as a set holds anything not pinned, nothing pinned is forgotten.
//! * A clock that steps back makes no record look old.
//!
//! # Not here
//!
//! First sightings, which never get a record: [`crate::first`].

use crate::bytes::Take;
use crate::cells::{Cells, place, spread};
use crate::time::{Seconds, hours_since, wrapped_hour};

/// Slots of a set: two cache lines.
const SLOTS: usize = 16;

/// Slots per record, as a fraction: a quarter of the slots stays empty, so that a set seldom fills
/// up before all records are in use.
const SLOTS_PER_RECORD: (usize, usize) = (4, 3);

/// No place.
const NOWHERE: usize = usize::MAX;

/// Keys loaded together: what a message has at most, about.
const BATCH: usize = 40;

/// Worth from which a record is the last to go.
pub(crate) const PINNED: u8 = 128;

/// More than any worth: lifts the pinned above all others.
const LIFT: i32 = 1 << 20;

//------------ Record ---------------------------------------------------------

/// What a table must know of its records.
pub(crate) trait Record: Copy {
    /// Bytes in memory and in a snapshot.
    const SIZE: usize;

    /// Hours of silence that cost one point of worth.
    const HOURS_A_POINT: u32;

    fn key(&self) -> u64;

    fn last_seen(&self) -> Seconds;

    /// Some number from the record's last cache line.
    fn last_line(&self) -> u64;

    /// How much would be lost with this record; from [`PINNED`] on it is the last to go.
    fn worth(&self) -> u8;

    fn merge(&mut self, other: &Self);

    fn encode(&self, bytes: &mut Vec<u8>);

    fn decode(take: &mut Take<'_>) -> Option<Self>;
}

//------------ Table ----------------------------------------------------------

/// Records by key.
#[derive(Debug)]
pub(crate) struct Table<R> {
    index: Cells<u64>,
    records: Vec<R>,
    most: usize,
    created: u64,
    forgotten: u64,
    latest: Seconds,
}

impl<R: Record> Table<R> {
    /// Sets aside at most `bytes`.
    pub fn new(bytes: usize) -> Self {
        let (slots, records) = SLOTS_PER_RECORD;
        let each = R::SIZE + size_of::<u64>() * slots / records + 1;
        let most = bytes.saturating_sub(Cells::<u64>::bytes_for(2, SLOTS)) / each;
        let most = most.min(MOST_RECORDS);
        let sets = (most * slots / records).div_ceil(SLOTS).max(1);
        let (index, records) = (Cells::new(sets, SLOTS), Vec::with_capacity(most));
        Table { index, records, most, created: 0, forgotten: 0, latest: 0 }
    }

    /// Bytes set aside.
    pub fn bytes(&self) -> usize {
        self.index.bytes() + self.records.capacity() * size_of::<R>()
    }

    /// Records in use.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Records there is room for.
    pub fn capacity(&self) -> usize {
        self.most
    }

    /// Records ever made, and records given up for another.
    pub fn turnover(&self) -> (u64, u64) {
        (self.created, self.forgotten)
    }

    /// Goes on with the turnover of a snapshot; records that found no room since are forgotten.
    pub fn carry_over(&mut self, [created, forgotten]: [u64; 2]) {
        self.created = created;
        self.forgotten = self.forgotten.saturating_add(forgotten);
    }

    /// When any record was last seen.
    pub fn latest(&self) -> Seconds {
        self.latest
    }

    /// All records, in the order of their places.
    pub fn records(&self) -> &[R] {
        &self.records
    }

    /// Returns the record of `key`.
    pub fn find(&self, key: u64) -> Option<&R> {
        let (set, tag) = self.home(key);
        self.search(set, tag, key).map(|(_, record)| &self.records[record])
    }

    /// Loads what the keys need into the processor's caches, all at once: see [`Cells::warm`].
    pub fn warm(&self, keys: &[u64]) {
        for keys in keys.chunks(BATCH) {
            self.index.warm(keys, |word| word);
            let mut places = [NOWHERE; BATCH];
            for (place, &key) in places.iter_mut().zip(keys) {
                let (set, tag) = self.home(key);
                *place = first_candidate(self.index.set(set), tag);
            }
            let mut sum = 0u64;
            for record in places.iter().filter_map(|&place| self.records.get(place)) {
                sum = sum.wrapping_add(record.key()).wrapping_add(record.last_line());
            }
            std::hint::black_box(sum);
        }
    }

    /// Changes the record of `key`, if there is one, and returns what `change` says.
    pub fn change<T>(&mut self, key: u64, change: impl FnOnce(&mut R) -> T) -> Option<T> {
        let (set, tag) = self.home(key);
        let (slot, record) = self.search(set, tag, key)?;
        let said = change(&mut self.records[record]);
        self.latest = self.latest.max(self.records[record].last_seen());
        self.index.set_mut(set)[slot] = slot_word(tag, &self.records[record], record);
        Some(said)
    }

    /// Adds a record, merging it if its key is there already; something else makes room.
    pub fn insert(&mut self, record: R, now: Seconds) {
        if self.change(record.key(), |held| held.merge(&record)).is_none() {
            self.created += 1;
            self.place(record, now, |_| true);
        }
    }

    /// Adds a record as [`Table::insert`] does, but gives it up if it is the least telling itself.
    pub fn admit(&mut self, record: R, now: Seconds) {
        if self.change(record.key(), |held| held.merge(&record)).is_none() {
            self.created += 1;
            let own = rank::<R>(slot_word(0, &record, 0), now);
            self.place(record, now, |victim| rank::<R>(victim, now) <= own);
        }
    }

    /// Puts a record into a free place or that of the least telling, if that one may be forgotten.
    fn place(&mut self, record: R, now: Seconds, may_forget: impl Fn(u64) -> bool) {
        let (set, tag) = self.home(record.key());
        let free = self.index.set(set).iter().position(|&word| word == 0);
        self.latest = self.latest.max(record.last_seen());
        if let Some(slot) = free.filter(|_| self.records.len() < self.most) {
            self.index.set_mut(set)[slot] = slot_word(tag, &record, self.records.len());
            self.records.push(record);
            return;
        }
        self.forgotten += 1;
        let Some((victim_set, victim)) = self.least_telling(set, now) else { return };
        let word = self.index.set(victim_set)[victim];
        if may_forget(word) {
            let place = record_place(word);
            self.records[place] = record;
            self.index.set_mut(victim_set)[victim] = 0;
            // Without a free slot the victim is of the own set, and leaves its slot.
            self.index.set_mut(set)[free.unwrap_or(victim)] = slot_word(tag, &record, place);
        }
    }

    fn home(&self, key: u64) -> (usize, u64) {
        let hash = spread(key);
        (place(hash, self.index.sets()), hash << TAG_SHIFT)
    }

    /// Returns slot and place of the record with `key`.
    #[inline]
    fn search(&self, set: usize, tag: u64, key: u64) -> Option<(usize, usize)> {
        let slots = self.index.set(set);
        let mut candidates = candidates(slots, tag);
        while candidates != 0 {
            let slot = candidates.trailing_zeros() as usize;
            let place = record_place(slots[slot]);
            if self.records[place].key() == key {
                return Some((slot, place));
            }
            candidates &= candidates - 1;
        }
        None
    }

    /// Finds the least telling record of `set`, or of the next set that holds any.
    fn least_telling(&self, set: usize, now: Seconds) -> Option<(usize, usize)> {
        (set..self.index.sets()).chain(0..set).find_map(|set| {
            let slots = self.index.set(set).iter().enumerate();
            let used = slots.filter(|(_, word)| **word != 0);
            let (slot, _) = used.min_by_key(|(_, word)| rank::<R>(**word, now))?;
            Some((set, slot))
        })
    }
}

/// Returns a bit for each slot in use that has this tag; without a branch, so that look-ups of
/// several keys overlap in the processor.
#[inline]
fn candidates(slots: &[u64], tag: u64) -> u32 {
    let bit =
        |(slot, &word): (usize, &u64)| u32::from((word & TAG_MASK == tag) & (word != 0)) << slot;
    slots.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit)
}

/// Returns the place of the first slot with this tag, or [`NOWHERE`].
#[inline]
fn first_candidate(slots: &[u64], tag: u64) -> usize {
    let candidates = candidates(slots, tag);
    let slot = candidates.trailing_zeros() as usize % SLOTS;
    if candidates == 0 { NOWHERE } else { record_place(slots[slot]) }
}

/// Orders slots: the lowest is missed least.
fn rank<R: Record>(word: u64, now: Seconds) -> i32 {
    let worth = i32::from((word >> WORTH_SHIFT) as u8);
    let silent = (hours_since(word >> HOUR_SHIFT & HOUR_MASK, now) / R::HOURS_A_POINT) as i32;
    worth - silent + if worth >= i32::from(PINNED) { LIFT } else { 0 }
}

//------------ Slots ----------------------------------------------------------

/// Sixteen bits of tag, eight of worth, twelve of hour, twenty-eight of place plus one: 268 million
/// records, 34 GB of patterns.
const TAG_SHIFT: u32 = 48;
const TAG_MASK: u64 = 0xffff << TAG_SHIFT;
const WORTH_SHIFT: u32 = 40;
const HOUR_SHIFT: u32 = 28;
const HOUR_MASK: u64 = 0xfff;
const PLACE_MASK: u64 = (1 << 28) - 1;

/// The most records that an index can tell apart.
pub(crate) const MOST_RECORDS: usize = PLACE_MASK as usize;

fn slot_word<R: Record>(tag: u64, record: &R, place: usize) -> u64 {
    let worth = u64::from(record.worth()) << WORTH_SHIFT;
    tag | worth | wrapped_hour(record.last_seen()) << HOUR_SHIFT | (place as u64 + 1)
}

fn record_place(word: u64) -> usize {
    (word & PLACE_MASK) as usize - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Put;
    use crate::time::HOUR;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const NOW: Seconds = 1_772_409_600;

    /// A record that only weighs.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Weight {
        key: u64,
        worth: u8,
        seen: Seconds,
    }

    impl Record for Weight {
        const SIZE: usize = 16;
        const HOURS_A_POINT: u32 = 2;

        fn key(&self) -> u64 {
            self.key
        }

        fn last_seen(&self) -> Seconds {
            self.seen
        }

        fn last_line(&self) -> u64 {
            0
        }

        fn worth(&self) -> u8 {
            self.worth
        }

        fn merge(&mut self, other: &Self) {
            self.worth = self.worth.max(other.worth);
        }

        fn encode(&self, bytes: &mut Vec<u8>) {
            bytes.put_u64(self.key);
        }

        fn decode(_: &mut Take<'_>) -> Option<Self> {
            None
        }
    }

    fn weight(key: u64, worth: u8) -> Weight {
        Weight { key, worth, seen: NOW }
    }

    /// A table of one set: every record competes with every other.
    fn crowded() -> Table<Weight> {
        let table = Table::new(660);
        assert_eq!((1, 12), (table.index.sets(), table.capacity()));
        table
    }

    proptest! {
        /// While there is room, the table is a map; look-ups find every key and no other.
        #[test]
        fn agrees_with_naive(inserts in prop::collection::vec((0u64..50, any::<u8>()), 0..80)) {
            let mut table = Table::new(1 << 16);
            let mut naive: HashMap<u64, u8> = HashMap::new();
            for (key, worth) in inserts {
                table.insert(weight(key, worth), NOW);
                let held = naive.entry(key).or_insert(0);
                *held = (*held).max(worth);
            }

            for key in 0..60 {
                prop_assert_eq!(naive.get(&key), table.find(key).map(|held| &held.worth));
            }
            prop_assert_eq!((naive.len() as u64, 0), table.turnover());
        }

        /// Over any inserts, no more records are held than there is room for, nothing is allocated,
        /// and every record is still found by its key.
        #[test]
        fn never_grows(keys in prop::collection::vec(0u64..2_000, 0..2_000)) {
            let mut table = Table::new(16 * 1024);
            let before = table.bytes();
            for key in keys {
                table.insert(weight(key, (key % 120) as u8), NOW);
            }

            prop_assert_eq!(before, table.bytes());
            prop_assert!(before <= 16 * 1024);
            prop_assert!(table.records().iter().all(|held| table.find(held.key) == Some(held)));
            let (created, forgotten) = table.turnover();
            prop_assert_eq!(created - forgotten, table.len() as u64);
        }
    }

    /// The least telling goes first: of many, the twelve worthiest stay.
    #[test]
    fn keeps_the_telling() {
        let mut table = crowded();
        (0..12).for_each(|key| table.insert(weight(key, 50 + key as u8), NOW));
        (100..150).for_each(|key| table.insert(weight(key, 1), NOW));

        assert!((1..12).all(|key| table.find(key).is_some()));
        assert!(table.find(149).is_some(), "a newcomer always finds a place");
        assert_eq!((62, 50), table.turnover());
    }

    /// Nothing pinned goes while anything else is there, however old it is.
    #[test]
    fn pinned_go_last() {
        let mut table = crowded();
        let old = Weight { key: 0, worth: PINNED, seen: NOW - 60 * 24 * HOUR };
        table.insert(old, NOW);
        (1..500).for_each(|key| table.insert(weight(key, PINNED - 1), NOW));

        assert!(table.find(0).is_some());
    }

    /// Among equals, the longest silent goes.
    #[test]
    fn the_silent_go() {
        let mut table = crowded();
        (0..11).for_each(|key| table.insert(weight(key, 9), NOW));
        table.insert(Weight { key: 11, worth: 9, seen: NOW - 20 * HOUR }, NOW);
        table.insert(weight(12, 9), NOW);

        assert!(table.find(11).is_none());
        assert!((0..11).all(|key| table.find(key).is_some()));
    }

    /// A clock that stepped back makes none look silent: worth alone decides.
    #[test]
    fn stepping_back_makes_none_silent() {
        let mut table = crowded();
        (0..11).for_each(|key| table.insert(weight(key, 60), NOW));
        let before = NOW - 900 * HOUR;
        table.insert(Weight { key: 11, worth: 50, seen: before }, before);
        table.insert(Weight { key: 12, worth: 1, seen: before }, before);

        assert!(table.find(11).is_none());
        assert!((0..11).all(|key| table.find(key).is_some()));
    }

    /// What is admitted and not inserted gives way to what tells more.
    #[test]
    fn admitted_give_way() {
        let mut table = crowded();
        (0..12).for_each(|key| table.admit(weight(key, 50), NOW));
        table.admit(weight(12, 1), NOW);
        assert!(table.find(12).is_none() && (0..12).all(|key| table.find(key).is_some()));
        table.admit(weight(13, 60), NOW);

        assert!(table.find(13).is_some());
    }

    /// Warming finds nothing and changes nothing; any number of keys will do.
    #[test]
    fn warming_takes_any_keys() {
        let mut table = crowded();
        table.warm(&[1, 2, 3]);
        table.insert(weight(1, 1), NOW);
        table.warm(&(0..100).collect::<Vec<u64>>());

        assert_eq!(1, table.len());
    }
}
