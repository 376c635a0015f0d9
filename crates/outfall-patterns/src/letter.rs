//! A character as the letters that a reader takes it for.
//!
//! Main function: [`entry`], whose [`Entry`] says what sort of character it is and what it stands for.
//!
//! # Theory
//!
//! Unicode's own data decides, not a list of tricks: compatibility decomposition (NFKD, UAX #15) undoes
//! full-width, mathematical and circled letters and ligatures; marks above and below fall away; what
//! is left becomes its prototype of UTS #39, which is the same for all characters that look alike.
//! Copies of a text then agree however each of them was disguised, and nothing is lost by taking whole
//! Cyrillic or Greek words to Latin letters as well: words are only hashed, and hash the same each time.
//!
//! # What holds
//!
//! * The case of a letter alone changes nothing.  Yet Greek `Ν` looks like `N` and `ν` like `v`: a word of
//!   Greek letters is read by the small ones, one in which Latin letters stand by each letter's own look.
//! * `i` and `l` are one letter, as capital I, small l and the digit one are for a reader.
//! * Accents do not count: people leave them out, and add them to hide.
//! * Folding what is folded changes nothing.
//!
//! # Not here
//!
//! Where words end ([`crate::words`]); whether it was done to deceive ([`crate::disguise`]).

use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_security::skeleton;

/// What a character is to a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Part of a word.
    Letter,
    /// One word by itself, of a script written without spaces.
    Spaceless,
    /// A digit; between letters it may stand for one.
    Digit,
    /// A sign that stands for a letter if it is between letters, and otherwise ends the word.
    Sign,
    /// Nothing to be seen, or a mark upon a letter: as if it were not there.
    Silent,
    /// What ends a word.
    Gap,
}

/// Where a letter comes from, as far as it tells of disguise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An ASCII letter that other scripts have as well, to the eye.
    Shared,
    /// Any other ASCII letter.
    Ascii,
    /// A letter of another script that looks like a Latin one.
    LookAlike,
    /// Any other letter of another script.
    Foreign,
    /// A Latin letter of a mathematical or enclosed alphabet.
    Styled,
    /// Anything else: accented letters, full-width ones, which are ordinary in East Asia.
    Plain,
}

/// What is known of a character.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub sort: Sort,
    pub origin: Origin,
    /// What it stands for among its own.
    alone: Letters,
    /// What it stands for among Latin letters.
    mixed: Letters,
}

impl Entry {
    /// Returns the letters it stands for, in a word in which Latin letters stand or not; "" if none.
    pub fn letters(&self, mixed: bool) -> &[u8] {
        let letters = if mixed { &self.mixed } else { &self.alone };
        &letters.bytes[..usize::from(letters.length)]
    }

    fn of(character: char) -> Entry {
        let decomposed = decomposed(character);
        let sort = sort(character, &decomposed);
        let alone = alone(character);
        let own = if is_latin(&decomposed) { decomposed.clone() } else { prototype(character) };
        let is_look_alike = is_latin(&own);
        let mixed = if is_look_alike { joined(&own.to_lowercase()) } else { alone.clone() };
        let origin = origin(character, &decomposed, is_look_alike);
        Entry { sort, origin, alone: Letters::new(&alone), mixed: Letters::new(&mixed) }
    }
}

/// A few letters in UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Letters {
    bytes: [u8; 15],
    length: u8,
}

impl Letters {
    /// Keeps as much of `text` as there is room for: all but the Arabic ligatures of whole phrases.
    fn new(text: &str) -> Letters {
        let end = text.floor_char_boundary(text.len().min(15));
        let mut bytes = [0; 15];
        bytes[..end].copy_from_slice(&text.as_bytes()[..end]);
        Letters { bytes, length: end as u8 }
    }
}

//------------ The table ------------------------------------------------------

const PAGE: usize = 128;

/// Beyond stand only rare Han, which need no table, and nothing that is a letter.
const TABLED: usize = 0x20000;

/// Pages are made when first asked for; a text of one language needs two or three.
static PAGES: [OnceLock<Box<[Entry]>>; TABLED / PAGE] = [const { OnceLock::new() }; TABLED / PAGE];

/// Returns what is known of `character`.
pub fn entry(character: char) -> &'static Entry {
    const NOTHING: Letters = Letters { bytes: [0; 15], length: 0 };
    const fn bare(sort: Sort) -> Entry {
        Entry { sort, origin: Origin::Plain, alone: NOTHING, mixed: NOTHING }
    }
    static SILENT: Entry = bare(Sort::Silent);
    static GAP: Entry = bare(Sort::Gap);
    let number = character as usize;
    match PAGES.get(number / PAGE) {
        Some(page) => &page.get_or_init(|| made(number / PAGE))[number % PAGE],
        None if is_invisible(character) => &SILENT,
        None => &GAP,
    }
}

fn made(page: usize) -> Box<[Entry]> {
    let character = |at| char::from_u32((page * PAGE + at) as u32).unwrap_or('\u{fffd}');
    (0..PAGE).map(|at| Entry::of(character(at))).collect()
}

