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
        let spaceless = word[0] >= 0x80 && is_one_spaceless(word);
        words.push(Word { hash: hasher.hash_word(word), spaceless });
    });
    words
}

/// Calls `each` with every word of `text`, lower-cased, in UTF-8.  Characters of scripts written
/// without spaces are words of their own.
fn each_word(text: &str, mut each: impl FnMut(&[u8])) {
    let mut words = Words { word: Vec::with_capacity(LONGEST_WORD), count: 0, each: &mut each };
    for piece in text.as_bytes().split(u8::is_ascii_whitespace) {
        if words.count >= MOST_WORDS {
            return;
        }
        let signs = signs(piece);
        if signs & BEYOND_ASCII != 0 {
            // Pieces are cut at ASCII bytes of a string, so they are UTF-8 themselves.
            words.read(std::str::from_utf8(piece).unwrap_or_default());
        } else if !is_data(piece, signs) {
            words.read_ascii(piece);
        }
    }
}

/// What bytes make of the piece that they stand in.
const AT_SIGN: u8 = 1;
const COLON: u8 = 2;
const BEYOND_ASCII: u8 = 4;

/// The signs of each byte, so that a piece is classed in one pass.
const SIGNS: [u8; 256] = {
    let mut signs = [0; 256];
    signs[b'@' as usize] = AT_SIGN;
    signs[b':' as usize] = COLON;
    let mut byte = 0x80;
    while byte < 256 {
        signs[byte] = BEYOND_ASCII;
        byte += 1;
    }
    signs
};

fn signs(piece: &[u8]) -> u8 {
    piece.iter().fold(0, |signs, &byte| signs | SIGNS[usize::from(byte)])
}

/// Tells whether a piece between spaces is an address, a link or encoded data, not prose.
fn is_data(piece: &[u8], signs: u8) -> bool {
    piece.len() > 2 * LONGEST_WORD
        || signs & AT_SIGN != 0
        || signs & COLON != 0 && piece.windows(3).any(|three| three == b"://")
        || piece.starts_with(b"www.")
}

/// The word being read, and where words go.
struct Words<'a, F: FnMut(&[u8])> {
    word: Vec<u8>,
    count: usize,
    each: &'a mut F,
}

impl<F: FnMut(&[u8])> Words<'_, F> {
    fn read_ascii(&mut self, piece: &[u8]) {
        for &byte in piece {
            if byte.is_ascii_alphabetic() {
                self.word.push(byte | 0x20);
            } else if !byte.is_ascii_digit() {
                self.end();
            }
        }
        self.end();
    }

    /// Scripts without spaces run on through links and past any length: what stands between two of
    /// their characters is a piece of its own.
    fn read(&mut self, text: &str) {
        for piece in text.split_inclusive(is_spaceless) {
            let last = piece.chars().next_back().filter(|last| is_spaceless(*last));
            let before = &piece[..piece.len() - last.map_or(0, char::len_utf8)];
            if !is_data(before.as_bytes(), signs(before.as_bytes())) {
                self.read_letters(before);
            }
            if let Some(last) = last {
                self.push(last);
                self.end();
            }
        }
    }

    fn read_letters(&mut self, piece: &str) {
        for character in piece.chars() {
            if character.is_alphabetic() {
                character.to_lowercase().for_each(|lower| self.push(lower));
            } else if !is_invisible(character) && !character.is_ascii_digit() {
                self.end();
            }
        }
        self.end();
    }

    fn push(&mut self, character: char) {
        self.word.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn end(&mut self) {
        let kept = !self.word.is_empty() && self.word.len() <= LONGEST_WORD;
        if kept && self.count < MOST_WORDS {
            self.count += 1;
            (self.each)(&self.word);
        }
        self.word.clear();
    }
}

/// Tells whether a word is one character of a script without spaces.
fn is_one_spaceless(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.chars().all(is_spaceless))
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
/// hyphen, variation selectors, tags, combining marks in the basic block.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x00AD | 0x034F | 0x061C | 0x0300..=0x036F | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E
        | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF | 0xE0000..=0xE0FFF)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut out = vec![];
        each_word(text, |word| out.push(String::from_utf8(word.to_vec()).unwrap()));
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
        assert_eq!(words("lottery"), words("lo\u{fe01}tt\u{e0020}er\u{301}y"));
    }

    /// Each Han character is a word.
    #[test]
    fn scripts_without_spaces_are_split() {
        assert_eq!(vec!["发", "票", "ok"], words("发票ok"));
    }

    /// A paragraph without spaces is read to its end, whatever its length and whatever link or
    /// address stands in it.
    #[test]
    fn scripts_without_spaces_run_on() {
        let paragraph = "代开发票请联系".repeat(100);

        assert_eq!(700, words(&paragraph).len());
        assert_eq!(vec!["点", "击", "领", "取"], words("点击http://shop.test/a?b=c领取"));
        assert_eq!(vec!["写", "信", "给", "我"], words("写信to@shop.test给我"));
    }

    /// A text that goes on has no more words than are looked at, in any script.
    #[test]
    fn words_are_limited() {
        assert_eq!(MOST_WORDS, words(&"word ".repeat(MOST_WORDS + 9)).len());
        assert_eq!(MOST_WORDS, words(&"发".repeat(MOST_WORDS + 9)).len());
    }

    proptest! {
        /// No text makes an empty word, nor a long one.
        #[test]
        fn bounded(text in "\\PC{0,400}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && word.len() <= LONGEST_WORD);
            }
        }
    }
}
