//! Any bytes are a file, under any name: never a panic, never more of anything than the limits say,
//! and the same again the second time.  The first byte chooses how the file begins, so that every
//! reader is met.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outfall_message::{LinkPlace, Oddity, examine, limits};

/// A name and the first bytes of a file.
const KINDS: &[(&str, &[u8])] = &[
    ("a.zip", b"PK\x03\x04"),
    ("a.docx", b"PK\x01\x02"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("a.pdf", b"%PDF-1.7\n"),
    ("a.html", b"<html>"),
    ("a.js", b""),
    ("a.ics", b"BEGIN:VCALENDAR\n"),
    ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"),
    ("a.jpg", b"\xff\xd8\xff"),
    ("a.gif", b"GIF89a"),
    ("a.rtf", b"{\\rtf"),
    ("a.bin", b""),
];

fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else { return };
    let (name, head) = KINDS[usize::from(*kind) % KINDS.len()];
    let header = format!("Content-Type: application/octet-stream; name={name}\n\n");
    let raw = [header.as_bytes(), head, bytes].concat();
    let message = examine(&raw);
    let file = &message.attachments[0];

    assert!(!message.oddities.contains(Oddity::Unreadable));
    assert!(message.links.len() <= limits::MAX_LINKS);
    assert!(message.links.iter().all(|link| link.place >= LinkPlace::Attached));
    assert!(file.inside.len() <= limits::MAX_ENTRIES && file.contents.len() <= limits::MAX_ENTRIES);
    assert!(file.chunks.len() <= 4 && file.picture.len() <= 6);
    assert!(file.skeleton.len() <= 8 * limits::MAX_TAGS);
    assert_eq!(message, examine(&raw));
});
