//! The walk of the MIME tree against `mail-parser`'s own, which is slower and knows no limits: on
//! whole messages the two agree to the byte.

use mail_parser::{MessageParser, PartType};
use outfall_message::examine;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// A part of a message: a file in one of the encodings, or a multipart of parts.
#[derive(Clone, Debug)]
enum Part {
    Plain(String),
    Base64(String),
    QuotedPrintable(String),
    Multipart(Vec<Part>),
}

fn part() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![
        "([a-z -]{0,20}\r\n){0,4}[a-z]{1,9}".prop_map(Part::Plain),
        "([A-Za-z0-9+/]{4}){1,16}(\r\n([A-Za-z0-9+/]{4}){1,16})?".prop_map(Part::Base64),
        "([a-z ]{0,9}(=[0-9A-F]{2}|=\r\n)){0,9}[a-z]".prop_map(Part::QuotedPrintable),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::vec(inner, 1..4).prop_map(Part::Multipart)
    })
}

/// Writes `part` with its fields; `path` makes its boundary like no other, though like a beginning
/// of those inside.
fn write(part: &Part, path: &str) -> String {
    let file = "Content-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n";
    match part {
        Part::Plain(body) => format!("{file}\r\n{body}"),
        Part::Base64(body) => format!("{file}Content-Transfer-Encoding: base64\r\n\r\n{body}"),
        Part::QuotedPrintable(body) => {
            format!("{file}Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}")
        }
        Part::Multipart(parts) => {
            let mut text = format!("Content-Type: multipart/mixed; boundary=\"{path}x\"\r\n\r\n");
            for (number, part) in parts.iter().enumerate() {
                text += &format!("--{path}x\r\n{}\r\n", write(part, &format!("{number}{path}")));
            }
            text + &format!("--{path}x--\r\n")
        }
    }
}

proptest! {
    /// Every file of a whole message comes out with the bytes that `mail-parser` finds.
    #[test]
    fn files_agree(part in prop::collection::vec(part(), 1..4).prop_map(Part::Multipart)) {
        let raw = format!("Subject: twin\r\n{}", write(&part, "b"));
        let theirs = MessageParser::default().parse(raw.as_bytes()).unwrap();
        let want: Vec<[u8; 32]> = theirs.parts.iter().filter_map(|part| match &part.body {
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => Some(Sha256::digest(bytes).into()),
            _ => None,
        }).collect();

        let ours: Vec<[u8; 32]> = examine(raw.as_bytes()).attachments.iter().map(|file| file.sha256).collect();

        prop_assert_eq!(want, ours, "{}", raw);
    }
}
