//! Text to words, as patterns see them: letters only, in the form that all their disguises share.
//!
//! What varies from copy to copy in honest and bad mail alike is dropped: digits, punctuation,
//! addresses and links.  What cannot be seen is dropped too, so that a zero-width space inside a
//! word does not make another word of it.
//!
//! # What holds
//!
//! * ASCII prose is read eight bytes at a time; what may be disguised is read again, letter by letter,
//!   each as what it looks like ([`crate::letter`]).
//! * Up to [`STAND_INS`] digits or signs between letters stand for letters (`m0rtgage`, `ca$h`); other
//!   digits between letters are left out.
//! * Three or more letters in a row, each standing alone (`F R E E`, `f*r*e*e`), are one word.
//!
//! # Not here
//!
//! Whether a disguise is one ([`crate::disguise`]); here it is only counted.

use crate::disguise::Disguise;
use crate::letter::{self, Entry, Sort, is_spaceless};
use crate::{Hasher, split};
use std::borrow::Cow;
use std::str::{self, Chars};
use unicode_normalization::UnicodeNormalization;

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

/// Digits or signs in a row that may stand for letters; more are a number, an exclamation.
const STAND_INS: usize = 2;

/// Returns every word of `text` as a hash, in order, and how many were disguised in which way.
pub fn hashed(text: &str, hasher: &Hasher) -> (Vec<Word>, Disguise) {
    each_word(text, |word, spaceless| Word { hash: hasher.hash_word(word), spaceless })
}

/// Returns what `make` makes of every word of `text`, in its folded form, in UTF-8.  Characters of
/// scripts written without spaces are words of their own, and `make` is told.
fn each_word<T>(text: &str, make: impl Fn(&[u8], bool) -> T) -> (Vec<T>, Disguise) {
    let found = Vec::with_capacity((text.len() / 6).min(MOST_WORDS));
    let mut words = Words {
        word: [0; LONGEST_WORD],
        length: 0,
        entries: Vec::new(),
        singles: Vec::new(),
        disguise: Disguise::default(),
        found,
        make,
    };
    let mut rest = text.as_bytes();
    while !rest.is_empty() && words.found.len() < MOST_WORDS {
        rest = words.read_piece(rest);
    }
    let Words { found, singles, mut disguise, make, .. } = words;
    let found = split::rejoined(found, &singles, make, &mut disguise);
    disguise.words = found.len();
    (found, disguise)
}

/// What a byte is: a letter, a digit, a space, or a sign that tells of the piece it stands in.
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const SPACE: u8 = 4;
const AT_SIGN: u8 = 8;
const COLON: u8 = 16;
const BEYOND_ASCII: u8 = 32;
/// May stand for a letter between letters.
const STAND_IN: u8 = 64;
/// Not of a byte but of a piece: something in it may stand for a letter.
const DISGUISED: u8 = 128;

/// The class of each byte, so that a piece is read and classed in one pass.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'@' => AT_SIGN | STAND_IN,
            b':' => COLON,
            0x80.. => BEYOND_ASCII,
            b'$' | b'!' | b'|' => STAND_IN,
            b'0' | b'1' | b'3' | b'4' | b'5' | b'7' => DIGIT | STAND_IN,
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
        || signs & AT_SIGN != 0 && is_address(piece)
        || signs & COLON != 0 && piece.windows(3).any(|three| three == b"://")
        || piece.starts_with(b"www.")
}

/// Tells whether a piece with an `@` is an address: a dot stands between what follows.  Otherwise the
/// `@` may be an `a`.
fn is_address(piece: &[u8]) -> bool {
    let after = piece.iter().position(|&byte| byte == b'@').map_or(piece.len(), |at| at + 1);
    piece[after..].windows(3).any(|three| {
        three[1] == b'.' && three[0].is_ascii_alphanumeric() && three[2].is_ascii_alphanumeric()
    })
}

const EIGHT: usize = size_of::<u64>();

/// The bit that makes a lower-case letter of each of eight ASCII letters.
const LOWER_CASE: u64 = 0x2020_2020_2020_2020;

