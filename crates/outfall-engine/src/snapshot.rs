//! An engine as bytes, and back.
//!
//! The format, little-endian: [`MAGIC`], [`VERSION`] (16 bits), the key, the length of the accounts
//! (32), the accounts, the CRC-32 of everything so far; then the ledger's own snapshot to the end,
//! which carries its own version and checksums.  The accounts are counts and remembered verdicts in
//! the postcard encoding (postcard.jamesmunns.com).
//!
//! # What holds
//!
//! * Bytes that are cut, changed or of another version are refused whole.
//! * The lock is let go between chunks of the ledger, so that mail flows on.

use crate::remembered::Explained;
use crate::{Engine, Hasher, REMEMBERED_SHARE, Settings, State, Tally};
use outfall_ledger::{Ledger, Snapshot};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Mutex;

const MAGIC: [u8; 8] = *b"OUTFALLE";

/// The format written, and the only one read.
const VERSION: u16 = 1;

/// Magic, version, key, length.
const HEAD: usize = 8 + 2 + 16 + 4;

/// Counts and verdicts.
#[derive(Serialize, Deserialize)]
struct Accounts {
    counts: Tally,
    remembered: Vec<(u64, Explained)>,
}

impl Engine {
    /// Returns all that is remembered, the key included: keep it as you would keep the key.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = self.head();
        let mut ledger = Snapshot::default();
        loop {
            let chunk = ledger.next(&self.lock().ledger);
            match chunk {
                Some(chunk) => bytes.extend(chunk),
                None => return bytes,
            }
        }
    }

    fn head(&self) -> Vec<u8> {
        let accounts = {
            let state = self.lock();
            let remembered = state
                .remembered
                .iter()
                .map(|(reference, explained)| (reference, explained.clone()));
            Accounts { counts: state.counts, remembered: remembered.collect() }
        };
        // Nothing in these values can fail to be written to memory; an empty part would be refused.
        let accounts = postcard::to_allocvec(&accounts).unwrap_or_default();
        let mut bytes = Vec::from(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.settings.key);
        bytes.extend((accounts.len() as u32).to_le_bytes());
        bytes.extend(accounts);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
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
        let accounts: Accounts =
            postcard::from_bytes(parts.accounts).map_err(|_| Refused::Damaged)?;
        let aside = settings.memory / REMEMBERED_SHARE;
        let ledger = Ledger::restore(parts.ledger, settings.memory - aside, settings.key);
        let ledger = ledger.map_err(|error| Refused::Ledger(error.to_string()))?;
        let mut state = State::new(ledger, aside, accounts.counts);
        for (reference, explained) in accounts.remembered {
            state.remembered.remember(reference, explained);
        }
        Ok(Engine { hasher: Hasher::new(settings.key), settings, state: Mutex::new(state) })
    }
}

/// A snapshot cut into its parts, checked.
struct Parts<'a> {
    key: [u8; 16],
    accounts: &'a [u8],
    ledger: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refused> {
        if !bytes.starts_with(&MAGIC) {
            return Err(Refused::NoSnapshot);
        }
        let head = bytes.get(..HEAD).ok_or(Refused::Damaged)?;
        let version = u16::from_le_bytes([head[8], head[9]]);
        if version != VERSION {
            return Err(Refused::OtherVersion(version));
        }
        let length = u32::from_le_bytes([head[26], head[27], head[28], head[29]]) as usize;
        let (checked, rest) = bytes.split_at_checked(HEAD + length).ok_or(Refused::Damaged)?;
        let (sum, ledger) = rest.split_first_chunk::<4>().ok_or(Refused::Damaged)?;
        if crc32fast::hash(checked) != u32::from_le_bytes(*sum) {
            return Err(Refused::Damaged);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&head[10..26]);
        Ok(Parts { key, accounts: &checked[HEAD..], ledger })
    }
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
