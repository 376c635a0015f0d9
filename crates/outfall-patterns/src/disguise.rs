//! How a text was disguised, and the weak pattern of that.
//!
//! # What it sees
//!
//! Words that read one way to people and another to programs: invisible characters, comments and hidden
//! text inside them, letters of another script, letters set apart.  Copies of one outbreak are
//! disguised by one program: the sorts and their rough rates recur though every word differ.
//!
//! # When it is wrong
//!
//! Mathematicians and language teachers mix scripts, people post in fancy letters, web pages have empty
//! elements anywhere: so only what makes up a share of all words is a pattern, letters of mathematical
//! alphabets and digits for letters are no disguise by themselves, and the kind is weak.  A block of hidden
//! text beside the words (what newsletters show in lists of mail) is no disguise.
//!
//! # Not here
//!
//! Undoing it ([`crate::letter`], [`crate::words`]; `page` in `outfall-message`).

use crate::letter::{Entry, Origin, Sort};
use crate::{Hasher, Kind, Patterns, Source};
use std::fmt;

/// How many words were disguised, by the way it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disguise {
    /// Words of the text.
    pub words: usize,
    /// Invisible characters inside words.
    pub invisible: usize,
    /// Words into which HTML puts what a reader does not see.
    pub broken_words: usize,
    /// Words in which letters of one script stand for those of another.
    pub mixed_words: usize,
    /// Words whose letters are set apart.
    pub split_words: usize,
    /// Words in letters of mathematical or enclosed alphabets.
    pub styled_words: usize,
    /// Words in which digits or signs stand for letters.
    pub stand_in_words: usize,
}

/// A shorter word is a formula, a unit or an abbreviation.
const FEWEST_LETTERS: usize = 4;

/// Less is nobody's own: slips of the keyboard, of web pages, of programs that copy text.
const FEWEST_DISGUISED: usize = 5;
const LEAST_SHARE: f32 = 0.05;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let disguise = &mut patterns.disguise;
    disguise.invisible = source.message.invisible;
    disguise.broken_words = source.message.broken_words;
    let disguise = *disguise;
    if disguise.count() >= FEWEST_DISGUISED && disguise.share() >= LEAST_SHARE {
        let pattern = hasher.pattern(Kind::Disguise, &disguise.shape());
        patterns.add(pattern, &disguise.to_string());
    }
}

impl Disguise {
    /// Returns how many disguised words there are, about, of the sorts that hardly anybody makes unless to
    /// deceive; an invisible character counts as a word.
    pub fn count(&self) -> usize {
        self.invisible + self.broken_words + self.mixed_words + self.split_words
    }

    /// Returns the disguised share of all words, 0 to 1.
    pub fn share(&self) -> f32 {
        (self.count() as f32 / self.words.max(1) as f32).min(1.0)
    }

