//! Values that recur harmlessly here: disclaimers, signatures, templates of shop software.
//!
//! Main type: [`Background`].
//!
//! # Theory
//!
//! Harmless text is written by several tenants over several days before anything bad is said of
//! it.  Sixteen bytes keep one value: thirty-two bits of its hash, thirty-two bits of which each
//! tenant sets one, its last day and how many different days it had.  Tenants that fall on one bit
//! count once, which errs to "not common yet".
//!
//! Two marks stand beside what was learnt.  A *seeded* value is common from the first moment, because
//! all the world writes it.  A *condemned* one was seeded and then proved bad here: it must be learnt
//! like any other, however often it is seeded again.
//!
//! # What holds
//!
//! * A value is common from [`COMMON_TENANTS`] tenants on [`COMMON_DAYS`] days, or if it is seeded.
//! * One tenant alone, however busy, never makes a value common.
//! * Nothing pushes out a mark.
//! * Merging is commutative and idempotent: marks are a union, and days add no more than the longer of two
//!   histories.
//! * A day that lies before the last one counts nothing new.
//!
//! # Not here
//!
//! Which values to learn: those that have a pattern record, and no verdict of suspect or worse.

use crate::bytes::{Put, Take};
use crate::cells::{Cells, place, spread};
use crate::sparse::{self, Sparse};
use crate::time::Seconds;

/// Entries of a set: one cache line.
const ENTRIES: usize = 4;

/// Tenants that make a value common (four unrelated customers do not share a spammer's text by
/// chance; three stolen accounts may well be at three tenants).
pub const COMMON_TENANTS: u32 = 4;

/// Days that make a value common: an outbreak seldom lives to see a second one.
pub const COMMON_DAYS: u32 = 2;

/// Values and how widely they recur.
#[derive(Clone, Debug)]
pub struct Background {
    cells: Cells<Entry>,
}

/// Fragment and tenants in the first word, last day and number of days in the second.
type Entry = [u64; 2];

impl Background {
    /// Sets aside the largest power of two of sets that fits `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        Background { cells: sparse::fitting(bytes, ENTRIES) }
    }

    /// Bytes set aside.
    pub fn bytes(&self) -> usize {
        self.cells.bytes()
    }

    /// Values there is room for.
    pub fn capacity(&self) -> usize {
        self.cells.sets() * ENTRIES
    }

    /// Counts a tenant and a day (days since 1970) for a value.
    pub fn learn(&mut self, value: u64, tenant: u64, day: u32) {
        let (set, fragment) = self.home(value);
        let tenant = 1 << (spread(tenant) >> 59);
        let day = u64::from(day.min(u16::MAX.into()));
        let cells = self.cells.set_mut(set);
        match cells.iter_mut().find(|entry| matches(entry, fragment)) {
            Some(entry) => {
                entry[0] |= tenant;
                if day > last_day(entry) {
                    let days = (days(entry) + 1).min(MOST_DAYS);
                    entry[1] = entry[1] & CONDEMNED | days << DAYS_SHIFT | day;
                }
            }
            None => replace_least(cells, [fragment | tenant, 1 << DAYS_SHIFT | day]),
        }
    }

    /// Tells whether a value recurs over enough tenants and days to say nothing.
    pub fn common(&self, value: u64) -> bool {
        let (set, fragment) = self.home(value);
        let entry = self.cells.set(set).iter().find(|entry| matches(entry, fragment));
        entry.is_some_and(|entry| {
            entry[1] & CONDEMNED == SEEDED
                || tenants(entry) >= COMMON_TENANTS && days(entry) >= u64::from(COMMON_DAYS)
        })
    }

    /// Different tenants that a value was learnt from, counting to thirty-two and erring to fewer.
    pub fn tenants(&self, value: u64) -> u32 {
        let (set, fragment) = self.home(value);
        self.cells.set(set).iter().find(|entry| matches(entry, fragment)).map_or(0, tenants)
    }

    /// Makes a value common for good, unless it was condemned here or its set is full of such.
    pub fn seed(&mut self, value: u64) {
        let (set, fragment) = self.home(value);
        let cells = self.cells.set_mut(set);
        match cells.iter_mut().find(|entry| matches(entry, fragment)) {
            Some(entry) => entry[1] |= SEEDED,
            None => replace_least(cells, [fragment, SEEDED]),
        }
    }

    /// Makes a value as common as one that was learnt on this day, and just so: by the word of a person.
    pub fn grant(&mut self, value: u64, day: u32) {
        let (set, fragment) = self.home(value);
        let day = u64::from(day.min(u16::MAX.into()));
        let granted = [fragment | FEWEST_TENANTS, u64::from(COMMON_DAYS) << DAYS_SHIFT | day];
        self.unite(set, granted);
    }

    /// Loads what is known of several values into the processor's caches, all at once.
    pub fn warm(&self, values: &[u64]) {
        self.cells.warm(values, |entry| entry[0]);
    }

    /// Forgets a value, because something bad was said of it; a seeded one is condemned.
    pub fn forget(&mut self, value: u64) {
        let (set, fragment) = self.home(value);
        for entry in self.cells.set_mut(set).iter_mut().filter(|entry| matches(entry, fragment)) {
            *entry = if is_marked(entry) { [fragment, CONDEMNED] } else { Entry::default() };
        }
    }

    /// Takes the union of an entry and what its set holds of the same value.
    fn unite(&mut self, set: usize, entry: Entry) {
        let fragment = entry[0] >> FRAGMENT_SHIFT << FRAGMENT_SHIFT;
        let cells = self.cells.set_mut(set);
        match cells.iter_mut().find(|held| matches(held, fragment)) {
            Some(held) => {
                held[0] |= entry[0];
                let day = last_day(held).max(last_day(&entry));
                let marks = (held[1] | entry[1]) & CONDEMNED;
                held[1] = marks | days(held).max(days(&entry)) << DAYS_SHIFT | day;
            }
            None => replace_least(cells, entry),
        }
    }

    fn home(&self, value: u64) -> (usize, u64) {
        let hash = spread(value);
        (place(hash, self.cells.sets()), hash << FRAGMENT_SHIFT)
    }
}

