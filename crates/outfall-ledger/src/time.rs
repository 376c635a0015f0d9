//! Seconds, hours that wrap, and fading.
//!
//! Main type: [`Seconds`].  Nothing here reads a clock.
//!
//! # What holds
//!
//! * A clock that steps back looks like no time at all: ages are never negative, nothing fades
//!   twice and nothing is reset.

/// Seconds since 1970, good until 2106.
pub type Seconds = u32;

/// Seconds of an hour.
pub const HOUR: Seconds = 3_600;

/// Seconds of a day.
pub const DAY: Seconds = 24 * HOUR;

/// Hours that fit the 12 bits that index and doorkeeper keep of a time: 170 days.
const HOURS: u32 = 1 << 12;

/// Returns how long after `then` it is, zero if the clock has stepped back.
#[inline]
pub fn elapsed(then: Seconds, now: Seconds) -> Seconds {
    now.saturating_sub(then)
}

/// Returns what is left of a count after `seconds`, if it fades with `span` as time constant.
///
/// A steady stream of `r` a second settles at `r * span`: the number of a whole span.
#[inline]
pub fn fade(count: f32, seconds: Seconds, span: Seconds) -> f32 {
    if seconds == 0 || count == 0.0 {
        return count;
    }
    let left = count * (-(seconds as f32) / span as f32).exp();
    if left < FAINTEST { 0.0 } else { left }
}

/// Counts below this are nothing: a millionth of one message.
const FAINTEST: f32 = 1e-6;

/// Returns the hour of `now` in 12 bits.
#[inline]
pub fn wrapped_hour(now: Seconds) -> u64 {
    u64::from(now / HOUR % HOURS)
}

/// Returns how many hours ago a wrapped hour was; what seems to lie ahead counts as now.
#[inline]
pub fn hours_since(wrapped: u64, now: Seconds) -> u32 {
    let age = (now / HOUR).wrapping_sub(wrapped as u32) % HOURS;
    if age >= HOURS / 2 { 0 } else { age }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After one span a count has faded to 1/e.
    #[test]
    fn fades_to_one_over_e() {
        assert!((36.788 - fade(100.0, HOUR, HOUR)).abs() < 0.01);
    }

    /// A wrapped hour tells its age over eighty days, and a clock stepping back tells zero.
    #[test]
    fn wrapped_hours_tell_their_age() {
        let now = 1_772_409_600;

        for hours in [0, 1, 500, 2_000] {
            assert_eq!(hours, hours_since(wrapped_hour(now), now + hours * HOUR));
            assert_eq!(0, hours_since(wrapped_hour(now), now - hours * HOUR));
        }
    }

    /// A clock that steps back fades nothing.
    #[test]
    fn stepping_back_is_no_time() {
        assert_eq!(0, elapsed(100, 50));
        assert_eq!(7.0, fade(7.0, elapsed(100, 50), HOUR));
    }
}
