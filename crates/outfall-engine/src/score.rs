//! Evidence to a category: capped families, and two keys for a conviction.
//!
//! # What holds
//!
//! * Volume, similarity or structure alone never goes beyond `bulk`.
//! * A conviction needs the score and two independent keys: what others sent or a hard fact on one
//!   side, the sender out of its own normal on the other.
//! * Each family is capped.
//! * Mail that only passes through (forwards) is never more than suspect unless a hard fact speaks;
//!   nor are reports and automatic answers, unless they call readers to a foreign place.
//!
//! # Theory
//!
//! exp(score) is treated as an e-value: the chance that an innocent one ever reaches the threshold
//! c is at most 1/c (Ville's inequality), so that with N senders a day and a budget of B false
//! convictions a day the threshold is ln(N/B).  The weights are set by hand, so the bound is a
//! guide and not a proof; the two keys carry what it cannot.

use crate::evidence::{Evidence, Family};
use crate::situation::Situation;
use crate::without::Key;
use serde::{Deserialize, Serialize};

/// From here a message is looked at.
pub const SUSPECT: f32 = 5.0;

/// From here it is slowed.
pub const BULK: f32 = 8.0;

/// A hard fact of so many nats turns the outside key: a complaint does, alone.
const HARD_KEY: f32 = 4.0;

/// What a family can add at most and take away at most.
fn cap(family: Family) -> (f32, f32) {
    match family {
        Family::Context => (-6.0, 6.0),
        Family::Recurrence => (0.0, 12.0),
        Family::Conduct => (0.0, 8.0),
        Family::Content => (0.0, 2.0),
        Family::Hard => (-12.0, 12.0),
    }
}

/// How sure one must be, in the order of severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Category {
    /// Nothing speaks against it.
    #[default]
    Clean,
    /// Worth a sample.
    Suspect,
    /// To be slowed.
    Bulk,
    /// Convicted.
    Spam,
    /// Convicted, and it wants the reader's password or money.
    Phishing,
    /// Convicted, and it carries something that runs.
    Malware,
}

impl Category {
    /// All of them, mildest first; the position is the number used outside.
    pub const ALL: [Category; 6] = [
        Category::Clean,
        Category::Suspect,
        Category::Bulk,
        Category::Spam,
        Category::Phishing,
        Category::Malware,
    ];

    /// Tells whether the message is called abuse.
    pub fn convicts(self) -> bool {
        self >= Category::Spam
    }

    /// Returns the word of the contract.
    pub fn name(self) -> &'static str {
        ["clean", "suspect", "bulk", "spam", "phishing", "malware"][self as usize]
    }
}

/// A score, and the keys that were turned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The sum of capped families, in nats.
    pub nats: f32,
    /// The sum of the sender's own context, capped.
    pub context: f32,
    /// Something from outside the sender speaks: an outbreak of others, places, a hard fact.
    pub outside_key: bool,
    /// The sender is out of its own normal.
    pub own_key: bool,
}

/// What came of the evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// The sum and the keys.
    pub score: Score,
    /// What the message is called.
    pub category: Category,
}

/// Adds up `evidence`.
pub fn add_up(evidence: &[Evidence], situation: &Situation) -> Score {
    let family = |family: Family| {
        let without = situation.without.has_cap(family);
        let (least, most) = if without { (f32::NEG_INFINITY, f32::INFINITY) } else { cap(family) };
        let of = evidence.iter().filter(|one| one.family == family);
        of.map(|one| one.nats).fold(0.0, |sum: f32, nats| sum + nats).clamp(least, most)
    };
    let has_turned = evidence.iter().any(|one| one.name == "turned");
    let families = Family::ALL.map(family);
    let (context, hard) = (families[0], families[4] >= HARD_KEY);
    Score {
        nats: families.iter().fold(0.0, |sum, nats| sum + nats),
        context,
        outside_key: situation.without.has_key(Key::Outside)
            || hard
            || situation.has_outbreak()
            || situation.has_many_places()
            || has_turned && situation.is_taken_over(),
        own_key: situation.without.has_key(Key::Own)
            || context > 0.0 && (hard || situation.is_another()),
    }
}

/// Decides.
pub fn categorise(
    score: &Score,
    threshold: f32,
    evidence: &[Evidence],
    situation: &Situation,
) -> Category {
    let category = match score.nats {
        nats if nats >= threshold && score.outside_key && score.own_key => {
            conviction(evidence, situation)
        }
        nats if nats >= BULK => Category::Bulk,
        nats if nats >= SUSPECT => Category::Suspect,
        _ => Category::Clean,
    };
    let at_most_suspect = is_spared(evidence, situation) || is_too_early(evidence, situation);
    if at_most_suspect { category.min(Category::Suspect) } else { category }
}

