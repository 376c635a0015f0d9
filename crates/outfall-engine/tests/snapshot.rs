//! Snapshots of an engine at work: what is in them, and that they restore to one that works.

mod site;

use outfall_engine::{Category, Engine, Settings, Snapshot};
use site::Site;
use std::sync::atomic::{AtomicBool, Ordering};

/// The most bytes of one piece: what the lock is held for.
const MOST_BYTES: usize = 300 << 10;

fn restored(bytes: &[u8]) -> Site {
    let settings = Settings { memory: site::MEMORY, key: [9; 16], ..Settings::default() };
    Site { engine: Engine::restore(bytes, settings).expect("whole") }
}

/// Mail that comes between any two pieces neither breaks the snapshot nor takes anything from it
/// that was known before.
#[test]
fn mail_between_pieces() {
    let site = Site::with_a_past();
    let before: Vec<_> = (0..30).map(|number| site.bot_sends(number % 7, number)).collect();
    let (mut bytes, mut snapshot, mut number) = (Vec::new(), Snapshot::default(), 30);
    while let Some(piece) = snapshot.next(&site.engine) {
        bytes.extend(piece);
        site.bot_sends(number % 7, number);
        number += 1;
    }
    let restored = restored(&bytes);
    let explained =
        |verdict: &outfall_engine::Verdict| restored.engine.explain(&verdict.reference).is_some();

    assert!(number > 40, "mail came between {} pieces", number - 30);
    assert!(before.iter().all(|verdict| explained(verdict)));
    assert!(restored.bot_sends(3, number).category.convicts());
    assert_eq!(Category::Clean, restored.newsletter_to(5).category);
}

/// A snapshot taken while other threads scan restores to an engine that works.
#[test]
fn scans_beside_a_snapshot() {
    let (site, done) = (Site::with_a_past(), AtomicBool::new(false));
    let bytes = std::thread::scope(|scope| {
        let scan = || {
            (0..30).for_each(|number| drop(site.bot_sends(number % 7, number)));
            (30..).take_while(|_| !done.load(Ordering::Relaxed)).for_each(|number| {
                site.person_forwards_joke(number % 40);
                site.bot_sends(number % 7, number);
            });
        };
        let scanners = [scope.spawn(scan), scope.spawn(scan)];
        let snapshots: Vec<_> = (0..5).map(|_| site.engine.snapshot()).collect();
        done.store(true, Ordering::Relaxed);
        scanners.into_iter().for_each(|scanner| scanner.join().expect("scans never fail"));
        snapshots
    });
    let all = bytes.iter().all(|bytes| restored(bytes).engine.counts().recalled > 0);
    let last = restored(&site.engine.snapshot());

    assert!(all);
    assert_eq!(site.engine.counts(), last.engine.counts());
    assert!(last.bot_sends(3, 100).category.convicts());
}

/// However much is remembered, no piece is larger than what is copied in a moment.
#[test]
fn pieces_are_small() {
    let site = Site::with_a_past();
    (0..4_000).for_each(|number| drop(site.bot_sends(number % 200, number)));
    let mut snapshot = Snapshot::default();
    let sizes: Vec<_> =
        std::iter::from_fn(|| snapshot.next(&site.engine)).map(|piece| piece.len()).collect();

    assert!(sizes.iter().sum::<usize>() > MOST_BYTES, "{sizes:?}");
    assert!(sizes.iter().all(|&size| size <= MOST_BYTES), "{:?}", sizes.iter().max());
}

/// A delivery that was held back before a restart and comes again after it is not counted again.
#[test]
fn retries_are_known_after_a_restart() {
    let site = Site::with_a_past();
    let slowed = |site: &Site, number| site.thief_sends(3, number).category >= Category::Bulk;
    let held = (0..60).find(|&number| slowed(&site, number)).expect("the thief is slowed");
    let restored = restored(&site.engine.snapshot());
    let first = restored.thief_sends(3, held);
    let again: Vec<_> = (0..30).map(|_| restored.thief_sends(3, held).score).collect();

    assert_eq!(site.thief_sends(3, held).score, first.score);
    assert!(again.iter().all(|&score| score == first.score));
}
