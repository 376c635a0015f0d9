//! How much a sender sends, now and at its busiest.
//!
//! Main types: [`Volume`], messages and recipients apart; [`Windows`], the fading counts;
//! [`Peaks`], the own past maximum.
//!
//! # Theory
//!
//! Each window is a count that fades with the window's length, so that a steady stream shows its
//! number a window; see [`crate::time::fade`].  The past maximum is taken of the very same fading
//! counts, so that like is compared with like.  It leaves out today and yesterday: an attack has at
//! least a day before it becomes its own norm.  Four weeks are remembered, each by its maximum.
//!
//! # What holds
//!
//! * Messages and recipients are never added to each other.
//! * The past maximum of a sender who was quiet for four weeks is zero.
//! * A clock that steps back turns no day.
//! * Merging adds: what two nodes saw of different messages; the sum of two maxima is at least the
//!   maximum of the sum, which errs to the sender's side.

use crate::bytes::{Put, Take};
use crate::time::{DAY, HOUR, Seconds, fade};

/// A span over which counts fade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Ten minutes.
    TenMinutes = 0,
    /// An hour.
    Hour = 1,
    /// A day.
    Day = 2,
    /// Twenty-eight days.
    Month = 3,
}

impl Window {
    /// Every window, shortest first.
    pub const ALL: [Window; 4] = [Window::TenMinutes, Window::Hour, Window::Day, Window::Month];

    /// Returns its length.
    pub fn seconds(self) -> Seconds {
        [HOUR / 6, HOUR, DAY, 28 * DAY][self as usize]
    }
}

/// Messages and recipients, apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Volume {
    /// Messages.
    pub messages: f32,
    /// Recipients of all of them.
    pub recipients: f32,
}

impl Volume {
    /// Returns the larger of each.
    pub fn max(self, other: Self) -> Self {
        Volume {
            messages: self.messages.max(other.messages),
            recipients: self.recipients.max(other.recipients),
        }
    }

    fn plus(self, other: Self) -> Self {
        Volume {
            messages: self.messages + other.messages,
            recipients: self.recipients + other.recipients,
        }
    }

    pub(crate) fn encode(self, bytes: &mut Vec<u8>) {
        bytes.put_f32(self.messages);
        bytes.put_f32(self.recipients);
    }

    pub(crate) fn decode(take: &mut Take<'_>) -> Option<Self> {
        Some(Volume { messages: take.count()?, recipients: take.count()? })
    }
}

//------------ Windows --------------------------------------------------------

/// Fading counts over the four windows; the owner remembers when they were brought up to date.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Windows(pub [Volume; 4]);

impl Windows {
    pub fn age(&mut self, seconds: Seconds) {
        for window in Window::ALL {
            self.0[window as usize] = self.after(window, seconds);
        }
    }

    /// Returns the count of a window `seconds` later.
    pub fn after(&self, window: Window, seconds: Seconds) -> Volume {
        let volume = self.0[window as usize];
        Volume {
            messages: fade(volume.messages, seconds, window.seconds()),
            recipients: fade(volume.recipients, seconds, window.seconds()),
        }
    }

    pub fn add(&mut self, volume: Volume) {
        self.0.iter_mut().for_each(|held| *held = held.plus(volume));
    }

    pub fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine = mine.plus(theirs));
    }
}

//------------ Peaks ----------------------------------------------------------

/// Weeks of which a maximum is remembered.
const WEEKS: usize = 4;

/// The highest an hour and a day have been.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Peak {
    pub hour: Volume,
    pub day: Volume,
}

impl Peak {
    fn max(self, other: Self) -> Self {
        Peak { hour: self.hour.max(other.hour), day: self.day.max(other.day) }
    }

    fn plus(self, other: Self) -> Self {
        Peak { hour: self.hour.plus(other.hour), day: self.day.plus(other.day) }
    }

    fn decode(take: &mut Take<'_>) -> Option<Self> {
        Some(Peak { hour: Volume::decode(take)?, day: Volume::decode(take)? })
    }
}

