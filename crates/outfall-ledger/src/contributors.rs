//! Who made a pattern suspicious, and how much without any one of them.
//!
//! Main types: [`Contributors`], the senders of one pattern with what each contributes;
//! [`Others`], the sum that leaves one of them out.
//!
//! # Theory
//!
//! Decisions fall at three to ten senders, where a sketch is useless and a list is cheap.  The
//! eight senders with the *highest* contributions are kept exactly, in one 32-bit word each:
//! contribution above, tag below, so that the order of the words is the order that matters.
//! Keeping the highest and not the first means that a pattern cannot be made blind by eight
//! harmless senders sent ahead, and it makes the list mergeable: the eight highest of a union are
//! among the eight highest of its parts.
//!
//! All senders are counted by a [`Distinct`].  What those beyond the eight contribute is their
//! estimated number times their mean contribution; the mean moves only when a sender raises a
//! register, which depends on its hash alone, so that a busy sender weighs no more than a quiet
//! one.
//!
//! # What holds
//!
//! * A sender contributes once, its highest contribution, however often it sends.
//! * Up to eight senders, count, sum and leave-one-out are exact (tags are 24 bits: two senders
//!   share one once in two million pairs).
//! * The list is always the eight highest, so "how many others contribute at least x" is exact up
//!   to eight.
//! * Merging is commutative, and associative and idempotent for list and count; the mean of the
//!   rest is a weighted mean and so only nearly.

use crate::bytes::Take;
use crate::distinct::Distinct;

/// Senders kept exactly.
pub const EXACT_SENDERS: usize = 8;

/// Steps of a contribution in one nat.
const STEPS: f32 = 32.0;

/// Bits of a sender's tag.
const TAG_BITS: u32 = 24;

/// A sighting weighs at least this much in the mean of the rest: one register's share of all.
const REST_MEMORY: f32 = 32.0;

//------------ Contributors ---------------------------------------------------

/// The senders of one pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Contributors {
    /// Highest first; zero is nobody.
    pub(crate) exact: [u32; EXACT_SENDERS],
    pub(crate) all: Distinct,
    /// Mean contribution, in nats, of senders beyond the exact ones.
    pub(crate) rest_mean: f32,
}

impl Contributors {
    /// Adds what the sender with `tag` contributes.
    pub fn add(&mut self, tag: SenderTag, contribution: Contribution) {
        let raised = self.all.add(u64::from(tag.0));
        let word = word(tag, contribution);
        let pushed_out = self.place(word);
        // Whoever was pushed out is one of the rest now; a newcomer only if never counted before.
        if pushed_out != 0 && (pushed_out != word || raised) {
            self.blend(pushed_out);
        }
    }

    /// Returns how many senders there are, exact up to eight.
    pub fn count(&self) -> f32 {
        match self.exact.iter().position(|&word| word == 0) {
            Some(number) => number as f32,
            None => self.all.count().max(EXACT_SENDERS as f32),
        }
    }

    /// Returns how many of the exact senders there are: up to eight.
    pub fn exact_count(&self) -> u32 {
        self.exact.iter().filter(|&&word| word != 0).count() as u32
    }

    /// Tells whether this sender is among the exact ones.
    pub fn contains(&self, tag: SenderTag) -> bool {
        self.exact.iter().any(|&word| word != 0 && word & TAG_MASK == tag.0)
    }

    /// Sums up everyone but `sender`.
    pub fn without(&self, sender: SenderTag) -> Others {
        let mut others = Others::default();
        let mut found = false;
        for &word in self.exact.iter().take_while(|&&word| word != 0) {
            if word & TAG_MASK == sender.0 {
                found = true;
                continue;
            }
            let nats = nats(word);
            others.highest = if others.count == 0.0 { nats } else { others.highest.max(nats) };
            others.count += 1.0;
            others.sum += nats;
        }
        self.add_rest(&mut others, found, sender);
        others
    }

    /// Returns how many others than `sender` contribute at least `least` nats, counting to eight.
    pub fn others_at_least(&self, sender: SenderTag, least: f32) -> u32 {
        let others = self.exact.iter().filter(|&&word| word != 0 && word & TAG_MASK != sender.0);
        others.filter(|&&word| nats(word) >= least).count() as u32
    }

    /// Takes the union with `other`.
    pub fn merge(&mut self, other: &Self) {
        let (mine, theirs) = (self.rest(), other.rest());
        let weights = mine + theirs;
        if weights > 0.0 {
            self.rest_mean = (self.rest_mean * mine + other.rest_mean * theirs) / weights;
        }
        self.all.merge(&other.all);
        for &word in &other.exact {
            if word != 0 {
                let pushed_out = self.place(word);
                if pushed_out != 0 {
                    self.blend(pushed_out);
                }
            }
        }
    }

