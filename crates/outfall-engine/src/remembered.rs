//! Verdicts that can still be explained, in a bounded number of bytes.
//!
//! Main types: [`Remembered`]; [`Explained`], one verdict; [`Stored`], the same as bytes.
//!
//! # Theory
//!
//! A report of a false alarm comes days later, one of a missed spam within the hour, and nobody asks for
//! a clean message of last week.  So verdicts are kept in three rings, of which the quieter never
//! pushes out the graver, and packed (postcard.jamesmunns.com), which takes less than half the room.
//!
//! # What holds
//!
//! * The bytes held, as counted by [`Stored::bytes`], never exceed what was set aside.
//! * Messages of one ring cannot push out those of another.

use crate::score::Category;
use crate::situation::Recurrence;
use crate::verdict::Verdict;
use crate::would_change::Ground;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// One verdict with what its explanation needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The verdict as it was given.
    pub verdict: Arc<Verdict>,
    /// When, in seconds since 1970.
    pub at: f64,
    /// What recurred, as it stood then.
    pub recurrences: Vec<Recurrence>,
    /// Every pattern of the message, for feedback.
    pub patterns: Vec<u64>,
    /// The sender's name in the ledger.
    pub sender: u64,
    /// The name of its customer there.
    pub tenant: u64,
    /// What the verdict stood on.
    pub ground: Ground,
}

/// A verdict as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    packed: Box<[u8]>,
    /// Keyed hashes of the sources whose feedback was counted.
    heard: Vec<u64>,
}

/// Sources whose feedback on one message is counted; a mailing of one message has no more.
const MOST_HEARD: usize = 64;

impl Stored {
    fn new(explained: &Explained) -> Self {
        // Nothing in these values can fail to be written to memory; what is empty is not found again.
        let packed = postcard::to_allocvec(explained).unwrap_or_default();
        Stored { packed: packed.into_boxed_slice(), heard: Vec::new() }
    }

    /// Returns the verdict; none if these are no bytes of one.
    fn explained(&self) -> Option<Explained> {
        postcard::from_bytes(&self.packed).ok()
    }

    /// Counts the bytes this takes, allocations included; of sources as many as may come to be heard
    /// by doubling what is there.
    pub fn bytes(&self) -> usize {
        FIXED + self.packed.len() + 16 * self.heard.len()
    }

    /// Notes that a source spoke; false if it did before, or too many have.
    fn hear(&mut self, source: u64) -> bool {
        let new = !self.heard.contains(&source) && self.heard.len() < MOST_HEARD;
        if new {
            self.heard.push(source);
        }
        new
    }
}

/// What one entry takes beside its bytes: itself, its place in the index at the lowest load and in the
/// ring, and what the allocator adds to two allocations.
const FIXED: usize = 192;

//------------ Remembered -----------------------------------------------------

/// The verdicts that can still be explained.
#[derive(Debug)]
pub struct Remembered {
    by_reference: HashMap<u64, (usize, Stored)>,
    rings: [Ring; RINGS],
}

/// References in the order of their coming, and the bytes they hold.
#[derive(Debug, Default)]
struct Ring {
    order: VecDeque<u64>,
    bytes: usize,
    room: usize,
}

/// Clean, suspect, and what was slowed or convicted.
const RINGS: usize = 3;

/// Of eight parts of the room, what each ring gets.
const EIGHTHS: [usize; RINGS] = [2, 2, 4];

/// Returns the ring of a verdict.
fn ring(category: Category) -> usize {
    (category as usize).min(RINGS - 1)
}

impl Remembered {
    /// Sets `bytes` aside.
    pub fn new(bytes: usize) -> Self {
        let rings = EIGHTHS.map(|eighths| Ring { room: bytes / 8 * eighths, ..Ring::default() });
        Remembered { by_reference: HashMap::new(), rings }
    }

    /// Remembers `explained`, forgetting the oldest of its like while there is no room.
    pub fn remember(&mut self, reference: u64, explained: &Explained) {
        self.keep(reference, ring(explained.verdict.category), Stored::new(explained));
    }

    /// Remembers what a snapshot held; false if it is no verdict.
    pub fn restore(&mut self, reference: u64, stored: Stored) -> bool {
        let Some(explained) = stored.explained() else { return false };
        self.keep(reference, ring(explained.verdict.category), stored);
        true
    }

    fn keep(&mut self, reference: u64, ring: usize, stored: Stored) {
        let size = stored.bytes();
        if size > self.rings[ring].room || self.by_reference.contains_key(&reference) {
            return;
        }
        self.rings[ring].bytes += size;
        self.rings[ring].order.push_back(reference);
        self.by_reference.insert(reference, (ring, stored));
        self.make_room(ring);
    }

