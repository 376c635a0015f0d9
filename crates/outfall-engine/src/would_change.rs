//! What would have made a verdict another one, and how its score was reckoned, in sentences for the
//! person who asks.
//!
//! Main type: [`Ground`], what a verdict stood on.

use crate::evidence::Evidence;
use crate::score::{BULK, Category, SUSPECT, Score, cuts};
use crate::threshold::Threshold;
use serde::{Deserialize, Serialize};

/// What a verdict stood on, beside its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    /// The sum and the keys.
    pub score: Score,
    /// From where it would have been convicted.
    pub threshold: Threshold,
    /// What [`crate::score::is_spared`] says of it.
    pub spared: bool,
    /// What [`crate::score::is_too_early`] says of it.
    pub early: bool,
}

impl Ground {
    /// Says what would have made the category another one.
    pub fn would_change(&self, category: Category) -> String {
        let (nats, threshold) = (self.score.nats, self.threshold.nats);
        match category {
            Category::Suspect if self.spared => {
                "it only passes through or answers by itself: without a hard fact it is never slowed"
                    .to_owned()
            }
            Category::Suspect if self.early && nats >= BULK => {
                "it would have been slowed, but the engine is still learning who is who here: until \
                 then only hard facts slow"
                    .to_owned()
            }
            Category::Clean => format!("{:.1} nats more would have made it suspect", SUSPECT - nats),
            Category::Suspect => format!("{:.1} nats more would have made it bulk", BULK - nats),
            Category::Bulk if nats < threshold => format!(
                "{:.1} nats fewer would have made it suspect; {:.1} more, and {}, would have convicted it",
                nats - BULK,
                threshold - nats,
                self.keys()
            ),
            Category::Bulk => format!("it would have been convicted with {}", self.keys()),
            _ => format!(
                "{:.1} nats fewer, or without either of its two keys, it would not have been convicted",
                nats - threshold
            ),
        }
    }

    /// Says how the score came about: sums that were cut, and where the lines are.
    pub fn reckoning(&self, evidence: &[Evidence]) -> Vec<String> {
        let cut = cuts(evidence).map(|(family, sum, counted)| {
            let most = if sum > 0.0 { "most" } else { "least" };
            let name = family.name();
            format!(
                "{name} adds up to {sum:+.1}, counted as {counted:+.1}: the {most} of its family"
            )
        });
        let lines =
            format!("suspect from {SUSPECT:.0} nats, bulk from {BULK:.0}, {}", self.threshold);
        cut.chain([lines, self.turned()]).collect()
    }

    /// Names the keys that were turned.
    fn turned(&self) -> String {
        let turned = |key| if key { "turned" } else { "not turned" };
        format!(
            "of the two keys of a conviction, others or a hard fact: {}; own sender out of its normal: {}",
            turned(self.score.outside_key),
            turned(self.score.own_key)
        )
    }

    /// Names the keys that a conviction still lacks.
    fn keys(&self) -> &'static str {
        match (self.score.outside_key, self.score.own_key) {
            (true, true) => "both keys as they are",
            (false, true) => {
                "the like from other senders who are out of their normal, or a hard fact"
            }
            (true, false) => "its own sender out of its normal",
            (false, false) => "both keys, which it has not",
        }
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Family;

    /// A thousand senders and this budget: convicted from ten nats.
    const BUDGET: f64 = 0.045_4;

    fn ground(nats: f32, (outside_key, own_key): (bool, bool)) -> Ground {
        let score = Score { nats, context: 0.0, outside_key, own_key };
        let threshold = Threshold::new(1_000, BUDGET, 0.0);
        Ground { score, threshold, spared: false, early: false }
    }

    fn said(nats: f32, keys: (bool, bool), category: Category) -> String {
        ground(nats, keys).would_change(category)
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

    /// What is spared is told that no score would have slowed it, and what came too early, why.
    #[test]
    fn the_spared_are_told_so() {
        let both = (true, true);
        let spared = Ground { spared: true, ..ground(9.0, both) };
        let early = Ground { early: true, ..ground(9.0, both) };

        assert!(spared.would_change(Category::Suspect).ends_with("it is never slowed"));
        assert!(early.would_change(Category::Suspect).contains("still learning"));
        assert!(ground(7.0, both).would_change(Category::Suspect).ends_with("made it bulk"));
        let near = Ground { early: true, ..ground(7.0, both) };
        assert!(near.would_change(Category::Suspect).ends_with("made it bulk"));
    }

    /// The reckoning names what a cap cut, the lines in the operator's words, and the keys.
    #[test]
    fn the_reckoning_is_complete() {
        let one = |family, nats| Evidence { name: "x".into(), family, nats, detail: String::new() };
        let evidence = [one(Family::Context, 7.5), one(Family::Recurrence, 5.0)];

        assert_eq!(
            vec![
                "context adds up to +7.5, counted as +6.0: the most of its family",
                "suspect from 5 nats, bulk from 8, convicted from 10.0 nats: 1,000 senders, at most \
                 0.0454 false alarms a day",
                "of the two keys of a conviction, others or a hard fact: turned; own sender out of its \
                 normal: not turned",
            ],
            ground(11.0, (true, false)).reckoning(&evidence)
        );
    }
}
