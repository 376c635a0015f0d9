//! The handwriting of the program that made the message.
//!
//! # What it sees
//!
//! Two values.  How the frame is made: the order of the header fields that authors' programs write,
//! the program's name, the grammar of Message-ID and boundary, the MIME tree.  And how the page is made: the sequence
//! of HTML elements.  A kit that rewrites every word writes both the same.
//!
//! # When it is wrong
//!
//! Unrelated people use the same mail program: the kind is weak, and what is widespread here is
//! passed over.  Frames with too little in them, and short pages, are left out.
//!
//! # Not here
//!
//! Fields that relays and lists add, and those that vary from message to message (Cc,
//! References): they tell of the way and of the correspondence.

use crate::{Hasher, Kind, Patterns, Source};
use outfall_message::{Head, Message};

/// What authors' programs write, in lower case.
const FIELDS: [&str; 29] = [
    "accept-language",
    "content-class",
    "content-disposition",
    "content-language",
    "content-transfer-encoding",
    "content-type",
    "date",
    "disposition-notification-to",
    "feedback-id",
    "from",
    "importance",
    "message-id",
    "mime-version",
    "organization",
    "priority",
    "return-receipt-to",
    "sensitivity",
    "subject",
    "thread-index",
    "thread-topic",
    "to",
    "user-agent",
    "x-accept-language",
    "x-mailer",
    "x-mimeole",
    "x-ms-has-attach",
    "x-msmail-priority",
    "x-php-originating-script",
    "x-priority",
];

/// With fewer fields the order says nothing.
const FEWEST_FIELDS: usize = 5;

/// A page of fewer changes from element to element is everybody's.
const FEWEST_ELEMENTS: usize = 20;

/// A page of fewer different elements is prose with line breaks.
const FEWEST_SORTS: usize = 6;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let values = [frame(source.message), page(&source.message.tags)];
    for value in values.into_iter().flatten() {
        patterns.add(hasher.pattern(Kind::Generator, value.as_bytes()), "");
    }
}

/// Writes the frame of a message; None where it has too little of its own.
fn frame(message: &Message) -> Option<String> {
    let head = &message.head;
    let mut frame = String::with_capacity(192);
    let mut count = 0;
    for field in &head.fields {
        if let Some(name) = FIELDS.iter().find(|name| name.eq_ignore_ascii_case(&field.name)) {
            frame.push_str(name);
            frame.push(' ');
            count += 1;
        }
    }
    if !(FEWEST_FIELDS..=2 * FIELDS.len()).contains(&count) || head.message_id.is_empty() {
        return None;
    }
    frame.push_str(&message_id(head));
    frame.push('\n');
    frame.extend(program(head).chars().take(LONGEST_TOKEN).filter(|sign| !sign.is_ascii_digit()));
    for part in [&grammar(&message.boundary), &message.tree] {
        frame.push('\n');
        frame.push_str(part);
    }
    Some(frame)
}

/// Returns what the program calls itself; versions are digits, which do not count.
fn program(head: &Head) -> &str {
    head.value("X-Mailer").or_else(|| head.value("User-Agent")).unwrap_or_default()
}

/// Writes the grammar of a Message-ID; of its host only whether it is the author's, a name with
/// dots, or one without.
fn message_id(head: &Head) -> String {
    let (left, right) = head.message_id.rsplit_once('@').unwrap_or((&head.message_id, ""));
    let author = head.from.first().and_then(|from| from.address.rsplit_once('@'));
    let is_own = author.is_some_and(|(_, domain)| right.eq_ignore_ascii_case(domain));
    let host = match right {
        _ if is_own => "own",
        "" => "none",
        name if name.contains('.') => "host",
        _ => "word",
    };
    format!("{}@{host}", grammar(left))
}

/// The longest token whose grammar is read.
const LONGEST_TOKEN: usize = 128;

/// A run of letters of these lengths is a word of the program's own: `Part`, `NextPart`, `JavaMail`.
const WORD: std::ops::RangeInclusive<usize> = 3..=10;

/// Writes a token as words, signs and lengths: `----=_Part_12_3456789.1234567890` becomes
/// `----=_Part_d1_d6.d10`.  All that is no word has one class, that of all their characters
/// together: a number written in hexadecimal may happen to have no letter.
fn grammar(token: &str) -> String {
    let token = &token[..token.floor_char_boundary(LONGEST_TOKEN)];
    let is_sign = |letter: char| !letter.is_ascii_alphanumeric();
    let is_word =
        |run: &str| WORD.contains(&run.len()) && run.bytes().all(|byte| byte.is_ascii_alphabetic());
    let varying = token.split(is_sign).filter(|run| !is_word(run)).flat_map(str::bytes);
    let class = class(varying);
    let mut grammar = String::with_capacity(token.len());
    for piece in token.split_inclusive(is_sign) {
        let run = piece.trim_end_matches(is_sign);
        if is_word(run) {
            grammar.push_str(run);
        } else if !run.is_empty() {
            grammar.push(class);
            grammar.push_str(&length(run.len()));
        }
        grammar.push_str(&piece[run.len()..]);
    }
    grammar
}

