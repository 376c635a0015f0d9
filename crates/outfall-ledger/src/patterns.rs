//! Every pattern that is remembered: a record for those seen twice, eight bytes for those seen once.
//!
//! Main type: [`Patterns`].

use crate::contributors::{Contribution, SenderTag};
use crate::first::{FirstSighting, FirstSightings};
use crate::pattern::{PatternRecord, Sighting};
use crate::sparse::Sparse;
use crate::table::Table;
use crate::time::Seconds;

/// The patterns of a ledger.
#[derive(Debug)]
pub struct Patterns {
    pub(crate) records: Table<PatternRecord>,
    pub(crate) first: FirstSightings,
}

impl Patterns {
    /// Sets aside at most `bytes`, at most `first_bytes` of them for first sightings.
    pub(crate) fn new(bytes: usize, first_bytes: usize) -> Self {
        let first = FirstSightings::new(first_bytes);
        Patterns { records: Table::new(bytes - first.bytes()), first }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.records.bytes() + self.first.bytes()
    }

    /// Returns what is known of a pattern, of one seen only once as well; changes nothing.
    pub fn find(&self, key: u64, now: Seconds) -> Option<PatternRecord> {
        match self.records.find(key) {
            Some(record) => Some(*record),
            None => Some(grown_up(key, self.first.find(key, now)?)),
        }
    }

    /// Replaces `found` by what is known of each pattern, in their order: [`Patterns::find`] for all
    /// the patterns of a message, at less than half the time.
    pub fn find_all(&self, keys: &[u64], now: Seconds, found: &mut Vec<Option<PatternRecord>>) {
        self.records.warm(keys);
        self.first.warm(keys);
        found.clear();
        found.extend(keys.iter().map(|&key| self.find(key, now)));
    }

    /// Counts a message that has this pattern; tells whether it was seen before.
    ///
    /// The first sighting goes to the doorkeeper, the second makes a record of both.
    pub fn sight(&mut self, key: u64, sighting: &Sighting<'_>) -> bool {
        if self.records.change(key, |record| record.sight(sighting)).is_some() {
            return true;
        }
        let Some(first) = self.first.take(key, sighting.now) else {
            let contribution = Contribution::of(sighting.contribution);
            self.first.put(key, SenderTag::of(sighting.sender), contribution, sighting.now);
            return false;
        };
        let mut record = grown_up(key, first);
        record.sight(sighting);
        self.records.insert(record, sighting.now);
        true
    }

    /// Changes the record of a pattern, making one of a first sighting; `None` if never seen.
    pub fn change<T>(
        &mut self,
        key: u64,
        now: Seconds,
        change: impl FnOnce(&mut PatternRecord) -> T,
    ) -> Option<T> {
        if self.records.find(key).is_none() {
            let first = self.first.take(key, now)?;
            self.records.insert(grown_up(key, first), now);
        }
        self.records.change(key, change)
    }

    /// Changes the record of a pattern, making an empty one if it was never seen: the word of a
    /// person must hold for what comes.
    pub fn ensure(&mut self, key: u64, now: Seconds, change: impl FnOnce(&mut PatternRecord)) {
        if self.records.find(key).is_none() {
            let first = self.first.take(key, now);
            let record = first.map(|first| grown_up(key, first));
            self.records.insert(record.unwrap_or(PatternRecord::new(key, now)), now);
        }
        self.records.change(key, change);
    }

    /// Joins what another node saw in other messages.
    ///
    /// First sightings are joined as such: a pattern that each node saw once is known as seen once.
    pub(crate) fn merge(&mut self, other: &Self, now: Seconds) {
        for record in other.iter() {
            let mut record = *record;
            if self.records.find(record.key()).is_none()
                && let Some(first) = self.first.take(record.key(), now)
            {
                record.merge(&grown_up(record.key(), first));
            }
            self.records.admit(record, now);
        }
        self.first.merge(&other.first, now);
    }

    /// Patterns that have a record, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &PatternRecord> {
        self.records.records().iter()
    }
}

/// Makes the record that a first sighting would have left.
fn grown_up(key: u64, first: FirstSighting) -> PatternRecord {
    let mut record = PatternRecord::new(key, first.seen);
    record.count_sender(first.sender, first.contribution, first.seen);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Seconds = 1_772_409_600;

    fn patterns() -> Patterns {
        Patterns::new(1 << 18, 1 << 16)
    }

    fn sighting(sender: u64) -> Sighting<'static> {
        Sighting {
            sender,
            contribution: 2.0,
            recipients: &[1, 2, 3],
            novel: 3,
            tenant: None,
            reply: false,
            now: NOW,
        }
    }

    /// The first sighting makes no record, yet the second message meets its sender.
    #[test]
    fn second_message_meets_the_first_sender() {
        let mut patterns = patterns();
        assert!(!patterns.sight(7, &sighting(100)));
        assert_eq!((0, 1), (patterns.records.len(), patterns.first.len()));
        let met = patterns.find(7, NOW).map(|record| record.evidence_without(200));
        assert_eq!(Some(2.0), met.map(|others| others.sum));
        assert!(patterns.sight(7, &sighting(200)));

        assert_eq!((1, 0), (patterns.records.len(), patterns.first.len()));
        assert_eq!(Some(2.0), patterns.find(7, NOW).map(|record| record.senders()));
    }

    /// Looking changes nothing, however often.
    #[test]
    fn looking_changes_nothing() {
        let mut patterns = patterns();
        patterns.sight(7, &sighting(1));
        patterns.sight(8, &sighting(1));
        patterns.sight(8, &sighting(2));
        let mut found = Vec::new();
        patterns.find_all(&[7, 8, 9], NOW, &mut found);
        patterns.find_all(&[7, 8, 9], NOW, &mut found);
        let expected: Vec<_> = [7, 8, 9].map(|key| patterns.find(key, NOW)).into();

        assert_eq!(expected, found);
        assert_eq!(
            [true, true, false],
            [found[0].is_some(), found[1].is_some(), found[2].is_some()]
        );
        assert_eq!((1, 1), (patterns.records.len(), patterns.first.len()));
    }

    /// A change reaches patterns seen once, and none that was never seen; ensuring reaches all.
    #[test]
    fn change_and_ensure() {
        let mut patterns = patterns();
        patterns.sight(7, &sighting(1));
        assert_eq!(Some(()), patterns.change(7, NOW, |record| record.count_failed(2)));
        assert_eq!(None, patterns.change(8, NOW, |record| record.count_failed(2)));
        patterns.ensure(9, NOW, PatternRecord::release);

        assert_eq!(Some(2), patterns.find(7, NOW).map(|record| record.failed()));
        assert_eq!(Some(1), patterns.find(7, NOW).map(|record| record.sightings()));
        assert!(patterns.find(9, NOW).is_some_and(|record| record.is_released()));
    }

    /// A record that meets the same pattern's first sighting elsewhere takes it in.
    #[test]
    fn merging_takes_in_first_sightings() {
        let (mut here, mut there) = (patterns(), patterns());
        here.sight(7, &sighting(1));
        there.sight(7, &sighting(2));
        there.sight(7, &sighting(3));
        here.merge(&there, NOW);

        assert_eq!(Some(3.0), here.find(7, NOW).map(|record| record.senders()));
        assert_eq!(0, here.first.len());
    }
}
