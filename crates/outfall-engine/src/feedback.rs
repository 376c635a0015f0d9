//! What people and servers say of a message after its verdict, and what the ledger makes of it.
//!
//! # What holds
//!
//! * A source counts once for a message, however often it speaks.
//! * A release clears the message's patterns and its sender at once.
//! * What is said of a reference that is no longer remembered counts nothing, and the caller is told.

use crate::verdict::Feedback;
use crate::{Engine, Sender, State, reference, seconds};
use outfall_ledger::{Ledger, Level, PatternRecord, Seconds, SenderFlag, SenderRecord};

impl Engine {
    /// Learns what became of a message, or of a sender's mail; tells whether it counted.
    pub fn feedback(
        &self,
        what: Feedback,
        reference: Option<&str>,
        sender: Option<&Sender>,
        source: &str,
        at: f64,
    ) -> bool {
        let now = seconds(at);
        let source = self.hasher.hash(source.as_bytes());
        let mut state = self.lock();
        let of_message = reference.is_some_and(|text| state.hear(what, text, source, now));
        let of_sender = sender.is_some_and(|sender| {
            let name = format!("{}\0{}", sender.kind.name(), sender.id);
            let key = self.hasher.hash(name.as_bytes());
            state.ledger.senders.change(key, now, |record| mark_sender(record, what, now));
            true
        });
        of_message || of_sender
    }
}

impl State {
    fn hear(&mut self, what: Feedback, text: &str, source: u64, now: Seconds) -> bool {
        let found = reference::read(text).and_then(|number| self.remembered.find_mut(number));
        let Some(explained) = found else { return false };
        // Each kind of word counts once: who complained may later be convinced to release.
        if !explained.hear(source ^ what as u64) {
            return false;
        }
        for &pattern in &explained.patterns {
            mark_pattern(&mut self.ledger, pattern, what, now);
        }
        self.ledger.senders.change(explained.sender, now, |record| mark_sender(record, what, now));
        true
    }
}

fn mark_pattern(ledger: &mut Ledger, pattern: u64, what: Feedback, now: Seconds) {
    let mark: fn(&mut PatternRecord) = match what {
        Feedback::Delivered => return,
        Feedback::Failed => |record| record.count_failed(1),
        Feedback::Complaint => PatternRecord::complain,
        Feedback::Trap => PatternRecord::trap,
        Feedback::Release => PatternRecord::release,
        Feedback::Confirm => PatternRecord::confirm,
    };
    ledger.patterns.ensure(pattern, now, mark);
    if matches!(what, Feedback::Trap | Feedback::Confirm) {
        ledger.background.forget(pattern);
    }
}

fn mark_sender(record: &mut SenderRecord, what: Feedback, now: Seconds) {
    match what {
        Feedback::Delivered => record.count_delivered(1, now),
        Feedback::Failed => record.count_failed(1, now),
        Feedback::Complaint => record.count_complaint(now),
        Feedback::Release => record.release(now),
        Feedback::Trap | Feedback::Confirm => {
            record.set_flag(SenderFlag::Proven, true);
            record.count_level(Level::Convicted, now);
        }
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use outfall_ledger::{LEAST_MEMORY, Window};

    const NOW: Seconds = 1_772_409_600;

    fn sender(what: Feedback) -> SenderRecord {
        let mut record = SenderRecord::new(7, NOW);
        record.count_level(Level::Bulk, NOW);
        mark_sender(&mut record, what, NOW);
        record
    }

    /// Each word about a sender is counted as what it is, and as nothing else.
    #[test]
    fn words_about_a_sender_are_kept_apart() {
        for what in Feedback::ALL {
            let record = sender(what);
            let is = |one| if what == one { 1.0 } else { 0.0 };
            let proven = matches!(what, Feedback::Trap | Feedback::Confirm);

            assert_eq!(is(Feedback::Delivered), record.delivered(NOW));
            assert_eq!(is(Feedback::Failed), record.failed(Window::Day, NOW));
            assert_eq!(is(Feedback::Complaint), record.complaints(NOW));
            assert_eq!(proven, record.has(SenderFlag::Proven));
            assert_eq!(proven, record.counted(Level::Convicted, Window::Day, NOW) == 1.0);
            assert_eq!(1.0 - is(Feedback::Release), record.counted(Level::Bulk, Window::Day, NOW));
        }
    }

    /// Each word about a message marks its patterns as what it is; a delivery marks nothing.
    #[test]
    fn words_about_a_pattern_are_kept_apart() {
        for what in Feedback::ALL {
            let mut ledger = Ledger::new(LEAST_MEMORY, [0; 16]).unwrap();
            mark_pattern(&mut ledger, 7, what, NOW);
            let record = ledger.patterns.find(7, NOW).unwrap_or(PatternRecord::new(7, NOW));

            assert_eq!(what == Feedback::Failed, record.failed() == 1);
            assert_eq!(what == Feedback::Complaint, record.complaints() == 1);
            assert_eq!(what == Feedback::Trap, record.is_trapped());
            assert_eq!(what == Feedback::Release, record.is_released());
            assert_eq!(what == Feedback::Confirm, record.is_confirmed());
        }
    }

    /// What was common here is counted again once a trap or a person condemns it; one complaint
    /// does not do that.
    #[test]
    fn condemned_is_no_longer_common() {
        for what in Feedback::ALL {
            let mut ledger = Ledger::new(LEAST_MEMORY, [0; 16]).unwrap();
            (0..16).for_each(|one| ledger.background.learn(7, one, 20_000 + one as u32 % 3));
            mark_pattern(&mut ledger, 7, what, NOW);
            let condemned = matches!(what, Feedback::Trap | Feedback::Confirm);

            assert_eq!(condemned, !ledger.background.common(7));
        }
    }
}
