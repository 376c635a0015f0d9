//! Bytes back to a ledger, or a refusal.
//!
//! Main types: [`Refused`]; the way in is [`Ledger::restore`].
//!
//! # What holds
//!
//! * No bytes make it panic or take more memory than was given: no length is believed before the
//!   bytes are there, and records go into tables that never grow.
//! * A snapshot that is cut off, longer than it says, or changed in a single bit is refused as a
//!   whole.
//! * The memory may differ from the snapshot's.  With less, the least telling records and the
//!   oldest filter entries are left out; what was left out counts as forgotten.
//!
//! # Not here
//!
//! The format: [`crate::snapshot`].  Protection from whoever may write the file: its owner and mode.

use crate::bytes::Take;
use crate::ledger::{Ledger, TooSmall};
use crate::snapshot::{CHUNK_HEAD, Kind, MAGIC, VERSION};
use crate::sparse::Sparse;
use crate::table::{Record, Table};
use crate::time::Seconds;
use std::fmt;

impl Ledger {
    /// Reads a snapshot back into at most `memory_bytes`.
    ///
    /// `key` must be the key that the snapshot's ledger was made with.
    pub fn restore(bytes: &[u8], memory_bytes: usize, key: [u8; 16]) -> Result<Self, Refused> {
        let mut ledger = Ledger::new(memory_bytes, key).map_err(Refused::TooSmall)?;
        let mut reader = Reader::open(bytes)?;
        let mut head = reader.next()?;
        let head = match head.kind {
            Kind::Head => Head::read(&mut head.content, &ledger)?,
            _ => return Err(Refused::Nonsense),
        };
        let mut stage = Kind::Head;
        loop {
            let chunk = reader.next()?;
            if (chunk.kind as u32).wrapping_sub(stage as u32) > 1 || chunk.kind == Kind::Head {
                return Err(Refused::Nonsense);
            }
            stage = chunk.kind;
            if stage == Kind::End && chunk.content.is_empty() {
                break;
            }
            ledger.take_chunk(chunk, head.latest).ok_or(Refused::Nonsense)?;
        }
        reader.close()?;
        head.carry_over(&mut ledger);
        Ok(ledger)
    }

    fn take_chunk(&mut self, chunk: Chunk<'_>, latest: Seconds) -> Option<()> {
        let Chunk { kind, mut content } = chunk;
        match kind {
            Kind::Patterns => read_records(&mut self.patterns.records, &mut content, latest),
            Kind::FirstSightings => self.patterns.first.decode_sets(&mut content, latest),
            Kind::Senders => read_records(&mut self.senders.records, &mut content, latest),
            Kind::Pairs => self.pairs.decode_sets(&mut content, latest),
            Kind::Background => self.background.decode_sets(&mut content, latest),
            Kind::Head | Kind::End => None,
        }
    }
}

fn read_records<R: Record>(
    table: &mut Table<R>,
    take: &mut Take<'_>,
    latest: Seconds,
) -> Option<()> {
    while !take.is_empty() {
        table.admit(R::decode(take)?, latest);
    }
    Some(())
}

//------------ Chunks ---------------------------------------------------------

struct Chunk<'a> {
    kind: Kind,
    content: Take<'a>,
}

/// Cuts bytes into chunks and checks each before anything in it is believed.
struct Reader<'a> {
    rest: Take<'a>,
    chunks: u32,
}

impl<'a> Reader<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        let shared = bytes.len().min(MAGIC.len());
        if bytes[..shared] != MAGIC[..shared] || bytes.is_empty() {
            return Err(Refused::NotASnapshot);
        }
        let mut rest = Take(&bytes[shared..]);
        match rest.u16().ok_or(Refused::CutOff)? {
            VERSION => Ok(Reader { rest, chunks: 0 }),
            version => Err(Refused::OtherVersion(version)),
        }
    }

    fn next(&mut self) -> Result<Chunk<'a>, Refused> {
        let start = self.rest.0;
        let mut head = || Some((self.rest.u32()?, self.rest.u32()?, self.rest.u32()?));
        let (kind, number, length) = head().ok_or(Refused::CutOff)?;
        let content = self.rest.slice(length as usize).ok_or(Refused::CutOff)?;
        let checksum = self.rest.u32().ok_or(Refused::CutOff)?;
        if crc32fast::hash(&start[..CHUNK_HEAD + content.len()]) != checksum {
            return Err(Refused::Damaged);
        }
        let kind = Kind::from_number(kind).filter(|_| number == self.chunks);
        self.chunks += 1;
        Ok(Chunk { kind: kind.ok_or(Refused::Nonsense)?, content: Take(content) })
    }

    fn close(self) -> Result<(), Refused> {
        if self.rest.is_empty() { Ok(()) } else { Err(Refused::Damaged) }
    }
}

struct Head {
    latest: Seconds,
    patterns: [u64; 2],
    senders: [u64; 2],
}

impl Head {
    fn read(take: &mut Take<'_>, ledger: &Ledger) -> Result<Self, Refused> {
        let mut numbers = || {
            let (_memory, fingerprint, latest) = (take.u64()?, take.u64()?, take.u32()?);
            let head =
                Head { latest, patterns: take.many(Take::u64)?, senders: take.many(Take::u64)? };
            Some((fingerprint, head))
        };
        match numbers().filter(|_| take.is_empty()) {
            Some((fingerprint, _)) if fingerprint != ledger.fingerprint() => Err(Refused::OtherKey),
            Some((_, head)) => Ok(head),
            None => Err(Refused::Nonsense),
        }
    }

    /// Goes on counting where the snapshot stopped; what found no room counts as forgotten.
    fn carry_over(&self, ledger: &mut Ledger) {
        ledger.patterns.records.carry_over(self.patterns);
        ledger.senders.records.carry_over(self.senders);
    }
}

//------------ Refused --------------------------------------------------------

/// Why a snapshot was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The bytes do not begin as a snapshot does.
    NotASnapshot,
    /// The snapshot is of a format that this release does not read.
    OtherVersion(u16),
    /// The snapshot was made with another key.
    OtherKey,
    /// The bytes end too early.
    CutOff,
    /// A checksum is wrong, or bytes follow the end.
    Damaged,
    /// The checksum is right and the content is not what a ledger writes.
    Nonsense,
    /// Too little memory was given.
    TooSmall(TooSmall),
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Refused::NotASnapshot => "these bytes are no snapshot of a ledger: give another file",
            Refused::OtherVersion(version) => {
                return write!(
                    formatter,
                    "the snapshot has format {version} and this release reads format {VERSION}: \
                     use the release that wrote it, or start without it"
                );
            }
            Refused::OtherKey => {
                "the snapshot was made with another key: give that key, or start without it"
            }
            Refused::CutOff => "the snapshot ends too early: use an older one, or start without it",
            Refused::Damaged => "the snapshot is damaged: use an older one, or start without it",
            Refused::Nonsense => {
                "the snapshot holds what no ledger writes: use an older one, or start without it"
            }
            Refused::TooSmall(reason) => return reason.fmt(formatter),
        };
        formatter.write_str(reason)
    }
}

impl std::error::Error for Refused {}
