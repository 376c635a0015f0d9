//! What one message leaves behind in the ledger, after its verdict.

use crate::evidence::REPETITION;
use crate::ground;
use crate::names::Names;
use crate::recurring::Counted;
use crate::score::{Category, Judgement, Score};
use crate::sharing::Sharing;
use crate::situation::Situation;
use outfall_ledger::{DAY, Ledger, Level, Seconds, SenderRecord, Sent, Sighting, Window, pair};
use outfall_patterns::Kind;

/// What a sender contributes to a pattern: nothing special is half a nat, its context moves that.
const BASE: f32 = 0.5;
const MOST_CONTEXT: f32 = 2.5;
const LEAST: f32 = -2.0;
const MOST: f32 = 3.0;

/// Whoever is who he always was, and only writes to more people than usual, is no telling witness.
const MOST_USUAL: f32 = 1.9;

/// What an innocent message's context and repetition may say each time: see `evidence/turned.rs`.
const ALLOWANCE: f32 = 2.0;
const MOST_SUSPICION: f32 = 30.0;

/// Context of at most this is mail among acquaintances, from which background is learnt.
const CALM: f32 = 0.0;

/// Counts the message: patterns, sender, correspondents, and what recurs harmlessly here.
pub fn learn(
    ledger: &mut Ledger,
    names: &Names,
    counted: &[Counted],
    situation: &Situation,
    judgement: &Judgement,
    now: Seconds,
) {
    count_patterns(ledger, names, counted, situation, judgement, now);
    count_sender(ledger, names, situation, judgement, now);
    count_account(ledger, names, now);
    if judgement.category < Category::Bulk {
        ground::note(ledger, names, now);
        remember_correspondents(ledger, names, now); // what was held back made nobody known
        if !situation.is_anomalous() && situation.suspicion < LITTLE {
            names.remember_domains(ledger, now);
        }
    }
}

/// A sum of odd conduct below this is everyday life: a domain is the sender's own from then on.
const LITTLE: f32 = 4.0;

/// Maps a verdict to what records remember.
pub fn level(category: Category) -> Level {
    match category {
        Category::Clean => Level::Clean,
        Category::Suspect => Level::Suspect,
        Category::Bulk => Level::Bulk,
        _ => Level::Convicted,
    }
}

fn contribution(situation: &Situation, score: &Score) -> f32 {
    if situation.has_others_words() {
        return 0.0;
    }
    let most = if situation.is_anomalous() { MOST } else { MOST_USUAL };
    (BASE + score.context.min(MOST_CONTEXT)).clamp(LEAST, most)
}

fn count_patterns(
    ledger: &mut Ledger,
    names: &Names,
    counted: &[Counted],
    situation: &Situation,
    Judgement { score, category }: &Judgement,
    now: Seconds,
) {
    let sighting = Sighting {
        sender: names.sender_key,
        contribution: contribution(situation, score),
        recipients: &names.recipients,
        novel: situation.strangers as u32,
        tenant: Some(names.tenant),
        reply: situation.examined.message.head.has("In-Reply-To"),
        now,
    };
    let teaches = Teacher::of(situation, score, *category);
    for one in counted {
        let pattern = one.found.pattern.bits();
        let recurs = ledger.patterns.sight(pattern, &sighting);
        if recurs && *category >= Category::Suspect {
            ledger.patterns.change(pattern, now, |record| record.reach(level(*category)));
        }
        if recurs && teaches.kind(one.found.pattern.kind()) {
            ledger.background.learn(pattern, names.witness, now / DAY);
            ledger.background.learn(names.in_tenant(pattern), names.sender_key, now / DAY);
        }
    }
}

/// From whom is learnt what recurs harmlessly here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Teacher {
    /// From nobody odd.
    Nobody,
    /// An old hand on an ordinary day, who may write to strangers: text recurs harmlessly, while a place,
    /// a number or a file that strangers are called to does not.
    Text,
    /// Who writes to acquaintances.
    All,
}

impl Teacher {
    fn of(situation: &Situation, score: &Score, category: Category) -> Self {
        // Who knows nobody yet finds everybody calm: until then only mail to acquaintances is.
        let calm = if situation.learning { score.context < CALM } else { score.context <= CALM };
        let old = situation.age_days >= OLD_DAYS && situation.suspicion < 1.0;
        match category {
            Category::Clean if calm => Teacher::All,
            Category::Clean if old && !situation.learning && !situation.is_anomalous() => {
                Teacher::Text
            }
            _ => Teacher::Nobody,
        }
    }

