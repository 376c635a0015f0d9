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

use crate::bytes::Take;
use crate::cells::Cells;
use crate::time::Seconds;

/// A filter whose sets are a power of two.
pub(crate) trait Sparse {
    type Entry: Copy + Default + PartialEq;

    fn cells(&self) -> &Cells<Self::Entry>;

    /// Adds an entry of another filter to a set of this one.
    fn join(&mut self, set: usize, entry: Self::Entry, now: Seconds);

    fn encode(entry: Self::Entry, bytes: &mut Vec<u8>);

    fn decode(take: &mut Take<'_>) -> Option<Self::Entry>;

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

/// Sets aside the largest power of two of sets of `width` cells that fits `bytes`.
pub(crate) fn fitting<T: Copy + Default>(bytes: usize, width: usize) -> Cells<T> {
    let slack = Cells::<T>::bytes_for(0, width);
    let most = bytes.saturating_sub(slack) / (width * size_of::<T>());
    Cells::new(1 << most.max(1).ilog2(), width)
}
