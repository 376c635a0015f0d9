//! What a pattern is: a kind and a keyed hash, in 64 bits.

use siphasher::sip::SipHasher13;
use std::hash::Hasher as _;

/// Makes the enum, the list of all and the names from one table, so that none can be forgotten.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $number:literal $name:literal),* $(,)?) => {
        /// The sort of trait that recurs.  The number is part of snapshots: never reuse one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $kind = $number),* }

        impl Kind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &[Kind] = &[$(Kind::$kind),*];

            /// Returns the word that people are shown.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name),* }
            }
        }
    };
}

kinds! {
    /// The author's whole text, normalised.
    ExactText = 1 "exact text",
    /// Three words in a row.
    Shingle = 2 "phrase",
    /// The registrable domain (or address) that a link leads to.
    LinkDomain = 3 "link",
    /// The form of a link's path and query, whatever its host.
    LinkShape = 4 "link form",
    /// An attachment's content.
    AttachmentContent = 5 "attachment",
    /// The whole host name that a link leads to, where it is more than the domain.
    LinkHost = 6 "host",
    /// A public redirector or shortener, with what tells one user of it from another.
    Redirector = 7 "redirector",
    /// A telephone number, address, messenger name, wallet or account to answer to.
    Contact = 8 "contact",
    /// How an attachment is built, whatever its bytes.
    AttachmentSkeleton = 9 "file structure",
    /// A piece of an attachment's content.
    AttachmentChunk = 10 "piece of a file",
    /// What a picture looks like, whatever its bytes.
    Picture = 11 "picture",
    /// The handwriting of the program that made the message.
    Generator = 12 "generator",
    /// The form of the subject.
    Subject = 13 "subject form",
    /// A name that the author shows and that is not the sender's own.
    AuthorName = 14 "author's name",
    /// A network or greeting from which a login came that never did before.
    Login = 15 "login place",
    /// A sample of the recipients.
    Recipients = 16 "recipients",
    /// How the text was disguised: look-alike letters, invisible characters, hidden words.
    Disguise = 17 "disguise",
}

impl Kind {
    /// Tells whether it is words, which strangers may share.
    pub fn is_text(self) -> bool {
        matches!(self, Kind::ExactText | Kind::Shingle)
    }

    /// Tells whether it is something that the message carries beside text and links.
    pub fn is_carried(self) -> bool {
        matches!(
            self,
            Kind::Contact | Kind::AttachmentContent | Kind::AttachmentSkeleton | Kind::Picture
        )
    }

    /// Tells whether a recurring value of this kind says little by itself: unrelated people
    /// come to the same value through the software they use.
    pub fn is_weak(self) -> bool {
        matches!(
            self,
            Kind::LinkShape
                | Kind::AttachmentSkeleton
                | Kind::Generator
                | Kind::Subject
                | Kind::AuthorName
                | Kind::Login
                | Kind::Recipients
                | Kind::Disguise
        )
    }

    /// Tells whether one has a value of this kind in all one's mail, whatever it says: by one's
    /// program, one's signature, one's place.  To have it again is no repetition.
    pub fn is_habit(self) -> bool {
        matches!(self, Kind::Contact | Kind::Generator | Kind::AuthorName | Kind::Login)
    }
}

/// Numbers have no gaps: a pattern finds its kind by them.
const _: () = {
    let mut at = 0;
    while at < Kind::ALL.len() {
        assert!(Kind::ALL[at] as usize == at + 1);
        at += 1;
    }
};

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
    /// Two secrets made from the key, for the fast hash of words.
    words: [u64; 2],
}

impl Hasher {
    /// Makes a hasher of a secret of 16 random bytes.
    pub fn new(key: [u8; 16]) -> Self {
        let keyed = SipHasher13::new_with_key(&key);
        let secret = |number: u8| {
            let mut state = keyed;
            state.write(&[b'w', number]);
            state.finish()
        };
        Hasher { keyed, words: [secret(0), secret(1)] }
    }

    /// Returns a keyed hash of a word, several times as fast as [`Hasher::hash`]: multiply and fold
    /// (as wyhash does) under secrets that no answer of ours gives away.
    pub fn hash_word(&self, word: &[u8]) -> u64 {
        let mut state = self.words[0] ^ word.len() as u64;
        let mut rest = word;
        while let Some((eight, more)) = rest.split_first_chunk::<8>() {
            state = fold(state ^ u64::from_le_bytes(*eight), self.words[1]);
            rest = more;
        }
        fold(state ^ short(rest), self.words[1])
    }

