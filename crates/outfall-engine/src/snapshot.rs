//! An engine as bytes, piece by piece, and back.
//!
//! Main types: [`Snapshot`], which makes the pieces; [`Refused`], why some bytes are none.
//!
//! # Theory
//!
//! A snapshot is taken while mail flows: the lock is held for one piece, at most a few hundred
//! microseconds of copying, and let go before the next one.  What is held beside the engine is one
//! piece and eight bytes a remembered verdict, as long as the caller lets pieces go.
//!
//! The format, little-endian: [`MAGIC`], [`VERSION`] (16 bits), the key; then the accounts in parts,
//! each its length (32) and its content in the postcard encoding (postcard.jamesmunns.com), ended
//! by a length of zero and the CRC-32 of everything so far; then the ledger's own snapshot to the
//! end, which carries its own version and checksums.  The first part is [`Accounts`], every other one
//! some remembered verdicts.
//!
//! # What holds
//!
//! * Bytes that are cut, changed or of another version are refused whole.
//! * Each record, verdict and count is whole: as it was at some moment between the first piece and
//!   the last.  They are not all of one moment: a message judged meanwhile may be counted in some
//!   records and not in others, as if a few of its patterns had been forgotten.
//! * Whatever was there at the first piece and was not forgotten or overwritten meanwhile is in it.

use crate::remembered::Stored;
use crate::{Engine, REMEMBERED_SHARE, Settings, State, Tally};
use outfall_ledger::Ledger;
use serde::{Deserialize, Serialize};
use std::fmt;

const MAGIC: [u8; 8] = *b"OUTFALLE";

/// The format written, and the only one read.  Format 1 had the accounts in one piece.
const VERSION: u16 = 2;

/// Magic, version, key.
const HEAD: usize = 8 + 2 + 16;

/// Bytes of verdicts in one part, about, as they lie in memory: some hundred microseconds of copying.
const PART: usize = 256 << 10;

/// What is copied first, in one go.
#[derive(Serialize, Deserialize)]
struct Accounts {
    counts: Tally,
    held_back: Vec<u64>,
    heard: Vec<u64>,
}

//------------ Snapshot -------------------------------------------------------

/// How far a snapshot has come.
#[derive(Debug, Default)]
pub struct Snapshot {
    stage: Stage,
    /// Of all bytes of head and accounts so far.
    checksum: crc32fast::Hasher,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Head,
    /// References of the verdicts still to be written.
    Verdicts(std::vec::IntoIter<u64>),
    Ledger(outfall_ledger::Snapshot),
}

impl Snapshot {
    /// Returns the next bytes of the snapshot of `engine`, or `None` after the last.
    ///
    /// All pieces of one snapshot must come from one engine.
    pub fn next(&mut self, engine: &Engine) -> Option<Vec<u8>> {
        match &mut self.stage {
            Stage::Head => Some(self.head(engine)),
            Stage::Verdicts(left) if left.len() == 0 => Some(self.end_of_accounts()),
            Stage::Verdicts(left) => {
                let bytes = verdicts(&engine.lock(), left);
                self.checksum.update(&bytes);
                Some(bytes)
            }
            Stage::Ledger(ledger) => ledger.next(&engine.lock().ledger),
        }
    }

    fn head(&mut self, engine: &Engine) -> Vec<u8> {
        let (accounts, verdicts) = {
            let state = engine.lock();
            let held_back = state.held_back.iter().collect();
            let heard = state.heard.iter().collect();
            (
                Accounts { counts: state.counts, held_back, heard },
                state.remembered.references().collect::<Vec<_>>(),
            )
        };
        self.stage = Stage::Verdicts(verdicts.into_iter());
        let mut bytes = Vec::from(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(engine.settings.key);
        bytes.extend(part(&accounts));
        self.checksum.update(&bytes);
        bytes
    }

    fn end_of_accounts(&mut self) -> Vec<u8> {
        self.stage = Stage::Ledger(outfall_ledger::Snapshot::default());
        let end = 0u32.to_le_bytes();
        self.checksum.update(&end);
        [end, self.checksum.clone().finalize().to_le_bytes()].concat()
    }
}

/// Writes as many verdicts as a part holds, of those that are still remembered.
fn verdicts(state: &State, left: &mut std::vec::IntoIter<u64>) -> Vec<u8> {
    let (mut verdicts, mut bytes): (Vec<(u64, &Stored)>, usize) = (Vec::new(), 0);
    while bytes < PART
        && let Some(reference) = left.next()
    {
        if let Some(stored) = state.remembered.stored(reference) {
            bytes += stored.bytes();
            verdicts.push((reference, stored));
        }
    }
    part(&verdicts)
}

/// Returns a part of the accounts with its length before it.
fn part(value: &impl Serialize) -> Vec<u8> {
    // Nothing in these values can fail to be written to memory; an empty part would be refused.
    let content = postcard::to_allocvec(value).unwrap_or_default();
    [(content.len() as u32).to_le_bytes().as_slice(), &content].concat()
}

//------------ Engine ---------------------------------------------------------

impl Engine {
    /// Returns all that is remembered, the key included: keep it as you would keep the key.
    ///
    /// It may be as large as the memory; [`Snapshot`] gives it in pieces.
    pub fn snapshot(&self) -> Vec<u8> {
        let (mut bytes, mut snapshot) = (Vec::new(), Snapshot::default());
        while let Some(piece) = snapshot.next(self) {
            bytes.extend(piece);
        }
        bytes
    }

