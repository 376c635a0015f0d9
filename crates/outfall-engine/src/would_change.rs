//! What would have made a verdict another one, in a sentence for the person who asks.

use crate::score::{BULK, Category, SUSPECT, Score};

/// Says it; `spared` is what [`crate::score::is_spared`] says of the message.
pub fn say(score: &Score, threshold: f32, category: Category, spared: bool) -> String {
    let nats = score.nats;
    match category {
        Category::Suspect if spared => {
            "it only passes through or answers by itself: without a hard fact it is never slowed"
                .to_owned()
        }
        Category::Clean => format!("{:.1} nats more would have made it suspect", SUSPECT - nats),
        Category::Suspect => format!("{:.1} nats more would have made it bulk", BULK - nats),
        Category::Bulk if nats < threshold => format!(
            "{:.1} nats fewer would have made it suspect; {:.1} more, and {}, would have convicted it",
            nats - BULK,
            threshold - nats,
            keys(score)
        ),
        Category::Bulk => format!("it would have been convicted with {}", keys(score)),
        _ => format!(
            "{:.1} nats fewer, or without either of its two keys, it would not have been convicted",
            nats - threshold
        ),
    }
}

/// Names the keys that a conviction still lacks.
fn keys(score: &Score) -> &'static str {
    match (score.outside_key, score.own_key) {
        (true, true) => "both keys as they are",
        (false, true) => "the like from other senders who are out of their normal, or a hard fact",
        (true, false) => "its own sender out of its normal",
        (false, false) => "both keys, which it has not",
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn said(nats: f32, keys: (bool, bool), category: Category) -> String {
        let (outside_key, own_key) = keys;
        say(&Score { nats, context: 0.0, outside_key, own_key }, 10.0, category, false)
    }

    /// The distance to the next line is named, up and down.
    #[test]
    fn distances_are_named() {
        let neither = (false, false);

        assert_eq!("3.5 nats more would have made it suspect", said(1.5, neither, Category::Clean));
        assert_eq!("2.5 nats more would have made it bulk", said(5.5, neither, Category::Suspect));
        assert_eq!(
            "0.5 nats fewer would have made it suspect; 1.5 more, and both keys as they are, \
             would have convicted it",
            said(8.5, (true, true), Category::Bulk)
        );
        assert_eq!(
            "3.0 nats fewer, or without either of its two keys, it would not have been convicted",
            said(13.0, (true, true), Category::Spam)
        );
    }

    /// Where the score convicts and a key is missing, the sentence names the missing one.
    #[test]
    fn the_missing_key_is_named() {
        let lacking = |keys| said(15.0, keys, Category::Bulk);

        assert!(lacking((false, true)).contains("with the like from other senders"));
        assert!(lacking((true, false)).contains("with its own sender out of its normal"));
        assert!(lacking((false, false)).contains("with both keys, which it has not"));
    }

    /// What is spared is told that no score would have slowed it.
    #[test]
    fn the_spared_are_told_so() {
        let score = Score { nats: 6.0, context: 1.0, outside_key: true, own_key: true };

        assert!(say(&score, 10.0, Category::Suspect, true).ends_with("it is never slowed"));
        assert!(say(&score, 10.0, Category::Suspect, false).ends_with("made it bulk"));
    }
}
