//! What is remembered of one sender.
//!
//! Main type: [`SenderRecord`], four cache lines.
//!
//! # What holds
//!
//! * 256 bytes, however much a sender sends.
//! * Messages and recipients are counted apart, in windows of ten minutes, an hour, a day and four
//!   weeks, beside the own maximum of the past weeks without today and yesterday.
//! * A clock that steps back fades nothing, turns no day and makes nobody younger.
//! * [`SenderRecord::merge`] joins what two nodes saw *of different messages*: counts and maxima
//!   add up and so are not idempotent; envelope senders, accounts, first and last time, alert level,
//!   evidence and flags are sets or extremes, and are; so are places, as far as six hold them.
//!
//! # Not here
//!
//! What is too much.  Evidence decides; this counts.

use crate::bytes::{Put, Take};
use crate::distinct::FewDistinct;
use crate::level::Level;
use crate::places::Places;
use crate::table::{PINNED, Record};
use crate::time::{DAY, Seconds, elapsed, fade};
use crate::volume::{Peaks, Volume, Window, Windows};

/// The record of one sender.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct SenderRecord {
    key: u64,
    envelope_senders: FewDistinct,
    accounts: FewDistinct,
    first_seen: Seconds,
    /// Last message or feedback; all fading counts are of this moment.
    last_seen: Seconds,
    volume: Windows,
    novel: [f32; 2],
    known: [f32; 2],
    failed: [f32; 2],
    delivered: f32,
    complaints: f32,
    levels: [[f32; 2]; 3],
    peaks: Peaks,
    places: Places,
    evidence: f32,
    alerted_at: Seconds,
    day: u16,
    alert: Level,
    flags: u8,
}

/// What one message adds to its sender.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// Recipients of the message.
    pub recipients: u32,
    /// How many of them the sender never wrote to before.
    pub novel: u32,
}

/// Flags that the engine may keep on a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SenderFlag {
    /// A person has said that this sender is all right.
    Released = 1,
    /// A person vouches for all that it sends.
    Trusted = 2,
    /// A trap or a person has proved it bad.
    Proven = 4,
}

/// # Counting
impl SenderRecord {
    /// Returns a record that has sent nothing yet.
    pub fn new(key: u64, now: Seconds) -> Self {
        SenderRecord {
            key,
            envelope_senders: FewDistinct::default(),
            accounts: FewDistinct::default(),
            first_seen: now,
            last_seen: now,
            volume: Windows::default(),
            novel: [0.0; 2],
            known: [0.0; 2],
            failed: [0.0; 2],
            delivered: 0.0,
            complaints: 0.0,
            levels: [[0.0; 2]; 3],
            peaks: Peaks::default(),
            places: Places::default(),
            evidence: 0.0,
            alerted_at: 0,
            day: day_of(now),
            alert: Level::Clean,
            flags: 0,
        }
    }

    /// Counts a message.
    pub fn send(&mut self, sent: Sent, now: Seconds) {
        self.age(now);
        let recipients = sent.recipients as f32;
        self.volume.add(Volume { messages: 1.0, recipients });
        let novel = sent.novel.min(sent.recipients) as f32;
        self.novel.iter_mut().for_each(|count| *count += novel);
        self.known.iter_mut().for_each(|count| *count += recipients - novel);
        let [_, hour, day, _] = self.volume.0;
        self.peaks.reach(hour, day);
    }

    /// Counts recipients who turned out not to exist.
    pub fn count_failed(&mut self, recipients: u32, now: Seconds) {
        self.age(now);
        self.failed.iter_mut().for_each(|count| *count += recipients as f32);
    }

    /// Counts recipients to whom a message was delivered.
    pub fn count_delivered(&mut self, recipients: u32, now: Seconds) {
        self.age(now);
        self.delivered += recipients as f32;
    }

    /// Counts a complaint.
    pub fn count_complaint(&mut self, now: Seconds) {
        self.age(now);
        self.complaints += 1.0;
    }