    /// Returns every sort of disguise with what people call it.
    fn sorts(&self) -> [(usize, &'static str); 6] {
        [
            (self.invisible, "invisible characters inside words"),
            (self.broken_words, "words broken by what is not seen"),
            (self.mixed_words, "words in mixed scripts"),
            (self.split_words, "words set letter by letter"),
            (self.styled_words, "words in mathematical or enclosed letters"),
            (self.stand_in_words, "words with digits for letters"),
        ]
    }

    /// Returns for each sort how often it occurs: never, or in steps of four among the words.
    fn shape(&self) -> [u8; 6] {
        let step = |count: usize| match count * 256 / self.words.max(1) {
            _ if count == 0 => 0,
            rate => 1 + (rate.max(1).ilog2() / 2) as u8,
        };
        self.sorts().map(|(count, _)| step(count))
    }

    /// Notes what is odd about a word; returns whether Latin letters stand in it.
    pub(crate) fn note_word(&mut self, word: &[&Entry]) -> bool {
        let (mut origins, mut stand_ins) = ([0; 6], 0);
        for entry in word {
            if entry.sort == Sort::Letter {
                origins[entry.origin as usize] += 1;
            } else {
                stand_ins += 1;
            }
        }
        let count = |origin: Origin| origins[origin as usize];
        let has = |origin: Origin| count(origin) > 0;
        let latin = has(Origin::Ascii) || has(Origin::Shared);
        let foreign = count(Origin::Foreign) + count(Origin::LookAlike);
        let among_latin = latin && has(Origin::LookAlike) && !has(Origin::Foreign);
        let among_foreign = has(Origin::Shared) && !has(Origin::Ascii);
        let among_foreign = among_foreign && foreign >= count(Origin::Shared);
        if word.len() >= FEWEST_LETTERS {
            self.mixed_words += usize::from(among_latin || among_foreign);
            self.styled_words += usize::from(has(Origin::Styled));
            self.stand_in_words += usize::from(stand_ins > 0);
        }
        latin
    }
}

impl fmt::Display for Disguise {
    /// What was found, as a person would say it: `4 words in mixed scripts`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.sorts().into_iter().filter(|(count, _)| *count > 0);
        for (number, (count, name)) in found.enumerate() {
            write!(formatter, "{}{count} {name}", if number > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;

    fn disguise(text: &str) -> Disguise {
        let raw = format!("Content-Type: text/html; charset=utf-8\r\n\r\n{text}");
        all(&outfall_message::examine(raw.as_bytes()), &Hasher::new([0; 16])).disguise
    }

    fn pattern(text: &str) -> Option<crate::Pattern> {
        let raw = format!("Content-Type: text/html; charset=utf-8\r\n\r\n{text}");
        let patterns = all(&outfall_message::examine(raw.as_bytes()), &Hasher::new([0; 16]));
        patterns.values.iter().map(|f| f.pattern).find(|p| p.kind() == Kind::Disguise)
    }

    /// Each way to disguise a word is counted as what it is.
    #[test]
    fn disguises_are_told_apart() {
        let words = |change: fn(&mut Disguise)| {
            let mut disguise = Disguise { words: 1, ..Disguise::default() };
            change(&mut disguise);
            disguise
        };
        for (text, want) in [
            ("viagra", words(|_| ())),
            ("via\u{200b}gr\u{200b}a", words(|one| one.invisible = 2)),
            ("vi<!-- x -->agra", words(|one| one.broken_words = 1)),
            ("vi<b></b>agra", words(|one| one.broken_words = 1)),
            ("vi<span style='font-size:0'>abc</span>agra", words(|one| one.broken_words = 1)),
            ("viаgrа", words(|one| one.mixed_words = 1)),
            ("сpочно", words(|one| one.mixed_words = 1)),
            ("V.I.A.G.R.A", words(|one| one.split_words = 1)),
            ("𝐯𝐢𝐚𝐠𝐫𝐚", words(|one| one.styled_words = 1)),
            ("v1agra", words(|one| one.stand_in_words = 1)),
        ] {
            assert_eq!(want, disguise(text), "{text}");
        }
    }

    /// Ordinary text of any kind is not disguised: formulas, units, product names, joiners of scripts that
    /// need them, hyphens for the end of a line, first letters in colour, a newsletter's hidden preview.
    #[test]
    fn ordinary_text_is_not_disguised() {
        for text in [
            "sin α + cosβ = 5 µm, 3 kΩ, Δx",
            "USB-кабель и LEDлампа, iPhone'ом",
            "می\u{200c}خواهم नमस्\u{200d}ते 👩\u{200d}💻",
            "Donau\u{ad}dampf\u{ad}schiff\u{ad}fahrt",
            "<b>O</b>nce upon <font color=red>a</font> time",
            "<div style='display:none'>Our offers of this week</div><p>Dear reader</p>",
            "see e.g. U.S.A. or A.B.C.D",
            "4 A 54 5 A 342 6 B 45 9 A 45 10 B 34 11 A 65 17 B",
            "en<wbr>tire super<sup>script</sup>ed <a name=x></a>anchor",
            "ｆｕｌｌ　ｗｉｄｔｈ",
        ] {
            let disguise = disguise(text);

            assert_eq!(0, disguise.count(), "{text}: {disguise}");
        }
    }

    /// The form of a disguise is a pattern once it is a good share of the text; other words disguised
    /// in the same way at about the same rate give the same, other ways another.
    #[test]
    fn the_way_recurs() {
        let plain = "one two three four five six seven eight nine ten ".repeat(4);
        let disguised = |word: &str, times: usize| pattern(&(plain.clone() + &word.repeat(times)));

        assert!(disguised("viаgra ", 6).is_some());
        assert_eq!(disguised("viаgra ", 6), disguised("сialis ", 7));
        assert_ne!(disguised("viаgra ", 6), disguised("vi<!---->agra ", 6));
        assert_eq!(None, disguised("viаgra ", 4));
        assert_eq!(None, pattern(&(plain.repeat(3) + &"viаgra ".repeat(5))));
    }

    /// What was found is said in words.
    #[test]
    fn a_disguise_is_told() {
        assert_eq!(
            "1 words broken by what is not seen, 1 words in mixed scripts",
            disguise("vi<!-- -->agra cаsh").to_string()
        );
        assert_eq!("", disguise("cash").to_string());
    }
}
