//! When a person should be told of a sender.
//!
//! One alert a level and episode: a level that was reached is not reached again until it has been
//! quiet for a day.  Names that stand for many people, and mail that only passes through, accuse nobody.

use crate::names::Names;
use crate::score::Category;
use crate::situation::Situation;
use crate::verdict::Alert;
use crate::{Channel, SenderKind};
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
    if category < Category::Bulk || names.shared || is_bystander(names) {
        return None;
    }
    let convicted = record.counted(Level::Convicted, Window::Day, now);
    let slowed = record.counted(Level::Bulk, Window::Day, now);
    let reason = if convicted >= CONVICTED - FADED {
        format!("{convicted:.0} of its messages were convicted within a day")
    } else if slowed >= SLOWED - FADED && situation.suspicion >= SUSPICION {
        format!("{slowed:.0} of its messages were slowed within a day, far out of its own normal")
    } else {
        return None;
    };
    record.raise_alert(Level::Convicted, DAY, now).then(|| alert(record, reason, now))
}

/// Counts fade from the moment they are made: two messages a minute apart are a little under two.
const FADED: f32 = 0.5;

fn is_bystander(names: &Names) -> bool {
    let passes = matches!(names.channel, Channel::Forward | Channel::Bounce | Channel::AutoReply);
    passes && names.sender.kind != SenderKind::Account || names.sender.id.is_empty()
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