    /// Counts a verdict of suspect, bulk or worse on one of its messages.
    pub fn count_level(&mut self, level: Level, now: Seconds) {
        self.age(now);
        if let Some(counts) = level_row(level).and_then(|row| self.levels.get_mut(row)) {
            counts.iter_mut().for_each(|count| *count += 1.0);
        }
    }

    /// Notes a login from a place; tells whether the place was held, new or usual.
    ///
    /// The first place of all is usual at once.  Another is new until a message that is `believed`
    /// comes from it on a later day: whoever has stolen a password does not make himself at home.
    pub fn visit(&mut self, place: u64, believed: bool, now: Seconds) -> bool {
        self.places.visit(place, believed, now)
    }

    /// Notes a place of the past, as a mail log knows it: usual at once.
    pub fn settle(&mut self, place: u64, now: Seconds) {
        self.places.settle(place, now);
    }

    /// Notes the hash of an envelope sender.
    pub fn note_envelope_sender(&mut self, envelope_sender: u64) {
        self.envelope_senders.add(envelope_sender);
    }

    /// Notes the hash of an account seen on this sender, when the sender is an address.
    pub fn note_account(&mut self, account: u64) {
        self.accounts.add(account);
    }

    /// Sets the state of a sequential test, in nats; what is not a number is zero.
    pub fn set_evidence(&mut self, nats: f32) {
        self.evidence = if nats.is_finite() { nats } else { 0.0 };
    }

    /// Raises the alert level; tells whether it rose, or was last raised over `episode` seconds ago.
    pub fn raise_alert(&mut self, level: Level, episode: Seconds, now: Seconds) -> bool {
        let over = elapsed(self.alerted_at, now) >= episode;
        let rises = level > self.alert || over && level == self.alert;
        if rises {
            (self.alert, self.alerted_at) = (level, now);
        }
        rises
    }

    /// Clears the sender by the word of a person: alert, evidence and counted verdicts.
    pub fn release(&mut self, now: Seconds) {
        self.age(now);
        (self.alert, self.alerted_at, self.evidence) = (Level::Clean, 0, 0.0);
        self.levels = [[0.0; 2]; 3];
        self.set_flag(SenderFlag::Proven, false);
        self.set_flag(SenderFlag::Released, true);
    }

    /// Sets or clears a flag.
    pub fn set_flag(&mut self, flag: SenderFlag, on: bool) {
        self.flags = if on { self.flags | flag as u8 } else { self.flags & !(flag as u8) };
    }

    /// Joins what another node saw of the same sender in other messages.
    pub fn merge(&mut self, other: &Self) {
        let mut other = *other;
        let latest = self.last_seen.max(other.last_seen);
        self.age(latest);
        other.age(latest);
        self.first_seen = self.first_seen.min(other.first_seen);
        self.volume.merge(&other.volume);
        self.complaints += other.complaints;
        self.delivered += other.delivered;
        for window in 0..2 {
            self.novel[window] += other.novel[window];
            self.known[window] += other.known[window];
            self.failed[window] += other.failed[window];
        }
        let theirs = other.levels.as_flattened();
        self.levels
            .as_flattened_mut()
            .iter_mut()
            .zip(theirs)
            .for_each(|(mine, more)| *mine += more);
        self.peaks.merge(&other.peaks);
        self.envelope_senders.merge(&other.envelope_senders);
        self.accounts.merge(&other.accounts);
        self.places.merge(&other.places);
        if other.evidence.abs() > self.evidence.abs() {
            self.evidence = other.evidence;
        }
        let alerts = [(self.alert, self.alerted_at), (other.alert, other.alerted_at)];
        (self.alert, self.alerted_at) = alerts.into_iter().max().unwrap_or_default();
        self.flags |= other.flags;
    }

