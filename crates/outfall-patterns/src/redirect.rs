//! Where a link leads in the end, as far as it says so itself.
//!
//! # What it sees
//!
//! A whole URL inside another one: the target that redirectors, click counters and link checkers
//! carry in path or query, in clear, escaped once or twice, or in Base64.
//!
//! # When it is wrong
//!
//! A login page that carries the way back, an archive of pages: there the carried URL is not where
//! the reader is called to.  It is honest all the same, and counts beside the carrier.
//!
//! # Not here
//!
//! What only the redirector knows: nobody opens a link.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;
use outfall_message::{Link, read_link};
use std::borrow::Cow;

/// Public shorteners: what stands behind the host is all that tells one user from another.
const SHORTENERS: [&str; 46] = [
    "adf.ly",
    "aka.ms",
    "amzn.to",
    "bit.do",
    "bit.ly",
    "bitly.com",
    "bl.ink",
    "buff.ly",
    "clck.ru",
    "cutt.ly",
    "dlvr.it",
    "dub.sh",
    "fb.me",
    "goo.gl",
    "hubs.ly",
    "ift.tt",
    "is.gd",
    "linktr.ee",
    "lnk.bio",
    "lnkd.in",
    "mcaf.ee",
    "n9.cl",
    "ow.ly",
    "qr.ae",
    "qrco.de",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "short.gy",
    "short.io",
    "shorturl.at",
    "soo.gd",
    "surl.li",
    "t.co",
    "t.ly",
    "t2m.io",
    "tiny.cc",
    "tinyurl.com",
    "tny.im",
    "tr.im",
    "trib.al",
    "u.to",
    "urlz.fr",
    "v.gd",
    "vk.cc",
    "wp.me",
];

/// Hosts that everybody's links pass through and that carry the target with them.
const CARRIERS: [&str; 27] = [
    "ad.doubleclick.net",
    "adclick.g.doubleclick.net",
    "cdn.ampproject.org",
    "duckduckgo.com",
    "exit.sc",
    "googleads.g.doubleclick.net",
    "href.li",
    "l.facebook.com",
    "l.instagram.com",
    "l.messenger.com",
    "linkprotect.cudasvc.com",
    "lm.facebook.com",
    "nam.safelink.emails.azure.net",
    "out.reddit.com",
    "r.search.yahoo.com",
    "slack-redir.net",
    "steamcommunity.com",
    "t.umblr.com",
    "translate.google.com",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "vk.com",
    "web.archive.org",
    "www.bing.com",
    "www.googleadservices.com",
    "www.linkedin.com",
    "www.youtube.com",
];

/// A token of a shortener that is shorter is a page of its own: `/en`, `/a`.
const SHORTEST_TOKEN: usize = 3;

/// The most of a URL that is searched for another one.
const LONGEST_SEARCH: usize = 2048;

/// Tells whether a link goes through a public service that says nothing of who is behind it.
pub fn is_carrier(link: &Link) -> bool {
    let is_google = || {
        link.domain.starts_with("google.")
            && ["/url", "/amp/"].iter().any(|path| tail(link).starts_with(path))
    };
    CARRIERS.binary_search(&link.host.as_str()).is_ok()
        || link.host.ends_with(".safelinks.protection.outlook.com")
        || is_google()
}

/// Returns the shortener and the token that a link gives it.
pub fn shortened(link: &Link) -> Option<String> {
    SHORTENERS.binary_search(&link.domain.as_str()).ok()?;
    let token = tail(link).trim_start_matches('/').split(['?', '#', '/']).next()?;
    (token.len() >= SHORTEST_TOKEN).then(|| format!("{}/{token}", link.domain))
}

/// Returns the link that a link carries.
pub fn target(link: &Link) -> Option<Link> {
    let tail = tail(link);
    let tail = &tail[..tail.floor_char_boundary(LONGEST_SEARCH)];
    let carried = in_clear(tail).or_else(|| in_base64(tail)).or_else(|| behind_amp(link, tail));
    carried.filter(|carried| carried.host != link.host && !carried.host.is_empty())
}

/// Returns what stands behind the host.
pub fn tail(link: &Link) -> &str {
    let behind = link.url.find("//").map_or(0, |slashes| slashes + 2);
    let authority = &link.url[behind..];
    authority.find(['/', '?', '#']).map_or("", |end| &authority[end..])
}

/// A URL in clear or escaped; the escapes of escapes are undone as well.
fn in_clear(tail: &str) -> Option<Link> {
    let start = memmem::find(tail.as_bytes(), b"http")?;
    let carried = &tail[start..];
    // In a query, the next parameter is not the target's.
    let end = if tail[..start].contains('?') { carried.find('&') } else { None };
    let carried = &carried[..end.unwrap_or(carried.len())];
    if let Some(rest) = carried.strip_prefix("https-3A__").or(carried.strip_prefix("http-3A__")) {
        // Proofpoint's second form: `-` for `%`, `_` for `/`.
        return read_link(&format!("http://{}", rest.split('_').next()?));
    }
    let once = unescaped(carried);
    let twice = unescaped(&once);
    [&once, &twice].into_iter().find_map(|url| whole(url))
}

