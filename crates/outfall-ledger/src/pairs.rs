//! Who writes to whom: pairs seen in the last four weeks.
//!
//! Main type: [`PairFilter`].
//!
//! # Theory
//!
//! A pair is a keyed hash of sender and recipient (or of a tenant's domain and recipient).  Sixteen
//! bits keep one: fourteen of its hash and the week in two.  Thirty-two share a set, one cache
//! line.  Four Bloom filters, one a week, would hold a pair that recurs every week four times over,
//! and would need some 16 bits a pair and week for the same error; here a pair seen again only
//! gets its week renewed.  When a set is full, the pair with the oldest week makes room.
//!
//! # What holds
//!
//! * A pair that was learnt is known for at least three whole weeks after it was last seen, unless
//!   its set overflowed.
//! * A stranger looks known with a chance of at most 32 in 16,383 (0.2 %), whatever the load.
//! * Merging two filters is the union of their weeks, as far as sets do not overflow.
//! * A clock that steps back forgets nothing, and learns into the current week.
//!
//! # Not here
//!
//! How often a pair wrote, and which of the two began.

use crate::bytes::Take;
use crate::cells::{Cells, place, spread};
use crate::sparse::{self, Sparse};
use crate::time::{DAY, Seconds};

/// Entries of a set: one cache line.
const ENTRIES: usize = 32;

/// Weeks that a pair is known, the current one included.
const WEEKS: u32 = 4;

/// Seconds of a week.
const WEEK: Seconds = 7 * DAY;

/// The last week that [`Seconds`] can tell.
const LAST_WEEK: u32 = Seconds::MAX / WEEK;

/// Pairs of the last four weeks.
#[derive(Clone, Debug)]
pub struct PairFilter {
    cells: Cells<u16>,
    week: u32,
}

impl PairFilter {
    /// Sets aside the largest power of two of sets that fits `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        PairFilter { cells: sparse::fitting(bytes, ENTRIES), week: 0 }
    }

    /// Bytes set aside.
    pub fn bytes(&self) -> usize {
        self.cells.bytes()
    }

    /// Pairs there is room for.
    pub fn capacity(&self) -> usize {
        self.cells.sets() * ENTRIES
    }

    /// Tells whether the pair was learnt in the last four weeks.
    pub fn knows(&self, pair: u64, now: Seconds) -> bool {
        let (set, fragment) = self.home(pair);
        let passed = (now / WEEK).saturating_sub(self.week);
        let fresh = |entry: u16| age_in(self.week, entry).saturating_add(passed) < WEEKS;
        // Without a branch, so that the whole set is compared at once.
        let known = |entry: u16| (entry >> WEEK_BITS == fragment) & fresh(entry);
        self.cells.set(set).iter().fold(false, |found, &entry| found | known(entry))
    }

    /// Remembers the pair; tells whether it was known.
    pub fn learn(&mut self, pair: u64, now: Seconds) -> bool {
        self.turn(now / WEEK);
        let (set, fragment) = self.home(pair);
        let entry = fragment << WEEK_BITS | self.stamp(0);
        if self.cells.set(set).contains(&entry) {
            return true; // this week already, as most are
        }
        let known = self.knows(pair, now);
        self.write(set, entry);
        known
    }

    /// Moves on to `week` and forgets the pairs that have not been seen for four.
    ///
    /// One pass over the filter, once a week: some ten milliseconds for 32 MiB.
    fn turn(&mut self, week: u32) {
        if week <= self.week {
            return;
        }
        let passed = week - self.week;
        let (before, stale) = (self.week, WEEKS.saturating_sub(passed));
        if before > 0 {
            for entry in self.cells.all_mut().iter_mut().filter(|entry| **entry != 0) {
                if age_in(before, *entry) >= stale {
                    *entry = 0;
                }
            }
        }
        self.week = week;
    }

    /// Writes an entry over its older self, an empty one, or the oldest.
    fn write(&mut self, set: usize, entry: u16) {
        let week = self.week;
        let rank = |held: u16| match held {
            _ if held >> WEEK_BITS == entry >> WEEK_BITS => u32::MAX,
            0 => WEEKS,
            _ => age_in(week, held),
        };
        let Some(oldest) = self.cells.set_mut(set).iter_mut().max_by_key(|held| rank(**held))
        else {
            return;
        };
        *oldest = entry;
    }

    fn home(&self, pair: u64) -> (usize, u16) {
        let hash = spread(pair);
        (place(hash, self.cells.sets()), (hash as u16 >> WEEK_BITS).max(1))
    }

    fn age(&self, entry: u16) -> u32 {
        age_in(self.week, entry)
    }

    fn stamp(&self, weeks_ago: u32) -> u16 {
        (self.week.wrapping_sub(weeks_ago) % WEEKS) as u16
    }
}

impl Sparse for PairFilter {
    type Entry = u16;

    fn cells(&self) -> &Cells<u16> {
        &self.cells
    }

    /// The current week, counted from 1970.
    fn era(&self) -> u32 {
        self.week
    }

    fn enter(&mut self, era: u32) {
        self.turn(era.min(LAST_WEEK));
    }

    fn adopt(&self, entry: u16, era: u32) -> Option<u16> {
        let age = age_in(era, entry).saturating_add(self.week.saturating_sub(era));
        (age < WEEKS).then(|| entry & !WEEK_MASK | self.stamp(age))
    }