    fn kind(self, kind: Kind) -> bool {
        self == Teacher::All || self == Teacher::Text && kind.is_text()
    }
}

/// Who has been here for so long is an old hand.
const OLD_DAYS: f64 = 7.0;

fn count_sender(
    ledger: &mut Ledger,
    names: &Names,
    situation: &Situation,
    Judgement { score, category }: &Judgement,
    now: Seconds,
) {
    let sent = sent(names, situation.strangers as u32);
    let suspicion = suspicion(situation, score);
    ledger.senders.change(names.sender_key, now, |record| {
        record.send(sent, now);
        record.set_evidence(suspicion);
        record.count_level(level(*category), now);
        let believed = held_back(record, now) < FORGOTTEN;
        if let Some(domain) = names.domain_key {
            record.note_envelope_sender(domain);
        }
        match names.networks.place {
            Some(place) if record.usual_places_besides(names.networks.host) == 0 => {
                record.settle(place, now);
            }
            Some(place) => drop(record.visit(place, believed, now)),
            None => (),
        }
    });
    count_around(ledger, names, sent, now);
}

fn sent(names: &Names, strangers: u32) -> Sent {
    Sent { recipients: names.recipients.len() as u32, novel: strangers }
}

/// The cumulative sum of odd conduct: see `evidence/turned.rs`.
fn suspicion(situation: &Situation, score: &Score) -> f32 {
    let repeats = if situation.own_repeats > 0 { REPETITION } else { 0.0 };
    let step = score.context.clamp(-2.0, 4.0) + repeats - ALLOWANCE;
    (situation.suspicion + step).clamp(0.0, MOST_SUSPICION)
}

/// Counts for whom the sender belongs to: a script's site, an address's mailbox, and the mail server that
/// passed it on, which is known as one by what it passes on as a whole.
fn count_around(ledger: &mut Ledger, names: &Names, sent: Sent, now: Seconds) {
    let relay = names.address_key.filter(|_| names.sharing == Sharing::Relay);
    for around in [names.elder_key, relay].into_iter().flatten() {
        ledger.senders.change(around, now, |record| record.send(sent, now));
    }
}

/// Counts a line of a mail log: it tells all but what was written, and what came of it was not odd.
pub fn recall(ledger: &mut Ledger, names: &Names, now: Seconds) {
    let sent = sent(names, names.strangers(ledger, now));
    ledger.senders.change(names.sender_key, now, |record| {
        record.send(sent, now);
        if let Some(domain) = names.domain_key {
            record.note_envelope_sender(domain);
        }
        if let Some(place) = names.networks.place {
            record.settle(place, now);
        }
    });
    count_around(ledger, names, sent, now);
    count_account(ledger, names, now);
    remember(ledger, names, now);
}

/// Remembers where the sender is at home, under which domains it writes, and to whom.
fn remember(ledger: &mut Ledger, names: &Names, now: Seconds) {
    ground::note(ledger, names, now);
    names.remember_domains(ledger, now);
    remember_correspondents(ledger, names, now);
}

/// Messages of the last weeks that were slowed or convicted.  While there are any, no new place becomes
/// usual: a thief comes back the next day, and what he sends first then is still quiet.
fn held_back(record: &SenderRecord, now: Seconds) -> f32 {
    [Level::Bulk, Level::Convicted]
        .map(|level| record.counted(level, Window::Month, now))
        .iter()
        .sum()
}

/// One such message counts for twenty days, unless a person releases the sender.
const FORGOTTEN: f32 = 0.5;

/// An address on which many log in is known as shared by that, and a domain as the provider's own; the
/// networks where many are at home are noted in `ground`.
pub fn count_account(ledger: &mut Ledger, names: &Names, now: Seconds) {
    let Some(account) = names.account_key else { return };
    for place in [names.address_key, names.login_domain_key].into_iter().flatten() {
        ledger.senders.change(place, now, |record| record.note_account(account));
    }
}

/// Remembers whom the sender, and the envelope sender, write to.
pub fn remember_correspondents(ledger: &mut Ledger, names: &Names, now: Seconds) {
    for writer in [Some(names.sender_key), names.mail_from_key].into_iter().flatten() {
        for &recipient in &names.recipients {
            ledger.pairs.learn(pair(writer, recipient), now);
        }
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests;
