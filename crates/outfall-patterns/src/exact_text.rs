//! The author's own text as one value.
//!
//! # What it sees
//!
//! Copies that differ in nothing but digits, punctuation, case, links and spacing.
//!
//! # When it is wrong
//!
//! Short texts are everybody's: "ok", "thanks, see you".  Below [`FEWEST_WORDS`] words there is
//! no pattern.

use crate::{Hasher, Kind, Pattern, Patterns, Source, mix};

/// A text of fewer words is no pattern: phone signatures and one-word answers collide.
const FEWEST_WORDS: usize = 8;

pub fn extract(source: &Source, _: &Hasher, patterns: &mut Patterns) {
    if source.words.len() >= FEWEST_WORDS {
        let hash = mix(source.words.iter().map(|word| word.hash));
        patterns.add(Pattern::new(Kind::ExactText, hash), "");
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;
    use outfall_message::Message;

    fn exact(body: &str) -> Option<Pattern> {
        let message = Message { text: body.to_owned(), ..Message::default() };
        let patterns = all(&message, &Hasher::new([0; 16]));
        patterns.values.iter().map(|f| f.pattern).find(|p| p.kind() == Kind::ExactText)
    }

    /// Numbers and spacing do not make another text.
    #[test]
    fn copies_agree() {
        let one = exact("Dear friend, your code is 12. It is valid for one hour only.");
        let two = exact("dear friend your code is 999\n\nIt is valid for one hour only");

        assert!(one.is_some());
        assert_eq!(one, two);
    }

    /// Nor do digits inside words, case in any script, links, addresses and encoded data.
    #[test]
    fn what_varies_makes_no_other_text() {
        let one = "заказ grüße viagra dear friend we sell everything".to_owned();
        let plain = exact(&one);
        let data = "Q".repeat(70);
        let with = |more: &str| exact(&format!("{one} {more}"));

        assert!(plain.is_some());
        assert_eq!(plain, exact("ЗАКАЗ GRÜ2ßE Vi6agra dear friend we sell everything"));
        assert_eq!(plain, with("http://shop.test/a"));
        assert_eq!(plain, with("www.shop.test"));
        assert_eq!(plain, with("a.b@shop.test"));
        assert_eq!(plain, with(&data), "no word is that long");
        assert_eq!(plain, with(&format!("{data}.ab.{data}")), "no prose has so few spaces");
        assert_ne!(plain, with("today"));
    }

    /// Too few words are no pattern.
    #[test]
    fn short_text_is_no_pattern() {
        assert_eq!(None, exact("one two three four five six seven 8"));
        assert!(exact("one two three four five six seven eight").is_some());
    }
}