/// Makes small letters of eight ASCII letters, and `i` of `l` ([`crate::letter`] says why).
fn folded_ascii(letters: u64) -> u64 {
    let small = letters | LOWER_CASE;
    // `l` gives zero, and adding makes the high bit of every letter that is not.  What stands behind
    // the last letter may be anything and carry over, but only away from the letters.
    let others = (small ^ 0x6c6c_6c6c_6c6c_6c6c).wrapping_add(0x7f7f_7f7f_7f7f_7f7f);
    small ^ ((!others >> 7) & 0x0101_0101_0101_0101) * u64::from(b'l' ^ b'i')
}

/// The word being read, and what was made of those before.
struct Words<T, F: Fn(&[u8], bool) -> T> {
    word: [u8; LONGEST_WORD],
    /// Bytes of the word, those included that no longer found room.
    length: usize,
    /// The letters of a word that is read one by one.
    entries: Vec<&'static Entry>,
    /// Which words are single letters.
    singles: Vec<split::Single>,
    disguise: Disguise,
    found: Vec<T>,
    make: F,
}

impl<T, F: Fn(&[u8], bool) -> T> Words<T, F> {
    /// Reads to the first space and returns what is behind it.  Nearly all pieces are ASCII prose, so
    /// each is read as that at once, and taken back if it proves to be something else.
    fn read_piece<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let before = self.found.len();
        let (piece, signs) = self.read_ascii(text);
        let odd = signs & (BEYOND_ASCII | AT_SIGN | COLON | DISGUISED) != 0;
        if odd || piece.len() > LONGEST_WORD || piece.starts_with(b"www.") {
            self.reconsider(piece, signs, before);
        }
        text.get(piece.len() + 1..).unwrap_or_default()
    }

    fn reconsider(&mut self, piece: &[u8], signs: u8, before: usize) {
        let is_plain = signs & (BEYOND_ASCII | DISGUISED) == 0;
        if is_plain && !is_data(piece, signs) {
            return;
        }
        self.found.truncate(before);
        self.singles.truncate(self.singles.partition_point(|single| single.at < before));
        if !is_plain {
            // Pieces are cut at ASCII bytes of a string, so they are UTF-8 themselves.
            self.read(str::from_utf8(piece).unwrap_or_default());
        }
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
            if class & DIGIT == 0 {
                self.end();
            }
            if class == SPACE {
                return (&text[..at], signs);
            }
            if class & STAND_IN != 0 && letters > 0 && may_go_on(&text[at + 1..]) {
                signs |= DISGUISED;
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
                self.read_spaceless(last);
            }
        }
    }

    fn read_spaceless(&mut self, character: char) {
        // Han has no other forms here, and is most of the text in which it stands.
        if matches!(character, '\u{4e00}'..='\u{9fff}' | '\u{20000}'..) {
            self.push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
            return self.push_word(true);
        }
        self.read_letters(character.encode_utf8(&mut [0; 4]));
    }

    fn read_letters(&mut self, piece: &str) {
        let piece = composed(piece);
        let mut rest = piece.chars();
        while let Some(character) = rest.next() {
            let entry = letter::entry(character);
            match entry.sort {
                Sort::Letter => self.add(entry),
                Sort::Silent => {}
                Sort::Digit | Sort::Sign => self.stand_in(entry, &mut rest),
                Sort::Spaceless => self.add_spaceless(entry),
                Sort::Gap => self.end_entries(),
            }
        }
        self.end_entries();
    }

    /// Takes the digits and signs that begin with `first` as letters, if that may be what they are.
    fn stand_in(&mut self, first: &'static Entry, rest: &mut Chars) {
        let (mut run, mut count, mut ends) = ([first; STAND_INS], 0, false);
        let mut next = Some(first);
        while let Some(entry) = next.filter(|one| matches!(one.sort, Sort::Digit | Sort::Sign)) {
            if let Some(place) = run.get_mut(count) {
                *place = entry;
            }
            ends |= entry.sort == Sort::Sign;
            count += 1;
            next = rest.clone().next().map(letter::entry);
            if next.is_some_and(|one| matches!(one.sort, Sort::Digit | Sort::Sign)) {
                rest.next();
            }
        }
        let goes_on = next.is_some_and(|one| one.sort == Sort::Letter);
        let run = run.get(..count).unwrap_or_default();
        let stand = run.iter().all(|one| !one.letters(false).is_empty());
        if !self.entries.is_empty() && goes_on && stand && !run.is_empty() {
            run.iter().for_each(|one| self.add(one));
        } else if ends {
            self.end_entries();
        }
    }

    fn add(&mut self, entry: &'static Entry) {
        // One more than fits, to know that it does not.
        if self.entries.len() <= LONGEST_WORD {
            self.entries.push(entry);
        }
    }

    fn add_spaceless(&mut self, entry: &'static Entry) {
        self.end_entries();
        for character in str::from_utf8(entry.letters(false)).unwrap_or_default().chars() {
            self.push_bytes(character.encode_utf8(&mut [0; 4]).as_bytes());
            self.push_word(true);
        }
    }

    /// Ends a word that was read one by one.
    fn end_entries(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        let entries = std::mem::take(&mut self.entries);
        let mixed = self.disguise.note_word(&entries);
        entries.iter().for_each(|entry| self.push_bytes(entry.letters(mixed)));
        if let ([_], Some(letter)) = (&*entries, self.word.get(..self.length)) {
            self.singles.extend(split::Single::new(self.found.len(), letter));
        }
        self.push_word(false);
        self.entries = entries;
        self.entries.clear();
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
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
                *to = folded_ascii(u64::from_le_bytes(*from)).to_le_bytes();
            } else {
                let fold = |from: u8| if from | 0x20 == b'l' { b'i' } else { from | 0x20 };
                to.iter_mut().zip(from).take(EIGHT).for_each(|(to, from)| *to = fold(*from));
            }
            done += EIGHT;
        }
        self.length += count;
    }

    /// Ends a word of ASCII letters.
    fn end(&mut self) {
        if self.length == 1 {
            self.singles.extend(split::Single::new(self.found.len(), &self.word[..1]));
        }
        self.push_word(false);
    }

    fn push_word(&mut self, spaceless: bool) {
        let word = self.word.get(..std::mem::take(&mut self.length)).unwrap_or_default();
        if !word.is_empty() && self.found.len() < MOST_WORDS {
            self.found.push((self.make)(word, spaceless));
        }
    }
}