    /// Returns the key under which a snapshot was made.
    pub fn key_of(bytes: &[u8]) -> Result<[u8; 16], Refused> {
        Ok(Parts::read(bytes)?.key)
    }

    /// Returns an engine that remembers what a snapshot holds, as far as `settings` give memory.
    pub fn restore(bytes: &[u8], settings: Settings) -> Result<Self, Refused> {
        let parts = Parts::read(bytes)?;
        if parts.key != settings.key {
            return Err(Refused::OtherKey);
        }
        let aside = settings.memory / REMEMBERED_SHARE;
        let ledger = Ledger::restore(parts.ledger, settings.memory - aside, settings.key);
        let ledger = ledger.map_err(|error| Refused::Ledger(error.to_string()))?;
        let mut accounts = parts.accounts.into_iter();
        let first: Accounts = read(accounts.next().unwrap_or_default())?;
        let mut state = State::new(ledger, aside, first.counts);
        first.held_back.into_iter().for_each(|delivery| {
            state.held_back.note(delivery);
        });
        first.heard.into_iter().for_each(|word| {
            state.heard.note(word);
        });
        for verdicts in accounts {
            for (reference, stored) in read::<Vec<(u64, Stored)>>(verdicts)? {
                if !state.remembered.restore(reference, stored) {
                    return Err(Refused::Damaged);
                }
            }
        }
        Ok(Engine::with(settings, state))
    }
}

/// Reads a part of the accounts.
fn read<'a, T: Deserialize<'a>>(content: &'a [u8]) -> Result<T, Refused> {
    postcard::from_bytes(content).map_err(|_| Refused::Damaged)
}

/// A snapshot cut into its parts, checked.
struct Parts<'a> {
    key: [u8; 16],
    accounts: Vec<&'a [u8]>,
    ledger: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        if !bytes.starts_with(&MAGIC) {
            return Err(Refused::NoSnapshot);
        }
        let (head, mut rest) = bytes.split_first_chunk::<HEAD>().ok_or(Refused::Damaged)?;
        let version = u16::from_le_bytes([head[8], head[9]]);
        if version != VERSION {
            return Err(Refused::OtherVersion(version));
        }
        let mut accounts = Vec::new();
        loop {
            let length = take_number(&mut rest)? as usize;
            if length == 0 {
                break;
            }
            let (content, after) = rest.split_at_checked(length).ok_or(Refused::Damaged)?;
            accounts.push(content);
            rest = after;
        }
        let checked = &bytes[..bytes.len() - rest.len()];
        if crc32fast::hash(checked) != take_number(&mut rest)? {
            return Err(Refused::Damaged);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&head[10..]);
        Ok(Parts { key, accounts, ledger: rest })
    }
}

/// Reads 32 bits from the front.
fn take_number(rest: &mut &[u8]) -> Result<u32, Refused> {
    let (number, after) = rest.split_first_chunk::<4>().ok_or(Refused::Damaged)?;
    *rest = after;
    Ok(u32::from_le_bytes(*number))
}

//------------ Refused --------------------------------------------------------

/// Why bytes are no snapshot that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// They begin otherwise.
    NoSnapshot,
    /// They are cut off or changed.
    Damaged,
    /// Another version wrote them.
    OtherVersion(u16),
    /// They were made under another key.
    OtherKey,
    /// The ledger in them is refused, for this reason.
    Ledger(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NoSnapshot => formatter.write_str("this is no snapshot of Outfall's: name another file"),
            Refused::Damaged => {
                formatter.write_str("it is cut off or damaged: use an older one, or start without")
            }
            Refused::OtherVersion(version) => write!(
                formatter,
                "it has format {version} and this program reads format {VERSION}: use the program that wrote it, or start without"
            ),
            Refused::OtherKey => formatter.write_str(
                "it was made under another key than engine.key: set that key, or start without the snapshot",
            ),
            Refused::Ledger(reason) => formatter.write_str(reason),
        }
    }
}

impl std::error::Error for Refused {}
