//! Links in running text, where mail programs make them clickable.
//!
//! Main function: [`links`].
//!
//! # What holds
//!
//! * Work is linear: what was looked at is not looked at again.
//! * A URL ends before white space, quotes and angle brackets; punctuation that ends a sentence
//!   and brackets that were opened before it are not part of it.
//! * A host without scheme counts if it begins with `www.`, or its suffix is on the public suffix
//!   list and a path follows or the suffix is one that is hardly ever a file name's.
//!
//! # Not here
//!
//! What a URL means ([`crate::link`]), anchors of HTML ([`crate::html`]).

use memchr::{memchr_iter, memchr2};

use crate::host;

/// Top-level domains that people write without a path and mean a site.  Others (`.md`, `.sh`, `.py`)
/// are file names far more often.
const PLAIN_SUFFIXES: [&str; 14] = [
    "com", "net", "org", "info", "biz", "top", "xyz", "shop", "online", "site", "club", "icu",
    "live", "ru",
];

/// Calls `each` with the byte range of every link in `text`, in order.
pub(crate) fn links(text: &str, mut each: impl FnMut(std::ops::Range<usize>)) {
    let bytes = text.as_bytes();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = memchr2(b':', b'.', &bytes[at..]).map(|found| at + found) {
        let candidate = if bytes[found] == b':' {
            with_scheme(bytes, from, found)
        } else {
            without_scheme(text, from, found)
        };
        at = match candidate {
            Candidate::Link(start, end) => {
                each(start..end);
                from = end;
                end
            }
            Candidate::Nothing(end) => end,
        };
    }
}

enum Candidate {
    /// A link at these bytes.
    Link(usize, usize),
    /// No link; go on here.
    Nothing(usize),
}

/// Looks at a `:` at `colon` for the scheme before it and the host after it.
fn with_scheme(bytes: &[u8], from: usize, colon: usize) -> Candidate {
    let Some(start) = scheme_start(&bytes[from..colon]).map(|start| from + start) else {
        return Candidate::Nothing(colon + 1);
    };
    let after = &bytes[colon + 1..];
    if !after.starts_with(b"//") && !after.starts_with(b"\\\\") {
        return Candidate::Nothing(colon + 1);
    }
    let end = url_end(bytes, colon + 3);
    if end <= colon + 3 { Candidate::Nothing(colon + 3) } else { Candidate::Link(start, end) }
}

/// Returns where a scheme that people follow begins, if `before` ends in one.
fn scheme_start(before: &[u8]) -> Option<usize> {
    ["https", "http", "ftp"].iter().find_map(|scheme| {
        let start = before.len().checked_sub(scheme.len())?;
        before[start..].eq_ignore_ascii_case(scheme.as_bytes()).then_some(start)
    })
}

/// Looks at a `.` at `dot` for a bare host around it.
fn without_scheme(text: &str, from: usize, dot: usize) -> Candidate {
    let bytes = text.as_bytes();
    if !bytes.get(dot + 1).is_some_and(u8::is_ascii_alphanumeric) {
        return Candidate::Nothing(dot + 1);
    }
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let start = dot - bytes[from..dot].iter().rev().take_while(|byte| is_host(byte)).count();
    let end = dot + bytes[dot..].iter().take_while(|byte| is_host(byte) || **byte == b'.').count();
    let before = start.checked_sub(1).map(|before| bytes[before]);
    let glued = |byte: u8| {
        !byte.is_ascii() || matches!(byte, b'@' | b'.' | b'/' | b'_' | b'=' | b'&' | b'%' | b'+')
    };
    if start == dot || start < from || before.is_some_and(glued) || bytes.get(end) == Some(&b'@') {
        return Candidate::Nothing(end);
    }
    let host_end = end - bytes[start..end].iter().rev().take_while(|&&byte| byte == b'.').count();
    if !is_site(&text[start..host_end], bytes.get(host_end) == Some(&b'/')) {
        return Candidate::Nothing(end);
    }
    let link_end = match bytes.get(host_end) {
        Some(b'/' | b':' | b'?') => url_end(bytes, host_end),
        _ => host_end,
    };
    Candidate::Link(start, link_end)
}

/// Tells whether people who write `host` mean a site.
fn is_site(host: &str, path_follows: bool) -> bool {
    let Some((rest, suffix)) = host.rsplit_once('.') else { return false };
    if suffix.len() < 2 || !suffix.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    let www = host.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    let plain = || PLAIN_SUFFIXES.iter().any(|known| known.eq_ignore_ascii_case(suffix));
    if !(www || path_follows || plain()) || rest.is_empty() {
        return false;
    }
    www || host::has_known_suffix(&host.to_ascii_lowercase())
}

/// Returns where a URL that has begun before `at` ends.
fn url_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while bytes.get(end).is_some_and(|&byte| goes_on(byte)) && !ends_in_cjk(&bytes[end..]) {
        end += 1;
    }
    // A row of brackets longer than this is no sentence, and each one is a count over the URL.
    for _ in 0..8 {
        end -= usize::from(ends_sentence(&bytes[at..end]));
    }
    end
}

fn goes_on(byte: u8) -> bool {
    byte > b' ' && !matches!(byte, b'<' | b'>' | b'"' | b'`' | 0x7f)
}

/// Tells whether a blank or a bracket of CJK text stands here (U+3000 to U+303F, U+FF00 to U+FF7F,
/// and the no-break space).
fn ends_in_cjk(bytes: &[u8]) -> bool {
    matches!(bytes, [0xe3, 0x80, ..] | [0xef, 0xbc | 0xbd, ..] | [0xc2, 0xa0, ..])
}

/// Tells whether the last byte of `url` belongs to the sentence around it.
fn ends_sentence(url: &[u8]) -> bool {
    let closes = |open, close| memchr_iter(close, url).count() > memchr_iter(open, url).count();
    match url.last() {
        Some(b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'|' | b'}') => true,
        Some(b')') => closes(b'(', b')'),
        Some(b']') => closes(b'[', b']'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        links(text, |range| found.push(&text[range]));
        found
    }

    /// A link in text is what a mail program would make clickable, no more and no less.
    #[test]
    fn links_end_where_people_end_them() {
        for (text, want) in [
            ("see http://a.example/x.", "http://a.example/x"),
            ("<https://a.example/?q=1&r=2>", "https://a.example/?q=1&r=2"),
            ("(http://a.example/b(c))", "http://a.example/b(c)"),
            ("\"HTTP://A.example\", he said", "HTTP://A.example"),
            ("go to www.shop.test, now", "www.shop.test"),
            ("text:http://a.example!!", "http://a.example"),
            ("spam.example.com/buy?now", "spam.example.com/buy?now"),
            ("at example.com.", "example.com"),
        ] {
            assert_eq!(vec![want], found(text), "{text}");
        }
    }

    /// File names, addresses, numbers and abbreviations are no links.
    #[test]
    fn what_only_looks_like_a_host_is_none() {
        for text in [
            "main.rs and README.md",
            "a@example.com",
            "e.g. this, i.e. that",
            "1.5 or 10.0.0.1",
            "the end.Then a start",
            "http://",
            "://x",
            "bob.smith@example.com",
            "...",
            "a.b.c",
        ] {
            assert_eq!(Vec::<&str>::new(), found(text), "{text}");
        }
    }

    /// Several links in a row are all found, in order.
    #[test]
    fn neighbours_are_told_apart() {
        let text = "http://a.example http://b.example,www.c.test/x\nd.com";

        assert_eq!(vec!["http://a.example", "http://b.example,www.c.test/x", "d.com"], found(text));
    }
}
