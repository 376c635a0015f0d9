//! An engine filled with as many records as one likes, fast: patterns made of numbers, no text.

use outfall_engine::{Engine, Envelope, Examined, Settings};
use outfall_patterns::{Found, Hasher, Kind, MOST_PATTERNS};
use std::hint::black_box;

const AT: f64 = 1_772_409_600.0;
const KEY: [u8; 16] = [7; 16];

/// Recipients of one recalled message: what the engine looks at, at most.
const RECIPIENTS: u64 = 1_000;

pub struct Filled {
    pub engine: Engine,
    hasher: Hasher,
    patterns: u64,
    senders: u64,
    pairs: u64,
}

/// A message whose patterns are in the ledger.
pub type Message = (Examined, Envelope);

impl Filled {
    pub fn new(memory: usize) -> Self {
        let settings = Settings { memory, key: KEY, ..Settings::default() };
        let engine = Engine::new(settings).expect("enough memory");
        Filled { engine, hasher: Hasher::new(KEY), patterns: 0, senders: 0, pairs: 0 }
    }

    /// Adds records of so many patterns: each is seen twice.
    pub fn patterns(&mut self, count: u64) {
        let end = self.patterns + count;
        while self.patterns < end {
            let next = end.min(self.patterns + MOST_PATTERNS as u64);
            let examined = self.examined(self.patterns..next);
            (0..2).for_each(|sender| self.judge(&(examined.clone(), envelope(sender, 0))));
            self.patterns = next;
        }
    }

    /// Adds so many senders, each with one recipient.
    pub fn senders(&mut self, count: u64) {
        let end = self.senders + count;
        for sender in self.senders..end {
            let account = Some(format!("person{sender}"));
            let recipients = vec![format!("friend{sender}@far.test")];
            self.engine.recall(&Envelope { account, recipients, ..Envelope::default() }, AT);
        }
        self.senders = end;
    }

    /// Adds so many pairs of sender and recipient.
    pub fn pairs(&mut self, count: u64) {
        let end = self.pairs + count;
        while self.pairs < end {
            let recipients =
                (self.pairs..self.pairs + RECIPIENTS).map(|n| format!("r{n}@far.test"));
            let account = Some("person0".into());
            let recipients = recipients.collect();
            self.engine.recall(&Envelope { account, recipients, ..Envelope::default() }, AT);
            self.pairs += RECIPIENTS;
        }
    }

    /// Judges so many messages whose patterns are seen once, which also leaves verdicts behind.
    pub fn verdicts(&mut self, count: u64) {
        for number in 0..count {
            let first = (1 << 40) + number * MOST_PATTERNS as u64;
            let examined = self.examined(first..first + MOST_PATTERNS as u64);
            self.judge(&(examined, envelope(number % 100_000, number)));
        }
    }

    /// Fills every part to the brim.
    pub fn full(&mut self) {
        let memory = self.engine.counts().bytes as u64;
        self.patterns(memory / 200);
        self.senders(memory / 1_000);
        self.pairs(memory / 10);
        self.verdicts(memory / 8 / MOST_PATTERNS as u64);
    }

    /// Returns messages whose patterns are any of those that have records, and whose senders are known.
    pub fn recurring(&self, count: u64, turn: u64) -> Vec<Message> {
        let message = |number: u64| {
            let pick = |at: u64| mixed(number << 20 ^ turn << 50 ^ at) % self.patterns;
            let sender = mixed(number ^ turn << 40) % self.senders;
            (self.examined((0..MOST_PATTERNS as u64).map(pick)), envelope(sender, sender))
        };
        (0..count).map(message).collect()
    }

    pub fn judge(&self, (examined, envelope): &Message) {
        black_box(self.engine.judge(examined, envelope, AT, &[]));
    }

    /// Examines a plain message of 4 KB.
    pub fn examine(&self, number: u64) -> Examined {
        let line = "We have looked at the patch and it does what it says, mostly; the rest is for later.\r\n";
        let raw = format!(
            "From: a@b.test\r\nTo: c@d.test\r\nSubject: Patch {number}\r\nMessage-ID: <{number}@b.test>\r\n\r\n{}",
            line.repeat(45)
        );
        self.engine.examine(raw.as_bytes())
    }

    fn examined(&self, numbers: impl Iterator<Item = u64>) -> Examined {
        let found = |number: u64| Found {
            pattern: self.hasher.pattern(Kind::AttachmentContent, &number.to_le_bytes()),
            shown: String::new(),
        };
        let mut examined = Examined::default();
        examined.patterns.values = numbers.map(found).collect();
        examined
    }
}

fn envelope(sender: u64, recipient: u64) -> Envelope {
    Envelope {
        account: Some(format!("person{sender}")),
        recipients: vec![format!("friend{recipient}@far.test")],
        ..Envelope::default()
    }
}

/// Spreads a number over all bits (SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
