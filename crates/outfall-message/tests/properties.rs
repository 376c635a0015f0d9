//! What holds for any bytes, and for mail that is nearly whole.

use outfall_message::{Message, examine, limits};
use proptest::prelude::*;

/// Pieces of mail: put together they make messages that are right, broken or absurd.
const PIECES: [&str; 40] = [
    "From: Bob <bob@shop.example>\r\n",
    "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n",
    "Subject: \r\n\tfolded\r\n",
    "Content-Type: text/plain; charset=\"utf-8\"\r\n",
    "Content-Type: text/html\r\n",
    "Content-Type: multipart/alternative; boundary=b\r\n",
    "Content-Type: multipart/mixed; boundary=\"c d\"\r\n",
    "Content-Type: message/rfc822\r\n",
    "Content-Type: text/plain; charset=utf-16\r\n",
    "Content-Type: application/pdf; name*=utf-8''%C3%BC.pdf\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n",
    "Content-Disposition: attachment; filename=x.exe\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "--b\r\n",
    "--c d\r\n",
    "--b--\r\n",
    "--c d--\r\n",
    "Hello, see http://www.shop.example/a?b=c.\r\n",
    "> quoted\r\n",
    "On 2026-03-02, Bob wrote:\r\n",
    "-----Original Message-----\r\n",
    "PGh0bWw+",
    "SGVsbG8gd29ybGQ=\r\n",
    "=3D=C3=BC=\r\n",
    "=zz",
    "<a href=\"http://192.0.2.7\\@shop.example/\">here</a>",
    "<div style=\"display:none\">hidden",
    "</div>",
    "<style>.x{color:#fff}</style>",
    "<p class=x>white",
    "<blockquote type=cite>",
    "</blockquote>",
    "&nbsp;&#x200b;",
    "\u{0}",
    "\u{202e}evil",
    "<",
    "M\u{fc}nchen",
];

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

/// Mail with some bytes changed, so that the damage falls where it hurts.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (pieces(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)).prop_map(
        |(mut raw, changes)| {
            for (at, byte) in changes {
                if !raw.is_empty() {
                    let at = at.index(raw.len());
                    raw[at] = byte;
                }
            }
            raw
        },
    )
}

fn is_folded(text: &str) -> bool {
    let edges = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
    let rows = ["  ", " \n", "\n ", "\n\n", "\t", "\r", "\u{a0}", "\u{200b}"];
    !edges && !rows.iter().any(|row| text.contains(row))
}

fn check(message: &Message, raw_size: usize) {
    assert!(message.links.len() <= limits::MAX_LINKS);
    for text in [&message.text, &message.quoted, &message.hidden] {
        assert!(is_folded(text), "{text:?}");
    }
    for link in &message.links {
        assert!(link.url.len() <= limits::MAX_URL);
        assert!(link.host.is_ascii() && link.host == link.host.to_ascii_lowercase(), "{link:?}");
        assert!(link.host.ends_with(&link.domain), "{link:?}");
        assert!(link.shown.len() <= limits::MAX_SHOWN);
    }
    for file in &message.attachments {
        assert!(file.size <= raw_size);
    }
    message.nested.iter().for_each(|inner| check(inner, raw_size));
}

proptest! {
    /// Any bytes at all give a message, and the same one each time.
    #[test]
    fn any_bytes_are_a_message(raw in prop::collection::vec(any::<u8>(), 0..2000)) {
        let message = examine(&raw);

        check(&message, raw.len());
        prop_assert_eq!(raw.len(), message.size);
        prop_assert_eq!(message, examine(&raw));
    }

    /// Mail that is damaged anywhere keeps every promise about its values.
    #[test]
    fn damaged_mail_keeps_the_promises(raw in damaged()) {
        let message = examine(&raw);

        check(&message, raw.len());
        prop_assert_eq!(message, examine(&raw));
    }

    /// What the author wrote is found whole, however it was encoded for transport.
    #[test]
    fn encodings_do_not_change_the_text(words in prop::collection::vec("[a-zA-Z\u{e4}\u{f6}\u{44f}\u{4e2d}]{1,12}", 1..60)) {
        let want = words.join(" ");
        let plain = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{want}\r\n");
        let hexadecimal: String = want.bytes().map(|byte| format!("={byte:02X}=\r\n")).collect();
        let quoted = format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{hexadecimal}");
        let html = format!("Content-Type: text/html; charset=utf-8\r\n\r\n<p>{}</p>", want.replace(' ', "&#32;<i> </i>"));

        for raw in [plain, quoted, html] {
            prop_assert_eq!(&want, &examine(raw.as_bytes()).text);
        }
    }

    /// Line ends are the transport's affair: LF and CRLF make the same text, links and structure.
    #[test]
    fn line_ends_do_not_matter(raw in pieces()) {
        // In UTF-16 a line end is half of another character.
        prop_assume!(memchr::memmem::find(&raw, b"utf-16").is_none());
        let feeds: Vec<u8> = raw.iter().copied().filter(|&byte| byte != b'\r').collect();
        let (one, other) = (examine(&raw), examine(&feeds));

        prop_assert_eq!(one.text, other.text);
        prop_assert_eq!(one.links, other.links);
        prop_assert_eq!(one.tree, other.tree);
        prop_assert_eq!(one.head, other.head);
    }
}
