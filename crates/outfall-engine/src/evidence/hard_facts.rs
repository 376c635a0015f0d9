//! # What it sees
//!
//! What people said of messages like this: complaints, trap hits, confirmations.
//!
//! # When it is wrong
//!
//! People press "spam" on newsletters they asked for: one complaint alone reaches nothing.

use super::{Evidence, Family, Situation};

const CONFIRMED: f32 = 10.0;
const TRAP: f32 = 6.0;
const COMPLAINT: f32 = 4.0;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let marked =
        |mark: fn(&crate::situation::Recurrence) -> bool| situation.recurrences.iter().any(mark);
    let (nats, detail) = if marked(|one| one.confirmed) {
        (CONFIRMED, "a person confirmed the like as spam")
    } else if marked(|one| one.trapped) {
        (TRAP, "the like reached a spam trap")
    } else if marked(|one| one.complained) {
        (COMPLAINT, "a recipient complained of the like")
    } else {
        return None;
    };
    Some(Evidence {
        name: "hard-facts".into(),
        family: Family::Hard,
        nats,
        detail: detail.to_owned(),
    })
}
