//! How a text was disguised.

use crate::letter::{Entry, Origin, Sort};

/// How many words were disguised, by the way it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disguise {
    /// Words of the text.
    pub words: usize,
    /// Invisible characters inside words.
    pub invisible: usize,
    /// Words inside which HTML hides something.
    pub hidden_words: usize,
    /// Words in which letters of one script stand for those of another.
    pub mixed_words: usize,
    /// Words in letters of mathematical or enclosed alphabets.
    pub styled_words: usize,
    /// Words in which digits or signs stand for letters.
    pub stand_in_words: usize,
    /// Words whose letters are set apart.
    pub split_words: usize,
}

/// A shorter word is a formula, a unit or an abbreviation.
const FEWEST_LETTERS: usize = 4;

impl Disguise {
    /// Notes what is odd about a word; returns whether Latin letters stand in it.
    pub(crate) fn note_word(&mut self, word: &[&Entry]) -> bool {
        let (mut origins, mut stand_ins) = ([false; 6], 0);
        for entry in word {
            if entry.sort == Sort::Letter {
                origins[entry.origin as usize] = true;
            } else {
                stand_ins += 1;
            }
        }
        let has = |origin: Origin| origins[origin as usize];
        let latin = has(Origin::Ascii) || has(Origin::Shared);
        let (foreign, look_alike) = (has(Origin::Foreign), has(Origin::LookAlike));
        let among_latin = latin && look_alike && !foreign;
        let among_foreign = has(Origin::Shared) && !has(Origin::Ascii) && (look_alike || foreign);
        if word.len() >= FEWEST_LETTERS {
            self.mixed_words += usize::from(among_latin || among_foreign);
            self.styled_words += usize::from(has(Origin::Styled));
            self.stand_in_words += usize::from(stand_ins > 0);
        }
        latin
    }
}
