//! Filters of a power of two of sets: sizing, writing what is not empty, joining other sizes.
//!
//! Main types: [`Sparse`], what such a filter must say of its entries.
//!
//! # Theory
//!
//! The set of a key is given by the top bits of its hash and the entry keeps other bits, so that a
//! filter of another size can still be joined: two neighbouring sets fold into one of a smaller
//! filter, and one set is copied into both halves of a larger one, where it fills the same share.
//!
//! # Not here
//!
//! What an entry means, and which one makes room.

use crate::bytes::{Put, Take};
use crate::cells::Cells;
use crate::time::Seconds;

/// The most sets of a filter: what a snapshot says in 32 bits.
const MOST_SETS: usize = 1 << 31;

/// A filter whose sets are a power of two.
pub(crate) trait Sparse {
    type Entry: Copy + Default + PartialEq;

    fn cells(&self) -> &Cells<Self::Entry>;

    /// The era in which entries are stamped, for filters that turn.
    fn era(&self) -> u32 {
        0
    }

    /// Moves on to an era, if it is later than the own one.
    fn enter(&mut self, _era: u32) {}

    /// Turns an entry of `era` into one of the own era, unless it is over.
    fn adopt(&self, entry: Self::Entry, _era: u32) -> Option<Self::Entry> {
        Some(entry)
    }

    /// Adds an entry of another filter to a set of this one.
    fn join(&mut self, set: usize, entry: Self::Entry, now: Seconds);

    fn encode(entry: Self::Entry, bytes: &mut Vec<u8>);

    fn decode(take: &mut Take<'_>) -> Option<Self::Entry>;

    /// Takes the union with another filter of any size.
    fn merge(&mut self, other: &Self, now: Seconds)
    where
        Self: Sized,
    {
        self.enter(other.era());
        let sets = other.cells().sets();
        for set in 0..sets {
            for &entry in other.cells().set(set) {
                if entry != Self::Entry::default()
                    && let Some(entry) = self.adopt(entry, other.era())
                {
                    self.join_scaled(set, sets, entry, now);
                }
            }
        }
    }

    /// Writes the sets from `from` on that are not empty, until `bytes` is as long as `enough` or
    /// `most` sets were looked at; returns the set to go on with.
    fn encode_sets(&self, from: usize, bytes: &mut Vec<u8>, enough: usize, most: usize) -> usize {
        bytes.put_u32(self.cells().sets() as u32);
        bytes.put_u32(self.era());
        let end = self.cells().sets().min(from + most);
        for set in from..end {
            if bytes.len() >= enough {
                return set;
            }
            let held = |entry: &&Self::Entry| **entry != Self::Entry::default();
            let entries = self.cells().set(set).iter().filter(held);
            let number = entries.clone().count() as u8;
            if number > 0 {
                bytes.put_u32(set as u32);
                bytes.put([number]);
                entries.for_each(|&entry| Self::encode(entry, bytes));
            }
        }
        end
    }

    /// Joins sets that [`Sparse::encode_sets`] wrote; `None` if it never wrote such bytes.
    fn decode_sets(&mut self, take: &mut Take<'_>, now: Seconds) -> Option<()> {
        let (sets, era) = (take.u32()? as usize, take.u32()?);
        if !sets.is_power_of_two() || sets > MOST_SETS {
            return None;
        }
        self.enter(era);
        while !take.is_empty() {
            let set = Some(take.u32()? as usize).filter(|&set| set < sets)?;
            for _ in 0..take.u8()? {
                let entry = Self::decode(take)?;
                if let Some(entry) = self.adopt(entry, era) {
                    self.join_scaled(set, sets, entry, now);
                }
            }
        }
        Some(())
    }

    /// Joins the entry of set `set` of a filter with `sets` sets, both powers of two.
    fn join_scaled(&mut self, set: usize, sets: usize, entry: Self::Entry, now: Seconds) {
        let own = self.cells().sets();
        if own <= sets {
            self.join(set / (sets / own), entry, now);
        } else {
            let copies = own / sets;
            (set * copies..(set + 1) * copies).for_each(|set| self.join(set, entry, now));
        }
    }
}

/// Sets aside the largest power of two of sets of `width` cells that fits `bytes`, beside the few
/// bytes that line them up: whole powers of two are given, and half would be lost for a line.
pub(crate) fn fitting<T: Copy + Default>(bytes: usize, width: usize) -> Cells<T> {
    let most = bytes / (width * size_of::<T>());
    Cells::new(1 << most.clamp(1, MOST_SETS).ilog2(), width)
}
