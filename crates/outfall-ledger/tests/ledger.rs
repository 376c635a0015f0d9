//! The ledger as a whole: memory, snapshots, merging, and what bad bytes may do.

use outfall_ledger::{
    DAY, LEAST_MEMORY, Ledger, Level, OtherKey, PatternRecord, Refused, SenderRecord, Sent,
    Sighting, Snapshot, TooSmall, pair,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const KEY: [u8; 16] = [7; 16];
const LEAST: usize = LEAST_MEMORY;
const NOW: u32 = 1_772_409_600;

/// Bytes of a snapshot before its first chunk.
const PREFIX: usize = 10;

/// Spreads small numbers over 64 bits, as keyed hashes are.
fn hash(number: u64) -> u64 {
    (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn message(ledger: &mut Ledger, sender: u64, recipient: u64, pattern: u64, now: u32) {
    let (sender, recipients) = (hash(sender), [hash(recipient)]);
    let tenant = Some(sender);
    let sighting = Sighting {
        sender,
        contribution: 1.5,
        recipients: &recipients,
        novel: 1,
        tenant,
        reply: false,
        now,
    };
    ledger.patterns.sight(hash(pattern), &sighting);
    ledger.senders.change(sender, now, |record| record.send(Sent { recipients: 1, novel: 1 }, now));
    ledger.pairs.learn(pair(sender, recipients[0]), now);
    ledger.background.learn(hash(pattern), sender, now / DAY);
}

/// A small town's mail: numbers of sender, recipient, pattern, and hours after [`NOW`].
type Mail = Vec<(u64, u64, u64, u32)>;

fn mail() -> impl Strategy<Value = Mail> {
    prop::collection::vec((0u64..20, 0u64..50, 0u64..30, 0u32..200), 0..120)
}

fn ledger(memory: usize, mail: &Mail) -> Ledger {
    let mut ledger = Ledger::new(memory, KEY).expect("enough memory");
    for &(sender, recipient, pattern, hours) in mail {
        message(&mut ledger, sender, recipient, pattern, NOW + hours * 3_600);
    }
    ledger
}

/// Everything that can be asked of a town's ledger.
#[derive(Debug, PartialEq)]
struct Known {
    patterns: Vec<Option<PatternRecord>>,
    senders: Vec<Option<SenderRecord>>,
    pairs: Vec<bool>,
    common: Vec<bool>,
}

fn known(ledger: &Ledger) -> Known {
    let now = NOW + 200 * 3_600;
    let pairs = (0..20).flat_map(|sender| (0..50).map(move |recipient| (sender, recipient)));
    Known {
        patterns: (0..31).map(|pattern| ledger.patterns.find(hash(pattern), now)).collect(),
        senders: (0..21).map(|sender| ledger.senders.find(hash(sender)).copied()).collect(),
        pairs: pairs
            .map(|(left, right)| ledger.pairs.knows(pair(hash(left), hash(right)), now))
            .collect(),
        common: (0..30).map(|value| ledger.background.common(hash(value))).collect(),
    }
}

//------------ Memory ---------------------------------------------------------

/// Whatever is given, no more is set aside, and nearly all of it is.
#[test]
fn never_above_what_was_given() {
    for mebibytes in [32, 33, 48, 100, 256, 777, 1_024] {
        let memory = mebibytes << 20;
        let ledger = Ledger::new(memory, KEY).expect("enough memory");

        assert!(ledger.bytes() <= memory, "{mebibytes} MiB: {}", ledger.bytes());
        assert!(ledger.bytes() > memory - memory / 500, "{mebibytes} MiB: {}", ledger.bytes());
        assert_eq!((memory, ledger.bytes()), (ledger.memory(), ledger.statistics().bytes));
    }
}

/// Less than the least memory is refused with a sentence that says the remedy.
#[test]
fn too_small_is_refused() {
    let refused = Ledger::new(LEAST - 1, KEY).err();

    assert_eq!(Some(TooSmall { given: LEAST - 1, least: LEAST }), refused);
    assert!(refused.is_some_and(|reason| reason.to_string().ends_with("give at least 30 MiB")));
}

/// A flood of unheard-of patterns and senders sets aside nothing more, and does not wash away a
/// convicted pattern, an accused sender or an established one.
#[test]
fn a_flood_washes_nothing_telling_away() {
    let mut ledger = Ledger::new(LEAST, KEY).expect("enough memory");
    let before = ledger.bytes();
    ledger.patterns.ensure(1, NOW, |record| record.reach(Level::Convicted));
    ledger.senders.change(2, NOW, |record| record.raise_alert(Level::Suspect, DAY, NOW));
    for day in 0..20 {
        let now = NOW + day * DAY;
        ledger.senders.change(3, now, |record| record.send(Sent { recipients: 9, novel: 0 }, now));
    }
    let now = NOW + 20 * DAY;
    for number in 0..300_000 {
        message(&mut ledger, number + 10, number, number / 2, now);
    }
    let statistics = ledger.statistics();

    assert_eq!(before, ledger.bytes());
    assert!(statistics.patterns_forgotten > 10_000 && statistics.senders_forgotten > 100_000);
    assert!(ledger.patterns.find(1, now).is_some_and(|record| record.level() == Level::Convicted));
    assert!(ledger.senders.find(2).is_some() && ledger.senders.find(3).is_some());
}

//------------ Snapshots ------------------------------------------------------

/// The snapshot that bad bytes are made of: small, with something in each part.
fn town() -> &'static Vec<u8> {
    static TOWN: OnceLock<Vec<u8>> = OnceLock::new();
    TOWN.get_or_init(|| {
        let mail: Mail = (0..40).map(|number| (number % 7, number, number / 3, 1)).collect();
        ledger(LEAST, &mail).snapshot()
    })
}

/// An idle ledger's snapshot is small, however much memory it has.
#[test]
fn idle_snapshot_is_small() {
    let ledger = Ledger::new(256 << 20, KEY).expect("enough memory");

    assert!(ledger.snapshot().len() < 8 * 1024);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// What was written is read back, into the same memory, less or more, with its statistics.
    #[test]
    fn round_trip(mail in mail()) {
        let original = ledger(64 << 20, &mail);
        let bytes = original.snapshot();
        for memory in [LEAST, 64 << 20, 200 << 20] {
            let restored = Ledger::restore(&bytes, memory, KEY).expect("own snapshot");

            prop_assert_eq!(known(&original), known(&restored));
            let (want, got) = (original.statistics(), restored.statistics());
            prop_assert_eq!((want.patterns, want.senders), (got.patterns, got.senders));
            prop_assert_eq!(want.patterns_created, got.patterns_created);
        }
    }

    /// Two nodes joined know what either knew, in whichever order they are joined.
    #[test]
    fn merging_commutes(left in mail(), right in mail()) {
        let (mut one, mut other) = (ledger(LEAST, &left), ledger(64 << 20, &right));
        one.merge(&ledger(64 << 20, &right), NOW).expect("one key");
        other.merge(&ledger(LEAST, &left), NOW).expect("one key");
        let (one, other) = (known(&one), known(&other));

        prop_assert_eq!(&one.pairs, &other.pairs);
        prop_assert_eq!(&one.common, &other.common);
        let senders = |known: &Known| -> Vec<Option<(u32, u32)>> {
            let times = |record: &SenderRecord| (record.first_seen(), record.last_seen());
            known.senders.iter().map(|record| record.as_ref().map(times)).collect()
        };
        prop_assert_eq!(senders(&one), senders(&other));
        let recurring = |known: &Known| -> BTreeMap<usize, (u32, f32)> {
            let facts = |record: &PatternRecord| (record.sightings(), record.senders());
            let patterns = known.patterns.iter().enumerate();
            patterns.filter_map(|(at, record)| Some((at, facts(record.as_ref()?)))).collect()
        };
        prop_assert_eq!(recurring(&one).keys().count(), recurring(&other).keys().count());
    }

    /// Wherever a snapshot is cut off, it is refused.
    #[test]
    fn cut_off_is_refused(cut in any::<prop::sample::Index>()) {
        let bytes = town();

        prop_assert!(Ledger::restore(&bytes[..cut.index(bytes.len())], LEAST, KEY).is_err());
    }

    /// Whichever bit is changed, the snapshot is refused.
    #[test]
    fn one_bit_is_refused(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = town().clone();
        bytes[at.index(town().len())] ^= 1 << bit;

        prop_assert!(Ledger::restore(&bytes, LEAST, KEY).is_err());
    }

    /// Any content with a right checksum is read or refused, and sets nothing more aside.
    #[test]
    fn forged_content_is_harmless(kind in 0u32..8, content in prop::collection::vec(any::<u8>(), 0..400)) {
        let forged = forge(kind, &content);

        if let Ok(ledger) = Ledger::restore(&forged, LEAST, KEY) {
            prop_assert!(ledger.bytes() <= LEAST);
        }
    }
}

/// The chunks of [`town`]: kind and content.
fn chunks() -> Vec<(u32, Vec<u8>)> {
    let (mut chunks, mut at) = (Vec::new(), PREFIX);
    while let Some(head) = town().get(at..at + 12) {
        let word = |from: usize| u32::from_le_bytes(head[from..from + 4].try_into().expect("four"));
        let end = at + 12 + word(8) as usize;
        chunks.push((word(0), town()[at + 12..end].to_vec()));
        at = end + 4;
    }
    chunks
}

/// Puts chunks together, with right numbers and checksums.
fn join(chunks: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = town()[..PREFIX].to_vec();
    for (number, (kind, content)) in chunks.iter().enumerate() {
        let start = bytes.len();
        for word in [*kind, number as u32, content.len() as u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(content);
        bytes.extend(crc32fast::hash(&bytes[start..]).to_le_bytes());
    }
    bytes
}

/// Replaces the content of the first chunk of its kind in [`town`].
fn forge(kind: u32, content: &[u8]) -> Vec<u8> {
    let mut chunks = chunks();
    if let Some(chunk) = chunks.iter_mut().find(|chunk| chunk.0 == kind) {
        chunk.1 = content.to_vec();
    }
    join(&chunks)
}

/// A snapshot that lacks one of its chunks is refused, and so is one that lacks a kind altogether
/// although numbers and checksums are right.
#[test]
fn nothing_may_be_missing() {
    assert_eq!(*town(), join(&chunks()));
    let mut at = PREFIX;
    for (_, content) in chunks() {
        let end = at + 16 + content.len();
        let rest = [&town()[..at], &town()[end..]].concat();
        assert!(Ledger::restore(&rest, LEAST, KEY).is_err());
        at = end;
    }
    for missing in 0..7 {
        let rest: Vec<_> = chunks().into_iter().filter(|chunk| chunk.0 != missing).collect();
        assert!(Ledger::restore(&join(&rest), LEAST, KEY).is_err(), "without kind {missing}");
    }
}

/// Each kind of bad bytes has its own refusal.
#[test]
fn refusals_tell_why() {
    let refused = |bytes: &[u8], key| Ledger::restore(bytes, LEAST, key).err();
    let mut version = town().clone();
    version[8] = 9;
    let mut longer = town().clone();
    longer.push(0);
    let swapped = forge(6, b"surplus");

    assert_eq!(None, refused(town(), KEY));
    assert_eq!(Some(Refused::NotASnapshot), refused(b"", KEY));
    assert_eq!(Some(Refused::NotASnapshot), refused(b"From alice", KEY));
    assert_eq!(Some(Refused::CutOff), refused(&town()[..9], KEY));
    assert_eq!(Some(Refused::OtherVersion(9)), refused(&version, KEY));
    assert_eq!(Some(Refused::OtherKey), refused(town(), [8; 16]));
    assert_eq!(Some(Refused::Damaged), refused(&longer, KEY));
    assert_eq!(Some(Refused::Nonsense), refused(&forge(1, b"short"), KEY));
    assert_eq!(Some(Refused::Nonsense), refused(&swapped, KEY));
    assert!(matches!(Ledger::restore(town(), 1, KEY), Err(Refused::TooSmall(_))));
}

/// With less memory the telling stay and what is left out counts as forgotten.
#[test]
fn less_memory_keeps_the_telling() {
    let mut large = Ledger::new(64 << 20, KEY).expect("enough memory");
    for number in 0..300_000u64 {
        large.patterns.ensure(hash(number), NOW, |record| {
            if number % 100 == 0 {
                record.reach(Level::Bulk);
            }
        });
    }
    let small = Ledger::restore(&large.snapshot(), LEAST, KEY).expect("own snapshot");
    let left_out = (large.statistics().patterns - small.statistics().patterns) as u64;
    let telling = (0..300_000).step_by(100);

    assert!(left_out > 50_000);
    let forgotten = large.statistics().patterns_forgotten + left_out;
    assert_eq!(forgotten, small.statistics().patterns_forgotten);
    assert!(telling.map(hash).all(|key| small.patterns.find(key, NOW).is_some()));
}

/// Mail that comes between two chunks neither breaks the snapshot nor loses what was there before.
#[test]
fn mail_between_chunks() {
    let mail: Mail = (0..60).map(|number| (number % 7, number % 50, number / 3, 1)).collect();
    let mut ledger = ledger(LEAST, &mail);
    let before = known(&ledger);
    let (mut bytes, mut snapshot, mut number) = (Vec::new(), Snapshot::default(), 1_000);
    while let Some(chunk) = snapshot.next(&ledger) {
        bytes.extend(chunk);
        message(&mut ledger, number, number, number, NOW + 9 * DAY);
        number += 1;
    }
    let restored = known(&Ledger::restore(&bytes, LEAST, KEY).expect("own snapshot"));

    assert_eq!(before.patterns, restored.patterns);
    assert_eq!(before.senders, restored.senders);
    assert!(before.pairs.iter().zip(&restored.pairs).all(|(before, after)| *after || !before));
}

/// Ledgers of different keys are not joined.
#[test]
fn other_keys_are_not_joined() {
    let mut ledger = Ledger::new(LEAST, KEY).expect("enough memory");
    let other = Ledger::new(LEAST, [8; 16]).expect("enough memory");

    assert_eq!(Err(OtherKey), ledger.merge(&other, NOW));
}
