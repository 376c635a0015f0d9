//! The doorkeeper: patterns seen once.
//!
//! Main types: [`FirstSightings`]; [`FirstSighting`], what eight bytes keep of one.
//!
//! # Theory
//!
//! Most patterns never come again, so a record of 128 bytes is made at the second sighting only.
//! Two rotating Bloom filters would say "seen before" at some 14 bits a key and half, 28 bits with
//! both turns counted.  A cache of 64 bits a key costs a little over twice that and keeps what a
//! Bloom filter forgets: who sent the first one, in what context, and when.  The second message
//! then already meets evidence of another sender, one message sooner in every outbreak; what
//! was never seen is taken for seen once in 130,000 look-ups and not once in a hundred; and nothing
//! is wiped at a turn: the oldest of eight in a cache line makes room.  An engine of 256 MiB gives it
//! 32 MiB, 4.2 million first sightings.  A provider with a million messages a day, some 24 new
//! patterns each, fills it in about four hours, somewhat more than an outbreak's life; two Bloom
//! filters of the same size would remember ten to nineteen hours.  The shorter memory is given
//! gladly for the sender: a slow campaign, too, repeats within hours.
//!
//! # What holds
//!
//! * The size never changes; a newcomer takes the place of the oldest in its set of eight.
//! * The recipients and the tenant of a first sighting are not kept.
//! * A clock that steps back makes no entry look old.

use crate::bytes::Take;
use crate::cells::{Cells, place, spread};
use crate::contributors::{Contribution, SenderTag};
use crate::sparse::{self, Sparse};
use crate::time::{HOUR, Seconds, hours_since, wrapped_hour};

/// Entries of a set: one cache line.
const ENTRIES: usize = 8;

/// What is remembered of a pattern that was seen once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstSighting {
    pub(crate) sender: SenderTag,
    pub(crate) contribution: Contribution,
    /// When, to the hour.
    pub(crate) seen: Seconds,
}

/// Patterns seen once: a fragment of the key, the sender, the contribution and the hour.
#[derive(Clone, Debug)]
pub(crate) struct FirstSightings {
    cells: Cells<u64>,
    held: u64,
}

impl FirstSightings {
    /// Sets aside the largest power of two of sets that fits `bytes`.
    pub fn new(bytes: usize) -> Self {
        FirstSightings { cells: sparse::fitting(bytes, ENTRIES), held: 0 }
    }

    /// Bytes set aside.
    pub fn bytes(&self) -> usize {
        self.cells.bytes()
    }

    /// Patterns seen once that are remembered.
    pub fn len(&self) -> usize {
        self.held as usize
    }

    /// Room for this many.
    pub fn capacity(&self) -> usize {
        self.cells.sets() * ENTRIES
    }

    /// Returns what is known of `key`.
    pub fn find(&self, key: u64, now: Seconds) -> Option<FirstSighting> {
        let (set, fragment) = self.home(key);
        let entry = self.cells.set(set).iter().find(|&&entry| matches(entry, fragment))?;
        Some(unpack(*entry, now))
    }

    /// Loads the sets of several keys into the processor's caches, all at once.
    pub fn warm(&self, keys: &[u64]) {
        self.cells.warm(keys, |entry| entry);
    }

    /// Returns what is known of `key` and forgets it, because a record takes over.
    pub fn take(&mut self, key: u64, now: Seconds) -> Option<FirstSighting> {
        let (set, fragment) = self.home(key);
        let entry = self.cells.set_mut(set).iter_mut().find(|entry| matches(**entry, fragment))?;
        let sighting = unpack(*entry, now);
        *entry = 0;
        self.held -= 1;
        Some(sighting)
    }

    /// Remembers a first sighting in the place of an empty or the oldest entry.
    pub fn put(&mut self, key: u64, sender: SenderTag, contribution: Contribution, now: Seconds) {
        let (set, fragment) = self.home(key);
        self.held +=
            place_entry(self.cells.set_mut(set), pack(fragment, sender, contribution, now), now);
    }

    fn home(&self, key: u64) -> (usize, u64) {
        let hash = spread(key);
        (place(hash, self.cells.sets()), hash << FRAGMENT_SHIFT)
    }
}

impl Sparse for FirstSightings {
    type Entry = u64;

    fn cells(&self) -> &Cells<u64> {
        &self.cells
    }

    /// Joins an entry from elsewhere; of two sightings of one pattern the one held here stays.
    fn join(&mut self, set: usize, entry: u64, now: Seconds) {
        let held = self.cells.set(set).iter().any(|&held| matches(held, entry & FRAGMENT_MASK));
        if !held {
            self.held += place_entry(self.cells.set_mut(set), entry, now);
        }
    }