    /// Brings all that fades to `now`.
    fn age(&mut self, now: Seconds) {
        let passed = elapsed(self.last_seen, now);
        if passed == 0 {
            return;
        }
        let span = |window: usize| [Window::Day, Window::Month][window].seconds();
        self.volume.age(passed);
        self.delivered = fade(self.delivered, passed, DAY);
        self.complaints = fade(self.complaints, passed, Window::Month.seconds());
        for window in 0..2 {
            for counts in [&mut self.novel, &mut self.known, &mut self.failed] {
                counts[window] = fade(counts[window], passed, span(window));
            }
            for counts in &mut self.levels {
                counts[window] = fade(counts[window], passed, span(window));
            }
        }
        let today = day_of(now);
        self.peaks.turn(self.day, today);
        self.day = today;
        self.last_seen = now;
    }
}

/// # Reading
impl SenderRecord {
    /// The sender.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// When it was seen first.
    pub fn first_seen(&self) -> Seconds {
        self.first_seen
    }

    /// When it was heard of last, by a message or by feedback.
    pub fn last_seen(&self) -> Seconds {
        self.last_seen
    }

    /// Seconds since it was seen first.
    pub fn age_of(&self, now: Seconds) -> Seconds {
        elapsed(self.first_seen, now)
    }

    /// Messages and recipients of a window, fading.
    pub fn volume(&self, window: Window, now: Seconds) -> Volume {
        self.volume.after(window, elapsed(self.last_seen, now))
    }

    /// The most in an hour of the past four weeks, without today and yesterday.
    pub fn busiest_hour(&self, now: Seconds) -> Volume {
        self.peaks_at(now).past().hour
    }

    /// The most in a day of the past four weeks, without today and yesterday.
    pub fn busiest_day(&self, now: Seconds) -> Volume {
        self.peaks_at(now).past().day
    }

    /// Recipients to whom it had never written, over a day or, for any other window, four weeks.
    pub fn novel(&self, window: Window, now: Seconds) -> f32 {
        self.slow_count(self.novel, window, now)
    }

    /// Recipients to whom it had written before, over a day or, for any other window, four weeks.
    pub fn known(&self, window: Window, now: Seconds) -> f32 {
        self.slow_count(self.known, window, now)
    }

    /// Deliveries of the last day that succeeded, as far as anybody told.
    pub fn delivered(&self, now: Seconds) -> f32 {
        fade(self.delivered, elapsed(self.last_seen, now), DAY)
    }

    /// Recipients who did not exist, over a day or, for any other window, four weeks.
    pub fn failed(&self, window: Window, now: Seconds) -> f32 {
        self.slow_count(self.failed, window, now)
    }

    /// Complaints of the last four weeks.
    pub fn complaints(&self, now: Seconds) -> f32 {
        fade(self.complaints, elapsed(self.last_seen, now), Window::Month.seconds())
    }

    /// Messages with exactly this verdict, over a day or, for any other window, four weeks.
    pub fn counted(&self, level: Level, window: Window, now: Seconds) -> f32 {
        let counts = level_row(level).map_or([0.0; 2], |row| self.levels[row]);
        self.slow_count(counts, window, now)
    }

    /// Usual login places that are not `host`.
    pub fn usual_places_besides(&self, host: Option<u64>) -> u32 {
        self.places.usual_besides(host)
    }

    /// Tells whether this place of login is usual: see [`SenderRecord::visit`].
    pub fn knows_place(&self, place: u64) -> bool {
        self.places.knows(place)
    }

    /// Login places that are new and were used today, up to six.
    pub fn new_places(&self, now: Seconds) -> u32 {
        self.places.new_today(now)
    }

    /// Login places known, up to six.
    pub fn places(&self) -> u32 {
        self.places.count()
    }

    /// Estimated different envelope senders.
    pub fn envelope_senders(&self) -> f32 {
        self.envelope_senders.count()
    }

    /// Estimated different accounts on this address.
    pub fn accounts(&self) -> f32 {
        self.accounts.count()
    }

    /// The state of the sequential test, in nats.
    pub fn evidence(&self) -> f32 {
        self.evidence
    }

