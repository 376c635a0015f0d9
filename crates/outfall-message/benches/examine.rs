//! How long `examine` takes against `mail-parser` alone, and where the time goes.
//!
//! `cargo bench -p outfall-message -- [PATH]`, where PATH is a folder of messages or one file of many:
//! an mbox, or a blob with offsets beside it (`messages.bin` and `traffic.jsonl`).  Without a path it
//! makes its own messages.  Ratios from one run mean something; the times depend on the machine.

mod messages;

use std::hint::black_box;

use mail_parser::MessageParser;
use messages::report;
use outfall_message::{Message, examine};
use sha2::{Digest, Sha256};

fn main() {
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let messages = messages::from(path.as_deref());
    let without_html: Vec<Vec<u8>> =
        messages.iter().map(|raw| replaced(raw, b"text/html", b"image/xhtm")).collect();
    let files: Vec<Vec<u8>> = messages.iter().map(|raw| zeros(&examine(raw))).collect();
    let parser = MessageParser::default();
    // What is taken out of the whole is what its stage costs.
    report(
        messages.len(),
        &[
            ("mail-parser alone", Box::new(|at| drop(black_box(parser.parse(&messages[at]))))),
            ("examine", Box::new(|at| drop(black_box(examine(&messages[at]))))),
            ("  of it: header", Box::new(|at| drop(black_box(examine(header_of(&messages[at])))))),
            ("  all but HTML", Box::new(|at| drop(black_box(examine(&without_html[at]))))),
            ("  of it: hashes", Box::new(|at| _ = black_box(Sha256::digest(&files[at])))),
        ],
    );
}

/// As many bytes as a message has in files.
fn zeros(message: &Message) -> Vec<u8> {
    vec![0; message.attachments.iter().map(|file| file.size).sum()]
}

fn header_of(raw: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(raw, b"\n\n").or_else(|| memchr::memmem::find(raw, b"\n\r\n"));
    &raw[..end.map_or(raw.len(), |end| end + 1)]
}

fn replaced(raw: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(raw.len() + 16);
    let mut at = 0;
    for found in memchr::memmem::find_iter(raw, from) {
        changed.extend_from_slice(&raw[at..found]);
        changed.extend_from_slice(to);
        at = found + from.len();
    }
    changed.extend_from_slice(&raw[at..]);
    changed
}
