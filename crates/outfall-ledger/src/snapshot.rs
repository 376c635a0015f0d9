//! A ledger as bytes, piece by piece.
//!
//! Main type: [`Snapshot`].
//!
//! # Theory
//!
//! A snapshot is taken while mail flows.  [`Snapshot::next`] borrows the ledger for one chunk of a
//! quarter megabyte only, so that a lock can be let go between two chunks.  What changes in between
//! is in the snapshot as it was before or after, each record whole.
//!
//! The format, all numbers little-endian: [`MAGIC`], [`VERSION`] (16 bits), then chunks.  A chunk is
//! its kind (32 bits), its number from zero (32), the length of its content (32), the content, and
//! the CRC-32 of all these.  The first chunk is the head, the last one says that it is the last;
//! between them lie patterns, first sightings, senders, pairs and background.  Records are written
//! field by field; filters leave out empty sets, so that an idle ledger's snapshot is small.
//!
//! # What holds
//!
//! * The bytes are the same on every machine.
//! * The checksum finds accidents, not attackers: whoever can write the file can write another.
//!
//! # Not here
//!
//! Files; reading back ([`crate::restore`]).

use crate::bytes::Put;
use crate::ledger::Ledger;
use crate::sparse::Sparse;
use crate::table::{Record, Table};

/// How every snapshot begins.
pub(crate) const MAGIC: [u8; 8] = *b"OUTFALL\x1a";

/// The format written, and the only one read.
pub(crate) const VERSION: u16 = 1;

/// Bytes of a chunk's content, about: some hundred microseconds of work.
const CHUNK: usize = 256 << 10;

/// Sets of a filter looked at for one chunk: an empty filter must not keep the lock either.
const SETS_A_CHUNK: usize = 64 << 10;

/// Bytes before a chunk's content: kind, number, length.
pub(crate) const CHUNK_HEAD: usize = 12;

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Kind {
    Head = 0,
    Patterns = 1,
    FirstSightings = 2,
    Senders = 3,
    Pairs = 4,
    Background = 5,
    End = 6,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::Head,
        Kind::Patterns,
        Kind::FirstSightings,
        Kind::Senders,
        Kind::Pairs,
        Kind::Background,
        Kind::End,
    ];

    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|&kind| kind as u32 == number)
    }
}

//------------ Snapshot -------------------------------------------------------

/// How far a snapshot has come.
///
/// ```
/// # use outfall_ledger::{Ledger, Snapshot};
/// let ledger = Ledger::new(32 << 20, [7; 16]).unwrap();
/// let mut file = Vec::new();
/// let mut snapshot = Snapshot::default();
/// while let Some(chunk) = snapshot.next(&ledger) {
///     file.extend(chunk);
/// }
/// assert!(Ledger::restore(&file, 64 << 20, [7; 16]).is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Index into [`Kind::ALL`].
    stage: usize,
    /// Record or set to go on with.
    at: usize,
    chunks: u32,
}

impl Snapshot {
    /// Returns the next bytes of the snapshot, or `None` after the last.
    pub fn next(&mut self, ledger: &Ledger) -> Option<Vec<u8>> {
        let kind = *Kind::ALL.get(self.stage)?;
        let mut content = Vec::with_capacity(CHUNK + 1024);
        let end = match kind {
            Kind::Head => write_head(ledger, &mut content),
            Kind::Patterns => self.write_records(&ledger.patterns.records, &mut content),
            Kind::FirstSightings => self.write_sets(&ledger.patterns.first, &mut content),
            Kind::Senders => self.write_records(&ledger.senders.records, &mut content),
            Kind::Pairs => self.write_sets(&ledger.pairs, &mut content),
            Kind::Background => self.write_sets(&ledger.background, &mut content),
            Kind::End => true,
        };
        let chunk = self.frame(kind, &content);
        if end {
            (self.stage, self.at) = (self.stage + 1, 0);
        }
        Some(chunk)
    }

    /// Writes as many records as a chunk holds; tells whether it was the last.
    fn write_records<R: Record>(&mut self, table: &Table<R>, content: &mut Vec<u8>) -> bool {
        let records = table.records();
        let end = records.len().min(self.at + CHUNK / R::SIZE);
        records.get(self.at..end).unwrap_or_default().iter().for_each(|held| held.encode(content));
        self.at = end;
        end >= records.len()
    }

    /// Writes as many sets as a chunk holds; tells whether it was the last.
    fn write_sets<S: Sparse>(&mut self, filter: &S, content: &mut Vec<u8>) -> bool {
        self.at = filter.encode_sets(self.at, content, CHUNK, SETS_A_CHUNK);
        self.at >= filter.cells().sets()
    }

    fn frame(&mut self, kind: Kind, content: &[u8]) -> Vec<u8> {
        let mut chunk = Vec::with_capacity(content.len() + CHUNK_HEAD + MAGIC.len() + 8);
        if kind == Kind::Head {
            chunk.put(MAGIC);
            chunk.put_u16(VERSION);
        }
        let start = chunk.len();
        chunk.put_u32(kind as u32);
        chunk.put_u32(self.chunks);
        chunk.put_u32(content.len() as u32);
        chunk.extend_from_slice(content);
        let checksum = crc32fast::hash(&chunk[start..]);
        chunk.put_u32(checksum);
        self.chunks += 1;
        chunk
    }
}

impl Ledger {
    /// Returns a whole snapshot at once.
    ///
    /// It may be as large as the ledger; [`Snapshot`] gives it in pieces.
    pub fn snapshot(&self) -> Vec<u8> {
        let (mut bytes, mut snapshot) = (Vec::new(), Snapshot::default());
        while let Some(chunk) = snapshot.next(self) {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    }
}

/// Memory, the key's fingerprint, the latest time, and what was ever made and forgotten.
fn write_head(ledger: &Ledger, content: &mut Vec<u8>) -> bool {
    content.put_u64(ledger.memory() as u64);
    content.put_u64(ledger.fingerprint());
    let (patterns, senders) = (&ledger.patterns.records, &ledger.senders.records);
    content.put_u32(patterns.latest().max(senders.latest()));
    for (created, forgotten) in [patterns.turnover(), senders.turnover()] {
        content.put_u64(created);
        content.put_u64(forgotten);
    }
    true
}
