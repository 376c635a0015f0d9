//! How long the ledger takes: run with `cargo bench -p outfall-ledger`, prints one line a figure.

use outfall_ledger::{Ledger, Sighting, Snapshot, pair};
use std::hint::black_box;
use std::time::Instant;

const NOW: u32 = 1_772_409_600;
const RECORDS: u64 = 1_000_000;
const KEYS_A_MESSAGE: usize = 35;

/// A simple generator, so that figures repeat.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn report(what: &str, count: u64, start: Instant) {
    let each = start.elapsed().as_nanos() as f64 / count as f64;
    println!("{what:<58} {each:>10.1} ns");
}

/// Kilobytes of RAM that this process occupies, where the system tells.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4
}

fn memory() {
    for mebibytes in [32, 256, 1_024] {
        let before = resident();
        let ledger = Ledger::new(mebibytes << 20, [7; 16]).expect("enough memory");
        let taken = resident() - before;
        println!("{mebibytes} MiB, idle {taken} KiB in RAM: {:?}", ledger.statistics());
    }
}

fn main() {
    memory();
    let start = Instant::now();
    let mut ledger = Ledger::new(512 << 20, [7; 16]).expect("enough memory");
    report("create a ledger of 512 MiB", 1, start);
    patterns(&mut ledger);
    pairs(&mut ledger);
    senders(&mut ledger);
    snapshots(&ledger);
}

fn sighting(number: u64, recipients: &[u64]) -> Sighting<'_> {
    let now = NOW + (number >> 40) as u32;
    Sighting {
        sender: number,
        contribution: 1.0,
        recipients,
        novel: 1,
        tenant: Some(number),
        reply: false,
        now,
    }
}

fn patterns(ledger: &mut Ledger) {
    let keys: Vec<u64> = (0..RECORDS).map(|number| Numbers(number).next()).collect();
    for &key in keys.iter().chain(&keys) {
        ledger.patterns.sight(key, &sighting(key, &[key]));
    }
    println!("{:?}", ledger.statistics());
    let mut numbers = Numbers(1);
    let messages: Vec<[u64; KEYS_A_MESSAGE]> = (0..20_000)
        .map(|_| std::array::from_fn(|_| keys[(numbers.next() % RECORDS) as usize]))
        .collect();
    let start = Instant::now();
    for message in &messages {
        for &key in message {
            black_box(ledger.patterns.find(key, NOW));
        }
    }
    report("find 35 of 1 M records, a message", messages.len() as u64, start);
    let start = Instant::now();
    let mut found = Vec::new();
    for message in &messages {
        ledger.patterns.find_all(message, NOW, &mut found);
        black_box(&found);
    }
    report("find_all 35 of 1 M records, a message", messages.len() as u64, start);
    let start = Instant::now();
    for message in &messages {
        let sender = message[0];
        ledger.patterns.find_all(message, NOW, &mut found);
        for record in &found {
            black_box(record.map(|record| record.evidence_without(sender)));
        }
        for &key in message {
            ledger.patterns.sight(key, &sighting(sender, &message[..1]));
        }
    }
    report("find, weigh and sight 35 of 1 M records, a message", messages.len() as u64, start);
    for round in 0..2 {
        sight_new(ledger, &mut numbers, if round == 0 { "untouched" } else { "warm" });
    }
}

fn sight_new(ledger: &mut Ledger, numbers: &mut Numbers, state: &str) {
    let messages = 200_000;
    let mut found = Vec::new();
    let start = Instant::now();
    for _ in 0..messages {
        let sender = numbers.next();
        let keys: [u64; KEYS_A_MESSAGE] = std::array::from_fn(|_| numbers.next());
        ledger.patterns.find_all(&keys, NOW, &mut found);
        black_box(&found);
        for key in keys {
            ledger.patterns.sight(key, &sighting(sender, &[sender]));
        }
    }
    report(
        &format!("find_all and sight 35 new patterns ({state} doorkeeper), a message"),
        messages,
        start,
    );
}

fn pairs(ledger: &mut Ledger) {
    let mut numbers = Numbers(2);
    let pairs: Vec<u64> = (0..4_000_000).map(|_| pair(numbers.next(), numbers.next())).collect();
    let start = Instant::now();
    pairs.iter().for_each(|&pair| {
        black_box(ledger.pairs.learn(pair, NOW));
    });
    report("learn a pair", pairs.len() as u64, start);
    let start = Instant::now();
    pairs.iter().for_each(|&pair| {
        black_box(ledger.pairs.knows(pair, NOW));
    });
    report("know a pair", pairs.len() as u64, start);
}

fn senders(ledger: &mut Ledger) {
    let mut numbers = Numbers(3);
    let senders: Vec<u64> = (0..200_000).map(|_| numbers.next()).collect();
    let sent = outfall_ledger::Sent { recipients: 1, novel: 1 };
    for round in 0..2 {
        let start = Instant::now();
        for &sender in &senders {
            ledger.senders.change(sender, NOW + round, |record| record.send(sent, NOW + round));
        }
        report("count a message of one of 200,000 senders", senders.len() as u64, start);
    }
}

fn snapshots(ledger: &Ledger) {
    let (mut bytes, mut snapshot, mut longest) = (Vec::new(), Snapshot::default(), 0.0f64);
    let start = Instant::now();
    loop {
        let begin = Instant::now();
        let Some(chunk) = snapshot.next(ledger) else { break };
        longest = longest.max(begin.elapsed().as_secs_f64());
        bytes.extend(chunk);
    }
    let rate = |start: Instant| bytes.len() as f64 / 1e6 / start.elapsed().as_secs_f64();
    println!(
        "{:<58} {:>10.0} MB/s",
        format!("snapshot of {} MB", bytes.len() / 1_000_000),
        rate(start)
    );
    println!("{:<58} {:>10.1} us", "longest hold of a lock for a chunk", longest * 1e6);
    let start = Instant::now();
    let restored = Ledger::restore(&bytes, 512 << 20, [7; 16]).expect("own snapshot");
    println!("{:<58} {:>10.0} MB/s", "restore", rate(start));
    assert_eq!(ledger.statistics(), restored.statistics());
}