//------------ Folding --------------------------------------------------------

/// What stands for a letter between letters, though Unicode does not call it a look-alike.
const STAND_INS: [(char, &str); 11] = [
    ('0', "o"),
    ('1', "i"),
    ('3', "e"),
    ('4', "a"),
    ('5', "s"),
    ('7', "t"),
    ('@', "a"),
    ('$', "s"),
    ('!', "i"),
    ('|', "i"),
    ('€', "e"),
];

fn sort(character: char, decomposed: &str) -> Sort {
    let mut letters = decomposed.chars();
    match letters.next() {
        None => Sort::Silent,
        Some(first) if is_spaceless(first) && is_lettered(first) => Sort::Spaceless,
        Some(first) if first.is_ascii_digit() && letters.next().is_none() => Sort::Digit,
        Some(_) if is_lettered(character) => Sort::Letter,
        _ if alone(character).is_empty() => Sort::Gap,
        _ => Sort::Sign,
    }
}

/// Returns what a character stands for among its own: the look of its small form, or failing that of
/// its capital.
fn alone(character: char) -> String {
    let decomposed = decomposed(character);
    if let Some((_, letters)) = STAND_INS.iter().find(|(sign, _)| decomposed.chars().eq([*sign])) {
        return (*letters).to_owned();
    }
    if decomposed.chars().all(|one| is_spaceless(one) && is_lettered(one)) {
        return decomposed;
    }
    let mut look = small_look(character);
    for _ in 0..ROUNDS {
        look = look.chars().map(small_look).collect();
    }
    if !is_lettered(character) && !is_latin(&look) {
        return String::new();
    }
    look.retain(is_lettered);
    joined(&look)
}

/// Prototypes are their own prototypes; what changes again is a capital among them.
const ROUNDS: usize = 3;

/// Returns the look of the small form, or of the capital if only that looks Latin.
fn small_look(character: char) -> String {
    // Nothing looks like these, and they are half of all letters.
    if matches!(character, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}') {
        return character.to_string();
    }
    let decomposed = decomposed(character);
    let small: String = decomposed.to_lowercase().chars().map(prototype).collect();
    let capital: String = skeleton(&decomposed.to_uppercase()).collect();
    let look = if is_latin(&capital) && !is_latin(&small) { capital } else { small };
    // Without the letters that capitals do not have.
    look.to_lowercase().replace('ß', "ss").replace('ς', "σ")
}

/// Returns the prototype (UTS #39) if it is made of letters.  ASCII is its own: it must come out as it
/// does where nobody looks it up.
fn prototype(character: char) -> String {
    let mut bytes = [0; 4];
    let itself: &str = character.encode_utf8(&mut bytes);
    let look: String = skeleton(itself).collect();
    let bare = without_marks(&look);
    let is_letter = |one: char| one.is_alphabetic() && !is_spaceless(one);
    match character {
        ..'\u{80}' => itself.to_owned(),
        // UTS #39 takes `m` for `rn`.
        _ if is_latin(&bare) => bare.replace("rn", "m"),
        _ if look == bare && !bare.is_empty() && bare.chars().all(is_letter) => bare,
        _ => itself.to_owned(),
    }
}

fn decomposed(character: char) -> String {
    // Syllables of Hangul stand for themselves: taken apart they would be three times as long.
    if matches!(character, '\u{ac00}'..='\u{d7a3}') {
        return character.to_string();
    }
    without_marks(&std::iter::once(enclosed(character)).nfkd().collect::<String>())
}

/// Returns the letter in a filled circle or square, which Unicode does not decompose.
fn enclosed(character: char) -> char {
    let start = match u32::from(character) {
        0x1F150..=0x1F169 => 0x1F150,
        0x1F170..=0x1F189 => 0x1F170,
        _ => return character,
    };
    char::from_u32(u32::from(character) - start + u32::from('A')).unwrap_or(character)
}

fn without_marks(text: &str) -> String {
    let stays = |one: &char| !is_invisible(*one) && !is_dropped_mark(*one);
    text.chars().filter(stays).collect()
}

/// Tells whether a mark changes a letter only as accents do: strokes and what stands above and below,
/// the points of Hebrew and Arabic, voicing marks of kana, frames.  Vowel signs and what joins
/// consonants in Indic scripts (classes 0, 7, 9), Thai and Tibetan vowels (103 to 132) are kept.
fn is_dropped_mark(character: char) -> bool {
    let frames = matches!(u32::from(character), 0x0488..=0x0489 | 0x20DD..=0x20E4);
    frames || matches!(canonical_combining_class(character), 1 | 8 | 10..=36 | 200..=240)
}

fn is_lettered(character: char) -> bool {
    character.is_alphabetic() || is_combining_mark(character)
}

