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
    each_word(text, |word, spaceless| Word { hash: hasher.hash_word(word), spaceless })
}

/// Returns what `make` makes of every word of `text`, lower-cased, in UTF-8.  Characters of scripts
/// written without spaces are words of their own, and `make` is told.
fn each_word<T>(text: &str, make: impl Fn(&[u8], bool) -> T) -> Vec<T> {
    let found = Vec::with_capacity((text.len() / 6).min(MOST_WORDS));
    let mut words = Words { word: [0; LONGEST_WORD], length: 0, found, make };
    let mut rest = text.as_bytes();
    while !rest.is_empty() && words.found.len() < MOST_WORDS {
        rest = words.read_piece(rest);
    }
    words.found
}

/// What a byte is: a letter, a digit, a space, or a sign that tells of the piece it stands in.
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const SPACE: u8 = 4;
const AT_SIGN: u8 = 8;
const COLON: u8 = 16;
const BEYOND_ASCII: u8 = 32;

/// The class of each byte, so that a piece is read and classed in one pass.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'@' => AT_SIGN,
            b':' => COLON,
            0x80.. => BEYOND_ASCII,
            ascii if ascii.is_ascii_alphabetic() => LETTER,
            ascii if ascii.is_ascii_digit() => DIGIT,
            ascii if ascii.is_ascii_whitespace() => SPACE,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

fn signs(piece: &[u8]) -> u8 {
    piece.iter().fold(0, |signs, &byte| signs | CLASSES[usize::from(byte)])
}

/// Tells whether a piece between spaces is an address, a link or encoded data, not prose.
fn is_data(piece: &[u8], signs: u8) -> bool {
    piece.len() > 2 * LONGEST_WORD
        || signs & AT_SIGN != 0
        || signs & COLON != 0 && piece.windows(3).any(|three| three == b"://")
        || piece.starts_with(b"www.")
}

const EIGHT: usize = size_of::<u64>();

/// The bit that makes a lower-case letter of each of eight ASCII letters.
const LOWER_CASE: u64 = 0x2020_2020_2020_2020;

/// The word being read, and what was made of those before.
struct Words<T, F: Fn(&[u8], bool) -> T> {
    word: [u8; LONGEST_WORD],
    /// Bytes of the word, those included that no longer found room.
    length: usize,
    found: Vec<T>,
    make: F,
}

impl<T, F: Fn(&[u8], bool) -> T> Words<T, F> {
    /// Reads to the first space and returns what is behind it.  Nearly all pieces are ASCII prose, so
    /// each is read as that at once, and taken back if it proves to be something else.
    fn read_piece<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let before = self.found.len();
        let (piece, signs) = self.read_ascii(text);
        if signs & BEYOND_ASCII != 0 {
            self.found.truncate(before);
            // Pieces are cut at ASCII bytes of a string, so they are UTF-8 themselves.
            self.read(std::str::from_utf8(piece).unwrap_or_default());
        } else if is_data(piece, signs) {
            self.found.truncate(before);
        }
        text.get(piece.len() + 1..).unwrap_or_default()
    }

    /// Reads as ASCII prose to the first space; returns the piece and its signs.
    fn read_ascii<'t>(&mut self, text: &'t [u8]) -> (&'t [u8], u8) {
        let (mut signs, mut at) = (0, 0);
        loop {
            let rest = &text[at..];
            let letters = rest.iter().position(|&byte| CLASSES[usize::from(byte)] != LETTER);
            let letters = letters.unwrap_or(rest.len());
            self.push_letters(rest, letters);
            at += letters;
            let class = rest.get(letters).map_or(SPACE, |&byte| CLASSES[usize::from(byte)]);
            if class != DIGIT {
                self.end(false);
            }
            if class == SPACE {
                return (&text[..at], signs);
            }
            signs |= class;
            at += 1;
        }
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
                self.push_character(last);
                self.end(true);
            }
        }
    }

    fn read_letters(&mut self, piece: &str) {
        for character in piece.chars() {
            if character.is_alphabetic() {
                character.to_lowercase().for_each(|lower| self.push_character(lower));
            } else if !is_invisible(character) && !character.is_ascii_digit() {
                self.end(false);
            }
        }
        self.end(false);
    }

    fn push_character(&mut self, character: char) {
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            if let Some(place) = self.word.get_mut(self.length) {
                *place = byte;
            }
            self.length += 1;
        }
    }

    /// Adds the first `count` bytes of `text`, all ASCII letters, in lower case: eight at a time, the
    /// last few of which may stand behind the word's end.
    fn push_letters(&mut self, text: &[u8], count: usize) {
        let mut done = 0;
        while done < count {
            let (from, end) = (&text[done..], self.length + done);
            let to = self.word.get_mut(end..).unwrap_or_default();
            if let (Some(from), Some(to)) = (from.first_chunk(), to.first_chunk_mut()) {
                *to = (u64::from_le_bytes(*from) | LOWER_CASE).to_le_bytes();
            } else {
                to.iter_mut().zip(from).take(EIGHT).for_each(|(to, from)| *to = from | 0x20);
            }
            done += EIGHT;
        }
        self.length += count;
    }

    fn end(&mut self, spaceless: bool) {
        let word = self.word.get(..std::mem::take(&mut self.length)).unwrap_or_default();
        if !word.is_empty() && self.found.len() < MOST_WORDS {
            self.found.push((self.make)(word, spaceless));
        }
    }
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
        each_word(text, |word, _| String::from_utf8(word.to_vec()).unwrap())
    }

    /// Digits, punctuation, addresses and links do not make words.
    #[test]
    fn what_varies_is_dropped() {
        let text = "Order 4711: see https://shop.example/x, or ask:me a@b.example. THANKS!";

        assert_eq!(vec!["order", "see", "or", "ask", "me", "thanks"], words(text));
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

    /// What is found to be data at its end leaves no words behind, whatever stood in front.
    #[test]
    fn data_is_taken_back() {
        assert_eq!(vec!["see", "or"], words("see: first.last@shop.example or"));
        assert_eq!(vec!["see", "or"], words(&format!("see {} or", "ab-".repeat(43))));
        assert_eq!(vec!["x", "müll", "y"], words("x-müll y"));
    }

    /// Letters of any number come out in lower case, digits between them left out, up to the longest
    /// word; a longer one is none.
    #[test]
    fn letters_are_read_whole() {
        for count in 1..LONGEST_WORD {
            let (upper, lower) = ("AbCdEfGhIjK".repeat(6), "abcdefghijk".repeat(6));
            let (upper, lower) = (&upper[..count], &lower[..count]);

            assert_eq!(vec![lower, "z"], words(&format!("{upper} z")));
            assert_eq!(vec![format!("{lower}z")], words(&format!("{upper}7Z")));
            assert_eq!(vec![lower], words(upper));
        }
        assert_eq!(vec!["z"], words(&format!("{} z", "x".repeat(LONGEST_WORD + 1))));
        assert_eq!(vec!["z"], words(&format!("x1{} z", "x".repeat(LONGEST_WORD))));
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