/// Today's, yesterday's and the weeks' maxima; `day` is the day they were last turned, from 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Peaks {
    today: Peak,
    yesterday: Peak,
    weeks: [Peak; WEEKS],
}

impl Peaks {
    /// Turns from day `before` to day `after`, both counted from 1970.
    pub fn turn(&mut self, before: u16, after: u16) {
        if after <= before {
            return;
        }
        let week = |day: u16| usize::from(day / 7);
        let week_of_yesterday = week(before.saturating_sub(1)) % WEEKS;
        self.weeks[week_of_yesterday] = self.weeks[week_of_yesterday].max(self.yesterday);
        if after - before > 1 {
            let week_of_today = week(before) % WEEKS;
            self.weeks[week_of_today] = self.weeks[week_of_today].max(self.today);
            self.today = Peak::default();
        }
        for stale in week(before) + 1..=week(after).min(week(before) + WEEKS) {
            self.weeks[stale % WEEKS] = Peak::default();
        }
        self.yesterday = std::mem::take(&mut self.today);
    }

    pub fn reach(&mut self, hour: Volume, day: Volume) {
        self.today = self.today.max(Peak { hour, day });
    }

    pub fn past(&self) -> Peak {
        self.weeks.iter().fold(Peak::default(), |peak, &week| peak.max(week))
    }

    pub fn merge(&mut self, other: &Self) {
        self.today = self.today.plus(other.today);
        self.yesterday = self.yesterday.plus(other.yesterday);
        self.weeks.iter_mut().zip(other.weeks).for_each(|(mine, theirs)| *mine = mine.plus(theirs));
    }

    pub fn encode(&self, bytes: &mut Vec<u8>) {
        for peak in [&[self.today, self.yesterday], &self.weeks[..]].concat() {
            peak.hour.encode(bytes);
            peak.day.encode(bytes);
        }
    }

    pub fn decode(take: &mut Take<'_>) -> Option<Self> {
        let (today, yesterday) = (Peak::decode(take)?, Peak::decode(take)?);
        Some(Peaks { today, yesterday, weeks: take.many(Peak::decode)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn volume(messages: u32) -> Volume {
        Volume { messages: messages as f32, recipients: 2.0 * messages as f32 }
    }

    /// The slow twin: what was reached on each day.
    fn naive(days: &[(u16, u32)], today: u16) -> f32 {
        let past = days.iter().filter(|(day, _)| {
            day + 1 < today && usize::from(day / 7) + WEEKS > usize::from(today / 7)
        });
        past.map(|&(_, messages)| messages as f32).fold(0.0, f32::max)
    }

    proptest! {
        /// The past maximum is that of all days of four calendar weeks but today and yesterday,
        /// whatever days were skipped.
        #[test]
        fn past_agrees_with_naive(steps in prop::collection::vec((0u16..12, 1u32..1_000), 1..60)) {
            let (mut peaks, mut today, mut days) = (Peaks::default(), 20_000, Vec::new());
            for (skipped, messages) in steps {
                peaks.turn(today, today + skipped);
                today += skipped;
                peaks.reach(volume(messages), volume(messages));
                days.push((today, messages));

                prop_assert_eq!(volume(naive(&days, today) as u32), peaks.past().hour);
                prop_assert_eq!(peaks.past().hour, peaks.past().day);
            }
        }
    }

    /// A steady stream shows its number in every window.
    #[test]
    fn steady_stream_shows_its_number() {
        let mut windows = Windows::default();
        for _ in 0..40_000 {
            windows.age(60);
            windows.add(volume(1));
        }

        for (window, expected) in
            [(Window::TenMinutes, 10.0), (Window::Hour, 60.0), (Window::Day, 1_440.0)]
        {
            let messages = windows.after(window, 0).messages;
            assert!((messages / expected - 1.0).abs() < 0.06, "{window:?}: {messages}");
        }
    }
}