    fn encode(entry: u64, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&entry.to_le_bytes());
    }

    fn decode(take: &mut Take<'_>) -> Option<u64> {
        take.u64().filter(|entry| entry >> CONTRIBUTION_SHIFT & 0xff != 0)
    }
}

/// Writes an entry over an empty or the oldest one; returns one if the set holds more than before.
fn place_entry(set: &mut [u64], entry: u64, now: Seconds) -> u64 {
    let age = |entry: u64| if entry == 0 { u32::MAX } else { hours_since(entry & HOUR_MASK, now) };
    let Some(oldest) = set.iter_mut().max_by_key(|held| age(**held)) else { return 0 };
    let more = u64::from(*oldest == 0);
    *oldest = entry;
    more
}

//------------ Entries --------------------------------------------------------

/// Twenty bits of the key, twenty-four of the sender, eight of contribution (never zero, so that
/// no entry is), twelve of the hour.
const FRAGMENT_SHIFT: u32 = 44;
const FRAGMENT_MASK: u64 = u64::MAX << FRAGMENT_SHIFT;
const SENDER_SHIFT: u32 = 20;
const CONTRIBUTION_SHIFT: u32 = 12;
const HOUR_MASK: u64 = 0xfff;

fn matches(entry: u64, fragment: u64) -> bool {
    // No short circuit: look-ups of several keys overlap only without branches.
    (entry & FRAGMENT_MASK == fragment) & (entry != 0)
}

fn pack(fragment: u64, sender: SenderTag, contribution: Contribution, now: Seconds) -> u64 {
    let who = u64::from(sender.0) << SENDER_SHIFT | u64::from(contribution.0) << CONTRIBUTION_SHIFT;
    fragment | who | wrapped_hour(now)
}

fn unpack(entry: u64, now: Seconds) -> FirstSighting {
    let hours = hours_since(entry & HOUR_MASK, now);
    let seen = if hours == 0 { now } else { (now / HOUR - hours) * HOUR };
    FirstSighting {
        sender: SenderTag((entry >> SENDER_SHIFT) as u32 & 0xff_ffff),
        contribution: Contribution((entry >> CONTRIBUTION_SHIFT) as u8),
        seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;
    use proptest::prelude::*;

    const NOW: Seconds = 1_772_409_600;

    fn contribution() -> Contribution {
        Contribution::of(1.5)
    }

    /// What was put is found until it is taken, with sender, contribution and hour.
    #[test]
    fn put_find_take() {
        let mut first = FirstSightings::new(1 << 12);
        first.put(7, SenderTag(99), contribution(), NOW);
        let expected =
            FirstSighting { sender: SenderTag(99), contribution: contribution(), seen: NOW };
        assert_eq!(Some(expected), first.find(7, NOW));
        let later = first.find(7, NOW + 30 * DAY).map(|first| first.seen);
        assert_eq!(Some(NOW / HOUR * HOUR), later);
        assert_eq!(Some(expected), first.take(7, NOW));

        assert_eq!(None, first.find(7, NOW));
        assert_eq!(0, first.len());
    }

    /// The oldest of a full set makes room.
    #[test]
    fn the_oldest_makes_room() {
        let mut first = FirstSightings::new(0);
        for key in 0..9u64 {
            let then = NOW - if key == 4 { 9 * HOUR } else { HOUR };
            first.put(key, SenderTag(1), contribution(), then);
        }

        assert_eq!((8, 8), (first.len(), first.capacity()));
        assert!((0..9).all(|key| first.find(key, NOW).is_some() == (key != 4)));
    }

    /// A clock that steps back finds all, and takes nothing for old.
    #[test]
    fn stepping_back_finds_all() {
        let mut first = FirstSightings::new(1 << 12);
        first.put(7, SenderTag(1), contribution(), NOW);
        let found = first.find(7, NOW - 40 * DAY).map(|first| first.seen);

        assert_eq!(Some(NOW - 40 * DAY), found);
    }

    proptest! {
        /// A filter of any size takes over another's entries.
        #[test]
        fn merges_across_sizes(keys in prop::collection::btree_set(any::<u64>(), 0..30)) {
            for (mine, theirs) in [(1 << 12, 1 << 14), (1 << 14, 1 << 12), (1 << 12, 1 << 12)] {
                let (mut left, mut right) = (FirstSightings::new(mine), FirstSightings::new(theirs));
                keys.iter().for_each(|&key| right.put(key, SenderTag(3), contribution(), NOW));
                left.merge(&right, NOW);

                prop_assert!(keys.iter().all(|&key| left.find(key, NOW) == right.find(key, NOW)));
            }
        }
    }
}
