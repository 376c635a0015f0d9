//! How the engine behaves as it fills: memory, cost a message, and pauses while a snapshot is taken.
//!
//! `cargo bench -p outfall-engine --bench scale [-- memory | curve | pauses]`: all three by default.
//! `curve` prints lines that begin with `curve` for `benches/_plot_scale.py`.  Fills up to 10 million
//! pattern records, which takes some 3 GiB of RAM and a minute.

#[path = "scale/filled.rs"]
mod filled;

use filled::Filled;
use outfall_engine::Snapshot;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const MEBIBYTE: usize = 1 << 20;

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let parts: [(&str, fn()); 3] = [("memory", memory), ("curve", curve), ("pauses", pauses)];
    for (name, run) in parts {
        if wanted.as_deref().is_none_or(|wanted| wanted == name) {
            run();
        }
    }
}

//------------ Memory ---------------------------------------------------------

/// A million live patterns and a million senders at once, and what they take.
fn memory() {
    const MILLION: u64 = 1_000_000;
    let before = resident();
    let mut filled = Filled::new(1_600 * MEBIBYTE);
    filled.patterns(MILLION);
    filled.senders(MILLION);
    println!("memory set to 1600 MiB: {:?}", filled.engine.counts());
    println!("  RAM taken for a million of each: {} MiB", (resident() - before) >> 10);
    filled.patterns(8 * MILLION);
    filled.senders(2 * MILLION);
    filled.pairs(40 * MILLION);
    filled.verdicts(1_000_000);
    println!(
        "  RAM taken after far more than there is room for: {} MiB",
        (resident() - before) >> 10
    );
    println!("  {:?}", filled.engine.counts());
}

/// Kilobytes of RAM that this process occupies, where the system tells.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4
}

//------------ Curve ----------------------------------------------------------

/// What a message costs with 10 thousand to 10 million pattern records, each of its patterns any of them.
fn curve() {
    let mut filled = Filled::new(4_096 * MEBIBYTE);
    let mut records = 0;
    println!("curve records judge_us scan_us");
    for level in [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000] {
        filled.patterns(level - records);
        filled.senders((level - records) / 10);
        records = level;
        assert!(filled.engine.counts().patterns as u64 >= records / 100 * 99, "they all have room");
        let messages = filled.recurring(BLOCKS * BLOCK, level);
        let judge = median(&mut |at| filled.judge(&messages[at as usize]));
        let examine = median(&mut |at| _ = black_box(filled.examine(at)));
        println!("curve {records} {judge:.1} {:.1}", examine + judge);
    }
}

/// Messages timed together: shorter than a time slice, because others use the machine, too.
const BLOCK: u64 = 16;
const BLOCKS: u64 = 500;

/// Microseconds a message in the middle one of all blocks.
fn median(work: &mut dyn FnMut(u64)) -> f64 {
    let mut block = |number: u64| {
        let begun = Instant::now();
        (number * BLOCK..(number + 1) * BLOCK).for_each(&mut *work);
        begun.elapsed().as_secs_f64() * 1e6 / BLOCK as f64
    };
    let mut took: Vec<f64> = (0..BLOCKS).map(&mut block).collect();
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

//------------ Pauses ---------------------------------------------------------

/// The longest that a scan waits while a snapshot of a full ledger is taken, beside what it waits without.
///
/// A busy machine makes everybody wait for a time slice: of several snapshots the best counts.
fn pauses() {
    const RUNS: usize = 7;
    for mebibytes in [256, 1_024] {
        let mut filled = Filled::new(mebibytes * MEBIBYTE);
        filled.full();
        let without = longest_scan(&filled, || std::thread::sleep(Duration::from_secs(1)));
        let (mut pieces, mut bytes, mut with) = (Vec::new(), 0, Duration::MAX);
        for _ in 0..RUNS {
            with = with.min(longest_scan(&filled, || bytes = take(&filled, &mut pieces)));
        }
        let longest = pieces.iter().max().expect("pieces");
        let (megabytes, count) = (bytes / 1_000_000, pieces.len());
        println!("{mebibytes} MiB full: {count} pieces, {megabytes} MB, longest {longest:.1?}");
        println!("  slowest of all scans: {with:.1?}; with no snapshot: {without:.1?}");
    }
}

/// Takes a snapshot, and notes for each piece the shortest time that it ever took.
fn take(filled: &Filled, pieces: &mut Vec<Duration>) -> usize {
    let (mut snapshot, mut bytes) = (Snapshot::default(), 0);
    for number in 0.. {
        let begun = Instant::now();
        let Some(piece) = snapshot.next(&filled.engine) else { break };
        let took = begun.elapsed();
        match pieces.get_mut(number) {
            Some(shortest) => *shortest = took.min(*shortest),
            None => pieces.push(took),
        }
        bytes += piece.len();
    }
    bytes
}

/// Scans in a thread for as long as `work` takes; returns the slowest scan.
fn longest_scan(filled: &Filled, work: impl FnOnce()) -> Duration {
    let (done, messages) = (AtomicBool::new(false), filled.recurring(2_000, 99));
    std::thread::scope(|scope| {
        let scanner = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            for message in messages.iter().cycle() {
                let begun = Instant::now();
                filled.judge(message);
                slowest = slowest.max(begun.elapsed());
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
            slowest
        });
        work();
        done.store(true, Ordering::Relaxed);
        scanner.join().expect("scans never fail")
    })
}
