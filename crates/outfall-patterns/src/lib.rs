//! A message's recurring traits as keyed 64-bit hashes: the part of detection that reads content.
//!
//! Main types: [`Pattern`], one trait; [`Kind`], what sort of trait; [`Hasher`], the secret key;
//! [`Patterns`], all of one message, made by [`extract`].
//!
//! # Theory
//!
//! Messages of one outbreak are composed to differ, yet share values: a sentence, a shop's domain,
//! a file.  Each value is counted by itself, so that no amount of change elsewhere hides it
//! (Singh et al., "Automated Worm Fingerprinting", OSDI 2004: recurrence of substrings, not of
//! documents).  Values are hashed under a secret key, so that nobody outside can aim at a count.
//!
//! # What holds
//!
//! * The same key and message give the same patterns, in the same order.
//! * A message has at most [`MOST_PATTERNS`] patterns, whatever its size.
//! * The top five bits of a pattern are its kind: kinds never collide.
//!
//! # Not here
//!
//! Counting (`outfall-ledger`) and what a count means (`outfall-engine`).
//!
//! # To add a kind
//!
//! Write a file with one function `extract(&Source, &Hasher, &mut Patterns)`, give it a variant
//! in [`Kind`], and name the function in [`EXTRACTORS`].

#![forbid(unsafe_code)]

mod attachment;
mod author_name;
mod contact;
mod disguise;
mod exact_text;
mod generator;
mod hosted;
mod kind;
mod letter;
mod link;
mod picture;
mod redirect;
mod shingle;
mod split;
mod subject;
mod words;

pub use contact::mail_contact;
pub use disguise::Disguise;
pub use kind::{Hasher, Kind, Pattern};
pub use shingle::{SHINGLES_COUNTED, Shingles, of_phrase as phrase};

use outfall_message::Message;
use std::borrow::Cow;

/// Every kind's way to find its patterns, those with the fewest first: a message stuffed with links
/// must not hide its attachment behind [`MOST_PATTERNS`].
const EXTRACTORS: &[fn(&Source, &Hasher, &mut Patterns)] = &[
    exact_text::extract,
    shingle::extract,
    generator::extract,
    disguise::extract,
    subject::extract,
    author_name::extract,
    contact::extract,
    attachment::extract,
    picture::extract,
    link::extract,
];

/// The most patterns one message can have; shingles are bounded by themselves.  A record update
/// costs a cache miss or two, and a detector needs a few agreeing values, not all of them.
pub const MOST_PATTERNS: usize = 40;

//------------ Patterns -------------------------------------------------------

/// All patterns of one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patterns {
    /// One entry a value, each pattern once, in the order of [`EXTRACTORS`].
    pub values: Vec<Found>,
    /// Candidates for text shingles, from which the engine takes the first that are not common.
    pub shingles: Shingles,
    /// How many words the author's own text has.
    pub words: usize,
    /// How its words were disguised.
    pub disguise: Disguise,
}

/// A pattern and what a person may be shown of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The keyed hash.
    pub pattern: Pattern,
    /// The value in clear, cut to [`SHOWN_BYTES`]: a domain, a file name; empty for text.
    pub shown: String,
}

/// Enough for a domain name or a file name in an explanation.
const SHOWN_BYTES: usize = 80;

impl Patterns {
    /// Adds `pattern` unless it is there or there are enough.
    fn add(&mut self, pattern: Pattern, shown: &str) {
        let full = self.values.len() >= MOST_PATTERNS;
        if full || self.values.iter().any(|found| found.pattern == pattern) {
            return;
        }
        let end = shown.floor_char_boundary(SHOWN_BYTES.min(shown.len()));
        self.values.push(Found { pattern, shown: shown[..end].to_owned() });
    }
}

/// Finds every pattern of `message` under the key of `hasher`.
///
/// ```
/// use outfall_patterns::{Hasher, Kind, extract};
/// let message = outfall_message::examine(b"Subject: hi\r\n\r\nSee http://shop.example.com/a\r\n");
/// let patterns = extract(&message, &Hasher::new([7; 16]));
/// assert!(patterns.values.iter().any(|found| found.pattern.kind() == Kind::LinkDomain));
/// ```
pub fn extract(message: &Message, hasher: &Hasher) -> Patterns {
    let text = message.spoken();
    let (words, disguise) = words::hashed(&text, hasher);
    let source = Source { message, text, words };
    let mut patterns = Patterns { words: source.words.len(), disguise, ..Patterns::default() };
    for extractor in EXTRACTORS {
        extractor(&source, hasher, &mut patterns);
    }
    patterns
}

//------------ Source ---------------------------------------------------------

/// What extractors read: the message, what its author says, and the words of that, which several
/// kinds need.
struct Source<'m> {
    message: &'m Message,
    text: Cow<'m, str>,
    words: Vec<words::Word>,
}

/// Mixes keyed hashes, in order, into one.  The inputs are secret already, so that a fast mixer
/// (multiply and fold, as in wyhash) is enough.
fn mix(hashes: impl Iterator<Item = u64>) -> u64 {
    hashes.fold(0x9e37_79b9_7f4a_7c15, |state: u64, hash| {
        kind::fold(state ^ hash, 0xa076_1d64_78bd_642f).rotate_left(23)
    })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use outfall_message::{Attachment, Link};

    /// A message stuffed with links and files has no more patterns than the limit, and of each kind some.
    #[test]
    fn no_kind_crowds_out_another() {
        let links = (0..40).map(|n| Link {
            url: format!("http://shop{n}.example/{}/a-b-c-d.php?id=1", "-".repeat(n)),
            host: format!("shop{n}.example"),
            domain: format!("shop{n}.example"),
            ..Link::default()
        });
        let file = |n| Attachment { size: 1000, sha256: [n; 32], ..Attachment::default() };
        let message = Message {
            links: links.collect(),
            attachments: (0..40).map(file).collect(),
            text: format!(
                "one two three four five six seven eight nine {}",
                "+49891200630".to_owned()
            ),
            ..Message::default()
        };
        let patterns = extract(&message, &Hasher::new([0; 16]));
        let of = |kind| patterns.values.iter().filter(|one| one.pattern.kind() == kind).count();

        assert!(patterns.values.len() <= MOST_PATTERNS);
        assert_eq!(9, patterns.words);
        assert_eq!(1, of(Kind::ExactText));
        assert_eq!(8, of(Kind::AttachmentContent));
        assert!(of(Kind::LinkDomain) >= 7 && of(Kind::LinkShape) >= 6);
    }
    /// A name is shown cut at a character, not within one.
    #[test]
    fn long_names_are_cut() {
        let file = Attachment {
            name: format!("a{}", "é".repeat(99)),
            size: 1000,
            ..Attachment::default()
        };
        let message = Message { attachments: vec![file], ..Message::default() };
        let patterns = extract(&message, &Hasher::new([0; 16]));

        assert_eq!(79, patterns.values[0].shown.len());
    }
}