/// Tells whether a word may go on in `rest`, behind a sign that may stand for a letter.
fn may_go_on(rest: &[u8]) -> bool {
    rest.first().is_some_and(|&byte| CLASSES[usize::from(byte)] & (LETTER | STAND_IN) != 0)
}

/// Returns `piece` with Korean syllables put together that came letter by letter, as some systems
/// write them: the table of letters knows whole syllables.
fn composed(piece: &str) -> Cow<'_, str> {
    let has_jamo = |character| matches!(character, '\u{1161}'..='\u{11ff}');
    if memchr::memchr(0xe1, piece.as_bytes()).is_some() && piece.contains(has_jamo) {
        return Cow::Owned(piece.nfc().collect());
    }
    Cow::Borrowed(piece)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        each_word(text, |word, _| String::from_utf8(word.to_vec()).unwrap()).0
    }

    /// What words are wanted, in clear: `i` and `l` come out as one letter.
    fn plain(words: &str) -> Vec<String> {
        words.split(' ').map(|word| word.replace('l', "i")).collect()
    }

    /// Digits, punctuation, addresses and links do not make words.
    #[test]
    fn what_varies_is_dropped() {
        let text = "Order 4711: see https://shop.example/x, or ask:me a@b.example. THANKS!";

        assert_eq!(plain("order see or ask me thanks"), words(text));
    }

    /// A zero-width space inside a word changes nothing, nor do marks, tags and selectors.
    #[test]
    fn invisible_characters_do_not_split() {
        assert_eq!(plain("lottery"), words("lot\u{200b}te\u{ad}ry"));
        assert_eq!(plain("lottery"), words("lo\u{fe01}tt\u{e0020}er\u{301}y"));
    }

    /// Each Han character is a word.
    #[test]
    fn scripts_without_spaces_are_split() {
        assert_eq!(vec!["发", "票", "ok"], words("发票ok"));
        assert_eq!(vec!["𠮷", "野", "家"], words("𠮷野家"));
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
        assert_eq!(vec!["x", "muii", "y"], words("x-müll y"));
        assert_eq!(vec!["a", "b", "see"], words("a b c:d@shop.example see"), "no row of letters");
    }

    /// Letters of any number come out in lower case, digits between them left out, up to the longest
    /// word; a longer one is none.
    #[test]
    fn letters_are_read_whole() {
        for count in 1..LONGEST_WORD - 1 {
            let (upper, lower) = ("AbCdEfGhIjKL".repeat(6), "abcdefghijki".repeat(6));
            let (upper, lower) = (&upper[..count], &lower[..count]);

            assert_eq!(vec![lower, "zz"], words(&format!("{upper} zz")));
            assert_eq!(vec![format!("{lower}zz")], words(&format!("{upper}6Zz")));
            assert_eq!(vec![lower], words(upper));
            assert_eq!(vec![format!("{lower}m")], words(&format!("{upper}м")), "letter by letter");
        }
        for tail in ["zz", "мz"] {
            let long = "x".repeat(LONGEST_WORD + 1);

            assert_eq!(vec![tail.replace('м', "m")], words(&format!("{long} {tail}")));
            assert!(words(&format!("{long}{tail}")).is_empty());
        }
        assert_eq!(vec!["z"], words(&format!("x2{} z", "x".repeat(LONGEST_WORD))));
    }

    /// A text that goes on has no more words than are looked at, in any script.
    #[test]
    fn words_are_limited() {
        assert_eq!(MOST_WORDS, words(&"word ".repeat(MOST_WORDS + 9)).len());
        assert_eq!(MOST_WORDS, words(&"发".repeat(MOST_WORDS + 9)).len());
        assert_eq!(MOST_WORDS, words(&"слово ".repeat(MOST_WORDS + 9)).len());
        assert_eq!(MOST_WORDS, words(&"ｶ".repeat(MOST_WORDS + 9)).len());
    }

    /// A word is the same in whichever letters of Unicode it is written that look like its own.
    #[test]
    fn disguised_words_are_plain() {
        for text in [
            "pаypаl",       // Cyrillic a
            "раураl",       // all but the last Cyrillic
            "ｐａｙｐａｌ", // full width
            "𝐏𝐀𝐘𝐏𝐀𝐋",       // mathematical
            "Ⓟⓐⓨⓟⓐⓛ",       // in circles
            "🅿🅰🆈🅿🅰🅻",       // in squares
            "ρaypαl",       // Greek
            "PAYPAI",       // capital i
            "p4ypal",
            "p@yp@l",
            "páÿpål",
            "p̶a̶y̶p̶a̶l̶",
            "p a y p a l",
            "P.A.Y.P.A.L",
            "p*a*y*p*a*l",
            "P A Y P А L", // one of them Cyrillic
        ] {
            assert_eq!(plain("paypal"), words(text), "{text}");
        }
        assert_eq!(words("NEW HOME MONEY"), words("ΝΕW ΗOΜΕ ΜΟNΕΥ"), "Greek capitals");
    }

    /// Digits and signs are letters only where letters surround them, one or two in a row.
    #[test]
    fn digits_stand_for_letters_between_letters() {
        assert_eq!(plain("mortgage cash leet"), words("m0rtgage ca$h l33t"));
        assert_eq!(plain("cash now wow yes"), words("cash! $now wow!!!yes"));
        assert_eq!(plain("item code viagra"), words("item5 c4711ode Vi2agra"));
        assert_eq!(plain("us v at"), words("$us v10 @at"));
    }

    /// Genuine words of any script stay what they are: one word each, different from each other.
    #[test]
    fn genuine_words_stay_apart() {
        for text in [
            "заказать срочно скидка дом том вода ВОДКА",
            "καλημέρα σας ευχαριστώ πολύ νέος ηλίας",
            "مرحبا شكرا جزيلا لكم صديقي",
            "שלום תודה רבה לכם חברים",
            "नमस्ते धन्यवाद हिन्दी किताब दोस्तों",
            "안녕하세요 감사합니다 지금 확인하십시오",
            "Tiếng Việt bảo mật ngân hàng",
            "Բարեւ շնորհակալություն ընկեր",
            "გამარჯობა მადლობა მეგობარი",
        ] {
            let found = words(text);
            let distinct: std::collections::HashSet<_> = found.iter().collect();

            assert_eq!(text.split(' ').count(), found.len(), "{text}");
            assert_eq!(found.len(), distinct.len(), "{text}");
        }
    }

    /// Case, composition and points of a script change no word.
    #[test]
    fn forms_of_a_word_agree() {
        for (one, other) in [
            ("заказ ёлка", "ЗАКАЗ ЕЛКА"),
            ("και όλα νέα", "ΚΑΙ ΟΛΑ ΝΕΑ"),
            ("λόγος", "ΛΟΓΟΣ"),
            ("straße", "STRASSE"),
            ("안녕하세요", "\u{110b}\u{1161}\u{11ab}\u{1102}\u{1167}\u{11bc}하세요"),
            ("שלום", "שָׁלוֹם"),
            ("مرحبا", "مَرْحَبًا"),
            ("ガイド", "ｶﾞｲﾄﾞ"),
            ("istanbul", "İSTANBUL"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
    }

    /// Three letters in a row are a word, two are not; a row too long for a word is read as a script
    /// without spaces is.
    #[test]
    fn rows_of_letters() {
        let spaceless = |text: &str| each_word(text, |_, spaceless| spaceless).0;

        assert_eq!(plain("had a b"), words("had a B"));
        assert_eq!(plain("the usa is"), words("the U.S.A. is"));
        assert_eq!(vec![false], spaceless(&"x ".repeat(24)));
        assert_eq!(vec![true; 25], spaceless(&"x ".repeat(25)));
    }

    proptest! {
        /// No text makes an empty word, nor a long one.
        #[test]
        fn bounded(text in "\\PC{0,400}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && word.len() <= LONGEST_WORD);
            }
        }

        /// What shows nothing changes no word, wherever it stands and whatever Unicode calls it.
        #[test]
        fn the_invisible_is_nothing(
            number in 0u32..0xe1000, at in 0usize..6, text in "[a-z]{6}( [а-я]{6})?",
        ) {
            let Some(sign) = char::from_u32(number) else { return Ok(()) };
            let ignored = unicode_security::skeleton(&format!("b{sign}d")).eq("bd".chars());
            if ignored {
                let (before, after) = text.split_at(at);

                prop_assert_eq!(words(&text), words(&format!("{before}{sign}{after}")));
            }
        }

        /// Words that are read again stay as they are.
        #[test]
        fn reading_again_changes_nothing(text in "[\\PC\u{300}-\u{58f}\u{1d400}-\u{1d7ff}]{0,100}") {
            let once = words(&text);
            let joined = once.join(" zz ");

            let again: Vec<_> = words(&joined).into_iter().filter(|word| word != "zz").collect();
            let once: Vec<_> = once.into_iter().filter(|word| word != "zz").collect();
            prop_assert_eq!(once, again);
        }

        /// ASCII that is read letter by letter gives what the fast way gives.
        #[test]
        fn both_ways_agree(text in "[a-zA-Z ,.'-]{0,200}") {
            let slow = each_word(&format!("{text}\u{a0}"), |word, _| word.to_vec()).0;

            prop_assert_eq!(slow, each_word(&text, |word, _| word.to_vec()).0);
        }
    }
}