/// Tells whether a message is never slowed: others wrote its words, or its sender passes them on for the
/// first time, and no hard fact speaks.
pub fn is_spared(evidence: &[Evidence], situation: &Situation) -> bool {
    let others = situation.has_others_words() || situation.only_passes_on();
    others && !has_hard_fact(evidence)
}

/// Tells whether the engine is too new here to slow anybody: everybody looks new to it, and only a
/// hard fact is no matter of that.
pub fn is_too_early(evidence: &[Evidence], situation: &Situation) -> bool {
    situation.learning && !has_hard_fact(evidence)
}

fn has_hard_fact(evidence: &[Evidence]) -> bool {
    evidence.iter().any(|one| one.family == Family::Hard && one.nats > 0.0)
}

/// Returns the families whose cap cut their sum: family, sum, and what was counted.
pub fn cuts(evidence: &[Evidence]) -> impl Iterator<Item = (Family, f32, f32)> + '_ {
    let sum = |family| -> f32 {
        evidence.iter().filter(|one| one.family == family).map(|one| one.nats).sum()
    };
    Family::ALL.into_iter().filter_map(move |family| {
        let (sum, (least, most)) = (sum(family), cap(family));
        let counted = sum.clamp(least, most);
        (counted != sum).then_some((family, sum, counted))
    })
}

/// What makes an outbreak phishing: it wears another's name, or asks for a password.
const LURES: [&str; 3] = ["lying-link", "borrowed-name", "login-form"];

