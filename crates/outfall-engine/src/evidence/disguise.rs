//! # What it sees
//!
//! Words that people and programs read differently: letters of another script that look the same,
//! invisible characters and hidden text inside words, letters set apart.
//!
//! # Why it matters
//!
//! It takes trouble to write like this, and filters are the only ones whom it deceives.
//!
//! # When it is wrong
//!
//! Mathematicians, language teachers and typesetters do some of it; forwarded spam has it as well.  What is
//! ordinary is not counted (joiners of Arabic, Indic and emoji, hyphens for the end of a line, fancy
//! letters, the hidden preview of newsletters), and the rest is weak: content alone turns no key.

use super::{Evidence, Family, Situation};

/// Disguised words from which it is no slip, and their least share of all.
const SOME: (usize, f32) = (3, 0.02);

/// A text that is disguised throughout.
const MANY: (usize, f32) = (10, 0.1);

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let disguise = situation.examined.patterns.disguise;
    let reaches = |(count, share)| disguise.count() >= count && disguise.share() >= share;
    let nats = match () {
        () if reaches(MANY) => 2.0,
        () if reaches(SOME) => 1.0,
        () => return None,
    };
    let detail = format!("of {} words: {disguise}", disguise.words);
    Some(Evidence { name: "disguise".into(), family: Family::Content, nats, detail })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Examined;
    use outfall_patterns::Disguise;

    fn nats(mixed_words: usize, words: usize) -> Option<f32> {
        let mut examined = Examined::default();
        examined.patterns.disguise = Disguise { words, mixed_words, ..Disguise::default() };
        weigh(&Situation::plain(&examined)).map(|evidence| evidence.nats)
    }

    /// A few disguised words are a hint, many a stronger one; slips and what is lost in a long text none.
    #[test]
    fn the_share_counts() {
        assert_eq!(None, nats(2, 10));
        assert_eq!(Some(1.0), nats(3, 100));
        assert_eq!(None, nats(3, 200));
        assert_eq!(Some(2.0), nats(10, 100));
        assert_eq!(Some(1.0), nats(10, 101));
        assert_eq!(Some(1.0), nats(9, 10));
        assert_eq!(None, nats(0, 0));
    }

    /// People are told what was found.
    #[test]
    fn the_facts_are_told() {
        let mut examined = Examined::default();
        examined.patterns.disguise =
            Disguise { words: 40, mixed_words: 5, invisible: 2, ..Disguise::default() };
        let detail = weigh(&Situation::plain(&examined)).unwrap().detail;

        assert_eq!(
            "of 40 words: 2 invisible characters inside words, 5 words in mixed scripts",
            detail
        );
    }
}
