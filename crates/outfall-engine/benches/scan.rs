//! How long a whole scan takes against `mail-parser` alone, and where the time goes.
//!
//! `cargo bench -p outfall-engine --bench scan -- [PATH | tiny]`: PATH is a folder of messages, an mbox,
//! or a blob with offsets beside it; without it the bench makes its own messages.  `tiny` prints the
//! nanoseconds of one small message over and over, which `benches/call_overhead.py` subtracts from
//! what Python sees.  Ratios from one run mean something; the times depend on the machine.

#[path = "../../outfall-message/benches/messages/mod.rs"]
mod messages;

use mail_parser::MessageParser;
use messages::report;
use outfall_engine::{Engine, Envelope, Settings};
use std::cell::Cell;
use std::hint::black_box;
use std::time::Instant;

const AT: f64 = 1_772_409_600.0;

fn main() {
    let argument = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    match argument.as_deref() {
        Some("tiny") => println!("{:.0}", tiny()),
        path => whole(&messages::from(path)),
    }
}

fn whole(messages: &[Vec<u8>]) {
    let (engine, parser, clock) = (engine(), MessageParser::default(), Cell::new(AT));
    // What is added from row to row is what its stage costs.
    report(
        messages.len(),
        &[
            ("mail-parser alone", Box::new(|at| drop(black_box(parser.parse(&messages[at]))))),
            ("examine", Box::new(|at| drop(black_box(outfall_message::examine(&messages[at]))))),
            ("  with patterns", Box::new(|at| drop(black_box(engine.examine(&messages[at]))))),
            (
                "scan",
                Box::new(|at| {
                    clock.set(clock.get() + 0.1);
                    drop(black_box(engine.scan(&messages[at], &envelope(at), clock.get())));
                }),
            ),
        ],
    );
}

/// Nanoseconds of a scan of the message that `benches/call_overhead.py` uses, the fastest of five.
fn tiny() -> f64 {
    let (engine, envelope) = (engine(), envelope(0));
    let run = |_| {
        let begin = Instant::now();
        (0..CALLS)
            .for_each(|_| drop(black_box(engine.scan(b"Subject: x\r\n\r\nhi\r\n", &envelope, AT))));
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    (0..5).map(run).fold(f64::MAX, f64::min)
}

const CALLS: u32 = 20_000;

fn engine() -> Engine {
    let settings = Settings { key: [7; 16], ..Settings::default() };
    Engine::new(settings).expect("the default memory is enough")
}

/// A few hundred people who write to a few thousand.
fn envelope(number: usize) -> Envelope {
    let person = number % 400;
    Envelope {
        account: Some(format!("person{person}@isp.test")),
        mail_from: Some(format!("person{person}@isp.test")),
        client_ip: Some(format!("192.0.2.{}", person % 250)),
        recipients: vec![format!("friend{}@far.test", number % 5000)],
        ..Envelope::default()
    }
}
