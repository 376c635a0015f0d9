//! Numbers side by side in memory, zero until written.
//!
//! Main type: [`Cells`], an array of sets of a fixed width.
//!
//! # Theory
//!
//! A ledger of 256 MiB must neither take long to create nor occupy RAM that it does not use yet.
//! A vector of plain zero integers is asked of the operating system already zeroed, and a page
//! costs nothing until it is written.  Large allocations start a few bytes into a page, so a set
//! of one cache line would straddle two; the first cells are therefore skipped until the first
//! set begins at a line.
//!
//! # What holds
//!
//! * A set never straddles more cache lines than it must.
//! * The size never changes after creation.
//!
//! # Not here
//!
//! What a cell means.

/// Bytes that a processor fetches at once, on every machine we build for.
const CACHE_LINE: usize = 64;

/// Sets of `width` cells, all zero at first.
#[derive(Clone, Debug)]
pub struct Cells<T> {
    cells: Vec<T>,
    start: usize,
    width: usize,
    sets: usize,
}

impl<T: Copy + Default> Cells<T> {
    /// Sets aside `sets` sets of `width` cells.
    pub fn new(sets: usize, width: usize) -> Self {
        let cells = vec![T::default(); sets * width + Self::slack()];
        let past_line = cells.as_ptr() as usize % CACHE_LINE;
        let start = (CACHE_LINE - past_line) % CACHE_LINE / size_of::<T>();
        Cells { cells, start, width, sets }
    }

    /// Returns the bytes that `sets` sets of `width` cells set aside.
    pub fn bytes_for(sets: usize, width: usize) -> usize {
        (sets * width + Self::slack()) * size_of::<T>()
    }

    /// Returns the bytes set aside.
    pub fn bytes(&self) -> usize {
        self.cells.len() * size_of::<T>()
    }

    /// Returns the number of sets.
    pub fn sets(&self) -> usize {
        self.sets
    }

    /// Returns the cells of set `set`.
    #[inline]
    pub fn set(&self, set: usize) -> &[T] {
        let from = self.start + set * self.width;
        &self.cells[from..from + self.width]
    }

    /// Returns the cells of set `set`, to change them.
    #[inline]
    pub fn set_mut(&mut self, set: usize) -> &mut [T] {
        let from = self.start + set * self.width;
        &mut self.cells[from..from + self.width]
    }

    /// Loads the sets of several keys into the processor's caches, all at once.
    ///
    /// A load from memory far away takes some 200 ns, and twenty overlap if nothing between them
    /// hangs on what was loaded.  Looking at one set needs so many steps that hardly two overlap;
    /// so the loads come first, alone.
    /// `word` returns any number of a cell.
    pub fn warm(&self, keys: &[u64], word: impl Fn(T) -> u64) {
        let line = (CACHE_LINE / size_of::<T>()).min(self.width);
        let mut sum = 0u64;
        for &key in keys {
            let set = self.set(place(spread(key), self.sets));
            sum = sum.wrapping_add(word(set[0])).wrapping_add(word(set[self.width - line]));
        }
        std::hint::black_box(sum);
    }

    /// Returns all cells, in order.
    pub fn all_mut(&mut self) -> &mut [T] {
        &mut self.cells[self.start..self.start + self.sets * self.width]
    }

    fn slack() -> usize {
        CACHE_LINE / size_of::<T>()
    }
}

/// Spreads a hash over all 64 bits, so that any of them may choose a place.
///
/// The finalizer of MurmurHash3: a bijection, so that no two keys become one.  Keys come with a
/// kind in their top bits and would otherwise crowd into a few sets.
#[inline]
pub fn spread(key: u64) -> u64 {
    let mut hash = key;
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Returns the place of a spread hash among `places`, evenly.
#[inline]
pub fn place(hash: u64, places: usize) -> usize {
    ((u128::from(hash) * places as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of one cache line begins at a cache line.
    #[test]
    fn sets_do_not_straddle() {
        let cells = Cells::<u64>::new(1_000, 8);

        for set in 0..1_000 {
            assert_eq!(0, cells.set(set).as_ptr() as usize % CACHE_LINE);
        }
    }

    /// What is promised beforehand is what is set aside.
    #[test]
    fn bytes_are_as_promised() {
        let cells = Cells::<u16>::new(77, 32);

        assert_eq!(Cells::<u16>::bytes_for(77, 32), cells.bytes());
        assert_eq!(77 * 32, { cells }.all_mut().len());
    }

    /// Places of growing powers of two are nested, which lets a filter fold and grow.
    #[test]
    fn places_nest() {
        for number in 0..1_000u64 {
            let hash = spread(number);

            assert_eq!(place(hash, 256), place(hash, 1_024) / 4);
        }
    }
}
