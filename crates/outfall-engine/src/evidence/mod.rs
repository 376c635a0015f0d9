//! Evidence: one named reason a file, behind one list.
//!
//! Main types: [`Evidence`], what was found; [`Situation`], all that a finder may look at;
//! [`Family`], within which reasons depend on each other and are capped together.
//!
//! # Theory
//!
//! Reasons add in nats as log likelihood ratios would, were they independent.  They are not:
//! each family is capped, so that no single mistake, however loud, crosses a line alone
//! (`score` holds the caps).
//!
//! # To add one
//!
//! Write a file with `weigh(&Situation) -> Option<Evidence>` and name it in [`ALL`].  Its head says
//! what it sees, why it matters and when it is wrong.

mod borrowed_name;
mod correspondents;
mod dangerous_file;
mod deliveries;
mod disguise;
mod forged_senders;
mod hard_facts;
mod hygienic_list;
mod login_form;
mod lying_link;
mod maturity;
mod newcomer;
mod places;
mod recurrence;
mod repetition;
mod scanners;
mod strange_login;
mod turned;
mod volume;

pub use crate::situation::Situation;
pub use forged_senders::USUAL_DOMAINS;
pub use places::MANY_PLACES;
pub use recurrence::{firmest, strongest, value};
pub use repetition::NATS as REPETITION;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
pub use volume::{FLOOD, GREAT_FLOOD, flood};

/// How to find one evidence.
pub type Weigh = fn(&Situation) -> Option<Evidence>;

/// Every evidence by its name, and how to find it.
pub const ALL: &[(&str, Weigh)] = &[
    // Context comes first: recurrence weighs less against a sender who is well within its own.
    ("correspondents", correspondents::weigh),
    ("strange-login", strange_login::weigh),
    ("forged-senders", forged_senders::weigh),
    ("newcomer", newcomer::weigh),
    ("volume", volume::weigh),
    ("deliveries", deliveries::weigh),
    ("hygienic-list", hygienic_list::weigh),
    ("maturity", maturity::weigh),
    ("recurrence", recurrence::weigh),
    ("repetition", repetition::weigh),
    ("places", places::weigh),
    ("turned", turned::weigh),
    ("borrowed-name", borrowed_name::weigh),
    ("login-form", login_form::weigh),
    ("lying-link", lying_link::weigh),
    ("disguise", disguise::weigh),
    ("dangerous-file", dangerous_file::weigh),
    ("scanner", scanners::weigh),
    ("hard-facts", hard_facts::weigh),
];

/// One named reason, in nats, with the facts in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The name that logs, tables and documents use.
    pub name: Cow<'static, str>,
    /// What it is capped with.
    pub family: Family,
    /// Positive for abuse.
    pub nats: f32,
    /// The facts, as a person would say them.
    pub detail: String,
}

/// Reasons that depend on each other; `score` caps each family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// How far the sender is out of its own normal: correspondents, logins, volume, age.
    Context,
    /// What other senders sent the like.
    Recurrence,
    /// What this sender by itself has been doing for a while.
    Conduct,
    /// What the message itself carries.
    Content,
    /// What people and scanners said.
    Hard,
}

impl Family {
    /// All of them; the position is the number.
    pub const ALL: [Family; 5] =
        [Family::Context, Family::Recurrence, Family::Conduct, Family::Content, Family::Hard];

    /// Returns the word that documents use.
    pub fn name(self) -> &'static str {
        ["context", "recurrence", "conduct", "content", "hard"][self as usize]
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod testing {
    use super::{Evidence, Situation};

    /// Returns the nats that `weigh` finds in the plain situation after `change`.
    pub fn weighed(
        weigh: fn(&Situation) -> Option<Evidence>,
        change: impl FnOnce(&mut Situation),
    ) -> Option<f32> {
        let examined = crate::Examined::default();
        let mut situation = Situation::plain(&examined);
        change(&mut situation);
        weigh(&situation).map(|evidence| evidence.nats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Context is complete before recurrence is asked, which weighs by it.
    #[test]
    fn context_comes_first() {
        let examined = crate::Examined::default();
        let mut situation = Situation::plain(&examined);
        (situation.newcomer, situation.strange_login, situation.known) = (true, true, 0);
        situation.recurrences = vec![crate::situation::Recurrence::link(9, 3.0)];
        situation.strangers = 2;
        let families: Vec<_> =
            ALL.iter().filter_map(|(_, weigh)| weigh(&situation)).map(|e| e.family).collect();
        let last_context = families.iter().rposition(|family| *family == Family::Context);
        let recurrence = families.iter().position(|family| *family == Family::Recurrence);

        assert!(last_context.is_some() && recurrence.is_some());
        assert!(last_context < recurrence);
    }
}