    /// Forgets the oldest of a ring until the rest fits.
    fn make_room(&mut self, ring: usize) {
        let ring = &mut self.rings[ring];
        while ring.bytes > ring.room {
            let Some(oldest) = ring.order.pop_front() else { break };
            if let Some((_, gone)) = self.by_reference.remove(&oldest) {
                ring.bytes -= gone.bytes();
            }
        }
    }

    /// Bytes set aside.
    pub fn bytes(&self) -> usize {
        self.rings.iter().map(|ring| ring.room).sum()
    }

    /// Finds what is remembered of a reference.
    pub fn find(&self, reference: u64) -> Option<Explained> {
        self.by_reference.get(&reference)?.1.explained()
    }

    /// Finds the same as bytes, for a snapshot.
    pub fn stored(&self, reference: u64) -> Option<&Stored> {
        self.by_reference.get(&reference).map(|(_, stored)| stored)
    }

    /// Finds it, and notes that a source spoke of it; none if that source did before.
    pub fn hear(&mut self, reference: u64, source: u64) -> Option<Explained> {
        let (ring, stored) = self.by_reference.get_mut(&reference)?;
        let (ring, before) = (*ring, stored.bytes());
        if !stored.hear(source) {
            return None;
        }
        let explained = stored.explained();
        self.rings[ring].bytes += stored.bytes() - before;
        self.make_room(ring);
        explained
    }

    /// Yields every reference in the order of its coming, ring by ring.
    pub fn references(&self) -> impl Iterator<Item = u64> {
        self.rings.iter().flat_map(|ring| ring.order.iter().copied())
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Score;
    use crate::threshold::Threshold;

    fn explained(category: Category) -> Explained {
        let verdict = Verdict { category, ..Verdict::default() };
        let score = Score { nats: 1.5, context: 1.0, outside_key: true, own_key: false };
        let threshold = Threshold::new(7, 0.1, 0.0);
        Explained {
            verdict: Arc::new(verdict),
            at: 12.5,
            recurrences: vec![Recurrence::link(3, 3.0)],
            patterns: vec![u64::MAX; 16],
            sender: 7,
            tenant: 8,
            ground: Ground { score, threshold, spared: true, early: false },
        }
    }

    const ROOM: usize = 200_000;

    fn held(remembered: &Remembered) -> usize {
        remembered.by_reference.values().map(|(_, stored)| stored.bytes()).sum()
    }

    /// What is held stays within what was set aside, whatever comes and whoever speaks, and fills it.
    #[test]
    fn bytes_are_bounded() {
        let mut remembered = Remembered::new(ROOM);
        for number in 0..4_000 {
            remembered.remember(number, &explained(Category::ALL[number as usize % 6]));
            (0..number % 70).for_each(|source| drop(remembered.hear(number, source)));
            assert!(remembered.find(number).is_some(), "the latest is there");
            assert!(held(&remembered) <= ROOM);
        }

        assert!(held(&remembered) > ROOM * 9 / 10, "{}", held(&remembered));
        assert_eq!(held(&remembered), remembered.rings.iter().map(|ring| ring.bytes).sum());
        assert_eq!(remembered.by_reference.len(), remembered.references().count());
        assert!(remembered.find(1).is_none());
    }

    /// No number of quieter messages pushes out a graver one, nor the other way round.
    #[test]
    fn each_ring_pushes_out_its_own() {
        let mut remembered = Remembered::new(ROOM);
        let first = [Category::Clean, Category::Suspect, Category::Bulk];
        for (number, category) in first.into_iter().enumerate() {
            remembered.remember(number as u64, &explained(category));
        }
        (10..2_000).for_each(|number| remembered.remember(number, &explained(Category::Clean)));
        assert_eq!([false, true, true], [0, 1, 2].map(|one| remembered.find(one).is_some()));
        (2_000..4_000).for_each(|number| remembered.remember(number, &explained(Category::Spam)));

        assert_eq!([false, true, false], [0, 1, 2].map(|one| remembered.find(one).is_some()));
    }

    /// What is found is what was remembered, from a snapshot as well; other bytes are none.
    #[test]
    fn packing_loses_nothing() {
        let (mut remembered, mut other) = (Remembered::new(ROOM), Remembered::new(ROOM));
        remembered.remember(1, &explained(Category::Spam));
        remembered.hear(1, 5);
        assert!(other.restore(1, remembered.stored(1).unwrap().clone()));

        assert_eq!(Some(explained(Category::Spam)), remembered.find(1));
        assert_eq!(Some(explained(Category::Spam)), other.find(1));
        assert_eq!(None, other.hear(1, 5), "what was heard is remembered, too");
        assert!(!other.restore(2, Stored { packed: Box::new([9; 9]), heard: Vec::new() }));
    }

    /// A source counts once, and no more sources than there is room for.
    #[test]
    fn sources_are_limited() {
        let mut one = Stored::new(&explained(Category::Clean));

        assert!(one.hear(0) && !one.hear(0));
        assert_eq!(MOST_HEARD - 1, (1..1_000).filter(|source| one.hear(*source)).count());
    }
}
