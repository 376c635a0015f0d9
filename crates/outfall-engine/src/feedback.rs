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
