//! The patterns of one message with what the ledger remembers of each.
//!
//! Main types: [`Counted`], one pattern; [`Recurrence`] is what evidence sees of it.
//! What holds: the ledger is asked once a message, and nothing in it changes.

use crate::circumstances;
use crate::envelope::is_within;
use crate::names::Names;
use crate::situation::Recurrence;
use crate::{Examined, SenderKind};
use outfall_ledger::{Ledger, PatternRecord, Seconds};
use outfall_patterns::{Kind, Pattern, SHINGLES_COUNTED};

/// A sender that contributes so much is clearly out of its own normal.
const TELLING: f32 = 2.0;

/// Fewer others than this have a weak value by chance: two offices of one firm, one odd day each.
const WEAK_SENDERS: f32 = 2.5;

/// A weak value says nothing where those who share it are on average less far out of their normal:
/// half the site has the same mail program.
const ODD_MEAN: f32 = 1.5;

/// One pattern of a message, and its record as it was before.
#[derive(Debug)]
pub struct Counted<'a> {
    /// The pattern, and what may be shown of it.
    pub found: Trait<'a>,
    /// What is remembered of it, if it was seen before.
    pub record: Option<PatternRecord>,
}

/// One trait of a message.
#[derive(Clone, Copy, Debug)]
pub struct Trait<'a> {
    /// Its keyed hash.
    pub pattern: Pattern,
    /// Its value in clear, if it may be shown.
    pub shown: &'a str,
}

/// Returns the patterns of the message that are counted: what is common on this site or in the
/// sender's tenant is passed over, and so are links of a login to its own domain.
pub fn counted<'a>(
    examined: &'a Examined,
    names: &Names,
    ledger: &Ledger,
    now: Seconds,
) -> Vec<Counted<'a>> {
    let both = |pattern: Pattern| [pattern.bits(), names.in_tenant(pattern.bits())];
    let rare =
        |pattern: &Pattern| !both(*pattern).iter().any(|name| ledger.background.common(*name));
    let values = examined.patterns.values.iter().map(|found| found.pattern);
    let candidates = values.chain(examined.patterns.shingles.iter().take(SHINGLES_COUNTED));
    ledger.background.warm(&candidates.flat_map(both).collect::<Vec<u64>>());
    let phrases = examined.patterns.shingles.iter().filter(rare).take(SHINGLES_COUNTED);
    let values = examined.patterns.values.iter().filter(|found| rare(&found.pattern));
    let values = values.map(|found| Trait { pattern: found.pattern, shown: &found.shown });
    let foreign = values.filter(|found| !is_own(found, examined, names));
    let around = circumstances::patterns(names, ledger, now);
    let unshown = around.into_iter().filter(rare).chain(phrases);
    let all: Vec<Trait> =
        foreign.chain(unshown.map(|pattern| Trait { pattern, shown: "" })).collect();
    let keys: Vec<u64> = all.iter().map(|found| found.pattern.bits()).collect();
    let mut records = Vec::with_capacity(keys.len());
    ledger.patterns.find_all(&keys, now, &mut records);
    all.into_iter().zip(records).map(|(found, record)| Counted { found, record }).collect()
}

/// A firm's people link to their firm, and only a login proves whose people they are.  Whoever the
/// message goes to is nobody's contact.
fn is_own(found: &Trait, examined: &Examined, names: &Names) -> bool {
    let is_own_domain = |domain: &str| is_within(&names.login_domain, domain);
    names.sender.kind == SenderKind::Account
        && match found.pattern.kind() {
            Kind::LinkDomain => is_own_domain(found.shown),
            // A host belongs to the domain that is counted beside it.
            Kind::LinkHost => examined.patterns.values.iter().any(|other| {
                other.pattern.kind() == Kind::LinkDomain
                    && is_own_domain(&other.shown)
                    && is_within(found.shown, &other.shown)
            }),
            _ => false,
        }
        || names.addressed.contains(&found.pattern)
}

/// Counts the patterns that this very sender used before, and all that it could have; not those that one
/// has in all one's mail.
pub fn own_repeats(counted: &[Counted], names: &Names) -> (usize, usize) {
    let mine = |one: &&Counted| {
        one.record.as_ref().is_some_and(|record| record.has_sender(names.sender_key))
    };
    let telling = || counted.iter().filter(|one| !one.found.pattern.kind().is_habit());
    (telling().filter(mine).count(), telling().count())
}

/// Returns what others did with the patterns.
///
/// What one customer's people have in common says little: colleagues share footers and brochures,
/// and one customer without logins comes from several addresses.  Only new accounts, and those with
/// a strange login, may be many in one hand: signed up or stolen together.
pub fn recurrences(
    counted: &[Counted],
    names: &Names,
    one_hand: bool,
    now: Seconds,
) -> Vec<Recurrence> {
    let may_be_one_hand = one_hand && names.sender.kind != SenderKind::Ip;
    let seen = counted.iter().filter_map(|one| {
        let record = one.record.as_ref()?;
        let seen = recurrence(&one.found, record, names, now)?;
        let one_hand = may_be_one_hand && seen.is_of_odd_ones();
        let among_ourselves = record.is_only_of(names.tenant) && !one_hand;
        Some(if among_ourselves { seen.related() } else { seen })
    });
    seen.collect()
}

