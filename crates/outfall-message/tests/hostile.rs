//! Messages that somebody made to hurt: each must come out, cut where the limits say, and tell so.
//!
//! None of these measure time; a quadratic parser shows itself by never ending here.

use outfall_message::{Message, Oddity, examine, limits};

fn has(message: &Message, oddity: Oddity) -> bool {
    message.oddities.contains(oddity)
}

/// A hundred thousand multiparts in each other are cut at the limit.
#[test]
fn deep_multiparts_are_cut() {
    let mut raw = String::new();
    for level in 0..100_000 {
        raw += &format!("Content-Type: multipart/mixed; boundary=b{level}x\n\n--b{level}x\n");
    }

    let message = examine(raw.as_bytes());

    assert!(has(&message, Oddity::TooDeep));
    assert!(has(&message, Oddity::BrokenMime));
}

/// A hundred thousand messages in each other are cut, and can be dropped.
#[test]
fn deep_messages_are_cut() {
    let message = examine("Content-Type: message/rfc822\n\n".repeat(100_000).as_bytes());

    let (mut depth, mut inner) = (0, &message);
    while let Some(next) = inner.nested.first() {
        (depth, inner) = (depth + 1, next);
    }

    assert_eq!(limits::MAX_NESTED, depth);
    assert!(has(inner, Oddity::TooDeep));
    assert_eq!(1, inner.attachments.len());
}

/// Multiparts whose boundaries never come cost one search each, not one a byte.
#[test]
fn missing_boundaries_are_bounded() {
    let mut raw = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned();
    for number in 0..200_000 {
        raw += &format!("--b\nContent-Type: multipart/mixed; boundary=none{number}\n\n");
    }

    assert!(has(&examine(raw.as_bytes()), Oddity::TooManyParts));
}

/// A million parts, fields, links or elements are cut at the limit.
#[test]
fn millions_are_cut() {
    let parts = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned()
        + &"--b\n\nx\n".repeat(1_000_000);
    let fields = "A: b\n".repeat(1_000_000);
    let links = "From: a@b.example\n\n".to_owned() + &"http://a.example/ ".repeat(1_000_000);
    let html = "Content-Type: text/html\n\n".to_owned() + &"<div>".repeat(1_000_000);

    let (parts, fields, links, html) = (
        examine(parts.as_bytes()),
        examine(fields.as_bytes()),
        examine(links.as_bytes()),
        examine(html.as_bytes()),
    );

    assert!(has(&parts, Oddity::TooManyParts));
    assert!(has(&fields, Oddity::HeaderCut));
    assert_eq!(limits::MAX_FIELDS, fields.head.fields.len());
    assert!(has(&links, Oddity::TooManyLinks));
    assert!(has(&links, Oddity::TextCut));
    assert_eq!(limits::MAX_LINKS, links.links.len());
    assert!(has(&html, Oddity::TooDeep));
}

/// A field of ten megabytes is dropped, and those after it are kept.
#[test]
fn endless_fields_are_dropped() {
    let raw =
        format!("From: a@b.example\nTo: {}\nSubject: hi\n\nx", "c@d.example, ".repeat(800_000));

    let message = examine(raw.as_bytes());

    assert!(has(&message, Oddity::HeaderCut));
    assert_eq!("hi", message.head.subject);
    assert_eq!(2, message.head.fields.len());
}

/// Text that looks like the beginning of something, over and over, costs its length.
#[test]
fn repeated_beginnings_end() {
    for seed in [
        "<",
        "</",
        "<a ",
        "<a href=",
        "<!--",
        "<style>",
        "<style>a{",
        "&",
        "&#",
        "<p><b><i>",
        "</div>",
        "<td>",
        "<li>",
        "<table><td>",
        "<a href=x>",
        "=",
        "= ",
        "==",
        "\n",
        " \n",
        "=\n",
        "=20\n",
        ">",
        "> >",
        "-",
        "--",
        "\n--b",
        "\n--b\n",
        "a.",
        ".a",
        "..",
        "http://",
        "http://a)",
        "www.",
        ":",
        "a:",
        "From: ",
        "On 1234 a wrote:\n",
        "-----Original Message-----\n",
        "Sent: \n",
        "_",
        "\n____________________",
        "mailing list\n",
        "\u{200b}",
        "\u{a0}",
        "a\u{200b}b ",
        "{",
        "}",
        ",",
        "@media{",
        "/*",
        "=?utf-8?q?",
        "(",
        "\"",
        "<a@b.example>,",
        "a=b;",
        "a*1*=b;",
    ] {
        let many = seed.repeat((1 << 18) / seed.len());
        for header in [
            "Content-Type: text/html\n\n",
            "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n",
            "Content-Type: text/html\n\n<style>",
            "Content-Type: text/plain\n\n",
            "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n",
            "Content-Type: multipart/mixed; boundary=b\n\n",
            "Content-Type: text/plain; x=",
            "From: ",
            "Subject: ",
            "",
        ] {
            let message = examine(format!("{header}{many}").as_bytes());

            assert_eq!(header.len() + many.len(), message.size);
        }
    }
}
