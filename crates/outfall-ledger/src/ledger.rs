//! All that is remembered, in a fixed number of bytes.
//!
//! Main types: [`Ledger`]; [`Statistics`]; [`TooSmall`].

use crate::background::Background;
use crate::pairs::PairFilter;
use crate::pattern::PatternRecord;
use crate::patterns::Patterns;
use crate::sender::SenderRecord;
use crate::sparse::Sparse;
use crate::table::Table;
use crate::time::Seconds;
use siphasher::sip::SipHasher24;
use std::fmt;
use std::hash::Hasher;

/// The least memory of a ledger.  Below, a night's first sightings of a small provider do not fit.
pub const LEAST_MEMORY: usize = 30 << 20;

/// Memory is shared out in sixteenths.  Filters, whose sets are powers of two, use all of theirs only
/// where the memory is a power of two, else the next smaller one; what they leave goes to the pattern
/// records.  An engine keeps a sixteenth for itself: of its 256 MiB the ledger has 240, and its filters
/// half of what they would have of 256, its patterns a million records instead of 700,000.
const SIXTEENTHS: usize = 16;

/// First sightings: most of what arrives, for a few hours.
const FIRST_SIGHTINGS: usize = 4;

/// Senders: 3/16 of 240 MiB is 176,000 senders.
const SENDERS: usize = 3;

/// Pairs: what fits 2/16 of 240 MiB is 8.4 million pairs.
const PAIRS: usize = 2;

/// Background: what fits 1/16 of 240 MiB is half a million harmless values.
const BACKGROUND: usize = 1;

/// Bytes of the ledger that belong to no part: the ledger itself.
const OWN: usize = 4096;

/// Patterns, senders, pairs and background of one node, in bounded memory.
#[derive(Debug)]
pub struct Ledger {
    /// Every pattern seen.
    pub patterns: Patterns,
    /// Every sender seen.
    pub senders: Senders,
    /// Who writes to whom.
    pub pairs: PairFilter,
    /// What recurs harmlessly.
    pub background: Background,
    memory: usize,
    fingerprint: u64,
}

impl Ledger {
    /// Sets aside at most `memory_bytes`, of which nothing is touched yet.
    ///
    /// `key` is the key that made the hashes; the ledger keeps only its fingerprint, so that
    /// hashes made with different keys are never mixed.
    pub fn new(memory_bytes: usize, key: [u8; 16]) -> Result<Self, TooSmall> {
        if memory_bytes < LEAST_MEMORY {
            return Err(TooSmall { given: memory_bytes, least: LEAST_MEMORY });
        }
        let part = memory_bytes / SIXTEENTHS;
        let senders = Senders { records: Table::new(SENDERS * part) };
        let pairs = PairFilter::new(PAIRS * part);
        let background = Background::new(BACKGROUND * part);
        let first = FIRST_SIGHTINGS * part;
        let taken = OWN + senders.bytes() + pairs.bytes() + background.bytes();
        let patterns = Patterns::new(memory_bytes - taken, first);
        let fingerprint = fingerprint(key);
        Ok(Ledger { patterns, senders, pairs, background, memory: memory_bytes, fingerprint })
    }

    /// Bytes set aside: never more than was given.
    pub fn bytes(&self) -> usize {
        OWN + self.patterns.bytes()
            + self.senders.bytes()
            + self.pairs.bytes()
            + self.background.bytes()
    }

    /// Bytes given.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// What tells keys apart without giving the key away.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Joins what another node saw *in other messages*, as far as memory goes.
    ///
    /// Fails, changing nothing, if the other's hashes were made with another key.
    pub fn merge(&mut self, other: &Ledger, now: Seconds) -> Result<(), OtherKey> {
        if self.fingerprint != other.fingerprint {
            return Err(OtherKey);
        }
        self.patterns.merge(&other.patterns, now);
        other.senders.iter().for_each(|record| self.senders.records.admit(*record, now));
        self.pairs.merge(&other.pairs, now);
        self.background.merge(&other.background, now);
        Ok(())
    }

    /// Returns how full it is and what was forgotten.
    pub fn statistics(&self) -> Statistics {
        let (patterns_created, patterns_forgotten) = self.patterns.records.turnover();
        let (senders_created, senders_forgotten) = self.senders.records.turnover();
        Statistics {
            bytes: self.bytes(),
            patterns: self.patterns.records.len(),
            pattern_room: self.patterns.records.capacity(),
            patterns_created,
            patterns_forgotten,
            first_sightings: self.patterns.first.len(),
            first_sighting_room: self.patterns.first.capacity(),
            senders: self.senders.records.len(),
            sender_room: self.senders.records.capacity(),
            senders_created,
            senders_forgotten,
            pair_room: self.pairs.capacity(),
            background_room: self.background.capacity(),
        }
    }
}

//------------ Senders --------------------------------------------------------

/// The senders of a ledger.
#[derive(Debug)]
pub struct Senders {
    pub(crate) records: Table<SenderRecord>,
}

impl Senders {
    /// Returns what is known of a sender.
    pub fn find(&self, key: u64) -> Option<&SenderRecord> {
        self.records.find(key)
    }

    /// Changes the record of a sender, made if there is none yet, and returns what `change` says.
    pub fn change<T>(
        &mut self,
        key: u64,
        now: Seconds,
        change: impl FnOnce(&mut SenderRecord) -> T,
    ) -> T {
        if self.records.find(key).is_none() {
            self.records.insert(SenderRecord::new(key, now), now);
        }
        match self.records.change(key, change) {
            Some(said) => said,
            None => unreachable!("a record that was just inserted is there"),
        }
    }

    /// All senders, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &SenderRecord> {
        self.records.records().iter()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.records.bytes()
    }
}

//------------ Statistics -----------------------------------------------------

/// How full a ledger is, and what it forgot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Bytes set aside.
    pub bytes: usize,
    /// Pattern records in use.
    pub patterns: usize,
    /// Pattern records there is room for.
    pub pattern_room: usize,
    /// Pattern records ever made.
    pub patterns_created: u64,
    /// Pattern records given up for others.
    pub patterns_forgotten: u64,
    /// Patterns seen once that are remembered.
    pub first_sightings: usize,
    /// First sightings there is room for.
    pub first_sighting_room: usize,
    /// Sender records in use.
    pub senders: usize,
    /// Sender records there is room for.
    pub sender_room: usize,
    /// Sender records ever made.
    pub senders_created: u64,
    /// Sender records given up for others.
    pub senders_forgotten: u64,
    /// Pairs there is room for.
    pub pair_room: usize,
    /// Background values there is room for.
    pub background_room: usize,
}

//------------ Errors ---------------------------------------------------------

/// Less memory was given than a ledger needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall {
    /// Bytes that were given.
    pub given: usize,
    /// Bytes that are needed.
    pub least: usize,
}

impl fmt::Display for TooSmall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = self.least >> 20;
        write!(
            formatter,
            "{} bytes are too few for a ledger: give at least {least} MiB",
            self.given
        )
    }
}

impl std::error::Error for TooSmall {}

/// Two ledgers hold hashes of different keys and cannot be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherKey;

impl fmt::Display for OtherKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the ledgers were kept with different keys: give both nodes one key")
    }
}

impl std::error::Error for OtherKey {}

fn fingerprint(key: [u8; 16]) -> u64 {
    let mut hasher = SipHasher24::new_with_key(&key);
    hasher.write(b"outfall ledger");
    hasher.finish()
}

/// Records lie where their size says: [`crate::table`] counts on it.
const _: () = assert!(size_of::<PatternRecord>() == 128 && size_of::<SenderRecord>() == 256);
