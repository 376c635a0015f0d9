//! What one message leaves behind in the ledger, after its verdict.

use crate::Channel;
use crate::names::Names;
use crate::recurring::Counted;
use crate::score::{Category, Judgement, Score};
use crate::situation::Situation;
use outfall_ledger::{DAY, Ledger, Level, Seconds, Sent, Sighting, pair};

/// What a sender contributes to a pattern: nothing special is half a nat, its context moves that.
const BASE: f32 = 0.5;
const MOST_CONTEXT: f32 = 2.5;
const LEAST: f32 = -2.0;
const MOST: f32 = 3.0;

/// What an innocent message's context and repetition may say each time: see `evidence/turned.rs`.
const ALLOWANCE: f32 = 2.0;
const MOST_SUSPICION: f32 = 20.0;

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
        remember_correspondents(ledger, names, now); // what was held back made nobody known
    }
}

/// Maps a verdict to what records remember.
pub fn level(category: Category) -> Level {
    match category {
        Category::Clean => Level::Clean,
        Category::Suspect => Level::Suspect,
        Category::Bulk => Level::Bulk,
        _ => Level::Convicted,
    }
}

fn contribution(names: &Names, score: &Score) -> f32 {
    let passes_through =
        matches!(names.channel, Channel::Forward | Channel::Bounce | Channel::AutoReply);
    if passes_through {
        return 0.0; // the words are somebody else's, or the mail server's
    }
    (BASE + score.context.min(MOST_CONTEXT)).clamp(LEAST, MOST)
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
        contribution: contribution(names, score),
        recipients: &names.recipients,
        novel: situation.strangers as u32,
        tenant: Some(names.tenant),
        reply: situation.examined.message.head.has("In-Reply-To"),
        now,
    };
    let harmless = score.context <= CALM && *category == Category::Clean;
    for one in counted {
        let pattern = one.found.pattern.bits();
        let recurs = ledger.patterns.sight(pattern, &sighting);
        if recurs && *category >= Category::Suspect {
            ledger.patterns.change(pattern, now, |record| record.reach(level(*category)));
        }
        if recurs && harmless {
            ledger.background.learn(pattern, names.tenant, now / DAY);
            ledger.background.learn(names.in_tenant(pattern), names.sender_key, now / DAY);
        }
    }
}

fn count_sender(
    ledger: &mut Ledger,
    names: &Names,
    situation: &Situation,
    Judgement { score, category }: &Judgement,
    now: Seconds,
) {
    let sent =
        Sent { recipients: names.recipients.len() as u32, novel: situation.strangers as u32 };
    let repeats = if situation.own_repeats > 0 { 1.5 } else { 0.0 };
    let step = score.context.clamp(-2.0, 4.0) + repeats - ALLOWANCE;
    let suspicion = (situation.suspicion + step).clamp(0.0, MOST_SUSPICION);
    let believed = *category < Category::Bulk; // a strange login that misbehaves never becomes usual
    ledger.senders.change(names.sender_key, now, |record| {
        record.send(sent, now);
        record.set_evidence(suspicion);
        record.count_level(level(*category), now);
        if let Some(domain) = names.domain_key {
            record.note_envelope_sender(domain);
        }
        if let Some(place) = names.place {
            record.visit(place, believed, now);
        }
    });
}

/// An address on which many log in is known as shared by that, and a domain as the provider's own.
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