    /// Puts a word where it belongs; returns the word that found no place, or zero.
    fn place(&mut self, word: u32) -> u32 {
        let same = |held: &u32| *held != 0 && (*held ^ word) & TAG_MASK == 0;
        let place = self.exact.iter().position(same);
        let pushed_out = if place.is_some() { 0 } else { self.exact[EXACT_SENDERS - 1].min(word) };
        let place = place.unwrap_or(EXACT_SENDERS - 1);
        if self.exact[place] < word {
            self.exact[place] = word;
            self.exact.sort_unstable_by(|left, right| right.cmp(left));
        }
        pushed_out
    }

    fn blend(&mut self, word: u32) {
        let weight = 1.0 / self.rest().clamp(1.0, REST_MEMORY);
        self.rest_mean += (nats(word) - self.rest_mean) * weight;
    }

    fn rest(&self) -> f32 {
        self.count() - self.exact_count() as f32
    }

    /// Adds the senders beyond the exact ones, less this one if it may be among them.
    fn add_rest(&self, others: &mut Others, found: bool, sender: SenderTag) {
        let mut rest = self.rest();
        if rest <= 0.0 {
            return;
        }
        let among = !found && !{ self.all }.add(u64::from(sender.0));
        if among {
            rest = (rest - 1.0).max(0.0);
        }
        others.count += rest;
        others.sum += rest * self.rest_mean;
    }
}

impl Contributors {
    /// Reads what a record wrote; a list out of order or with one sender twice is refused.
    pub(crate) fn decode(take: &mut Take<'_>) -> Option<Self> {
        let exact: [u32; EXACT_SENDERS] = take.many(Take::u32)?;
        let all = Distinct { words: take.many(Take::u32)? };
        let rest_mean = take.f32()?;
        let mut tidy = Contributors { all, rest_mean, ..Contributors::default() };
        exact.iter().filter(|&&word| word != 0).for_each(|&word| {
            tidy.place(word);
        });
        let shown = exact.iter().all(|&word| word == 0 || word >> TAG_BITS != 0);
        (tidy.exact == exact && shown && rest_mean.abs() <= 4.0).then_some(tidy)
    }
}

//------------ Others ---------------------------------------------------------

/// What everyone but one sender adds to a pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Others {
    /// How many they are, exact up to seven.
    pub count: f32,
    /// Their contributions, in nats.
    pub sum: f32,
    /// The highest contribution among them, in nats; zero if there are none.
    pub highest: f32,
}

//------------ Tags and contributions -----------------------------------------

/// Twenty-four bits of a sender's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderTag(pub(crate) u32);

impl SenderTag {
    /// Returns the tag of a sender's 64-bit hash.
    pub fn of(sender: u64) -> Self {
        SenderTag((crate::cells::spread(sender) >> 40) as u32)
    }
}

/// A contribution of one sender to one pattern in 1/32 nat, from -3.97 to +3.97; never the zero byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contribution(pub(crate) u8);

impl Contribution {
    /// Rounds and caps `nats`; what is not a number contributes nothing.
    pub fn of(nats: f32) -> Self {
        let steps = if nats.is_nan() { 0.0 } else { (nats * STEPS).round().clamp(-127.0, 127.0) };
        Contribution((steps as i32 + 128) as u8)
    }

    /// Returns the contribution in nats.
    pub fn nats(self) -> f32 {
        (f32::from(self.0) - 128.0) / STEPS
    }
}

const TAG_MASK: u32 = (1 << TAG_BITS) - 1;

fn word(tag: SenderTag, contribution: Contribution) -> u32 {
    u32::from(contribution.0) << TAG_BITS | tag.0
}