    /// Returns the keyed hash of `bytes`, all 64 bits.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        let mut state = self.keyed;
        state.write(bytes);
        state.finish()
    }

    /// Returns [`Hasher::hash`] of all `parts` put together, without putting them together.
    pub fn hash_parts<'b>(&self, parts: impl IntoIterator<Item = &'b [u8]>) -> u64 {
        let mut state = self.keyed;
        parts.into_iter().for_each(|part| state.write(part));
        state.finish()
    }

    /// Returns the pattern of a value in clear.
    pub fn pattern(&self, kind: Kind, value: &[u8]) -> Pattern {
        Pattern::new(kind, self.hash(value))
    }
}

/// Reads up to seven bytes as a little-endian number, in reads that overlap instead of a loop.
fn short(bytes: &[u8]) -> u64 {
    let number = |byte: u8, at: usize| u64::from(byte) << (8 * at);
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
        (Some(first), Some(last), _) => {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            u64::from(first) | u64::from(last) << (8 * (bytes.len() - 4))
        }
        (_, _, [first, .., last]) => {
            let middle = bytes.len() / 2;
            number(*first, 0) | number(bytes[middle], middle) | number(*last, bytes.len() - 1)
        }
        (_, _, [only]) => number(*only, 0),
        _ => 0,
    }
}

/// Multiplies to 128 bits and folds the halves together.
pub(crate) fn fold(one: u64, other: u64) -> u64 {
    let wide = u128::from(one) * u128::from(other | 1);
    wide as u64 ^ (wide >> 64) as u64
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// A pattern gives back the kind it was made with, whatever the hash.
    #[test]
    fn kind_survives_every_hash() {
        for &kind in Kind::ALL {
            for hash in [0, 1, u64::MAX, 0xdead_beef] {
                assert_eq!(kind, Pattern::new(kind, hash).kind());
            }
        }
    }

    /// Words are no more than text, and what is carried is neither text nor a link: the three take
    /// different proof.
    #[test]
    fn text_links_and_what_is_carried_are_apart() {
        use Kind::*;
        let of = |has: fn(Kind) -> bool| -> Vec<Kind> {
            Kind::ALL.iter().copied().filter(|kind| has(*kind)).collect()
        };

        assert_eq!(vec![ExactText, Shingle], of(Kind::is_text));
        assert_eq!(
            vec![AttachmentContent, Contact, AttachmentSkeleton, Picture],
            of(Kind::is_carried)
        );
        assert!(of(Kind::is_text).iter().all(|kind| !kind.is_weak()));
    }

    /// Different words, of any length, hash differently, and under another key differently again.
    #[test]
    fn words_do_not_collide() {
        let words: std::collections::HashSet<String> =
            (0..100_000u32).map(|n| format!("{}{n:x}", "ab".repeat(n as usize % 9))).collect();
        let hashes = |key: u8| {
            let hasher = Hasher::new([key; 16]);
            words.iter().map(|word| hasher.hash_word(word.as_bytes())).collect()
        };
        let (one, other): (std::collections::HashSet<u64>, _) = (hashes(1), hashes(2));

        assert_eq!(words.len(), one.len());
        assert!(one.is_disjoint(&other));
    }

    /// The end of a word is read whole, whatever its length.
    #[test]
    fn short_ends_are_read_whole() {
        let bytes: Vec<u8> = (1..=7).collect();
        for length in 0..=bytes.len() {
            let mut padded = [0; 8];
            padded[..length].copy_from_slice(&bytes[..length]);

            assert_eq!(u64::from_le_bytes(padded), short(&bytes[..length]));
        }
    }

    /// Wherever bytes are cut, parts hash as the whole.
    #[test]
    fn parts_hash_as_the_whole() {
        let (hasher, bytes) = (Hasher::new([1; 16]), b"recipient\0ann@example.org");
        for cut in 0..=bytes.len() {
            let (one, other) = bytes.split_at(cut);

            assert_eq!(hasher.hash(bytes), hasher.hash_parts([one, b"", other]));
        }
    }

    /// Another key gives another hash.
    #[test]
    fn the_key_matters() {
        let (one, other) = (Hasher::new([1; 16]), Hasher::new([2; 16]));

        assert_ne!(one.hash(b"same"), other.hash(b"same"));
    }
}
