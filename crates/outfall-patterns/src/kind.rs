//! What a pattern is: a kind and a keyed hash, in 64 bits.

use siphasher::sip::SipHasher13;
use std::hash::Hasher as _;

/// The sort of trait that recurs.  The number is part of snapshots: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The author's whole text, normalised.
    ExactText = 1,
    /// Three words in a row.
    Shingle = 2,
    /// The registrable domain (or address) that a link leads to.
    LinkDomain = 3,
    /// The form of a link's path and query, whatever its host.
    LinkShape = 4,
    /// An attachment's content.
    AttachmentContent = 5,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Kind; 5] = [
        Kind::ExactText,
        Kind::Shingle,
        Kind::LinkDomain,
        Kind::LinkShape,
        Kind::AttachmentContent,
    ];

    /// Returns the word that people are shown.
    pub fn name(self) -> &'static str {
        match self {
            Kind::ExactText => "exact text",
            Kind::Shingle => "phrase",
            Kind::LinkDomain => "link",
            Kind::LinkShape => "link form",
            Kind::AttachmentContent => "attachment",
        }
    }

    /// Tells whether a recurring value of this kind says little by itself: unrelated people
    /// come to the same value through the software they use.
    pub fn is_weak(self) -> bool {
        matches!(self, Kind::LinkShape)
    }
}

/// One trait as a keyed hash, its kind in the top five bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(u64);

/// How many bits below the kind are hash.
const HASH_BITS: u32 = 59;

impl Pattern {
    /// Makes a pattern of `kind` from a hash whose top bits are given up.
    pub fn new(kind: Kind, hash: u64) -> Self {
        Pattern((kind as u64) << HASH_BITS | hash & ((1 << HASH_BITS) - 1))
    }

    /// Returns all 64 bits, the key of the ledger's record.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Returns the kind.
    pub fn kind(self) -> Kind {
        let number = (self.0 >> HASH_BITS) as usize;
        Kind::ALL[number - 1]
    }
}

/// The secret under which values are hashed: SipHash-1-3, 128-bit key.
#[derive(Clone, Debug)]
pub struct Hasher {
    keyed: SipHasher13,
}

impl Hasher {
    /// Makes a hasher of a secret of 16 random bytes.
    pub fn new(key: [u8; 16]) -> Self {
        Hasher { keyed: SipHasher13::new_with_key(&key) }
    }

    /// Returns the keyed hash of `bytes`, all 64 bits.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        let mut state = self.keyed;
        state.write(bytes);
        state.finish()
    }

    /// Returns the pattern of a value in clear.
    pub fn pattern(&self, kind: Kind, value: &[u8]) -> Pattern {
        Pattern::new(kind, self.hash(value))
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// A pattern gives back the kind it was made with, whatever the hash.
    #[test]
    fn kind_survives_every_hash() {
        for kind in Kind::ALL {
            for hash in [0, 1, u64::MAX, 0xdead_beef] {
                assert_eq!(kind, Pattern::new(kind, hash).kind());
            }
        }
    }

    /// Another key gives another hash.
    #[test]
    fn the_key_matters() {
        let (one, other) = (Hasher::new([1; 16]), Hasher::new([2; 16]));

        assert_ne!(one.hash(b"same"), other.hash(b"same"));
    }
}
