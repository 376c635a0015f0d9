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

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::super::testing::weighed;
    use super::*;

    fn some(change: impl FnOnce(&mut Situation)) -> Option<f32> {
        weighed(weigh, change)
    }

    /// The strongest word counts, and only where somebody spoke.
    #[test]
    fn the_strongest_word_counts() {
        let with = |mark: fn(&mut crate::situation::Recurrence)| {
            some(|s: &mut Situation| {
                let mut one = crate::situation::Recurrence::link(0, 0.0);
                mark(&mut one);
                s.recurrences = vec![one];
            })
        };

        assert_eq!(None, with(|_| ()));
        assert_eq!(Some(COMPLAINT), with(|one| one.complained = true));
        assert_eq!(Some(TRAP), with(|one| (one.trapped, one.complained) = (true, true)));
        assert_eq!(Some(CONFIRMED), with(|one| (one.confirmed, one.trapped) = (true, true)));
    }
}