    /// The alert level reached, and when.
    pub fn alert(&self) -> (Level, Seconds) {
        (self.alert, self.alerted_at)
    }

    /// Tells whether a flag is set.
    pub fn has(&self, flag: SenderFlag) -> bool {
        self.flags & flag as u8 != 0
    }

    fn peaks_at(&self, now: Seconds) -> Peaks {
        let mut peaks = self.peaks;
        peaks.turn(self.day, day_of(now));
        peaks
    }

    fn slow_count(&self, counts: [f32; 2], window: Window, now: Seconds) -> f32 {
        let (count, span) = match window {
            Window::Day => (counts[0], Window::Day),
            _ => (counts[1], Window::Month),
        };
        fade(count, elapsed(self.last_seen, now), span.seconds())
    }
}

impl Record for SenderRecord {
    const SIZE: usize = 256;
    const HOURS_A_POINT: u32 = 12;

    fn key(&self) -> u64 {
        self.key
    }

    fn last_seen(&self) -> Seconds {
        self.last_seen
    }

    fn last_line(&self) -> u64 {
        self.flags.into()
    }

    /// Two points a day of history, three a doubling of the month's recipients, one a known place
    /// or nat; whoever was accused or judged by a person is pinned.
    fn worth(&self) -> u8 {
        if self.alert >= Level::Suspect || self.flags != 0 {
            return PINNED + self.alert as u8;
        }
        let days = 2 * (elapsed(self.first_seen, self.last_seen) / DAY).min(28);
        let recipients = 3 * (1.0 + self.volume.0[3].recipients).log2().min(15.0) as u32;
        let nats = self.evidence.clamp(0.0, 16.0) as u32;
        (days + recipients + self.places() + nats).min(PINNED as u32 - 1) as u8
    }

    fn merge(&mut self, other: &Self) {
        SenderRecord::merge(self, other);
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.put_u64(self.key);
        bytes.put_u64(self.envelope_senders.0);
        bytes.put_u64(self.accounts.0);
        bytes.put_u32(self.first_seen);
        bytes.put_u32(self.last_seen);
        self.volume.0.iter().for_each(|volume| volume.encode(bytes));
        for count in [self.novel, self.known, self.failed].as_flattened() {
            bytes.put_f32(*count);
        }
        bytes.put_f32(self.delivered);
        bytes.put_f32(self.complaints);
        self.levels.as_flattened().iter().for_each(|&count| bytes.put_f32(count));
        self.peaks.encode(bytes);
        self.places.encode(bytes);
        bytes.put_u32(0);
        bytes.put_f32(self.evidence);
        bytes.put_u32(self.alerted_at);
        bytes.put_u16(self.day);
        bytes.put([self.alert as u8, self.flags]);
    }

    fn decode(take: &mut Take<'_>) -> Option<Self> {
        let mut record = SenderRecord::new(take.u64()?, 0);
        record.envelope_senders = FewDistinct(take.u64()?);
        record.accounts = FewDistinct(take.u64()?);
        record.first_seen = take.u32()?;
        record.last_seen = take.u32()?;
        record.volume = Windows(take.many(Volume::decode)?);
        [record.novel, record.known, record.failed] = take.many(|take| take.many(Take::count))?;
        record.delivered = take.count()?;
        record.complaints = take.count()?;
        record.levels = take.many(|take| take.many(Take::count))?;
        record.peaks = Peaks::decode(take)?;
        record.places = Places::decode(take)?;
        take.u32()?;
        record.evidence = take.f32()?;
        record.alerted_at = take.u32()?;
        record.day = take.u16()?;
        record.alert = Level::from_number(take.u8()?)?;
        record.flags = take.u8()?;
        Some(record)
    }
}

/// Row of a counted verdict; clean ones are not counted.
fn level_row(level: Level) -> Option<usize> {
    (level as usize).checked_sub(1)
}

/// Days since 1970, good until 2149.
fn day_of(now: Seconds) -> u16 {
    (now / DAY) as u16
}

#[cfg(test)]
mod tests;
