//! What a sender's record keeps, forgets and merges.

use super::*;
use crate::time::HOUR;
use proptest::prelude::*;

const NOW: Seconds = 20_514 * DAY;

fn sent(recipients: u32) -> Sent {
    Sent { recipients, novel: recipients / 4 }
}

fn record(messages: &[(u32, u32)]) -> SenderRecord {
    let mut record = SenderRecord::new(9, NOW);
    for &(recipients, hours) in messages {
        let now = NOW + hours * HOUR;
        record.send(sent(recipients), now);
        record.visit(u64::from(recipients % 5), true, now);
        record.note_envelope_sender(u64::from(recipients));
        record.count_level(Level::Suspect, now);
    }
    record
}

fn messages() -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::vec((1u32..50, 0u32..900), 1..30)
}

fn near(left: f32, right: f32) -> bool {
    (left - right).abs() <= 1e-3 * (1.0 + left.abs())
}

proptest! {
    /// Merged, two records count what one would have counted, in every window.
    #[test]
    fn merging_adds(left in messages(), right in messages()) {
        let now = NOW + 900 * HOUR;
        let mut all = [left.clone(), right.clone()].concat();
        all.sort_by_key(|message| message.1);
        let (mut left, mut right) = (left, right);
        left.sort_by_key(|message| message.1);
        right.sort_by_key(|message| message.1);
        let whole = record(&all);
        let (mut one, mut other) = (record(&left), record(&right));
        one.merge(&record(&right));
        other.merge(&record(&left));

        for merged in [one, other] {
            for window in Window::ALL {
                let (want, got) = (whole.volume(window, now), merged.volume(window, now));
                prop_assert!(near(want.messages, got.messages));
                prop_assert!(near(want.recipients, got.recipients));
            }
            prop_assert!(near(whole.novel(Window::Month, now), merged.novel(Window::Month, now)));
            let counted = |record: &SenderRecord| record.counted(Level::Suspect, Window::Month, now);
            prop_assert!(near(counted(&whole), counted(&merged)));
            prop_assert_eq!(whole.envelope_senders(), merged.envelope_senders());
            prop_assert!(whole.busiest_hour(now).messages <= merged.busiest_hour(now).messages + 1e-3);
        }
    }

    /// A record reads back as it was written, in exactly 256 bytes.
    #[test]
    fn round_trip(messages in messages()) {
        let mut record = record(&messages);
        record.raise_alert(Level::Bulk, HOUR, NOW);
        record.set_flag(SenderFlag::Trusted, true);
        record.count_failed(3, NOW);
        record.set_evidence(-2.5);
        let mut bytes = Vec::new();
        record.encode(&mut bytes);

        prop_assert_eq!(SenderRecord::SIZE, bytes.len());
        prop_assert_eq!(Some(record), SenderRecord::decode(&mut Take(&bytes)));
    }
}

/// Messages and recipients are counted apart, and fade with their window.
#[test]
fn windows_fade_apart() {
    let record = record(&[(40, 0), (8, 0)]);
    let hour = record.volume(Window::Hour, NOW);
    assert_eq!((2.0, 48.0), (hour.messages, hour.recipients));
    let later = record.volume(Window::Hour, NOW + HOUR);

    assert!(near(2.0 / std::f32::consts::E, later.messages));
    assert!(record.volume(Window::Month, NOW + HOUR).messages > 1.99);
    assert!(record.volume(Window::TenMinutes, NOW + HOUR).messages < 0.01);
}

/// An attack becomes the own norm after a day at the earliest, and is forgotten in five weeks.
#[test]
fn an_attack_is_not_yet_normal() {
    let mut record = SenderRecord::new(9, NOW);
    record.send(sent(4), NOW + DAY);
    record.send(sent(5_000), NOW + 10 * DAY + 23 * HOUR);
    for hours in [23, 24, 25, 47] {
        assert_eq!(4.0, record.busiest_hour(NOW + 10 * DAY + hours * HOUR).recipients);
    }
    assert_eq!(5_000.0, record.busiest_hour(NOW + 12 * DAY).recipients);
    assert_eq!(5_000.0, record.busiest_day(NOW + 30 * DAY).recipients);

    assert_eq!(0.0, record.busiest_hour(NOW + 45 * DAY).recipients);
}

/// A clock that steps back turns no day, fades nothing and makes nobody younger.
#[test]
fn stepping_back_resets_nothing() {
    let mut record = record(&[(10, 0), (10, 48)]);
    let before = record;
    record.send(sent(1), NOW - 90 * DAY);

    assert_eq!(
        (before.first_seen(), before.last_seen()),
        (record.first_seen(), record.last_seen())
    );
    assert_eq!(before.busiest_day(NOW + 3 * DAY), record.busiest_day(NOW + 3 * DAY));
    assert_eq!(0, record.age_of(NOW - DAY));
    let month = record.volume(Window::Month, NOW);
    assert_eq!(before.volume(Window::Month, NOW).messages + 1.0, month.messages);
}

/// A release clears alert, evidence and counted verdicts; history stays.
#[test]
fn release_clears() {
    let mut record = record(&[(10, 0)]);
    record.raise_alert(Level::Convicted, DAY, NOW);
    record.set_evidence(9.0);
    record.set_flag(SenderFlag::Proven, true);
    record.release(NOW);

    assert_eq!((Level::Clean, 0), record.alert());
    assert_eq!(0.0, record.evidence() + record.counted(Level::Suspect, Window::Month, NOW));
    assert!(record.has(SenderFlag::Released) && !record.has(SenderFlag::Proven));
    assert_eq!(1.0, record.volume(Window::Hour, NOW).messages);
}

/// An alert rises with its level, or again after an episode.
#[test]
fn alerts_rise() {
    let mut record = SenderRecord::new(9, NOW);
    assert!(record.raise_alert(Level::Bulk, DAY, NOW));
    assert!(!record.raise_alert(Level::Bulk, DAY, NOW + HOUR));
    assert!(!record.raise_alert(Level::Suspect, DAY, NOW + 2 * DAY));
    assert!(record.raise_alert(Level::Convicted, DAY, NOW + HOUR));

    assert_eq!((Level::Convicted, NOW + HOUR), record.alert());
}

/// A fresh sender is worth least, history more, and an accusation most.
#[test]
fn worth_orders() {
    let (fresh, old) = (record(&[(1, 0)]), record(&[(1, 0), (30, 700)]));
    let mut accused = fresh;
    accused.raise_alert(Level::Suspect, DAY, NOW);

    assert!(fresh.worth() < old.worth() && old.worth() < PINNED);
    assert!(accused.worth() >= PINNED);
}

/// Counts that no ledger writes are refused.
#[test]
fn odd_records_are_refused() {
    let mut bytes = Vec::new();
    record(&[(1, 0)]).encode(&mut bytes);
    bytes[35] = 0xff;

    assert_eq!(None, SenderRecord::decode(&mut Take(&bytes)));
}
