//! Verdicts that can still be explained, in a bounded number of bytes.
//!
//! Main type: [`Remembered`].
//!
//! # What holds
//!
//! * The bytes held, as counted by [`Explained::bytes`], never exceed what was set aside.
//! * Harmless mail cannot push out what people will ask for: slowed and convicted messages have
//!   three quarters of the room for themselves.

use crate::situation::Recurrence;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// One verdict with what its explanation needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The verdict as it was given.
    pub verdict: Arc<Verdict>,
    /// When, in seconds since 1970.
    pub at: f64,
    /// What recurred, as it stood then.
    pub recurrences: Vec<Recurrence>,
    /// Every pattern of the message, for feedback.
    pub patterns: Vec<u64>,
    /// The sender's name in the ledger.
    pub sender: u64,
    /// What would have made the category another one.
    pub would_change: String,
    /// Keyed hashes of the sources whose feedback was counted.
    pub heard: Vec<u64>,
}

impl Explained {
    /// Counts the bytes this takes, allocations included.
    pub fn bytes(&self) -> usize {
        let evidence = self.verdict.evidence.iter().map(|one| 48 + one.detail.len());
        let alerts = self.verdict.alerts.iter().map(|one| 256 + one.reason.len());
        let recurrences = self.recurrences.iter().map(|one| 64 + one.shown.len());
        let lists = evidence.chain(alerts).chain(recurrences).sum::<usize>();
        let texts = self.verdict.sender.id.len() + self.would_change.len();
        FIXED + lists + texts + 8 * (self.patterns.len() + self.heard.len())
    }
}

/// What one entry takes beside its lists: itself, the verdict, the reference, its place in the
/// index, and what the allocator adds.
const FIXED: usize = 640;

/// Sources whose feedback on one message is counted; a mailing of one message has no more.
const MOST_HEARD: usize = 64;

impl Explained {
    /// Notes that a source spoke; false if it did before, or too many have.
    pub fn hear(&mut self, source: u64) -> bool {
        let new = !self.heard.contains(&source) && self.heard.len() < MOST_HEARD;
        if new {
            self.heard.push(source);
        }
        new
    }
}

//------------ Remembered -----------------------------------------------------

/// The verdicts that can still be explained.
#[derive(Debug)]
pub struct Remembered {
    by_reference: HashMap<u64, Explained>,
    harmless: Queue,
    wanted: Queue,
}

/// References in the order of their coming, and the bytes they hold.
#[derive(Debug, Default)]
struct Queue {
    order: VecDeque<u64>,
    bytes: usize,
    room: usize,
}

impl Remembered {
    /// Sets `bytes` aside.
    pub fn new(bytes: usize) -> Self {
        let harmless = bytes / 4;
        Remembered {
            by_reference: HashMap::new(),
            harmless: Queue { room: harmless, ..Queue::default() },
            wanted: Queue { room: bytes - harmless, ..Queue::default() },
        }
    }

    /// Remembers `explained`, forgetting the oldest of its like while there is no room.
    pub fn remember(&mut self, reference: u64, explained: Explained) {
        let size = explained.bytes() + 8 * MOST_HEARD;
        let wanted = explained.verdict.category as u8 >= 2;
        let queue = if wanted { &mut self.wanted } else { &mut self.harmless };
        if size > queue.room || self.by_reference.contains_key(&reference) {
            return;
        }
        while queue.bytes + size > queue.room {
            let Some(oldest) = queue.order.pop_front() else { break };
            if let Some(gone) = self.by_reference.remove(&oldest) {
                queue.bytes -= gone.bytes() + 8 * (MOST_HEARD - gone.heard.len());
            }
        }
        queue.bytes += size;
        queue.order.push_back(reference);
        self.by_reference.insert(reference, explained);
    }

    /// Bytes set aside.
    pub fn bytes(&self) -> usize {
        self.harmless.room + self.wanted.room
    }

    /// Finds what is remembered of a reference.
    pub fn find(&self, reference: u64) -> Option<&Explained> {
        self.by_reference.get(&reference)
    }

    /// Finds it to note feedback.
    pub fn find_mut(&mut self, reference: u64) -> Option<&mut Explained> {
        self.by_reference.get_mut(&reference)
    }

    /// Yields everything in the order of its coming, harmless mail first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Explained)> {
        let order = self.harmless.order.iter().chain(&self.wanted.order);
        order.filter_map(|reference| Some((*reference, self.by_reference.get(reference)?)))
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Category;

    fn explained(category: Category) -> Explained {
        let verdict = Verdict { category, ..Verdict::default() };
        Explained {
            verdict: Arc::new(verdict),
            at: 0.0,
            recurrences: vec![Recurrence::link(3, 3.0)],
            patterns: vec![1; 16],
            sender: 7,
            would_change: "nothing".into(),
            heard: Vec::new(),
        }
    }

    const ROOM: usize = 200_000;

    /// What is held stays within what was set aside, whatever comes and whoever speaks.
    #[test]
    fn bytes_are_bounded() {
        let mut remembered = Remembered::new(ROOM);
        for number in 0..2_000 {
            let category = Category::ALL[number as usize % 6];
            remembered.remember(number, explained(category));
            let heard = remembered.find_mut(number).map(|one| one.hear(number));
            assert_eq!(Some(true), heard, "the latest is there");
        }
        let held: usize = remembered.iter().map(|(_, one)| one.bytes()).sum();

        assert!((ROOM / 2..=ROOM).contains(&held), "{held}");
        assert!(remembered.find(1).is_none());
    }

    /// Any number of harmless messages leaves what was slowed in its place.
    #[test]
    fn harmless_mail_pushes_out_its_own() {
        let mut remembered = Remembered::new(ROOM);
        remembered.remember(1, explained(Category::Bulk));
        (2..2_000).for_each(|number| remembered.remember(number, explained(Category::Suspect)));

        assert!(remembered.find(1).is_some());
        assert!(remembered.find(2).is_none());
    }

    /// A source counts once, and no more sources than there is room for.
    #[test]
    fn sources_are_limited() {
        let mut one = explained(Category::Clean);

        assert!(one.hear(0) && !one.hear(0));
        assert_eq!(MOST_HEARD - 1, (1..1_000).filter(|source| one.hear(*source)).count());
    }
}
