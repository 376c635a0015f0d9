//! What would have made a verdict another one, in a sentence for the person who asks.

use crate::score::{BULK, Category, SUSPECT, Score};

/// Says it.
pub fn say(score: &Score, threshold: f32, category: Category) -> String {
    let nats = score.nats;
    match category {
        Category::Clean if nats < SUSPECT => {
            format!("{:.1} nats more would have made it suspect", SUSPECT - nats)
        }
        Category::Suspect if nats < BULK => {
            format!("{:.1} nats more would have made it bulk", BULK - nats)
        }
        Category::Bulk if nats < threshold => format!(
            "{:.1} nats fewer would have made it suspect; {:.1} more, and {}, would have convicted it",
            nats - BULK,
            threshold - nats,
            keys(score)
        ),
        Category::Bulk => format!("it would have been convicted with {}", keys(score)),
        Category::Clean | Category::Suspect => {
            "it only passes through or answers by itself: without a hard fact it is never slowed"
                .to_owned()
        }
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