    /// Joins an entry stamped in this filter's weeks; the newer of two stays.
    fn join(&mut self, set: usize, entry: u16, _now: Seconds) {
        let age = self.age(entry);
        let cells = self.cells.set(set);
        let same = |held: &&u16| **held >> WEEK_BITS == entry >> WEEK_BITS;
        let older = match cells.iter().find(same) {
            Some(&held) => self.age(held) > age,
            None => cells.iter().any(|&held| held == 0 || self.age(held) > age),
        };
        if older {
            self.write(set, entry);
        }
    }

    fn encode(entry: u16, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&entry.to_le_bytes());
    }

    fn decode(take: &mut Take<'_>) -> Option<u16> {
        take.u16().filter(|entry| entry >> WEEK_BITS != 0)
    }
}

/// Bits of an entry that hold its week.
const WEEK_BITS: u32 = 2;
const WEEK_MASK: u16 = (1 << WEEK_BITS) - 1;

/// Weeks between an entry's week and `week`.
fn age_in(week: u32, entry: u16) -> u32 {
    week.wrapping_sub(u32::from(entry & WEEK_MASK)) % WEEKS
}

/// Returns the hash of a pair, from the keyed hashes of both; the order matters.
pub fn pair(writer: u64, recipient: u64) -> u64 {
    spread(writer).rotate_left(32) ^ recipient
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const NOW: Seconds = 1_772_409_600;

    fn filter() -> PairFilter {
        PairFilter::new(64 * 1024 + 256)
    }

    /// A pair is known for three weeks after it was seen last, and forgotten after four.
    #[test]
    fn four_weeks() {
        let mut pairs = filter();
        assert!(!pairs.learn(7, NOW));

        assert!(pairs.knows(7, NOW + 3 * WEEK));
        assert!(!pairs.knows(7, NOW + 4 * WEEK));
        assert!(pairs.learn(7, NOW + 3 * WEEK));
        assert!(pairs.knows(7, NOW + 6 * WEEK));
        pairs.learn(8, NOW + 8 * WEEK);
        assert!(!pairs.knows(7, NOW + 8 * WEEK));
    }

    /// A clock that steps back by months forgets nothing.
    #[test]
    fn stepping_back_forgets_nothing() {
        let mut pairs = filter();
        pairs.learn(1, NOW);
        pairs.learn(2, NOW - 20 * WEEK);

        assert!(pairs.knows(1, NOW - 20 * WEEK));
        assert!(pairs.knows(1, NOW) && pairs.knows(2, NOW));
    }

    /// At full load a stranger looks known in at most 0.25 % of cases, and the newest pairs are known.
    #[test]
    fn error_at_load() {
        let mut pairs = filter();
        let load = pairs.capacity() as u64;
        (0..load).for_each(|number| _ = pairs.learn(number, NOW));
        let strangers = (0..100_000).filter(|number| pairs.knows(number + (1 << 40), NOW)).count();
        let kept = (0..load).filter(|&number| pairs.knows(number, NOW)).count();

        assert!(strangers <= 250, "{strangers}");
        assert!(kept as f64 > 0.92 * load as f64, "{kept} of {load}");
    }

    /// A set that overflows loses the pairs that were not seen for longest.
    #[test]
    fn the_oldest_makes_room() {
        let mut pairs = PairFilter::new(0);
        (0..24u64).for_each(|number| _ = pairs.learn(number, NOW));
        (100..124u64).for_each(|number| _ = pairs.learn(number, NOW + WEEK));

        assert!((100..124u64).all(|number| pairs.knows(number, NOW + WEEK)));
    }

    proptest! {
        /// Whatever the times, the filter agrees with a map of last weeks, as long as no set overflows.
        #[test]
        fn agrees_with_naive(visits in prop::collection::vec((0u64..40, 0u32..9), 1..60)) {
            let (mut pairs, mut naive) = (filter(), HashMap::new());
            let mut latest = 0;
            for (number, week) in visits {
                latest = latest.max(week);
                pairs.learn(number, NOW + week * WEEK);
                naive.insert(number, latest);
            }
            let now = NOW + latest * WEEK;

            for number in 0..40 {
                let known = naive.get(&number).is_some_and(|&seen| latest - seen < WEEKS);
                prop_assert_eq!(known, pairs.knows(number, now), "{}", number);
            }
        }

        /// Merging knows what either knew, in either order, also between filters of other sizes.
        #[test]
        fn merging_is_union(left in prop::collection::vec((0u64..999, 0u32..6), 0..40),
                            right in prop::collection::vec((0u64..999, 0u32..6), 0..40)) {
            let latest = left.iter().chain(&right).map(|visit| visit.1).max().unwrap_or(0);
            let now = NOW + latest * WEEK;
            let build = |visits: &[(u64, u32)], bytes| {
                let mut pairs = PairFilter::new(bytes);
                visits.iter().for_each(|visit| _ = pairs.learn(visit.0, NOW + visit.1 * WEEK));
                pairs
            };
            for (mine, theirs) in [(1 << 16, 1 << 16), (1 << 14, 1 << 16), (1 << 16, 1 << 14)] {
                let (left, right) = (build(&left, mine), build(&right, theirs));
                let mut merged = left.clone();
                merged.merge(&right, now);
                let mut again = merged.clone();
                again.merge(&right, now);

                for (number, week) in (0..999).flat_map(|number| [(number, 0), (number, 2)]) {
                    let later = now + week * WEEK;
                    let known = left.knows(number, later) || right.knows(number, later);
                    prop_assert!(merged.knows(number, later) || !known);
                    prop_assert_eq!(merged.knows(number, later), again.knows(number, later));
                }
            }
        }
    }
}
