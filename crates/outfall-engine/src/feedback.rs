//! What people and servers say of a message after its verdict, and what the ledger makes of it.
//!
//! # Theory
//!
//! A release is the word of a person on one message of one customer.  For that customer its patterns are
//! background from then on.  For everybody else they are cleared: that others sent them is held against
//! nobody any more, which ends the outbreak that was none.  It is no pardon for whoever uses the same words
//! to another end: complaints and confirmations count as ever, a trap that somebody else's copy reaches
//! takes the release back, and what is the abuser's own (his link, his contact, his file, his conduct) was
//! not released.  When people of several customers have released a pattern, it is background for all.
//!
//! # What holds
//!
//! * A source counts once for a message, however often it speaks; and once a day for a sender, but for
//!   deliveries, of which the caller tells each once.
//! * A release clears the message's patterns and its sender at once; a confirmation takes that back.
//! * What is said of a reference that is no longer remembered counts nothing, and the caller is told.

use crate::customer::in_tenant;
use crate::remembered::Explained;
use crate::sharing::spoken_of;
use crate::verdict::Feedback;
use crate::{Engine, Sender, State, reference, seconds};
use outfall_ledger::{DAY, Ledger, Level, PatternRecord, Seconds, SenderFlag, SenderRecord};

/// Customers whose people must have released a pattern before it is background for all: two may be one
/// hand, or share a partner's newsletter.
const RELEASING_TENANTS: u32 = 3;

/// Under another name the background remembers which tenants released a pattern.
const AS_RELEASED: u64 = 0x5e1e_a5ed_0000_0000;

impl Engine {
    /// Learns what became of a message, or of a sender's mail; tells whether it counted.
    ///
    /// `mail_from` tells which of many a sender is that stands for many; others need none.
    pub fn feedback(
        &self,
        what: Feedback,
        reference: Option<&str>,
        sender: Option<(&Sender, Option<&str>)>,
        source: &str,
        at: f64,
    ) -> bool {
        let now = seconds(at);
        let source = self.hasher.hash(source.as_bytes());
        let mut state = self.lock();
        let of_message = reference.is_some_and(|text| state.hear(what, text, source, now));
        let of_sender = sender.is_some_and(|(sender, mail_from)| {
            let ledger = &state.ledger;
            let key = spoken_of(sender, mail_from, &self.settings, &self.hasher, ledger);
            key.is_some_and(|key| state.hear_of_sender(what, key, source, now))
        });
        of_message || of_sender
    }
}

impl State {
    fn hear(&mut self, what: Feedback, text: &str, source: u64, now: Seconds) -> bool {
        // Each kind of word counts once: who complained may later be convinced to release.
        let word = source ^ what as u64;
        let found = reference::read(text).and_then(|number| self.remembered.hear(number, word));
        let Some(explained) = found else { return false };
        for &pattern in &explained.patterns {
            mark_pattern(&mut self.ledger, pattern, explained.tenant, what, now);
        }
        self.ledger.senders.change(explained.sender, now, |record| mark_sender(record, what, now));
        if what == Feedback::Release && self.is_new_false_alarm(&explained, now) {
            self.counts.false_alarms.note(now);
        }
        true
    }

    /// A sender's convictions of one day that were released are one false alarm.
    fn is_new_false_alarm(&mut self, explained: &Explained, now: Seconds) -> bool {
        explained.verdict.category.convicts()
            && self.heard.note(said_today(explained.sender, Feedback::Release, 0, now))
    }

    fn hear_of_sender(&mut self, what: Feedback, key: u64, source: u64, now: Seconds) -> bool {
        let is_figure = matches!(what, Feedback::Delivered | Feedback::Failed);
        if !is_figure && !self.heard.note(said_today(key, what, source, now)) {
            return false;
        }
        self.ledger.senders.change(key, now, |record| mark_sender(record, what, now));
        true
    }
}

/// Returns what stands for a word of a source on a sender on this day; all but the day is keyed.
fn said_today(sender: u64, what: Feedback, source: u64, now: Seconds) -> u64 {
    let word = [u64::from(now / DAY), what as u64, source].into_iter();
    word.fold(sender, |said, part| {
        (said ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31)
    })
}

