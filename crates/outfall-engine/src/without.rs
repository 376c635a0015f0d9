//! What is left out of the rule, to measure what each part of it is worth.
//!
//! Main type: [`Without`], empty unless somebody measures.
//!
//! # Theory
//!
//! A part is worth what is lost without it (an ablation).  Four sorts of parts can be left out: a
//! kind of pattern is not counted and not weighed; an evidence is not asked; a family's cap is
//! infinite; a key is taken as turned.  Only that part goes: what others make of the same facts
//! stays, as the outside key does, which looks at places where the evidence `places` was left out.
//!
//! # What holds
//!
//! * With nothing left out nothing changes, and what is paid is a look at a few bits.
//! * Every kind, evidence and family has its name here without being listed a second time.

use crate::evidence::{self, Family};
use outfall_patterns::{Kind, Patterns, Shingles};
use std::fmt;

/// The parts left out, as sets of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Without {
    kinds: u32,
    evidence: u32,
    caps: u8,
    keys: u8,
}

/// One of the two keys of a conviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Something from outside the sender speaks.
    Outside,
    /// The sender is out of its own normal.
    Own,
}

/// A name that is no part of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPart(String);

impl fmt::Display for UnknownPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Without::names().join(", ");
        write!(formatter, "\"{}\" is no part of the rule; its parts are: {known}", self.0)
    }
}

impl std::error::Error for UnknownPart {}

/// Every sort has a bit for each of its members.
const _: () = assert!(Kind::ALL.len() < 32 && evidence::ALL.len() <= 32 && Family::ALL.len() <= 8);

impl Without {
    /// Leaves out the parts of these names: `kind link` (or `kind 3`), `evidence turned`,
    /// `cap conduct`, `key own`.
    pub fn parts<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownPart> {
        names.into_iter().try_fold(Without::default(), |without, name| {
            let part =
                all().find(|part| part.name() == name || part.number().as_deref() == Some(name));
            part.map(|part| without.and(part)).ok_or_else(|| UnknownPart(name.to_owned()))
        })
    }

    /// Returns the name of every part, in a lasting order.
    pub fn names() -> Vec<String> {
        all().map(Part::name).collect()
    }

    fn and(mut self, part: Part) -> Self {
        match part {
            Part::Kind(kind) => self.kinds |= 1 << kind as u32,
            Part::Evidence(position) => self.evidence |= 1 << position,
            Part::Cap(family) => self.caps |= 1 << family as u8,
            Part::Key(key) => self.keys |= 1 << key as u8,
        }
        self
    }

    /// Takes the kinds left out away from what a message has.
    pub(crate) fn trim(self, patterns: &mut Patterns) {
        if self.kinds == 0 {
            return;
        }
        let is_out = |kind: Kind| self.kinds & 1 << kind as u32 != 0;
        patterns.values.retain(|found| !is_out(found.pattern.kind()));
        if is_out(Kind::Shingle) {
            patterns.shingles = Shingles::default();
        }
    }

    /// Tells whether the evidence at this position of [`evidence::ALL`] is left out.
    pub(crate) fn has_evidence(self, position: usize) -> bool {
        self.evidence & 1 << position != 0
    }

    /// Tells whether this family's cap is left out.
    pub(crate) fn has_cap(self, family: Family) -> bool {
        self.caps & 1 << family as u8 != 0
    }

    /// Tells whether this key is left out, and so taken as turned.
    pub(crate) fn has_key(self, key: Key) -> bool {
        self.keys & 1 << key as u8 != 0
    }
}

/// Something that can be left out.
#[derive(Clone, Copy)]
enum Part {
    Kind(Kind),
    Evidence(usize),
    Cap(Family),
    Key(Key),
}

fn all() -> impl Iterator<Item = Part> {
    let kinds = Kind::ALL.iter().copied().map(Part::Kind);
    let caps = Family::ALL.into_iter().map(Part::Cap);
    let keys = [Key::Outside, Key::Own].into_iter().map(Part::Key);
    kinds.chain((0..evidence::ALL.len()).map(Part::Evidence)).chain(caps).chain(keys)
}

impl Part {
    fn name(self) -> String {
        match self {
            Part::Kind(kind) => format!("kind {}", kind.name()),
            Part::Evidence(position) => format!("evidence {}", evidence::ALL[position].0),
            Part::Cap(family) => format!("cap {}", family.name()),
            Part::Key(Key::Outside) => "key outside".into(),
            Part::Key(Key::Own) => "key own".into(),
        }
    }

