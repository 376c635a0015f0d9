//! When a person should be told of a sender.
//!
//! One alert a sender and day, while it goes on.  Names that stand for many people, and mail that
//! only passes through, accuse nobody.

use crate::SenderKind;
use crate::evidence::{strongest, value};
use crate::names::Names;
use crate::score::Category;
use crate::situation::Situation;
use crate::verdict::Alert;
use outfall_ledger::{DAY, Level, Seconds, SenderRecord, Window};

/// So many convicted messages in a day accuse; one may be a mishap.
const CONVICTED: f32 = 2.0;

/// So many slowed messages in a day accuse a sender whose own conduct speaks as well.
const SLOWED: f32 = 5.0;

/// The sum of conduct that is asked for besides.
const SUSPICION: f32 = 8.0;

/// Looks at the sender's record after this message was counted, and notes what was raised.
pub fn accuse(
    record: &mut SenderRecord,
    names: &Names,
    situation: &Situation,
    category: Category,
    now: Seconds,
) -> Option<Alert> {
    if category < Category::Bulk || names.is_shared() || is_bystander(names, situation) {
        return None;
    }
    let convicted = record.counted(Level::Convicted, Window::Day, now);
    let slowed = record.counted(Level::Bulk, Window::Day, now);
    let reason = if convicted >= CONVICTED - FADED {
        format!("{convicted:.0} of its messages were convicted within a day")
    } else if slowed >= SLOWED - FADED
        && situation.suspicion >= SUSPICION
        && is_telling(situation, slowed)
    {
        format!("{slowed:.0} of its messages were slowed within a day, far out of its own normal")
    } else {
        return None;
    };
    record.raise_alert(Level::Convicted, DAY, now).then(|| alert(record, reason, now))
}

/// Being slowed accuses whoever is not who it was; of somebody new, who may be a customer on his first
/// busy day, it takes more, or others who send the like; a flood that calls to the sender's own place is
/// a newsletter.
fn is_telling(situation: &Situation, slowed: f32) -> bool {
    let only_new = situation.newcomer && !situation.strange_login && !situation.has_many_domains();
    match situation.is_anomalous() {
        true if only_new => {
            situation.new_script
                || slowed >= SLOWED_OF_A_NEWCOMER - FADED
                || strongest(situation).is_some_and(|one| value(one) >= OTHERS)
        }
        true => true,
        false => situation.is_another() && !situation.own_call,
    }
}

/// So many slowed messages in a day accuse somebody of whom nothing is odd but that he is new.
const SLOWED_OF_A_NEWCOMER: f32 = 10.0;

/// What others say who send the like, in nats, to accuse him before.
const OTHERS: f32 = 4.0;

/// Counts fade from the moment they are made: two messages a minute apart are a little under two.
const FADED: f32 = 0.5;

fn is_bystander(names: &Names, situation: &Situation) -> bool {
    situation.has_others_words() && names.sender.kind != SenderKind::Account
        || names.sender.id.is_empty()
}