impl Sparse for Background {
    type Entry = Entry;

    fn cells(&self) -> &Cells<Entry> {
        &self.cells
    }

    fn join(&mut self, set: usize, entry: Entry, _now: Seconds) {
        self.unite(set, entry);
    }

    fn encode(entry: Entry, bytes: &mut Vec<u8>) {
        bytes.put_u64(entry[0]);
        bytes.put_u64(entry[1]);
    }

    fn decode(take: &mut Take<'_>) -> Option<Entry> {
        let entry = [take.u64()?, take.u64()?];
        let learnt = tenants(&entry) > 0 && (1..=MOST_DAYS).contains(&days(&entry));
        let only_marked = is_marked(&entry) && tenants(&entry) == 0 && days(&entry) == 0;
        let odd =
            (entry[1] & !CONDEMNED) >> DAYS_END != 0 || entry[1] & CONDEMNED == CONDEMNED ^ SEEDED;
        ((learnt || only_marked) && !odd).then_some(entry)
    }
}

const FRAGMENT_SHIFT: u32 = 32;
const DAYS_SHIFT: u32 = 16;
const DAYS_END: u32 = 32;

/// Marks of the second word: seeded; and seeded once, condemned since.
const SEEDED: u64 = 1 << 62;
const CONDEMNED: u64 = 3 << 62;

/// As many tenants as make a value common.
const FEWEST_TENANTS: u64 = (1 << COMMON_TENANTS) - 1;

/// Days are counted no further: a year says as much as ten.
const MOST_DAYS: u64 = 365;

fn matches(entry: &Entry, fragment: u64) -> bool {
    entry[0] >> FRAGMENT_SHIFT == fragment >> FRAGMENT_SHIFT && *entry != Entry::default()
}

fn is_marked(entry: &Entry) -> bool {
    entry[1] & CONDEMNED != 0
}

fn tenants(entry: &Entry) -> u32 {
    (entry[0] as u32).count_ones()
}

fn days(entry: &Entry) -> u64 {
    (entry[1] & ((1 << DAYS_END) - 1)) >> DAYS_SHIFT
}

fn last_day(entry: &Entry) -> u64 {
    entry[1] & 0xffff
}

/// Writes an entry over an empty one or the one with the fewest tenants, days and last day, unless
/// that one says more than the newcomer and is as new.  What is marked stays, and to a mark gives way
/// all that is not.
fn replace_least(cells: &mut [Entry], entry: Entry) {
    let worth = |entry: &Entry| match entry {
        [0, 0] => 0,
        entry if is_marked(entry) => u64::MAX,
        _ => {
            u64::from(tenants(entry)) * TENANT_DAYS + days(entry).min(TENANT_DAYS) + last_day(entry)
        }
    };
    if let Some(least) = cells.iter_mut().min_by_key(|held| worth(held))
        && !is_marked(least)
        && worth(least) <= worth(&entry).max(last_day(&entry) + 2 * TENANT_DAYS)
    {
        *least = entry;
    }
}

