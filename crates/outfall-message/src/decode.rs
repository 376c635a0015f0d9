//! Encoded bytes to bytes, and bytes to text.
//!
//! Main functions: [`bytes`] undoes a transfer encoding, [`text`] a character set.
//!
//! # What holds
//!
//! * What cannot be decoded is kept as far as it can be, with an oddity.
//! * ASCII costs no copy.
//!
//! # Not here
//!
//! Tables of character sets and the decoding of well-formed base64: `mail-parser` has them.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use memchr::memchr2;

use crate::entity::Encoding;
use crate::model::{Oddities, Oddity};

/// Undoes the transfer encoding of `body`.
pub(crate) fn bytes<'a>(
    body: &'a [u8],
    encoding: Encoding,
    oddities: &mut Oddities,
) -> Cow<'a, [u8]> {
    match encoding {
        Encoding::None => Cow::Borrowed(body),
        Encoding::QuotedPrintable => quoted_printable(body, oddities),
        Encoding::Base64 => Cow::Owned(base64_decode(body).unwrap_or_else(|| {
            oddities.insert(Oddity::BadEncoding);
            broken_base64(body)
        })),
    }
}

/// Decodes what is left of base64 when everything foreign to it is taken out (RFC 2045
/// section 6.8 asks for just that); it ends at the first padding.
fn broken_base64(body: &[u8]) -> Vec<u8> {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut digits: Vec<u8> =
        body.iter().copied().take_while(|&byte| byte != b'=').filter(is_digit).collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    base64_decode(&digits).unwrap_or_default()
}

/// Decodes quoted-printable (RFC 2045 section 6.7); a `=` that means nothing stays as it is.
fn quoted_printable<'a>(body: &'a [u8], oddities: &mut Oddities) -> Cow<'a, [u8]> {
    let Some(first) = memchr2(b'=', b'\n', body) else { return Cow::Borrowed(body) };
    let mut decoded = Vec::with_capacity(body.len());
    let (mut from, mut solid) = (0, 0);
    let mut at = Some(first);
    while let Some(mark) = at {
        decoded.extend_from_slice(&body[from..mark]);
        from = mark + 1;
        if body[mark] == b'\n' {
            end_line(&mut decoded, solid);
        } else if let Some(byte) = hex_pair(&body[from..]) {
            decoded.push(byte);
            solid = decoded.len();
            from += 2;
        } else if let Some(length) = soft_break(&body[from..]) {
            from += length;
        } else {
            oddities.insert(Oddity::BadEncoding);
            decoded.push(b'=');
        }
        at = memchr2(b'=', b'\n', &body[from..]).map(|found| from + found);
    }
    decoded.extend_from_slice(&body[from..]);
    Cow::Owned(decoded)
}

/// Ends a line: blanks before its end were added in transport, but not before `solid`, up to
/// where the text was written out as hexadecimal.
fn end_line(decoded: &mut Vec<u8>, solid: usize) {
    let carriage_return = decoded.ends_with(b"\r");
    while decoded.len() > solid && matches!(decoded.last(), Some(b' ' | b'\t' | b'\r')) {
        decoded.pop();
    }
    decoded.extend_from_slice(if carriage_return { b"\r\n" } else { b"\n" });
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|value| value as u8);
    match bytes {
        [high, low, ..] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

/// Returns the length of a line end after `=`, blanks before it included.
fn soft_break(bytes: &[u8]) -> Option<usize> {
    let blanks = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    match bytes.get(blanks) {
        Some(b'\n') => Some(blanks + 1),
        None => Some(blanks),
        Some(_) => None,
    }
}

//------------ Character sets -------------------------------------------------

/// Decodes `bytes` from the character set called `charset` ("" if none was declared).
pub(crate) fn text<'a>(
    bytes: Cow<'a, [u8]>,
    charset: &str,
    oddities: &mut Oddities,
) -> Cow<'a, str> {
    let charset = charset.trim();
    if bytes.is_ascii() && !is_shifted(charset) {
        return valid(bytes);
    }
    let as_utf8 = charset.is_empty() || is_utf8(charset) || is_ascii(charset);
    if as_utf8 && std::str::from_utf8(&bytes).is_ok() {
        if is_ascii(charset) {
            oddities.insert(Oddity::CharsetLie);
        }
        return valid(bytes);
    }
    if as_utf8 {
        oddities.insert(Oddity::CharsetLie);
        return guessed(&bytes);
    }
    match charset_decoder(charset.as_bytes()) {
        Some(decode) => Cow::Owned(decode(&bytes)),
        None => {
            oddities.insert(Oddity::CharsetLie);
            guessed(&bytes)
        }
    }
}

/// Decodes bytes that are no valid UTF-8, though they should be, or of whom nothing is known: as
/// UTF-8 with holes if most of them are, otherwise as Windows-1252, what browsers fall back to.
fn guessed(bytes: &[u8]) -> Cow<'static, str> {
    let lossy = String::from_utf8_lossy(bytes);
    let high = lossy.chars().filter(|&letter| letter > '\u{7f}').count();
    let holes = lossy.chars().filter(|&letter| letter == '\u{fffd}').count();
    match charset_decoder(b"windows-1252") {
        Some(decode) if holes * 2 > high => Cow::Owned(decode(bytes)),
        _ => Cow::Owned(lossy.into_owned()),
    }
}

/// Turns bytes into text without a copy where they are UTF-8 (the caller knows that they are).
fn valid(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        },
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text),
            Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        },
    }
}

/// Character sets whose ASCII bytes may mean something else.
fn is_shifted(charset: &str) -> bool {
    let starts = |with: &str| {
        charset.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    ["utf-7", "utf-16", "utf16", "utf7", "iso-2022", "csiso2022", "hz-", "unicode", "ucs-2"]
        .into_iter()
        .any(starts)
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

fn is_ascii(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("us-ascii") || charset.eq_ignore_ascii_case("ascii")
}