fn alert(record: &SenderRecord, reason: String, now: Seconds) -> Alert {
    let volume = record.volume(Window::Day, now);
    let counts = [
        ("messages", volume.messages),
        ("recipients", volume.recipients),
        ("slowed", record.counted(Level::Bulk, Window::Day, now)),
        ("convicted", record.counted(Level::Convicted, Window::Day, now)),
    ];
    let counts = counts.map(|(name, count)| (name.into(), count.round() as u64)).to_vec();
    Alert { level: "accused".into(), reason, counts }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::Sharing;
    use crate::situation::Recurrence;
    use crate::{Channel, Envelope, Examined, Settings};
    use outfall_ledger::{LEAST_MEMORY, Ledger, Sent};
    use outfall_patterns::Hasher;

    const NOW: Seconds = 1_772_409_600;

    fn names(envelope: &Envelope) -> Names {
        let ledger = Ledger::new(LEAST_MEMORY, [0; 16]).unwrap();
        let (settings, hasher) = (Settings::default(), Hasher::new([0; 16]));
        Names::new(&Examined::default(), envelope, &settings, &hasher, &ledger)
    }

    fn alice() -> Names {
        names(&Envelope { account: Some("alice".into()), ..Envelope::default() })
    }

    /// A sender with so many verdicts today.
    fn record(slowed: u32, convicted: u32) -> SenderRecord {
        let mut record = SenderRecord::new(7, NOW);
        record.send(Sent { recipients: 3, novel: 3 }, NOW);
        (0..slowed).for_each(|_| record.count_level(Level::Bulk, NOW));
        (0..convicted).for_each(|_| record.count_level(Level::Convicted, NOW));
        record
    }

    fn accused(record: &mut SenderRecord, names: &Names, suspicion: f32, now: Seconds) -> bool {
        let examined = Examined::default();
        let plain = Situation::plain(&examined);
        let situation = Situation { suspicion, strange_login: true, ..plain };
        accuse(record, names, &situation, Category::Bulk, now).is_some()
    }

    /// Two convictions in a day accuse, one may be a mishap; five slowed messages accuse whoever
    /// is far out of its own normal, and nobody else.
    #[test]
    fn lines_of_an_accusation() {
        let of = |slowed, convicted, suspicion| {
            accused(&mut record(slowed, convicted), &alice(), suspicion, NOW)
        };

        assert!(of(0, 2, 0.0) && !of(0, 1, 20.0));
        assert!(of(5, 0, 8.0) && !of(4, 0, 8.0));
        assert!(!of(50, 0, 7.9));
    }

    /// Being slowed accuses a stranger at the login at once; somebody who is only new at ten, or with others
    /// who send the like; somebody who is who he was never, unless he floods and calls elsewhere.
    #[test]
    fn being_slowed_accuses_the_odd() {
        let examined = Examined::default();
        let of = |slowed, change: fn(&mut Situation)| {
            let mut situation = Situation { suspicion: 9.0, ..Situation::plain(&examined) };
            change(&mut situation);
            let mut record = record(slowed, 0);
            accuse(&mut record, &alice(), &situation, Category::Bulk, NOW).is_some()
        };
        let new: fn(&mut Situation) = |s| s.newcomer = true;
        let joined: fn(&mut Situation) =
            |s| (s.newcomer, s.recurrences) = (true, vec![Recurrence::link(9, 3.0)]);
        let flood: fn(&mut Situation) = |s| (s.recipients_today, s.busiest_day) = (900.0, 1.0);
        let letter: fn(&mut Situation) =
            |s| (s.recipients_today, s.busiest_day, s.own_call) = (900.0, 1.0, true);

        assert!(of(5, |s| s.strange_login = true) && of(5, |s| s.new_script = true));
        assert!(!of(9, new) && of(10, new) && of(5, joined));
        assert!(!of(50, |_| ()) && of(5, flood) && !of(50, letter));
    }

    /// A message that passes accuses nobody, whatever went before.
    #[test]
    fn what_passes_accuses_nobody() {
        let examined = Examined::default();
        let situation = Situation::plain(&examined);
        let suspect = accuse(&mut record(0, 9), &alice(), &situation, Category::Suspect, NOW);

        assert_eq!(None, suspect);
    }

    /// Names that stand for many or for nobody, and addresses that pass mail on, are not accused; a
    /// login that passes mail on is.
    #[test]
    fn bystanders_are_not_accused() {
        let of = |names: Names| accused(&mut record(0, 9), &names, 0.0, NOW);
        let address =
            || names(&Envelope { client_ip: Some("192.0.2.1".into()), ..Envelope::default() });

        assert!(of(address()) && of(alice()));
        assert!(!of(Names { sharing: Sharing::Logins, ..alice() }));
        assert!(!of(Names { sharing: Sharing::No, ..names(&Envelope::default()) }));
        let examined = Examined::default();
        let passing = |names: Names, channel, foreign_call| {
            let situation = Situation { channel, foreign_call, ..Situation::plain(&examined) };
            accuse(&mut record(0, 9), &names, &situation, Category::Bulk, NOW).is_some()
        };
        for channel in [Channel::Forward, Channel::Bounce, Channel::AutoReply] {
            assert!(!passing(address(), channel, false));
            assert!(passing(alice(), channel, false));
        }
        assert!(passing(address(), Channel::AutoReply, true), "only a header says so");
        assert!(!passing(address(), Channel::Forward, true));
    }

    /// Once told of, a sender is not told of again before a day has passed.
    #[test]
    fn a_person_is_told_once_a_day() {
        let mut one = record(0, 100);
        let mut at = |hours: Seconds| accused(&mut one, &alice(), 0.0, NOW + hours * 3_600);

        assert_eq!([true, false, false, true, false], [0, 1, 23, 24, 47].map(&mut at));
    }

    /// The figures are those of the day, each under its own name.
    #[test]
    fn figures_have_their_names() {
        let examined = Examined::default();
        let situation = Situation::plain(&examined);
        let alert = accuse(&mut record(4, 2), &alice(), &situation, Category::Spam, NOW).unwrap();
        let figures: Vec<_> = alert.counts.iter().map(|(name, count)| (&**name, *count)).collect();

        assert_eq!("2 of its messages were convicted within a day", alert.reason);
        assert_eq!(
            vec![("messages", 1), ("recipients", 3), ("slowed", 4), ("convicted", 2)],
            figures
        );
    }
}