/// Reads a URL with scheme and slash.
fn whole(url: &str) -> Option<Link> {
    let rest = url.strip_prefix("https").or_else(|| url.strip_prefix("http"))?;
    if rest.starts_with(":/") { read_link(url) } else { None }
}

/// `aHR0c` is how `http` begins in Base64.
fn in_base64(tail: &str) -> Option<Link> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let start = memmem::find(tail.as_bytes(), b"aHR0c")?;
    let run = tail.as_bytes()[start..].iter().map_while(|byte| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        byte if byte.is_ascii_alphanumeric() || *byte == b'+' => Some(*byte),
        _ => None,
    });
    let mut run: Vec<u8> = run.collect();
    run.truncate(run.len() / 4 * 4);
    let decoded = GeneralPurpose::new(&STANDARD, lenient).decode(run).ok()?;
    let end = decoded.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(decoded.len());
    whole(std::str::from_utf8(&decoded[..end]).ok()?)
}

/// Accelerated pages name their origin without a scheme: `/amp/s/host/page`, `/c/s/host/page`.
fn behind_amp(link: &Link, tail: &str) -> Option<Link> {
    if !is_carrier(link) {
        return None;
    }
    let (_, origin) = tail.split_once("/s/")?;
    read_link(&format!("https://{origin}"))
}

/// Undoes one layer of percent escapes.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        let pair = more.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn carried(url: &str) -> Option<String> {
        target(&read_link(url)?).map(|link| link.domain)
    }

    /// The lists can be searched by halves.
    #[test]
    fn lists_are_in_order() {
        assert!(SHORTENERS.is_sorted() && CARRIERS.is_sorted());
    }

    /// The target is found in whatever dress.
    #[test]
    fn targets_are_found() {
        for url in [
            "https://www.google.com/url?q=https://www.shop.test/a&sa=D",
            "https://www.google.de/url?sa=t&url=https%3A%2F%2Fwww.shop.test%2Fa&usg=x",
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fshop.test%2F%3Fid%3D1&h=x",
            "https://track.test/c?to=https%253A%252F%252Fshop.test%252Fa",
            "https://track.test/go/http://shop.test/a",
            "https://eur01.safelinks.protection.outlook.com/?url=http%3A%2F%2Fshop.test%2F&data=1",
            "https://urldefense.proofpoint.com/v2/url?u=http-3A__www.shop.test_a&d=x",
            "https://urldefense.com/v3/__https://shop.test/a__;!!x",
            "https://www.google.com/amp/s/shop.test/a",
            "https://track.test/r?u=aHR0cHM6Ly93d3cuc2hvcC50ZXN0L2E",
            "https://track.test/r/aHR0cDovL3Nob3AudGVzdC8_eD0x/more",
            "https://www.bing.com/ck/a?!&&u=a1aHR0cHM6Ly93d3cuc2hvcC50ZXN0L2E&ntb=1",
        ] {
            assert_eq!(Some("shop.test".to_owned()), carried(url), "{url}");
        }
    }

    /// A link that carries none has no target, nor one that carries its own host.
    #[test]
    fn other_links_have_no_target() {
        for url in [
            "https://shop.test/http/a",
            "https://shop.test/?u=https",
            "https://shop.test/?back=https%3A%2F%2Fshop.test%2Fa",
            "https://shop.test/aHR0c",
            "https://shop.test/s/other.test/a",
            "https://shop.test/?u=http%3A%2F%2F",
        ] {
            assert_eq!(None, carried(url), "{url}");
        }
    }

    /// A short link is the shortener's with its token, as it is written.
    #[test]
    fn short_links_are_their_tokens() {
        let of = |url| shortened(&read_link(url).unwrap());

        assert_eq!(Some("bit.ly/Ab1"), of("http://bit.ly/Ab1?x=1").as_deref());
        assert_eq!(Some("tinyurl.com/y7shop"), of("https://www.tinyurl.com/y7shop/").as_deref());
        assert_eq!(None, of("https://bit.ly/"));
        assert_eq!(None, of("https://shop.test/Ab1cd"));
    }

    proptest! {
        /// No URL makes the search fail.
        #[test]
        fn any_url_is_read(tail in "(\\PC|http|%3A|%25|aHR0c|/|&){0,80}") {
            if let Some(link) = read_link(&format!("https://track.test/{tail}")) {
                prop_assert!(target(&link).is_none_or(|target| !target.host.is_empty()));
            }
        }
    }
}
