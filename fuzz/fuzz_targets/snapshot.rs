//! A snapshot from a stranger: read or refused, never a panic, never more memory than was given.
//!
//! The first byte chooses how.  Most inputs are cut into chunks that get right checksums, since a
//! fuzzer does not guess those; the rest are taken as they are.  What is read must write itself so
//! that it reads back again: tried for every other input, because it takes long.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outfall_ledger::{Ledger, Snapshot};
use std::sync::OnceLock;

const KEY: [u8; 16] = [7; 16];
const MEMORY: usize = 32 << 20;

/// Bytes of magic and version before the first chunk.
const PREFIX: usize = 10;

fuzz_target!(|input: &[u8]| {
    let Some((&how, rest)) = input.split_first() else { return };
    let bytes = if how & 7 == 0 { rest.to_vec() } else { forge(rest) };
    if let Ok(ledger) = Ledger::restore(&bytes, MEMORY, KEY) {
        assert!(ledger.bytes() <= MEMORY);
        ledger.patterns.iter().for_each(|record| _ = record.evidence_without(record.key()));
        if how & 8 == 0 {
            return; // Writing 32 MiB takes longest.
        }
        let again = Ledger::restore(&ledger.snapshot(), MEMORY, KEY).expect("own snapshot");
        assert_eq!(ledger.statistics().patterns, again.statistics().patterns);
        assert_eq!(ledger.statistics().senders, again.statistics().senders);
    }
});

/// An own snapshot's first chunk, then each run of `kind, length, content` of the input as a chunk,
/// then the end.
fn forge(mut input: &[u8]) -> Vec<u8> {
    let mut bytes = head().clone();
    let mut number = 1;
    while let Some((&[kind, low, high], rest)) = input.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
        frame(&mut bytes, u32::from(kind % 7), number, &rest[..length]);
        input = &rest[length..];
        number += 1;
    }
    frame(&mut bytes, 6, number, b"");
    bytes
}

fn frame(bytes: &mut Vec<u8>, kind: u32, number: u32, content: &[u8]) {
    let start = bytes.len();
    for word in [kind, number, content.len() as u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(content);
    let checksum = crc32fast::hash(&bytes[start..]);
    bytes.extend(checksum.to_le_bytes());
}

fn head() -> &'static Vec<u8> {
    static HEAD: OnceLock<Vec<u8>> = OnceLock::new();
    HEAD.get_or_init(|| {
        let ledger = Ledger::new(MEMORY, KEY).expect("enough memory");
        let head = Snapshot::default().next(&ledger).expect("a head");
        assert!(head.len() > PREFIX);
        head
    })
}
