//! Text to words, as patterns see them: letters only, case and accents of presentation folded.
//!
//! What varies from copy to copy in honest and bad mail alike is dropped: digits, punctuation,
//! addresses and links.  What cannot be seen is dropped too, so that a zero-width space inside a
//! word does not make another word of it.

use crate::Hasher;

/// The most words of one text that are looked at; a book of 20,000 words is 120 KiB.  An outbreak
/// shows itself in far less, and work stays bounded.
pub const MOST_WORDS: usize = 20_000;

/// The longest word kept, in bytes; what is longer is encoded data, not a word.
const LONGEST_WORD: usize = 64;

/// A word of the text as a keyed hash.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Word {
    pub hash: u64,
    /// Whether it is one character of a script written without spaces.
    pub spaceless: bool,
}

/// Returns every word of `text` as a hash, in order.
pub fn hashed(text: &str, hasher: &Hasher) -> Vec<Word> {
    let mut words = Vec::with_capacity((text.len() / 6).min(MOST_WORDS));
    each_word(text, |word| {
        let spaceless = word.len() > 1 && word.chars().next().is_some_and(is_spaceless);
        words.push(Word { hash: hasher.hash(word.as_bytes()), spaceless });
    });
    words
}

/// Calls `each` with every word of `text`, lower-cased.  Characters of scripts written without
/// spaces are words of their own.
fn each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut word = String::with_capacity(LONGEST_WORD);
    let mut count = 0;
    for piece in text.split(|c: char| c.is_ascii_whitespace()) {
        if count >= MOST_WORDS {
            return;
        }
        if is_data(piece) {
            continue;
        }
        word.clear();
        for character in piece.chars() {
            if is_spaceless(character) {
                flush(&mut word, &mut count, &mut each);
                word.push(character);
                flush(&mut word, &mut count, &mut each);
            } else if character.is_ascii_alphabetic() {
                word.push(character.to_ascii_lowercase());
            } else if character.is_alphabetic() {
                word.extend(character.to_lowercase());
            } else if !is_invisible(character) && !character.is_ascii_digit() {
                flush(&mut word, &mut count, &mut each);
            }
        }
        flush(&mut word, &mut count, &mut each);
    }
}

fn flush(word: &mut String, count: &mut usize, each: &mut impl FnMut(&str)) {
    if !word.is_empty() && word.len() <= LONGEST_WORD {
        *count += 1;
        each(word);
    }
    word.clear();
}

/// Tells whether a piece between spaces is an address, a link or encoded data, not prose.
fn is_data(piece: &str) -> bool {
    let bytes = piece.as_bytes();
    bytes.len() > 2 * LONGEST_WORD
        || bytes.contains(&b'@')
        || piece.contains("://")
        || piece.starts_with("www.")
}

/// Tells whether `character` belongs to a script that puts no spaces between words.
fn is_spaceless(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF        // Thai, Lao
        | 0x1000..=0x109F      // Myanmar
        | 0x1780..=0x17FF      // Khmer
        | 0x3040..=0x30FF      // Hiragana, Katakana
        | 0x3400..=0x4DBF      // Han, extension A
        | 0x4E00..=0x9FFF      // Han
        | 0x20000..=0x2FA1F)
}

/// Tells whether `character` shows nothing: zero width, joiners, bidirectional controls, soft
/// hyphen, variation selectors, combining marks in the basic block.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x00AD | 0x034F | 0x061C | 0x0300..=0x036F | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E
        | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut out = vec![];
        each_word(text, |word| out.push(word.to_owned()));
        out
    }

    /// Digits, punctuation, addresses and links do not make words.
    #[test]
    fn what_varies_is_dropped() {
        let text = "Order 4711: see https://shop.example/x, or ask a@b.example. THANKS!";

        assert_eq!(vec!["order", "see", "or", "ask", "thanks"], words(text));
    }

    /// A zero-width space inside a word changes nothing.
    #[test]
    fn invisible_characters_do_not_split() {
        assert_eq!(words("lottery"), words("lot\u{200b}te\u{ad}ry"));
    }

    /// Each Han character is a word.
    #[test]
    fn scripts_without_spaces_are_split() {
        assert_eq!(vec!["发", "票", "ok"], words("发票ok"));
    }

    proptest! {
        /// No text makes more words than the limit, nor a long one.
        #[test]
        fn bounded(text in "\\PC{0,400}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && word.len() <= LONGEST_WORD);
            }
        }
    }
}
