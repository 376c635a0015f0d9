//! Words whose letters were set apart, put together again: `F R E E`, `f.r.e.e`, `F*R*E*E`.
//!
//! Main function: [`rejoined`].  What holds: a text without such words comes back as it is, and a word
//! set apart equals the plain one.  Two letters stand alone by chance ("e.g.", "a I"); three in a row
//! are rare enough, and where they are not ("U.S.A."), being one word does no harm.

use crate::disguise::Disguise;

/// Letters in a row, each a word of its own, that are one word.
const FEWEST: usize = 3;

/// Of fewer letters, unrelated ones stand in a row by chance: lists, initials, "e.g. U.S.A.".
const FEWEST_DISGUISED: usize = 6;

/// Different letters in such a row; a word of six has hardly ever fewer.
const FEWEST_DIFFERENT: usize = 4;

/// A longer row is more than a word: where its words begin is unknown, so each letter stays one, and
/// phrases are made as in scripts without spaces.
const MOST: usize = 24;

/// A word of one letter.
#[derive(Clone, Copy, Debug)]
pub struct Single {
    /// Which word it is.
    pub at: usize,
    letter: [u8; 4],
    length: usize,
}

impl Single {
    /// Makes one of the word `letter` at `at`; a letter that stands for several is none.
    pub fn new(at: usize, letter: &[u8]) -> Option<Single> {
        let mut bytes = [0; 4];
        bytes.get_mut(..letter.len())?.copy_from_slice(letter);
        Some(Single { at, letter: bytes, length: letter.len() })
    }

    fn letter(&self) -> &[u8] {
        &self.letter[..self.length]
    }
}

/// Returns `words` with every row of `singles` made one word by `make`, and counts them.
pub fn rejoined<T>(
    words: Vec<T>,
    singles: &[Single],
    make: impl Fn(&[u8], bool) -> T,
    disguise: &mut Disguise,
) -> Vec<T> {
    let next_to = |one: &Single, next: &Single| one.at + 1 == next.at;
    let rows = || singles.chunk_by(next_to).filter(|row| row.len() >= FEWEST);
    if rows().next().is_none() {
        return words;
    }
    let mut joined = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    let mut at = 0;
    for row in rows() {
        joined.extend(words.by_ref().take(row[0].at - at));
        at = row[0].at + words.by_ref().take(row.len()).count();
        if row.len() <= MOST {
            let word: Vec<u8> = row.iter().flat_map(Single::letter).copied().collect();
            joined.push(make(&word, false));
        } else {
            joined.extend(row.iter().map(|single| make(single.letter(), true)));
        }
        disguise.split_words += usize::from(is_disguised(row));
    }
    joined.extend(words);
    joined
}

/// Tells whether a row is a word and no column of a table: tables say the same again and again.
fn is_disguised(row: &[Single]) -> bool {
    let mut letters: Vec<_> = row.iter().map(Single::letter).collect();
    letters.sort_unstable();
    letters.dedup();
    row.len() >= FEWEST_DISGUISED && letters.len() >= FEWEST_DIFFERENT
}