fn nats(word: u32) -> f32 {
    Contribution((word >> TAG_BITS) as u8).nats()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// The slow twin: every sender's highest contribution, in steps.
    #[derive(Default)]
    struct Naive(HashMap<u32, u8>);

    impl Naive {
        fn add(&mut self, tag: u32, contribution: Contribution) {
            let held = self.0.entry(tag).or_insert(0);
            *held = (*held).max(contribution.0);
        }

        fn words(&self) -> Vec<u32> {
            let mut words: Vec<u32> =
                self.0.iter().map(|(&tag, &steps)| u32::from(steps) << TAG_BITS | tag).collect();
            words.sort_unstable_by(|left, right| right.cmp(left));
            words
        }

        fn others(&self, tag: u32) -> Vec<f32> {
            let others = self.0.iter().filter(|(held, _)| **held != tag);
            others.map(|(_, &steps)| Contribution(steps).nats()).collect()
        }
    }

    fn sightings(senders: u32) -> impl Strategy<Value = Vec<(u32, f32)>> {
        prop::collection::vec((0..senders, -5.0f32..5.0), 0..60)
    }

    fn build(sightings: &[(u32, f32)]) -> (Contributors, Naive) {
        let (mut list, mut naive) = (Contributors::default(), Naive::default());
        for &(tag, nats) in sightings {
            list.add(SenderTag(tag), Contribution::of(nats));
            naive.add(tag, Contribution::of(nats));
        }
        (list, naive)
    }

    proptest! {
        /// Up to eight senders, leaving any one out gives exactly what a map of all of them gives.
        #[test]
        fn leave_one_out_is_exact(sightings in sightings(8), left_out in 0u32..9) {
            let (list, naive) = build(&sightings);
            let others = naive.others(left_out);
            let found = list.without(SenderTag(left_out));

            prop_assert_eq!(naive.0.len() as f32, list.count());
            prop_assert_eq!(others.len() as f32, found.count);
            prop_assert_eq!(others.iter().sum::<f32>(), found.sum);
            prop_assert_eq!(others.iter().copied().reduce(f32::max).unwrap_or(0.0), found.highest);
        }

        /// However many send, the eight kept are the eight that contribute most.
        #[test]
        fn keeps_the_highest(sightings in sightings(40)) {
            let (list, naive) = build(&sightings);
            let mut expected = naive.words();
            expected.resize(EXACT_SENDERS.max(expected.len()), 0);

            prop_assert_eq!(&expected[..EXACT_SENDERS], &list.exact);
        }

        /// How many others contribute enough is exact up to eight, whoever is left out.
        #[test]
        fn others_at_least_is_exact(sightings in sightings(40), out in 0u32..40, least in 0.0f32..4.0) {
            let (list, naive) = build(&sightings);
            let expected = naive.others(out).iter().filter(|&&nats| nats >= least).count();
            let most = if list.contains(SenderTag(out)) { 7 } else { 8 };

            prop_assert_eq!(expected.min(most) as u32, list.others_at_least(SenderTag(out), least));
        }

        /// Merging gives list and count of the union, in any order and however often.
        #[test]
        fn merging_is_union(left in sightings(30), right in sightings(30), third in sightings(30)) {
            let all = [left.clone(), right.clone(), third.clone()].concat();
            let ((left, _), (right, _), (third, _)) = (build(&left), build(&right), build(&third));
            let expected = build(&all).0;
            let (mut one, mut other) = (left, third);
            one.merge(&right);
            one.merge(&third);
            other.merge(&right);
            other.merge(&left);
            other.merge(&right);

            for merged in [one, other] {
                prop_assert_eq!(expected.exact, merged.exact);
                prop_assert_eq!(expected.all, merged.all);
                prop_assert!(merged.rest_mean.abs() <= 4.0);
            }
        }

        /// A contribution is kept to half a step, and capped.
        #[test]
        fn contributions_round(nats in -3.9f32..3.9) {
            prop_assert!((nats - Contribution::of(nats).nats()).abs() <= 0.5 / STEPS);
        }
    }

    /// Eight harmless senders sent ahead do not hide those that come after.
    #[test]
    fn harmless_senders_do_not_blind() {
        let mut list = Contributors::default();
        (0..8).for_each(|tag| list.add(SenderTag(tag), Contribution::of(-1.5)));
        (100..105).for_each(|tag| list.add(SenderTag(tag), Contribution::of(3.0)));

        assert_eq!(5, list.others_at_least(SenderTag(999), 2.0));
    }

    /// A hundred harmless senders beyond the eight outweigh eight bad ones, to a third.
    #[test]
    fn the_rest_counts() {
        let mut list = Contributors::default();
        (0..8).for_each(|tag| list.add(SenderTag(tag), Contribution::of(3.0)));
        (100..200).for_each(|tag| list.add(SenderTag(tag), Contribution::of(-1.5)));
        let others = list.without(SenderTag(999));

        assert!((-186.0..-86.0).contains(&others.sum), "{others:?}");
        assert_eq!(3.0, others.highest);
    }

    /// One of the rest who is left out is taken from the count once.
    #[test]
    fn one_of_the_rest_is_left_out() {
        let mut list = Contributors::default();
        (0..8).for_each(|tag| list.add(SenderTag(tag), Contribution::of(3.0)));
        (100..140).for_each(|tag| list.add(SenderTag(tag), Contribution::of(1.0)));
        let (stranger, member) = (list.without(SenderTag(5_003)), list.without(SenderTag(120)));

        assert!((list.count() - 1.0 - member.count).abs() < 0.01);
        assert!(stranger.sum >= member.sum);
    }

    /// What is not a number contributes nothing, and infinity is capped.
    #[test]
    fn odd_numbers() {
        assert_eq!(0.0, Contribution::of(f32::NAN).nats());
        assert_eq!(127.0 / 32.0, Contribution::of(f32::INFINITY).nats());
        assert_eq!(-127.0 / 32.0, Contribution::of(-1e9).nats());
    }

    /// A list that no record writes is refused: out of order, or one sender twice.
    #[test]
    fn odd_lists_are_refused() {
        let encode = |words: [u32; 2]| {
            let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            bytes.resize(60, 0);
            Contributors::decode(&mut Take(&bytes)).is_some()
        };

        assert!(encode([0x9000_0001, 0x8000_0002]));
        assert!(!encode([0x8000_0002, 0x9000_0001]));
        assert!(!encode([0x9000_0001, 0x8000_0001]));
        assert!(!encode([0x0000_0001, 0]));
    }
}