/// A tenant is worth as much as two weeks of age.
const TENANT_DAYS: u64 = 14;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;
    use proptest::prelude::*;

    const TODAY: u32 = 1_772_409_600 / DAY;

    fn learnt(tenants: u64, days: u32) -> Background {
        let mut background = Background::new(1 << 12);
        for day in 0..days {
            (0..tenants).for_each(|tenant| background.learn(5, tenant * 1_000, TODAY + day));
        }
        background
    }

    /// Six tenants on two days make a value common; one day or one tenant never does.
    #[test]
    fn common_needs_tenants_and_days() {
        assert!(learnt(6, 2).common(5));
        assert!(!learnt(6, 1).common(5));
        assert!(!learnt(1, 300).common(5));
        assert!(!learnt(3, 9).common(5));
        assert!(!learnt(6, 2).common(6));
    }

    /// A value that was forgotten starts anew.
    #[test]
    fn forgotten_starts_anew() {
        let mut background = learnt(6, 2);
        background.forget(5);

        assert!(!background.common(5));
    }

    /// A day that lies back is no further day.
    #[test]
    fn stepping_back_is_no_new_day() {
        let mut background = learnt(6, 1);
        (0..6).for_each(|tenant| background.learn(5, tenant * 1_000, TODAY - 3));

        assert!(!background.common(5));
    }

    /// A crowd of values that come once cannot push out a common one of this week.
    #[test]
    fn crowd_does_not_push_out_the_common() {
        let mut background = learnt(6, 2);
        (100..50_000).for_each(|value| background.learn(value, value, TODAY + 2));

        assert!(background.common(5));
    }

    /// A seed is common at once, and stays so whatever crowd is learnt around it.
    #[test]
    fn seeds_stay() {
        let mut background = Background::new(1 << 10);
        assert!(!background.common(5));
        background.seed(5);
        (100..50_000).for_each(|value| background.learn(value, value, TODAY));
        background.learn(5, 1, TODAY);
        background.learn(5, 1, TODAY + 1);

        assert!(background.common(5));
    }

    /// Of seeds in a set that is full of seeds the first stay.
    #[test]
    fn seeds_do_not_push_out_seeds() {
        let mut background = Background::new(64);
        (0..9).for_each(|value| background.seed(value));

        assert_eq!(
            vec![0, 1, 2, 3],
            (0..9).filter(|&one| background.common(one)).collect::<Vec<_>>()
        );
    }

    /// A condemned seed is no longer common, not even when it is seeded again; only tenants and days
    /// make it so.
    #[test]
    fn condemned_seeds_are_learnt_anew() {
        let mut background = Background::new(1 << 12);
        background.seed(5);
        background.forget(5);
        background.seed(5);
        background.forget(5);
        assert!(!background.common(5));
        for day in 0..COMMON_DAYS {
            (0..6).for_each(|tenant| background.learn(5, tenant * 1_000, TODAY + day));
        }

        assert!(background.common(5));
    }

    /// A word of a person makes a value common at once, and a later word to the contrary takes it back.
    #[test]
    fn grants_are_common_until_forgotten() {
        let mut background = Background::new(1 << 12);
        background.grant(5, TODAY);
        assert!(background.common(5) && !background.common(6));
        background.forget(5);

        assert!(!background.common(5));
    }

    /// Marks are written and read, merged as a union; bits that nobody writes are refused.
    #[test]
    fn marks_travel() {
        let written = |entry: Entry| {
            let mut bytes = Vec::new();
            Background::encode(entry, &mut bytes);
            Background::decode(&mut Take(&bytes))
        };
        for marks in [SEEDED, CONDEMNED] {
            let learnt = [1 << 40 | 3, marks | 2 << DAYS_SHIFT | 9];
            assert_eq!(Some([1 << 40, marks]), written([1 << 40, marks]));
            assert_eq!(Some(learnt), written(learnt));
        }
        for odd in [0, 1 << 63, SEEDED | 1 << 40, 1 << DAYS_SHIFT, SEEDED | 1 << DAYS_SHIFT] {
            assert_eq!(None, written([1 << 40, odd]), "{odd:x}");
        }
        let (mut one, mut other) = (Background::new(1 << 12), Background::new(1 << 12));
        [5, 6].iter().for_each(|&value| one.seed(value));
        other.seed(5);
        other.forget(5);
        let (left, right) = (one.clone(), other.clone());
        one.merge(&right, 0);
        other.merge(&left, 0);

        assert_eq!([false, true], [5, 6].map(|value| one.common(value)));
        assert_eq!([false, true], [5, 6].map(|value| other.common(value)));
    }

    proptest! {
        /// Merging in either order says the same, and merging twice says no more.
        #[test]
        fn merging_is_union(left in prop::collection::vec((0u64..9, 0u64..9, 0u32..4), 0..40),
                            right in prop::collection::vec((0u64..9, 0u64..9, 0u32..4), 0..40)) {
            let build = |visits: &[(u64, u64, u32)]| {
                let mut background = Background::new(1 << 16);
                for &(value, tenant, day) in visits {
                    background.learn(value, tenant, TODAY + day);
                }
                background
            };
            let (left, right) = (build(&left), build(&right));
            let (mut one, mut other) = (left.clone(), right.clone());
            one.merge(&right, 0);
            other.merge(&left, 0);
            let mut twice = one.clone();
            twice.merge(&right, 0);

            for value in 0..9 {
                prop_assert_eq!(one.common(value), other.common(value));
                prop_assert_eq!(one.common(value), twice.common(value));
                prop_assert!(one.common(value) || !left.common(value));
            }
        }
    }
}
