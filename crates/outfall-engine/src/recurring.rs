//! The patterns of one message with what the ledger remembers of each.
//!
//! Main types: [`Counted`], one pattern; [`Recurrence`] is what evidence sees of it.
//! What holds: the ledger is asked once a message, and nothing in it changes.

use crate::envelope::is_within;
use crate::names::Names;
use crate::situation::Recurrence;
use crate::{Examined, SenderKind};
use outfall_ledger::{Ledger, PatternRecord, Seconds};
use outfall_patterns::{Found, Kind, Pattern, SHINGLES_COUNTED};

/// A sender that contributes so much is clearly out of its own normal.
const TELLING: f32 = 2.0;

/// One pattern of a message, and its record as it was before.
#[derive(Debug)]
pub struct Counted {
    /// The pattern, and what may be shown of it.
    pub found: Found,
    /// What is remembered of it, if it was seen before.
    pub record: Option<PatternRecord>,
}

/// Returns the patterns of the message that are counted: what is common on this site or in the
/// sender's tenant is passed over, and so are links of a login to its own domain.
pub fn counted(examined: &Examined, names: &Names, ledger: &Ledger, now: Seconds) -> Vec<Counted> {
    let rare = |pattern: &Pattern| {
        let names = [pattern.bits(), names.in_tenant(pattern.bits())];
        !names.iter().any(|name| ledger.background.common(*name))
    };
    let phrases = examined.patterns.shingles.iter().filter(rare).take(SHINGLES_COUNTED);
    let values = examined.patterns.values.iter().filter(|found| rare(&found.pattern));
    let foreign = values.filter(|found| !is_own(found, names)).cloned();
    let all: Vec<Found> =
        foreign.chain(phrases.map(|pattern| Found { pattern, shown: String::new() })).collect();
    let keys: Vec<u64> = all.iter().map(|found| found.pattern.bits()).collect();
    let mut records = Vec::with_capacity(keys.len());
    ledger.patterns.find_all(&keys, now, &mut records);
    all.into_iter().zip(records).map(|(found, record)| Counted { found, record }).collect()
}

/// A firm's people link to their firm.  Only a login proves whose people they are.
fn is_own(found: &Found, names: &Names) -> bool {
    let by_login = names.sender.kind == SenderKind::Account;
    by_login
        && found.pattern.kind() == Kind::LinkDomain
        && is_within(&names.login_domain, &found.shown)
}

/// Counts the patterns that this very sender used before.
pub fn own_repeats(counted: &[Counted], names: &Names) -> usize {
    let mine =
        |one: &&Counted| one.record.is_some_and(|record| record.has_sender(names.sender_key));
    counted.iter().filter(mine).count()
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
        let among_ourselves = record.is_only_of(names.tenant) && !may_be_one_hand;
        let seen = recurrence(&one.found, record, names, now)?;
        Some(if among_ourselves { seen.related() } else { seen })
    });
    seen.collect()
}

fn recurrence(
    found: &Found,
    record: &PatternRecord,
    names: &Names,
    now: Seconds,
) -> Option<Recurrence> {
    let others = record.evidence_without(names.sender_key);
    let judged = record.is_released() || record.is_confirmed() || record.is_trapped();
    if others.count < 1.0 && !judged && record.complaints() == 0 {
        return None;
    }
    Some(Recurrence {
        kind: found.pattern.kind(),
        shown: found.shown.clone(),
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