fn recurrence(
    found: &Trait,
    record: &PatternRecord,
    names: &Names,
    now: Seconds,
) -> Option<Recurrence> {
    let others = record.evidence_without(names.sender_key);
    let judged = record.is_released() || record.is_confirmed() || record.is_trapped();
    let kind = found.pattern.kind();
    let is_everyday =
        kind.is_weak() && (others.count < WEAK_SENDERS || others.sum < ODD_MEAN * others.count);
    if (others.count < 1.0 || is_everyday) && !judged && record.complaints() == 0 {
        return None;
    }
    Some(Recurrence {
        kind,
        shown: found.shown.to_owned(),
        others: others.count.round() as u32,
        weight: others.sum,
        telling: record.others_at_least(names.sender_key, TELLING),
        recipients: record.distinct_recipients() + 1.0, // the first message's were not kept
        age: f64::from(record.age(now)),
        released: record.is_released(),
        confirmed: record.is_confirmed(),
        trapped: record.is_trapped(),
        complained: record.complaints() > 0,
    })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Envelope, Settings};
    use outfall_ledger::{LEAST_MEMORY, Sighting};
    use outfall_patterns::Hasher;

    const NOW: Seconds = 1_772_409_600;

    /// A ledger, and one message that everybody in these tests sends.
    struct World {
        ledger: Ledger,
        examined: Examined,
    }

    impl World {
        fn new(raw: &str) -> Self {
            let message = outfall_message::examine(raw.as_bytes());
            let patterns = outfall_patterns::extract(&message, &Hasher::new([0; 16]));
            let ledger = Ledger::new(LEAST_MEMORY, [0; 16]).unwrap();
            World { ledger, examined: Examined { message, patterns } }
        }

        fn names(&self, envelope: &Envelope) -> Names {
            let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
            Names::new(&self.examined, envelope, &settings, &hasher, &self.ledger)
        }

        fn counted(&self, names: &Names) -> Vec<Counted<'_>> {
            counted(&self.examined, names, &self.ledger, NOW)
        }

        fn keys(&self, names: &Names) -> Vec<u64> {
            self.counted(names).iter().map(|one| one.found.pattern.bits()).collect()
        }

        fn kinds(&self, envelope: &Envelope) -> Vec<Kind> {
            let counted = self.counted(&self.names(envelope));
            counted.iter().map(|one| one.found.pattern.kind()).collect()
        }

        fn sends(&mut self, envelope: &Envelope, contribution: f32) {
            let names = self.names(envelope);
            let sighting = Sighting {
                sender: names.sender_key,
                contribution,
                recipients: &names.recipients,
                novel: 1,
                tenant: Some(names.tenant),
                reply: false,
                now: NOW,
            };
            for pattern in self.keys(&names) {
                self.ledger.patterns.sight(pattern, &sighting);
            }
        }

        /// What the first pattern looks like to whoever sends the message now.
        fn seen_by(&self, envelope: &Envelope, one_hand: bool) -> Option<Recurrence> {
            let names = self.names(envelope);
            recurrences(&self.counted(&names), &names, one_hand, NOW).into_iter().next()
        }
    }

    fn login(account: &str) -> Envelope {
        Envelope { account: Some(account.into()), ..Envelope::default() }
    }

    fn from(mail_from: &str) -> Envelope {
        let client_ip = Some("192.0.2.9".into());
        Envelope { client_ip, mail_from: Some(mail_from.into()), ..Envelope::default() }
    }

    const LINK: &str = "\r\nsee http://www.shop.test/ab12/go.php?id=778899";

    /// The sender's own copies are no others', however odd; they are its own repeats.
    #[test]
    fn own_copies_are_nobody_elses() {
        let mut world = World::new(LINK);
        (0..3).for_each(|_| world.sends(&login("alice@a.test"), 3.0));
        let names = world.names(&login("alice@a.test"));
        let alone = world.seen_by(&login("alice@a.test"), false);
        world.sends(&login("bob@b.test"), 1.9);
        world.sends(&login("carol@c.test"), 2.0);
        let seen = world.seen_by(&login("alice@a.test"), false).unwrap();

        assert_eq!(None, alone);
        assert_eq!((2, 2), own_repeats(&world.counted(&names), &names), "a link and its form");
        assert_eq!((2, 1), (seen.others, seen.telling));
        assert!((seen.weight - 3.9).abs() < 0.1);
    }

    /// Colleagues' copies count a fifth and tell nothing, unless the sender may be in one hand with
    /// them: a login that is new or strange, and not a mere address.
    #[test]
    fn colleagues_count_a_fifth() {
        let mut world = World::new(LINK);
        ["a", "b", "c"]
            .iter()
            .for_each(|name| world.sends(&login(&format!("{name}@firm.test")), 3.0));
        let seen = |envelope: &Envelope, one_hand| {
            let seen = world.seen_by(envelope, one_hand).unwrap();
            (seen.weight.round(), seen.telling)
        };

        assert_eq!((2.0, 0), seen(&login("d@firm.test"), false));
        assert_eq!((9.0, 3), seen(&login("d@firm.test"), true));
        assert_eq!((2.0, 0), seen(&from("d@firm.test"), true));
        assert_eq!((9.0, 3), seen(&login("d@other.test"), false));
    }

    /// What several tenants use day after day is passed over everywhere; what several people of one
    /// tenant use, there only.
    #[test]
    fn what_is_common_is_passed_over() {
        let (mut site, mut firm) = (World::new(LINK), World::new(LINK));
        let names = site.names(&login("a@firm.test"));
        for pattern in site.keys(&names) {
            for number in 0..16 {
                site.ledger.background.learn(pattern, number, 20_000 + number as u32 % 3);
                let inside = names.in_tenant(pattern);
                firm.ledger.background.learn(inside, number, 20_000 + number as u32 % 3);
            }
        }

        assert!(site.kinds(&login("b@other.test")).is_empty());
        assert!(firm.kinds(&login("b@firm.test")).is_empty());
        assert_eq!(2, firm.kinds(&login("b@other.test")).len());
    }

    /// A recipient's address in the text is no contact; somebody else's is one.
    #[test]
    fn recipients_are_no_contacts() {
        let world = World::new("\r\nThis was sent to Bob@far.test");
        let to = |address: &str| {
            let recipients = vec![address.into()];
            world.kinds(&Envelope { recipients, ..login("alice@a.test") })
        };

        assert!(to("BOB@far.test").is_empty());
        assert_eq!(vec![Kind::Contact], to("carol@far.test"));
    }

    /// A login's link to its own domain is passed over, its form is not; an envelope sender, which
    /// anybody can write, owns nothing.
    #[test]
    fn only_logins_own_links() {
        let world = World::new(LINK);
        let both = vec![Kind::LinkDomain, Kind::LinkShape];

        assert_eq!(vec![Kind::LinkShape], world.kinds(&login("alice@shop.test")));
        assert_eq!(vec![Kind::LinkShape], world.kinds(&login("alice@mail.shop.test")));
        let host = World::new("\r\nsee http://pay.shop.test/ab12/go.php?id=778899");
        assert_eq!(vec![Kind::LinkShape], host.kinds(&login("alice@mail.shop.test")));
        assert_eq!(3, host.kinds(&login("alice@workshop.test")).len());
        assert_eq!(both, world.kinds(&login("alice@workshop.test")));
        assert_eq!(both, world.kinds(&from("alice@shop.test")));
        let line = Envelope { subscriber: Some("alice@shop.test".into()), ..from("") };
        assert_eq!(both, world.kinds(&line), "a line's name is no login");
    }

    /// What half the site shares by its software, or two by chance, is no recurrence, however odd
    /// their day; a link that they share is one.
    #[test]
    fn everyday_software_is_no_recurrence() {
        let kinds = |senders: u32, contribution| {
            let mut world = World::new(LINK);
            for number in 0..senders {
                world.sends(&login(&format!("person{number}@firm{number}.test")), contribution);
            }
            let names = world.names(&login("alice@a.test"));
            let seen = recurrences(&world.counted(&names), &names, false, NOW);
            seen.into_iter().map(|one| one.kind).collect::<Vec<_>>()
        };

        assert_eq!(vec![Kind::LinkDomain], kinds(9, 1.0));
        assert_eq!(vec![Kind::LinkDomain, Kind::LinkShape], kinds(9, 2.0));
        assert_eq!(vec![Kind::LinkDomain], kinds(2, 3.0));
    }

    /// What people and traps said of a pattern is seen though nobody else sent it.
    #[test]
    fn words_are_heard_without_others() {
        let marks: [fn(&mut PatternRecord); 4] = [
            PatternRecord::release,
            PatternRecord::confirm,
            PatternRecord::trap,
            PatternRecord::complain,
        ];
        for (position, mark) in marks.into_iter().enumerate() {
            let mut world = World::new(LINK);
            let names = world.names(&login("alice@a.test"));
            for pattern in world.keys(&names) {
                world.ledger.patterns.ensure(pattern, NOW, mark);
            }
            let seen = world.seen_by(&login("bob@b.test"), false).unwrap();
            let words = [seen.released, seen.confirmed, seen.trapped, seen.complained];

            assert_eq!([0, 1, 2, 3].map(|word| word == position), words);
        }
    }

    /// Colleagues are in one hand with a new login only where nearly all of them are odd: on his first day
    /// everybody sends the firm's footer.
    #[test]
    fn one_hand_holds_odd_ones() {
        let telling = |odd: u32, usual: u32| {
            let mut world = World::new(LINK);
            for number in 0..odd + usual {
                let contribution = if number < odd { 3.0 } else { 0.5 };
                world.sends(&login(&format!("person{number}@firm.test")), contribution);
            }
            world.seen_by(&login("new@firm.test"), true).map(|seen| seen.telling)
        };

        assert_eq!(Some(4), telling(4, 2));
        assert_eq!(Some(0), telling(4, 4));
    }
}
