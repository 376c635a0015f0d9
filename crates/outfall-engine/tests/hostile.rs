//! Whatever comes in: no message, envelope or snapshot makes the engine fail.

mod site;

use outfall_engine::{Engine, Envelope, Feedback, Refused, Settings};
use proptest::prelude::*;
use site::Site;
use std::collections::HashSet;
use std::sync::LazyLock;

/// One site for all cases: what went before is part of the hostility.
static SITE: LazyLock<Site> = LazyLock::new(Site::cold);

/// A snapshot of a busy little site.
static SNAPSHOT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let site = Site::cold();
    (0..30).for_each(|number| drop(site.bot_sends(number % 7, number)));
    site.engine.snapshot()
});

fn settings() -> Settings {
    Settings { memory: site::MEMORY, key: [9; 16], ..Settings::default() }
}

fn envelopes() -> impl Strategy<Value = Envelope> {
    let text =
        || prop_oneof![Just(None), "\\PC{0,40}".prop_map(Some), Just(Some("127.0.0.1".into()))];
    let recipients = prop::collection::vec("\\PC{0,30}", 0..20);
    (recipients, text(), text(), text(), text(), any::<bool>()).prop_map(
        |(recipients, mail_from, client_ip, account, tenant, local)| Envelope {
            recipients,
            mail_from,
            client_ip,
            account,
            tenant,
            local,
            ..Envelope::default()
        },
    )
}

proptest! {
    /// Any bytes with any envelope at any time give a finite score and a reference.
    #[test]
    fn anything_is_judged(raw in prop::collection::vec(any::<u8>(), 0..600), envelope in envelopes(), at in any::<f64>()) {
        let verdict = SITE.engine.scan(&raw, &envelope, at);

        prop_assert!(verdict.score.is_finite());
        prop_assert_eq!(12, verdict.reference.len());
        SITE.engine.recall(&envelope, at);
        SITE.engine.feedback(Feedback::Failed, Some(&verdict.reference), None, "x", at);
    }

    /// A snapshot cut anywhere is refused.
    #[test]
    fn a_cut_snapshot_is_refused(keep in 0.0..1.0) {
        let length = (SNAPSHOT.len() as f64 * keep) as usize;

        prop_assert!(Engine::restore(&SNAPSHOT[..length], settings()).is_err());
    }

    /// A snapshot with any one bit flipped is refused.
    #[test]
    fn a_damaged_snapshot_is_refused(place in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut bytes = SNAPSHOT.clone();
        bytes[place.index(SNAPSHOT.len())] ^= 1 << bit;

        prop_assert!(Engine::restore(&bytes, settings()).is_err());
    }

    /// Bytes that begin like a snapshot and go on at random are refused.
    #[test]
    fn garbage_is_refused(garbage in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [b"OUTFALLE\x02\x00".as_slice(), &garbage].concat();

        prop_assert!(Engine::restore(&bytes, settings()).is_err());
    }
}

/// What was known before a restart is known after it: the next verdict is the same.
#[test]
fn a_restored_engine_goes_on_as_before() {
    let site = Site::with_a_past();
    (0..19).for_each(|number| drop(site.bot_sends(number % 7, number)));
    let earlier = site.bot_sends(5, 19).reference.clone();
    let restored =
        Site { engine: Engine::restore(&site.engine.snapshot(), settings()).expect("whole") };
    let remembered = restored.engine.explain(&earlier);
    let (before, after) = (site.bot_sends(3, 20), restored.bot_sends(3, 20));

    assert_eq!(before, after);
    assert!(remembered.is_some() && remembered == site.engine.explain(&earlier));
    assert_eq!(site.engine.counts(), restored.engine.counts());
    assert_eq!(site.engine.explain(&before.reference), restored.engine.explain(&before.reference));
}

/// Another key, another version and another file are refused, each with its own sentence.
#[test]
fn refusals_say_why() {
    let other_key = Settings { key: [8; 16], ..settings() };
    let mut other_version = SNAPSHOT.clone();
    other_version[8] = 77;
    let why = |bytes: &[u8], settings| Engine::restore(bytes, settings).unwrap_err();

    assert_eq!(Refused::OtherKey, why(&SNAPSHOT, other_key));
    assert_eq!(Refused::OtherVersion(77), why(&other_version, settings()));
    assert_eq!(Refused::NoSnapshot, why(b"GIF89a", settings()));
    assert!(Engine::key_of(&SNAPSHOT).is_ok_and(|key| key == [9; 16]));
}

/// Under another key the same message has no pattern in common with itself: whoever does not know a
/// site's key can neither aim at a record nor crowd a set.
#[test]
fn another_key_gives_other_patterns() {
    let patterns = |key: u8| {
        let engine = Engine::new(Settings { key: [key; 16], ..settings() }).expect("enough memory");
        let found = engine.examine(&site::offer(1)).patterns;
        let values = found.values.iter().map(|found| found.pattern);
        let patterns: HashSet<u64> =
            values.chain(found.shingles.iter()).map(|pattern| pattern.bits()).collect();
        patterns
    };
    let (one, other) = (patterns(1), patterns(2));

    assert!(one.len() > 10 && one == patterns(1));
    assert!(one.is_disjoint(&other));
}

/// A message for any number of recipients is counted as one for a thousand, and one stuffed with links,
/// words and addresses has no more patterns than any other.
#[test]
fn what_a_message_costs_is_bounded() {
    let site = Site::with_a_past();
    let recipients: Vec<String> = (0..20_000).map(|number| format!("r{number}@far.test")).collect();
    let all: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let mut stuffed = b"Subject: all\r\n\r\n".to_vec();
    for number in 0..20_000 {
        let (phone, host) = (30_000_000 + number, format!("shop{number}.test"));
        let line = format!("w{number} http://{host}/a?b=1 me@{host} +49 {phone}\r\n");
        stuffed.extend(line.as_bytes());
    }
    let verdict = site.scan(&stuffed, &site::person(3, &all), 1);
    let found = site.engine.examine(&stuffed).patterns;
    let looked_at = |detail: &str| detail.starts_with("1000 of 1000 recipients");

    assert!(found.values.len() <= outfall_patterns::MOST_PATTERNS);
    assert!(verdict.evidence.iter().any(|one| looked_at(&one.detail)), "{:?}", verdict.evidence);
}
