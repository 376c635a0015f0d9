//! Strangers' messages with strangers' envelopes, one after another through one engine: never a panic,
//! always a finite score, a reference that can be explained, and no more memory than was given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outfall_engine::{Engine, Envelope, Feedback, Settings};
use std::sync::OnceLock;

const MEMORY: usize = 32 << 20;

/// A minute past noon, some day; the input moves the clock to and fro.
const AT: f64 = 1_772_409_600.0;

fuzz_target!(|input: &[u8]| {
    let Some((&[how, minutes, length], rest)) = input.split_first_chunk() else { return };
    let (names, message) = rest.split_at(usize::from(length).min(rest.len()));
    let at = AT + f64::from(minutes as i8) * 60.0;
    let envelope = envelope(how, names);
    let verdict = engine().scan(message, &envelope, at);

    assert!(verdict.score.is_finite());
    assert_eq!(Some(verdict.category), explained(&verdict.reference));
    assert!(engine().counts().bytes <= MEMORY);
    let word = Feedback::ALL[usize::from(how) % Feedback::ALL.len()];
    let sender = (&verdict.sender, envelope.mail_from.as_deref());
    engine().feedback(word, Some(&verdict.reference), Some(sender), "fuzz", at);
});

fn explained(reference: &str) -> Option<outfall_engine::Category> {
    engine().explain(reference).map(|explanation| explanation.verdict.category)
}

/// Names are taken from the input, a line each; bits of `how` leave some out.
fn envelope(how: u8, names: &[u8]) -> Envelope {
    let mut lines =
        names.split(|&byte| byte == b'\n').map(|line| String::from_utf8_lossy(line).into_owned());
    let mut name = |bit: u8| lines.next().filter(|_| how & (1 << bit) != 0);
    Envelope {
        account: name(0),
        mail_from: name(1),
        client_ip: name(2).or(Some("127.0.0.1".into())),
        tenant: name(3),
        local: how & 16 != 0,
        recipients: lines.collect(),
        ..Envelope::default()
    }
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        Engine::new(Settings { memory: MEMORY, ..Settings::default() }).expect("enough memory")
    })
}