fn mark_pattern(ledger: &mut Ledger, pattern: u64, tenant: u64, what: Feedback, now: Seconds) {
    let inside = in_tenant(pattern, tenant);
    let mark: fn(&mut PatternRecord) = match what {
        Feedback::Delivered => return,
        // What a customer's people released is not taken back by a trap on their own list.
        Feedback::Trap if ledger.background.common(inside) => return,
        Feedback::Failed => |record| record.count_failed(1),
        Feedback::Complaint => PatternRecord::complain,
        Feedback::Trap => PatternRecord::trap,
        Feedback::Release => PatternRecord::release,
        Feedback::Confirm => PatternRecord::confirm,
    };
    ledger.patterns.ensure(pattern, now, mark);
    let background = &mut ledger.background;
    match what {
        Feedback::Release => {
            background.grant(inside, now / DAY);
            background.learn(pattern ^ AS_RELEASED, tenant, now / DAY);
            if background.tenants(pattern ^ AS_RELEASED) >= RELEASING_TENANTS {
                background.grant(pattern, now / DAY);
            }
        }
        Feedback::Trap | Feedback::Confirm => {
            for value in [pattern, inside, pattern ^ AS_RELEASED] {
                background.forget(value);
            }
        }
        _ => (),
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
            mark_pattern(&mut ledger, 7, 1, what, NOW);
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
            mark_pattern(&mut ledger, 7, 1, what, NOW);
            let condemned = matches!(what, Feedback::Trap | Feedback::Confirm);

            assert_eq!(condemned, !ledger.background.common(7));
        }
    }

    fn ledger() -> Ledger {
        Ledger::new(LEAST_MEMORY, [0; 16]).unwrap()
    }

    /// A release makes a pattern background in its tenant at once, and for all when people of three
    /// tenants have spoken; one tenant's people never do that alone.
    #[test]
    fn releases_teach_the_background() {
        let mut ledger = ledger();
        let common = |ledger: &Ledger, tenant| {
            (ledger.background.common(in_tenant(7, tenant)), ledger.background.common(7))
        };
        (0..9).for_each(|_| mark_pattern(&mut ledger, 7, 100, Feedback::Release, NOW));
        assert_eq!((true, false), common(&ledger, 100));
        assert_eq!((false, false), common(&ledger, 200));
        mark_pattern(&mut ledger, 7, 200, Feedback::Release, NOW + 3 * DAY);
        assert_eq!((true, false), common(&ledger, 200));
        mark_pattern(&mut ledger, 7, 301, Feedback::Release, NOW + 3 * DAY);

        assert_eq!((false, true), common(&ledger, 400));
    }

    /// A confirmation takes a release back in the tenant and everywhere, whoever released.
    #[test]
    fn confirmations_take_releases_back() {
        let mut ledger = ledger();
        for tenant in [100, 200, 301] {
            mark_pattern(&mut ledger, 7, tenant, Feedback::Release, NOW);
        }
        mark_pattern(&mut ledger, 7, 100, Feedback::Confirm, NOW);
        assert!(!ledger.background.common(7) && !ledger.background.common(in_tenant(7, 100)));
        assert!(ledger.patterns.find(7, NOW).is_some_and(|record| record.is_confirmed()));
        mark_pattern(&mut ledger, 7, 400, Feedback::Release, NOW);

        assert!(!ledger.background.common(7), "it takes three again");
    }

    /// A trap takes a release back when the copy was another tenant's, and not when it was one of the
    /// tenant whose people released.
    #[test]
    fn traps_take_releases_back_elsewhere() {
        let trapped = |tenant| {
            let mut ledger = ledger();
            mark_pattern(&mut ledger, 7, 100, Feedback::Release, NOW);
            mark_pattern(&mut ledger, 7, tenant, Feedback::Trap, NOW);
            ledger.patterns.find(7, NOW).is_some_and(|record| record.is_trapped())
        };

        assert_eq!([false, true], [trapped(100), trapped(200)]);
    }

    /// The same word of a source on a sender is another on another day, of another source, of another
    /// kind and on another sender.
    #[test]
    fn words_of_a_day_are_told_apart() {
        let first = said_today(1, Feedback::Trap, 5, NOW);

        assert_eq!(first, said_today(1, Feedback::Trap, 5, NOW / DAY * DAY));
        assert_ne!(first, said_today(2, Feedback::Trap, 5, NOW));
        assert_ne!(first, said_today(1, Feedback::Confirm, 5, NOW));
        assert_ne!(first, said_today(1, Feedback::Trap, 6, NOW));
        assert_ne!(first, said_today(1, Feedback::Trap, 5, NOW + DAY));
    }
}
