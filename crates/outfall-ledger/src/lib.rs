//! What Outfall remembers, in a fixed number of bytes: patterns, senders, who writes to whom, and
//! what recurs harmlessly.
//!
//! Main type: [`Ledger`].
//!
//! # Theory
//!
//! Outbreaks are found by counting: which traits recur, from how many senders, to how many
//! recipients, how fast.  Counting everything would need memory without end, so everything here has
//! a fixed size and a rule for what goes first:
//!
//! * [`Patterns`]: eight bytes for what was seen once (the doorkeeper), 128 for what recurs
//!   ([`PatternRecord`]); the least telling goes first.
//! * [`Senders`]: 256 bytes a sender ([`SenderRecord`]); the accused and the established go last.
//! * [`PairFilter`]: sixteen bits for each pair of sender and recipient of the last four weeks.
//! * [`Background`]: sixteen bytes a value that several tenants use day after day.
//!
//! Everything merges, so that nodes can join what they saw, and everything is written to a
//! snapshot and read back, into more or less memory than before.
//!
//! # What holds
//!
//! * [`Ledger::bytes`] never exceeds what was given, and nothing is allocated after creation.
//! * Memory that holds nothing yet is not touched.
//! * A clock that steps back breaks and resets nothing.
//! * Hashes made with different keys are never mixed.
//!
//! # Not here
//!
//! Clocks, files, sockets and locks: time is an argument, a snapshot is bytes, and whoever shares
//! a ledger between threads brings the lock.  What a count means is evidence: `outfall-engine`.
#![forbid(unsafe_code)]

mod background;
mod bytes;
mod cells;
mod contributors;
mod distinct;
mod first;
mod ledger;
mod level;
mod pairs;
mod pattern;
mod patterns;
mod places;
mod restore;
mod sender;
mod snapshot;
mod sparse;
mod table;
mod time;
mod volume;

pub use background::{Background, COMMON_DAYS, COMMON_TENANTS};
pub use contributors::{EXACT_SENDERS, Others};
pub use ledger::{LEAST_MEMORY, Ledger, OtherKey, Senders, Statistics, TooSmall};
pub use level::Level;
pub use pairs::{PairFilter, pair};
pub use pattern::{EXACT_TENANTS, PatternRecord, Sighting};
pub use patterns::Patterns;
pub use places::PLACES;
pub use restore::Refused;
pub use sender::{SenderFlag, SenderRecord, Sent};
pub use snapshot::Snapshot;
pub use time::{DAY, HOUR, Seconds};
pub use volume::{Volume, Window};