/// Tells the three convictions apart by what the message carries.
fn conviction(evidence: &[Evidence], situation: &Situation) -> Category {
    let found = situation.findings.iter().map(|finding| finding.category).max();
    let has = |name: &str| evidence.iter().any(|one| one.name == name);
    match found {
        Some(category) if category.convicts() => category,
        _ if has("dangerous-file") => Category::Malware,
        _ if LURES.iter().any(|lure| has(lure)) => Category::Phishing,
        _ => Category::Spam,
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::situation::Recurrence;
    use crate::{Channel, Examined};

    fn evidence(family: Family, nats: f32) -> Evidence {
        Evidence { name: "test".into(), family, nats, detail: String::new() }
    }

    /// Judges what is given, with an outbreak around it or not.
    fn category(
        evidence: &[Evidence],
        outbreak: bool,
        change: impl FnOnce(&mut Situation),
    ) -> Category {
        let examined = Examined::default();
        let mut situation = Situation::plain(&examined);
        if outbreak {
            situation.recurrences = vec![Recurrence::link(9, 3.0)];
            situation.strange_login = true;
        }
        change(&mut situation);
        categorise(&add_up(evidence, &situation), 10.0, evidence, &situation)
    }

    const OUT: (Family, f32) = (Family::Context, 3.0);
    const OUTBREAK: (Family, f32) = (Family::Recurrence, 12.0);

    fn of(pairs: &[(Family, f32)]) -> Vec<Evidence> {
        pairs.iter().map(|&(family, nats)| evidence(family, nats)).collect()
    }

    /// Both keys and the score convict.
    #[test]
    fn two_keys_convict() {
        assert_eq!(Category::Spam, category(&of(&[OUT, OUTBREAK]), true, |_| ()));
    }

    /// Whoever is who he was, and only writes to more people than usual, is slowed in an outbreak and not
    /// convicted, unless he floods.
    #[test]
    fn the_own_key_takes_another_person() {
        let at_home = |recipients_today: f32| {
            category(&of(&[OUT, OUTBREAK]), true, |s| {
                (s.strange_login, s.recipients_today) = (false, recipients_today);
                s.busiest_day = 10.0;
            })
        };

        assert_eq!(Category::Bulk, at_home(30.0));
        assert_eq!(Category::Bulk, at_home(199.0));
        assert_eq!(Category::Spam, at_home(200.0));
    }

    /// Recurrence without own anomaly, and own anomaly without recurrence, stay at bulk, however loud.
    #[test]
    fn one_key_never_convicts() {
        let loud = of(&[(Family::Context, 99.0), (Family::Conduct, 99.0)]);

        assert_eq!(Category::Bulk, category(&of(&[OUTBREAK]), true, |_| ()));
        assert_eq!(Category::Bulk, category(&loud, false, |_| ()));
    }

    /// A recipient's complaint (four nats) is hard enough to be a key, and less is not.
    #[test]
    fn a_hard_fact_is_a_key() {
        let with = |nats| of(&[OUT, (Family::Conduct, 8.0), (Family::Hard, nats)]);

        assert_eq!(Category::Spam, category(&with(4.0), false, |_| ()));
        assert_eq!(Category::Bulk, category(&with(3.9), false, |_| ()));
    }

    /// One account in many places at once turns the outside key by itself.
    #[test]
    fn many_places_are_a_key() {
        let evidence = of(&[OUT, (Family::Conduct, 8.0)]);
        let busy = |s: &mut Situation| {
            (s.new_places_today, s.own_repeats, s.foreign_call) = (4, 1, true);
            (s.strangers, s.known) = (1, 0);
        };

        assert_eq!(Category::Spam, category(&evidence, false, busy));
        assert_eq!(Category::Bulk, category(&evidence, false, |_| ()));
    }

    /// Five nats are suspect, eight are slowed.
    #[test]
    fn lines_are_where_documents_say() {
        let at = |nats| category(&of(&[(Family::Recurrence, nats)]), false, |_| ());

        assert_eq!([Category::Clean, Category::Suspect], [at(4.9), at(5.0)]);
        assert_eq!([Category::Suspect, Category::Bulk], [at(7.9), at(8.0)]);
    }

    /// No family, however often it speaks, adds more than its cap or takes away more.
    #[test]
    fn families_are_capped() {
        let examined = Examined::default();
        let situation = Situation::plain(&examined);
        let sum = |family, nats| add_up(&vec![evidence(family, nats); 50], &situation).nats;
        let capped = |family| (sum(family, -5.0), sum(family, 5.0));

        assert_eq!((-6.0, 6.0), capped(Family::Context));
        assert_eq!((0.0, 12.0), capped(Family::Recurrence));
        assert_eq!((0.0, 8.0), capped(Family::Conduct));
        assert_eq!((0.0, 2.0), capped(Family::Content));
        assert_eq!((-12.0, 12.0), capped(Family::Hard));
    }

    /// Forwards, bounces and automatic answers are never more than suspect without a hard fact.
    #[test]
    fn what_passes_through_is_spared() {
        for channel in [Channel::Forward, Channel::Bounce, Channel::AutoReply] {
            let through = |s: &mut Situation| s.channel = channel;
            assert_eq!(Category::Suspect, category(&of(&[OUT, OUTBREAK]), true, through));
            let cleared = of(&[OUT, OUTBREAK, (Family::Hard, -1.0)]);
            assert_eq!(Category::Suspect, category(&cleared, true, through));
            let hard = of(&[OUT, OUTBREAK, (Family::Hard, 8.0)]);
            assert_eq!(Category::Spam, category(&hard, true, |s| s.channel = channel));
        }
    }

    /// What claims to be an answer and calls readers elsewhere is no answer; a forward may.
    #[test]
    fn answers_call_nobody_elsewhere() {
        let calling = |channel| {
            let call = |s: &mut Situation| (s.channel, s.foreign_call) = (channel, true);
            category(&of(&[OUT, OUTBREAK]), true, call)
        };

        assert_eq!(Category::Suspect, calling(Channel::Forward));
        assert_eq!(Category::Spam, calling(Channel::Bounce));
        assert_eq!(Category::Spam, calling(Channel::AutoReply));
    }

    /// What a message carries names the conviction, and convicts nobody.
    #[test]
    fn content_only_names() {
        let named = |name: &'static str| {
            let mut evidence = of(&[OUT, OUTBREAK, (Family::Content, 1.0)]);
            evidence[2].name = name.into();
            evidence
        };

        assert_eq!(Category::Malware, category(&named("dangerous-file"), true, |_| ()));
        assert_eq!(Category::Phishing, category(&named("lying-link"), true, |_| ()));
        assert_eq!(Category::Clean, category(&named("dangerous-file")[2..], false, |_| ()));
    }

    /// The worst that a scanner found names the conviction, unless it is no conviction itself.
    #[test]
    fn scanners_name_convictions() {
        let examined = Examined::default();
        let named = |found: &[Category]| {
            let of =
                |&category| crate::Finding { scanner: "clamd".into(), name: "x".into(), category };
            let findings: Vec<_> = found.iter().map(of).collect();
            conviction(&[], &Situation { findings: &findings, ..Situation::plain(&examined) })
        };

        assert_eq!(Category::Malware, named(&[Category::Phishing, Category::Malware]));
        assert_eq!(Category::Spam, named(&[Category::Suspect]));
    }

    /// While the engine is new here, only hard facts slow, and they convict as ever.
    #[test]
    fn newness_here_slows_nobody() {
        let new = |s: &mut Situation| s.learning = true;
        let hard = of(&[OUT, OUTBREAK, (Family::Hard, 8.0)]);

        assert_eq!(Category::Suspect, category(&of(&[OUT, OUTBREAK]), true, new));
        assert_eq!(Category::Clean, category(&of(&[OUT]), true, new));
        assert_eq!(Category::Spam, category(&hard, true, new));
    }

    /// A family that adds up beyond its cap is named with both figures, one within it is not.
    #[test]
    fn cuts_are_named() {
        let evidence = of(&[
            (Family::Context, 4.5),
            (Family::Context, 3.0),
            (Family::Conduct, 8.0),
            (Family::Hard, -20.0),
        ]);
        let found: Vec<_> = cuts(&evidence).collect();

        assert_eq!(vec![(Family::Context, 7.5, 6.0), (Family::Hard, -20.0, -12.0)], found);
    }
}
