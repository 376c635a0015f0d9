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
#[derive(Clone, Copy, Debug, PartialEq)]
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
    let families = Family::ALL.map(family);
    let context = families[0];
    Score {
        nats: families.iter().fold(0.0, |sum, nats| sum + nats),
        context,
        outside_key: situation.without.has_key(Key::Outside)
            || families[4] >= HARD_KEY
            || situation.has_outbreak()
            || situation.has_many_places(),
        own_key: situation.without.has_key(Key::Own) || context > 0.0,
    }
}

/// Returns how many nats convict: ln(senders / budget), at least [`LEAST_CONVICTION`].
pub fn conviction_threshold(senders: usize, false_alarms_per_day: f64) -> f32 {
    let entities = senders.max(FEWEST_SENDERS) as f64;
    ((entities / false_alarms_per_day.max(1e-6)).ln() as f32).max(LEAST_CONVICTION)
}

/// A small site grows: its threshold is that of a thousand senders.
const FEWEST_SENDERS: usize = 1_000;

/// Below this no budget leads: a conviction is always more than `bulk`.
const LEAST_CONVICTION: f32 = BULK + 1.0;

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
    if is_spared(evidence, situation) { category.min(Category::Suspect) } else { category }
}

/// Tells whether a message is never slowed: others wrote its words, and no hard fact speaks.
pub fn is_spared(evidence: &[Evidence], situation: &Situation) -> bool {
    let hard = evidence.iter().any(|one| one.family == Family::Hard && one.nats > 0.0);
    situation.has_others_words() && !hard
}

/// Tells the three convictions apart by what the message carries.
fn conviction(evidence: &[Evidence], situation: &Situation) -> Category {
    let found = situation.findings.iter().map(|finding| finding.category).max();
    let has = |name: &str| evidence.iter().any(|one| one.name == name);
    match found {
        Some(category) if category.convicts() => category,
        _ if has("dangerous-file") => Category::Malware,
        _ if has("lying-link") => Category::Phishing,
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
            (s.new_places_today, s.own_repeats, s.foreign_call) = (3, 1, true);
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

    /// Twice the budget lowers the threshold by ln 2, ten times the senders raises it by ln 10.
    #[test]
    fn the_threshold_follows_the_budget() {
        let at = conviction_threshold;

        assert!((at(100_000, 0.1) - at(100_000, 0.2) - 2.0_f32.ln()).abs() < 1e-4);
        assert!((at(1_000_000, 0.1) - at(100_000, 0.1) - 10.0_f32.ln()).abs() < 1e-4);
        assert_eq!(at(1_000, 0.1), at(0, 0.1), "a small site counts as a thousand senders");
        assert_eq!(BULK + 1.0, at(0, 1e9), "no budget makes slowing convict");
        assert!(at(0, 0.0) > 20.0 && at(0, 0.0).is_finite(), "no budget at all is a high line");
    }
}
