//! The host of a URL as a browser would find it, and its registrable domain.
//!
//! Main functions: [`read`], which finds the host in what follows the scheme, and
//! [`registrable`].
//!
//! # What holds
//!
//! * Hosts come out in lower case and in ASCII (punycode), without a final dot; addresses in their
//!   usual text form, however they were written (WHATWG URL Standard, "host parsing").
//! * Nothing here fails: what is no host is None.
//!
//! # Not here
//!
//! Schemes and the limits of URLs in text ([`crate::link`], [`crate::find`]).

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use memchr::{memchr, memchr3, memrchr};

/// A host, and whether it was written so that people misread it.
#[derive(Debug, PartialEq)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) is_address: bool,
    pub(crate) is_disguised: bool,
}

/// Finds the host in `rest`, what follows `http:` in a URL.
pub(crate) fn read(rest: &str) -> Option<Host> {
    let slashes = rest.bytes().take_while(|byte| matches!(byte, b'/' | b'\\')).count();
    let odd_slashes = rest.get(..slashes) != Some("//");
    let rest = &rest[slashes..];
    let end = authority_end(rest.as_bytes());
    let authority = &rest[..end];
    let at = memrchr(b'@', authority.as_bytes());
    let host_and_port = at.map_or(authority, |at| &authority[at + 1..]);
    let backslash = rest.as_bytes().get(end) == Some(&b'\\');
    let mut host = named(without_port(host_and_port))?;
    host.is_disguised |= at.is_some() || backslash || odd_slashes;
    Some(host)
}

fn authority_end(bytes: &[u8]) -> usize {
    let end = memchr3(b'/', b'?', b'#', bytes).unwrap_or(bytes.len());
    memchr(b'\\', &bytes[..end]).unwrap_or(end)
}

fn without_port(host: &str) -> &str {
    if host.starts_with('[') {
        return host.find(']').map_or(host, |end| &host[..=end]);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

fn named(written: &str) -> Option<Host> {
    if let Some(address) = written.strip_prefix('[') {
        let address: Ipv6Addr = address.trim_end_matches(']').parse().ok()?;
        return Some(Host { name: address.to_string(), is_address: true, is_disguised: false });
    }
    let decoded = percent_decoded(written);
    let name = ascii(&decoded)?;
    let name = name.strip_suffix('.').unwrap_or(&name);
    if let Some(address) = ipv4(name) {
        let name = address.to_string();
        let is_disguised = name != written.trim_end_matches('.');
        return Some(Host { name, is_address: true, is_disguised });
    }
    if !is_name(name) {
        return None;
    }
    let is_disguised = matches!(decoded, Cow::Owned(_));
    Some(Host { name: name.to_owned(), is_address: false, is_disguised })
}

/// Returns a host name in lower case and ASCII (UTS #46).
fn ascii(name: &str) -> Option<Cow<'_, str>> {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
    };
    if name.bytes().all(plain) {
        return Some(Cow::Borrowed(name));
    }
    if name.is_ascii() {
        return Some(Cow::Owned(name.to_ascii_lowercase()));
    }
    idna::domain_to_ascii(name).ok().map(Cow::Owned)
}

/// Tells whether `name` could be looked up: labels of 1 to 63 bytes, 253 in all (RFC 1035), of
/// letters, digits, `-` and `_`.
fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| matches!(label.len(), 1..=63) && label.bytes().all(good))
}

fn percent_decoded(written: &str) -> Cow<'_, str> {
    if memchr(b'%', written.as_bytes()).is_none() {
        return Cow::Borrowed(written);
    }
    let mut decoded = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                decoded.push(byte);
                rest = &tail[2..];
            }
            None => decoded.push(first),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

/// Reads an IPv4 address in any of the forms that browsers take: one to four numbers, each
/// decimal, octal (`0...`) or hexadecimal (`0x...`), the last one filling what is left.
fn ipv4(name: &str) -> Option<Ipv4Addr> {
    let last = name.rsplit('.').next()?;
    if !last.as_bytes().first()?.is_ascii_digit() || name.split('.').count() > 4 {
        return None;
    }
    let mut numbers = [0u64; 4];
    let mut count = 0;
    for part in name.split('.') {
        numbers[count] = number(part)?;
        count += 1;
    }
    let last = numbers[count - 1];
    if last >= 1 << (8 * (5 - count)) || numbers[..count - 1].iter().any(|&part| part > 255) {
        return None;
    }
    let high = (0..count - 1).map(|at| numbers[at] << (24 - 8 * at)).sum::<u64>();
    u32::try_from(high + last).ok().map(Ipv4Addr::from)
}

fn number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if part.len() > 1 && part.starts_with('0') => (&part[1..], 8),
        None => (part, 10),
    };
    if digits.is_empty() {
        return Some(0);
    }
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// Returns the registrable domain of `host` by the public suffix list, if it has one.
pub(crate) fn registrable(host: &str) -> Option<&str> {
    psl::domain_str(host)
}

/// Tells whether `host` ends in a suffix that the public suffix list names.
pub(crate) fn has_known_suffix(host: &str) -> bool {
    psl::suffix(host.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes().len() < host.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(rest: &str) -> Option<String> {
        read(rest).map(|host| host.name)
    }

    /// A host is read as a browser reads it, whatever stands around it.
    #[test]
    fn hosts_are_read_as_browsers_do() {
        for (rest, want) in [
            ("//Shop.Example/x?y", "shop.example"),
            ("//shop.example.:8080/", "shop.example"),
            ("//bank.example@evil.example/", "evil.example"),
            ("//bank.example:80@evil.example:81?x", "evil.example"),
            ("//evil.example\\@bank.example/", "evil.example"),
            ("\\\\evil.example\\x", "evil.example"),
            ("evil.example", "evil.example"),
            ("//b\u{fc}cher.example/", "xn--bcher-kva.example"),
            ("//evil\u{3002}example/", "evil.example"),
            ("//%65vil.example/", "evil.example"),
            ("//[2001:DB8::1]:80/", "2001:db8::1"),
        ] {
            assert_eq!(Some(want.to_owned()), name(rest), "{rest}");
        }
    }

    /// An IPv4 address in any notation comes out with four decimal numbers.
    #[test]
    fn addresses_come_out_in_their_usual_form() {
        for written in
            ["192.0.2.7", "3221225991", "0xC0000207", "0300.0.02.7", "192.0.519", "192.519"]
        {
            let host = read(&format!("//{written}/")).unwrap();

            assert_eq!("192.0.2.7", host.name, "{written}");
            assert!(host.is_address);
            assert_eq!(written != "192.0.2.7", host.is_disguised, "{written}");
        }
    }

    /// What cannot be looked up is no host.
    #[test]
    fn nonsense_is_no_host() {
        for rest in
            ["", "//", "///", "//a..b/", "//[::zz]/", "//-\u{0}-/", "//256.256.256.256.256/x y"]
        {
            let got = read(rest).filter(|host| host.is_address || host.name.contains(' '));

            assert_eq!(None, got, "{rest}");
        }
        assert_eq!(None, name("//a..b/"));
        assert_eq!(None, name("//"));
        assert_eq!(None, name("//4294967296/").filter(|host| host.contains("0.0")));
    }

    /// The registrable domain is the part a person can buy.
    #[test]
    fn registrable_domains_follow_the_list() {
        assert_eq!(Some("example.co.uk"), registrable("www.a.example.co.uk"));
        assert_eq!(Some("example.com"), registrable("example.com"));
        assert_eq!(None, registrable("co.uk"));
        assert!(has_known_suffix("example.com"));
        assert!(!has_known_suffix("readme.txt"));
    }
}
