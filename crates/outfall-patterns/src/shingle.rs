//! Word shingles: three words in a row, the smallest by keyed hash.
//!
//! # Theory
//!
//! Taking the smallest of all hashes (bottom-k, Broder, "On the resemblance and containment of
//! documents", 1997) samples the same places in each copy, whatever was inserted around them.
//! Each sampled value is counted by itself: two copies need not resemble each other, a few shared
//! phrases are enough.  More are kept as candidates than are counted, because the engine first
//! passes over those that are common here (signatures, disclaimers, templates of widespread
//! software); had they been counted, they would crowd out what is new.
//!
//! # When it is wrong
//!
//! Phrases of a language recur among strangers.  One value proves nothing: at least two must
//! agree, and both must be uncommon.

use crate::words::{self, Word};
use crate::{Hasher, Kind, Pattern, Patterns, Source, mix};

/// How many shingles of a message are counted.
pub const SHINGLES_COUNTED: usize = 16;

/// How many are kept, of which up to three quarters may be common.
const CANDIDATES: usize = 64;

/// A text of fewer words has no shingles worth counting.
const FEWEST_WORDS: usize = 8;

/// The candidates of one message, smallest hash first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// Yields the patterns, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = Pattern> + '_ {
        self.0.iter().map(|&bits| Pattern::new(Kind::Shingle, bits))
    }
}

pub fn extract(source: &Source, _: &Hasher, patterns: &mut Patterns) {
    if source.words.len() < FEWEST_WORDS {
        return;
    }
    let mut smallest = Smallest::default();
    each(&source.words).for_each(|shingle| smallest.offer(shingle.bits()));
    patterns.shingles = Shingles(smallest.into_sorted());
}

/// Returns every shingle of a phrase, however short: what lists of well-known phrases are made of.
pub fn of_phrase(phrase: &str, hasher: &Hasher) -> Vec<Pattern> {
    each(&words::hashed(phrase, hasher).0).collect()
}

/// Yields the shingle that ends at each word, where there is one.
fn each(words: &[Word]) -> impl Iterator<Item = Pattern> {
    (1..=words.len()).filter_map(|end| {
        let words = &words[..end];
        let spaceless = words[end - 1].spaceless;
        if spaceless { last::<SPACELESS_LENGTH>(words) } else { last::<LENGTH>(words) }
    })
}

/// Returns the shingle of the last words, if there are so many.
fn last<const WORDS: usize>(words: &[Word]) -> Option<Pattern> {
    let words = words.last_chunk::<WORDS>()?;
    Some(Pattern::new(Kind::Shingle, mix(words.iter().map(|word| word.hash))))
}

/// Words in a shingle.
const LENGTH: usize = 3;

/// Characters in a shingle of a script without spaces: about three words.
const SPACELESS_LENGTH: usize = 6;

//------------ Smallest -------------------------------------------------------

/// The smallest distinct hashes seen.
#[derive(Default)]
struct Smallest {
    /// Unsorted; compacted when it reaches twice the number wanted.
    pool: Vec<u64>,
    /// Nothing above this can be among the smallest any more.
    limit: Option<u64>,
}

impl Smallest {
    fn offer(&mut self, hash: u64) {
        if self.limit.is_some_and(|limit| hash >= limit) {
            return;
        }
        self.pool.push(hash);
        if self.pool.len() >= 2 * CANDIDATES {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.pool.sort_unstable();
        self.pool.dedup();
        self.pool.truncate(CANDIDATES);
        if self.pool.len() == CANDIDATES {
            self.limit = self.pool.last().copied();
        }
    }

    fn into_sorted(mut self) -> Vec<u64> {
        self.compact();
        self.pool
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;
    use outfall_message::Message;
    use proptest::prelude::*;

    fn shingles(text: &str) -> Vec<Pattern> {
        let message = Message { text: text.to_owned(), ..Message::default() };
        all(&message, &Hasher::new([3; 16])).shingles.iter().collect()
    }

    /// Words put in front and behind leave the phrases between as they are.
    #[test]
    fn insertion_keeps_the_rest() {
        let body = "we are glad to offer you a loan at two percent without any questions asked";
        let (plain, padded) = (shingles(body), shingles(&format!("zebra quux {body} lorem ipsum")));
        let kept = plain.iter().filter(|one| padded.contains(one)).count();

        assert_eq!(plain.len(), kept);
    }

    /// The order of words matters.
    #[test]
    fn order_matters() {
        let one = shingles("one two three four five six seven eight");
        let two = shingles("eight seven six five four three two one");

        assert!(one.iter().all(|shingle| !two.contains(shingle)));
    }

    fn shared(one: &str, other: &str) -> usize {
        let other = shingles(other);
        shingles(one).iter().filter(|shingle| other.contains(shingle)).count()
    }

    /// Eight words have six shingles of three; fewer words have none.
    #[test]
    fn short_texts_have_none() {
        assert_eq!(6, shingles("one two three four five six seven eight").len());
        assert!(shingles("one two three four five six seven").is_empty());
    }

    /// Three words in a row are shared, two are not; of characters without spaces six and not five.
    #[test]
    fn three_words_are_a_phrase() {
        let text = "one two three four five six seven eight";

        assert_eq!(1, shared(text, "a b seven six one two three a b c"));
        assert_eq!(0, shared(text, "a b seven six one two a b c three"));
        assert_eq!(1, shared("代开发票请联系我们", "优惠多开发票请联系多欢迎"));
        assert_eq!(0, shared("代开发票请联系我们", "优惠多开发票请联多欢迎"));
    }

    /// Scripts without spaces have shingles too: Han, kana, Thai.
    #[test]
    fn texts_without_spaces_have_shingles() {
        for text in
            ["代开发票请联系我们优惠多多欢迎来电", "おはようございますカタカナ", "สวัสดีครับยินดี"]
        {
            assert!(shingles(text).len() > 5, "{text}");
        }
    }

    /// A phrase of three words has one shingle, the very one that a longer text around it has.
    #[test]
    fn phrases_have_the_shingles_of_texts() {
        let of = |phrase| of_phrase(phrase, &Hasher::new([3; 16]));
        let text = shingles("best regards, sent from my telephone on the way to you");

        assert_eq!(
            (0, 1, 2),
            (of("sent from").len(), of("sent from my").len(), of("发我的手机好了吗").len() - 1)
        );
        assert!(of("Sent from my telephone").iter().all(|shingle| text.contains(shingle)));
    }

    proptest! {
        /// The pool agrees with sorting everything.
        #[test]
        fn agrees_with_naive(hashes in prop::collection::vec(0u64..5_000, 0..2_000)) {
            let mut smallest = Smallest::default();
            hashes.iter().for_each(|&hash| smallest.offer(hash));
            let mut naive = hashes.clone();
            naive.sort_unstable();
            naive.dedup();
            naive.truncate(CANDIDATES);
            prop_assert_eq!(naive, smallest.into_sorted());
        }
    }
}
