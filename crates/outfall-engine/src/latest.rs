//! The latest of what came, each once: deliveries that will come again, words that were heard.
//!
//! Main type: [`Latest`]; its uses are [`HeldBack`] and [`Heard`].
//!
//! # Theory
//!
//! A client that was told to come back later comes back, for days.  Each attempt is judged anew, so
//! that it passes once things are clear, but counted it must be only once: otherwise a throttled
//! newsletter would look busier, and more of a repetition, with every attempt.  And what one source says
//! of one sender, over and over, is one word.
//!
//! # What holds
//!
//! * At most `MOST` are remembered, the latest.
//! * Only what was held back is remembered of deliveries: who sends the same again after it passed is
//!   counted again.

use std::collections::{HashSet, VecDeque};

/// Deliveries that were held back, by the hash of sender, message and recipients: a quarter of an hour
/// of an outbreak of thirty messages a second.
pub type HeldBack = Latest<32_768>;

/// What was said of senders, by the hash of source, word, sender and day: more than desks say in a day.
pub type Heard = Latest<4_096>;

/// The latest hashes.
#[derive(Debug, Default)]
pub struct Latest<const MOST: usize> {
    held: HashSet<u64>,
    order: VecDeque<u64>,
}

impl<const MOST: usize> Latest<MOST> {
    /// Bytes to set aside: a hash in the set (with its control byte, at the lowest load) and in the queue.
    pub const BYTES: usize = MOST * (2 * 9 + 2 * 8);

    /// Tells whether it is among the latest.
    pub fn knows(&self, one: u64) -> bool {
        self.held.contains(&one)
    }

    /// Yields all that are remembered, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.order.iter().copied()
    }

    /// Remembers it; tells whether it is new.
    pub fn note(&mut self, one: u64) -> bool {
        if !self.held.insert(one) {
            return false;
        }
        self.order.push_back(one);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.held.remove(&oldest);
        }
        true
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// The latest are remembered, each once, and no more than there is room for.
    #[test]
    fn the_latest_are_remembered() {
        let mut latest = Latest::<100>::default();
        assert!((0..110).all(|one| latest.note(one)));
        assert!(!latest.note(20));

        assert!(!latest.knows(9) && latest.knows(10) && latest.knows(109));
        assert_eq!((100, 100), (latest.held.len(), latest.order.len()));
    }
}