    /// Kinds may be called by their numbers, which outlive their names.
    fn number(self) -> Option<String> {
        match self {
            Part::Kind(kind) => Some(format!("kind {}", kind as u8)),
            _ => None,
        }
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Evidence;
    use crate::situation::Situation;
    use crate::{Engine, Envelope, Examined, LEAST_MEMORY, Settings, score};

    fn without(names: &[&str]) -> Without {
        Without::parts(names.iter().copied()).unwrap()
    }

    fn engine(names: &[&str]) -> Engine {
        let settings =
            Settings { memory: LEAST_MEMORY, learning_seconds: 0.0, ..Settings::default() };
        Engine::new(Settings { without: without(names), ..settings }).unwrap()
    }

    /// Every name that is listed is understood, each means another part, and no two are alike.
    #[test]
    fn every_name_means_one_part() {
        let names = Without::names();
        let parts: Vec<_> = names.iter().map(|name| without(&[name])).collect();

        for (position, part) in parts.iter().enumerate() {
            assert_ne!(Without::default(), *part, "{}", names[position]);
            assert!(!parts[..position].contains(part), "{}", names[position]);
        }
    }

    /// A kind may be called by its number; a list leaves out all that it names.
    #[test]
    fn kinds_have_numbers() {
        assert_eq!(without(&["kind link"]), without(&["kind 3"]));
        assert_eq!(
            without(&["key own"]).and(Part::Cap(Family::Hard)),
            without(&["cap hard", "key own"])
        );
    }

    /// What is no part is refused by name, with all that would be one.
    #[test]
    fn unknown_parts_are_refused() {
        let said = Without::parts(["key own", "key mine"]).unwrap_err().to_string();

        assert!(said.starts_with("\"key mine\" is no part of the rule; its parts are: "), "{said}");
        assert!(Without::names().iter().all(|name| said.contains(name)), "{said}");
    }

    /// A family's position among all is its number, on which its bit and its name rest.
    #[test]
    fn families_are_numbered_as_listed() {
        for (position, family) in Family::ALL.into_iter().enumerate() {
            assert_eq!(position, family as usize);
        }
    }

    /// Kinds left out are taken away before anything is counted, and no other kind is.
    #[test]
    fn left_out_kinds_are_not_there() {
        let raw = b"\r\nthe quick brown fox jumps over a lazy dog http://www.shop.test/ab12/go.php";
        let kinds = |names: &[&str]| {
            let patterns = engine(names).examine(raw).patterns;
            let values = patterns.values.iter().map(|found| found.pattern);
            let mut kinds: Vec<_> =
                values.chain(patterns.shingles.iter()).map(|one| one.kind()).collect();
            kinds.dedup();
            kinds
        };
        let whole = kinds(&[]);
        let left = [Kind::LinkDomain, Kind::Shingle];
        assert!(left.iter().all(|kind| whole.contains(kind)), "{whole:?}");

        let rest: Vec<_> = whole.into_iter().filter(|kind| !left.contains(kind)).collect();
        assert_eq!(rest, kinds(&["kind link", "kind phrase"]));
    }

    /// An evidence left out is said of no message; the others are as they were.
    #[test]
    fn left_out_evidence_is_not_asked() {
        let names = |left_out: &[&str]| {
            let engine = engine(left_out);
            let of = |client_ip: &str| Envelope {
                client_ip: Some(client_ip.into()),
                recipients: vec!["x@far.test".into()],
                ..Envelope::default()
            };
            engine.recall(&of("192.0.2.7"), 1_772_000_000.0);
            let raw = b"Content-Type: text/html\r\n\r\n\
                <a href='http://a.test'>http://www.bank.example</a>";
            let verdict = engine.scan(raw, &of("198.51.100.7"), 1_772_409_600.0);
            verdict.evidence.iter().map(|one| one.name.to_string()).collect::<Vec<_>>()
        };
        let whole = names(&[]);
        assert!(whole.len() > 1, "{whole:?}");

        for left_out in &whole {
            let rest: Vec<_> = whole.iter().filter(|name| *name != left_out).cloned().collect();
            assert_eq!(rest, names(&[&format!("evidence {left_out}")]));
        }
    }

    /// Without its cap a family adds up without end, both ways; the others stay capped.
    #[test]
    fn left_out_caps_are_infinite() {
        let examined = Examined::default();
        let situation =
            Situation { without: without(&["cap context"]), ..Situation::plain(&examined) };
        let sum = |family, nats| {
            let one = Evidence { name: "test".into(), family, nats, detail: String::new() };
            score::add_up(&vec![one; 50], &situation).nats
        };

        assert_eq!((500.0, -500.0), (sum(Family::Context, 10.0), sum(Family::Context, -10.0)));
        assert_eq!(8.0, sum(Family::Conduct, 10.0));
    }

    /// A key left out is turned where nothing turns it, and the other is not.
    #[test]
    fn left_out_keys_are_turned() {
        let examined = Examined::default();
        let keys = |names: &[&str]| {
            let situation = Situation { without: without(names), ..Situation::plain(&examined) };
            let score = score::add_up(&[], &situation);
            (score.outside_key, score.own_key)
        };

        assert_eq!((false, false), keys(&[]));
        assert_eq!((true, false), keys(&["key outside"]));
        assert_eq!((false, true), keys(&["key own"]));
    }
}
