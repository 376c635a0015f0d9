//! # What it sees
//!
//! More recipients today than on any day of the sender's last four weeks, by far.
//!
//! # When it is wrong
//!
//! The yearly invitation of a club.  So it never reaches far alone, and small numbers say nothing.

use super::{Evidence, Family, Situation};

/// Fewer recipients a day are not volume at all.
const LEAST: f32 = 20.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let usual = situation.busiest_day.max(1.0);
    let today = situation.recipients_today;
    let times = today / usual;
    if situation.shared || situation.learning || today < LEAST || times < 5.0 {
        return None;
    }
    let nats = if times >= 15.0 { 3.0 } else { 2.0 };
    let detail = format!("{today:.0} recipients today, at most {usual:.0} on any day before");
    Some(Evidence { name: "volume".into(), family: Family::Context, nats, detail })
}
