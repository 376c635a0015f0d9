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