/// The narrowest class that holds all characters: decimal, hexadecimal, one case, both cases.
fn class(bytes: impl Iterator<Item = u8>) -> char {
    let (mut lower, mut upper, mut beyond) = (false, false, false);
    for byte in bytes {
        lower |= byte.is_ascii_lowercase();
        upper |= byte.is_ascii_uppercase();
        beyond |= byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit();
    }
    match (lower, upper, beyond) {
        (false, false, _) => 'd',
        (true, true, _) => 'm',
        (true, false, false) => 'h',
        (false, true, false) => 'H',
        (true, false, true) => 'a',
        (false, true, true) => 'A',
    }
}

/// Short runs are counters, whose length varies; long ones have the length that the program gives.
fn length(length: usize) -> String {
    match length {
        0..=2 => "1".into(),
        3..=5 => "3".into(),
        6..=7 => "6".into(),
        more => more.to_string(),
    }
}

/// Returns the sequence of HTML elements, repetitions counted once; None for a page of few.
fn page(tags: &str) -> Option<String> {
    let mut elements: Vec<&str> = tags.split(',').collect();
    elements.dedup();
    if elements.len() < FEWEST_ELEMENTS {
        return None;
    }
    let page = elements.join(",");
    elements.sort_unstable();
    elements.dedup();
    (elements.len() >= FEWEST_SORTS).then_some(page)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Words and lengths are a token's grammar, its digits and letters are not.
    #[test]
    fn tokens_have_a_grammar() {
        for (token, want) in [
            ("----=_Part_12_3456789.1234567890", "----=_Part_d1_d6.d10"),
            ("6F1D9A2B-0A1B-4123-8CDE-0123456789AB", "H8-H3-H3-H3-H12"),
            ("000f01c24a2b$5d3e2f10$0100a8c0", "h12$h8$h8"),
            ("Pine.LNX.4.44.0208221533", "Pine.LNX.d1.d1.d10"),
            ("CAKx7Qz0aB", "m10"),
            ("", ""),
        ] {
            assert_eq!(want, grammar(token));
        }
    }

    fn framed(head: &str) -> Option<String> {
        frame(&outfall_message::examine(format!("{head}\r\n\r\nhello").as_bytes()))
    }

    const HEAD: [&str; 6] = [
        "Date: Sat, 22 Aug 2026 10:00:00 +0000",
        "From: Ann <ann@firm.test>",
        "To: bob@far.test",
        "Subject: hello",
        "Message-ID: <20260822.1234abcd@firm.test>",
        "MIME-Version: 1.0",
    ];

    /// Other people, words and relays write the same frame; another order is another program's.
    #[test]
    fn the_order_is_the_programs() {
        let one = framed(&HEAD.join("\r\n"));
        let mut other = HEAD.to_vec();
        other[1] = "from: Eve <eve@mail.test>";
        other[3] = "Subject: something else";
        other[4] = "Message-ID: <20270101.99ffeedd@mail.test>";
        other.insert(0, "Received: from a by b");
        other.insert(3, "Cc: carol@far.test");
        let same = framed(&other.join("\r\n"));
        other.swap(1, 2);

        assert!(one.is_some());
        assert_eq!(one, same);
        assert_ne!(one, framed(&other.join("\r\n")));
        assert_ne!(one, framed(&[&HEAD.join("\r\n"), "X-Mailer: Post 1.2"].join("\r\n")));
        assert_eq!(None, framed(&HEAD[..4].join("\r\n")));
    }

    /// A page's elements count in order, however often each is repeated; few are everybody's.
    #[test]
    fn pages_are_sequences() {
        let rows = "table,tr,td,img,a,p,".repeat(4);
        let more = rows.replace("p,", "p,p,p,");

        assert!(page(&rows).is_some());
        assert_eq!(page(&rows), page(&more));
        assert_ne!(page(&rows), page(&rows.replacen("img", "div", 1)));
        assert_eq!(None, page("html,body,p,br,p,a,p"));
        assert_eq!(None, page(&"p,br,".repeat(40)));
    }

    proptest! {
        /// A grammar is never longer than what it is of, and a bit for each run.
        #[test]
        fn grammars_are_bounded(token in "\\PC{0,200}") {
            prop_assert!(grammar(&token).len() <= 3 * LONGEST_TOKEN);
        }
    }
}
