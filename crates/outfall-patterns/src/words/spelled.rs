//! Words that are read letter by letter, each as what it looks like ([`crate::letter`]).
//!
//! Main function: `Words::read`.
//!
//! # What holds
//!
//! * One or two digits or signs between letters stand for letters (`m0rtgage`, `ca$h`); other digits
//!   between letters are left out, other signs end the word.
//! * ASCII read here gives the same words as on the fast way.
//!
//! # Not here
//!
//! The fast way, and what is no prose ([`super`]); letters set apart ([`crate::split`]).

use super::{LONGEST_WORD, Words, is_data, signs};
use crate::letter::{self, Entry, Sort, is_spaceless};
use std::borrow::Cow;
use std::str::{self, Chars};
use unicode_normalization::UnicodeNormalization;

/// Digits or signs in a row that may stand for letters; more are a number, an exclamation.
const STAND_INS: usize = 2;

impl<T, F: Fn(&[u8], bool) -> T> Words<T, F> {
    /// Scripts without spaces run on through links and past any length: what stands between two of
    /// their characters is a piece of its own.
    pub fn read(&mut self, text: &str) {
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
            return self.push_word(true, false);
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
            self.push_word(true, false);
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
        self.push_word(false, entries.len() == 1);
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
    use super::super::tests::{plain, words};
    use proptest::prelude::*;

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
        assert_eq!(
            vec!["대한민국만세대한민국만세"],
            words("대한민국만세대한민국만세"),
            "in syllables"
        );
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

    proptest! {
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
    }
}