fn is_latin(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Makes one letter of `i` and `l`.
fn joined(text: &str) -> String {
    text.replace('l', "i")
}

fn origin(character: char, decomposed: &str, is_look_alike: bool) -> Origin {
    match u32::from(character) {
        _ if "aceopxyijsABCEHIJKMOPSTXY".contains(character) => Origin::Shared,
        ..0x80 => Origin::Ascii,
        // Phonetic alphabets and what else is Latin.
        ..0x370 | 0x1D00..=0x1EFF | 0x2C60..=0x2C7F | 0xA720..=0xA7FF | 0xAB30..=0xAB6F => {
            Origin::Plain
        }
        0xFF00..=0xFFEF => Origin::Plain,
        _ if is_latin(decomposed) && decomposed.len() == 1 => Origin::Styled,
        _ if is_look_alike => Origin::LookAlike,
        _ => Origin::Foreign,
    }
}

/// Tells whether `character` belongs to a script that puts no spaces between words.
pub fn is_spaceless(character: char) -> bool {
    matches!(u32::from(character),
        0x0E00..=0x0EFF        // Thai, Lao
        | 0x1000..=0x109F      // Myanmar
        | 0x1780..=0x17FF      // Khmer
        | 0x3005..=0x3007      // Han: repetition, closing mark, zero
        | 0x3040..=0x30FF      // Hiragana, Katakana
        | 0x3400..=0x4DBF      // Han, extension A
        | 0x4E00..=0x9FFF      // Han
        | 0xFF66..=0xFF9F      // Katakana, half width
        | 0x20000..=0x3FFFF)
}

/// Tells whether `character` shows nothing: what Unicode calls ignorable by default, such as zero
/// width, joiners, bidirectional controls, soft hyphen, fillers, variation selectors and tags.
pub fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF
        | 0xFFA0 | 0xFFF0..=0xFFF8 | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = char> {
        ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e0fff}')
    }

    fn text(character: char, mixed: bool) -> &'static str {
        std::str::from_utf8(entry(character).letters(mixed)).unwrap()
    }

    /// What shows nothing is just what Unicode calls ignorable, and is silent.
    #[test]
    fn invisible_is_what_unicode_ignores() {
        for character in all() {
            let ignored = skeleton(&format!("b{character}d")).eq("bd".chars());

            assert_eq!(ignored, is_invisible(character), "{character:?}");
            assert!(!ignored || entry(character).sort == Sort::Silent, "{character:?}");
        }
    }

    /// Every character that Unicode says looks like one Latin letter reads as it between Latin letters,
    /// but for the long s, which is an s.
    #[test]
    fn look_alikes_read_as_what_they_look_like() {
        let mut count = 0;
        for character in all().filter(|one| one.is_alphabetic() && !one.is_ascii()) {
            let look: String = skeleton(character.encode_utf8(&mut [0; 4])).collect();
            if look.len() == 1 && is_latin(&look) && character != 'ſ' {
                count += 1;

                assert_eq!(joined(&look.to_lowercase()), text(character, true), "{character:?}");
            }
        }
        assert!(count > 1000, "{count}");
        assert_eq!("s", text('ſ', true));
    }

    /// A small letter and its capital are one among their own; the letters of every alphabet that a
    /// language uses side by side stay different.
    #[test]
    fn case_is_folded_and_letters_are_kept() {
        for character in all().filter(|one| one.is_uppercase() && !one.is_ascii()) {
            let small: String = character.to_lowercase().collect();
            let mut letters = small.chars();
            if let (Some(one), None) = (letters.next(), letters.next()) {
                assert_eq!(text(one, false), text(character, false), "{character:?}");
            }
        }
        for alphabet in [
            "абвгдежзиклмнопрстуфхцчшщыэюя",
            "αβγδεζηθικλμξπρτυφχψω",
            "אבגדהזחטיכלמנפצקרשת",
            "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
            "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौ्",
        ] {
            let folded: std::collections::BTreeSet<_> =
                alphabet.chars().map(|one| text(one, false)).collect();

            assert_eq!(alphabet.chars().count(), folded.len(), "{folded:?}");
        }
    }

    /// Letters that stand for themselves fold to nothing else when they are folded again.
    #[test]
    fn folding_again_changes_nothing() {
        for character in all() {
            for mixed in [false, true] {
                let once = text(character, mixed);
                // Han, which stands for itself, is not in the table.
                let again =
                    |one| if is_spaceless(one) { one.to_string() } else { text(one, false).into() };
                let again: String = once.chars().map(again).collect();

                assert_eq!(once, again, "{character:?}");
            }
        }
    }

    /// Signs and digits say what they stand for; punctuation stands for nothing.
    #[test]
    fn signs_are_few() {
        assert_eq!((Sort::Sign, "a"), (entry('@').sort, text('@', true)));
        assert_eq!((Sort::Digit, "o"), (entry('0').sort, text('０', true)));
        for character in " .,;:'\"-_*()[]/\\#%&+=?~<>·…–—«»„”’\u{a0}".chars() {
            assert_eq!(Sort::Gap, entry(character).sort, "{character:?}");
        }
        for character in "é٣अ".chars() {
            assert_ne!(Sort::Sign, entry(character).sort, "{character:?}");
        }
    }
}
