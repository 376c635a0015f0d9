//! What one message's patterns cost, in texts of several scripts and disguises.
//!
//! `cargo bench -p outfall-patterns`.  Ratios from one run mean something; the times depend on the
//! machine.

use outfall_message::Message;
use outfall_patterns::{Hasher, extract};
use std::hint::black_box;
use std::time::Instant;

/// A text of each sort, repeated to about as many bytes as an ordinary message has.
const TEXTS: [(&str, &str); 6] = [
    (
        "ASCII prose",
        "We are glad to offer you a loan at two percent, without any questions; write to us. ",
    ),
    (
        "ASCII, digits",
        "Order 4711 of 2026-03-02 at 10:30: 3x item5 for $19.99, see page 12 (part B2) soon. ",
    ),
    (
        "Cyrillic",
        "Мы рады предложить вам кредит под два процента, без лишних вопросов; пишите нам. ",
    ),
    ("German", "Für größere Beträge würden wir natürlich müde Gäste überprüfen, schöne Grüße. "),
    ("Chinese", "我们很高兴为您提供百分之二的贷款，没有任何问题，请写信给我们。"),
    (
        "disguised",
        "We аre gl4d tο оffer yоu 𝐚 l0an аt twο perсent, w1thout 𝐚𝐧𝐲 ques+ions; F R E E now. ",
    ),
];

const BYTES: usize = 4096;
const RUNS: u32 = 2000;

fn main() {
    let hasher = Hasher::new([7; 16]);
    for (name, text) in TEXTS {
        let text = text.repeat(BYTES / text.len());
        let message = Message { text, ..Message::default() };
        black_box(extract(&message, &hasher));
        let run = |_| {
            let begin = Instant::now();
            (0..RUNS).for_each(|_| drop(black_box(extract(black_box(&message), &hasher))));
            begin.elapsed().as_secs_f64() * 1e6 / f64::from(RUNS)
        };
        let best = (0..7).map(run).fold(f64::MAX, f64::min);
        println!("{name:14} {best:6.1} µs for {} bytes", message.text.len());
    }
}
