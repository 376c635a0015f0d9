//! Messages that were slowed or refused and will be handed in again.
//!
//! Main type: [`Retries`].
//!
//! # Theory
//!
//! A client that was told to come back later comes back, for days.  Each attempt is judged anew, so
//! that it passes once things are clear, but counted it must be only once: otherwise a throttled
//! newsletter would look busier, and more of a repetition, with every attempt.
//!
//! # What holds
//!
//! * At most [`MOST`] deliveries are remembered, the latest.
//! * Only what was held back is remembered: who sends the same again after it passed is counted again.

use std::collections::{HashSet, VecDeque};

/// Deliveries remembered: a quarter of an hour of an outbreak of thirty messages a second.
const MOST: usize = 32_768;

/// Deliveries that were held back, by the hash of sender, message and recipients.
#[derive(Debug, Default)]
pub struct Retries {
    held_back: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Retries {
    /// Bytes to set aside: a hash in the set (with its control byte, at the lowest load) and in the queue.
    pub const BYTES: usize = MOST * (2 * 9 + 2 * 8);

    /// Tells whether this delivery was held back before.
    pub fn knows(&self, delivery: u64) -> bool {
        self.held_back.contains(&delivery)
    }

    /// Yields all that are remembered, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.order.iter().copied()
    }

    /// Remembers that it was held back now.
    pub fn note(&mut self, delivery: u64) {
        if !self.held_back.insert(delivery) {
            return;
        }
        self.order.push_back(delivery);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.held_back.remove(&oldest);
        }
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// The latest are remembered, and no more than there is room for.
    #[test]
    fn the_latest_are_remembered() {
        let mut retries = Retries::default();
        (0..MOST as u64 + 10).for_each(|delivery| retries.note(delivery));
        retries.note(20);

        assert!(!retries.knows(9) && retries.knows(10) && retries.knows(MOST as u64 + 9));
        assert_eq!((MOST, MOST), (retries.held_back.len(), retries.order.len()));
    }
}
