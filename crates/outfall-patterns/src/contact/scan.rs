//! One pass over the text, from one sign of a contact to the next: a digit, an `@`, a colon.
//!
//! Main function: [`text`].  What holds: each byte is looked at a bounded number of times.
//! Not here: what makes a contact of what stands there (the other files of this folder).

use super::{Contacts, account, address, messenger, phone};
use outfall_message::Head;
use std::borrow::Cow;

/// The most signs that are looked at: each costs up to a microsecond.  A text with more is a table,
/// and whoever wants to be answered does not write below one.
const MOST_SIGNS: usize = 4096;

/// Adds the contacts in `text` to `found`, until it is full.
pub fn text(text: &str, head: &Head, found: &mut Contacts) {
    let text = plain_digits(text);
    let mut at = 0;
    for _ in 0..MOST_SIGNS {
        let Some(sign) = next_sign(text.as_bytes(), at).filter(|_| !found.is_full()) else {
            return;
        };
        let end = match text.as_bytes()[sign] {
            b'@' => at_sign(&text, sign, head, found),
            b':' => {
                found.add_all(messenger::behind_colon(&text, sign));
                sign + 1
            }
            _ => number(&text, sign, found),
        };
        at = end.max(sign + 1);
    }
}

/// Returns the next digit, `@` or colon.
fn next_sign(bytes: &[u8], from: usize) -> Option<usize> {
    let is_sign = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'@' | b':');
    let mut at = from;
    // Whole blocks without a sign are passed over at once: the compiler makes vectors of this.
    for block in bytes[from..].chunks_exact(32) {
        if block.iter().fold(false, |any, byte| any | is_sign(byte)) {
            break;
        }
        at += block.len();
    }
    bytes[at..].iter().position(is_sign).map(|found| at + found)
}

fn at_sign(text: &str, at: usize, head: &Head, found: &mut Contacts) -> usize {
    match messenger::handle(text, at) {
        Some(handle) => {
            found.add(handle);
            at + 1
        }
        None => address::around(text, at, head, found),
    }
}

/// Looks at the run of letters and digits around the first digit in it: a wallet, an account, or the
/// beginning of a telephone number.  Returns where to go on.
fn number(text: &str, digit: usize, found: &mut Contacts) -> usize {
    let bytes = text.as_bytes();
    let is_run = |byte: &&u8| byte.is_ascii_alphanumeric();
    let back = bytes[..digit].iter().rev().take(*account::WALLET_BYTES.end());
    let start = digit - back.take_while(is_run).count();
    let end = digit + bytes[digit..].iter().take_while(is_run).count();
    let run = &text[start..end];
    if let Some(wallet) = account::wallet(run) {
        found.add(wallet);
        return end;
    }
    if let Some((iban, length)) = account::iban(&text[start..]) {
        found.add(iban);
        return start + length;
    }
    if start < digit {
        return end;
    }
    let (phone, phone_end) = phone::at(text, digit);
    found.add_all(phone);
    phone_end.max(end)
}

/// Writes digits of other scripts and presentations as those of ASCII, and a wide colon as a colon;
/// nearly all texts stay as they are.
fn plain_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|one| !one.is_ascii() && plain(one).is_some()) {
        return text.into();
    }
    text.chars().map(|one| plain(one).unwrap_or(one)).collect::<String>().into()
}

fn plain(character: char) -> Option<char> {
    let code = u32::from(character);
    let digit = match code {
        0x0660..=0x0669 => code - 0x0660,           // Arabic
        0x06F0..=0x06F9 => code - 0x06F0,           // Persian
        0x0966..=0x096F => code - 0x0966,           // Devanagari
        0x2460..=0x2468 => code - 0x2460 + 1,       // circled
        0x2776..=0x277E => code - 0x2776 + 1,       // circled, black
        0xFF10..=0xFF19 => code - 0xFF10,           // full width
        0x1D7CE..=0x1D7FF => (code - 0x1D7CE) % 10, // bold, sans serif, monospace
        0xFF1A => return Some(':'),
        0xFF20 => return Some('@'),
        0xFF0B => return Some('+'),
        _ => return None,
    };
    char::from_digit(digit, 10)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn contacts(written: &str) -> Vec<String> {
        let mut found = Contacts::default();
        text(written, &Head::default(), &mut found);
        found.list
    }

    /// A sign is found wherever it stands, in a block or behind the last whole one.
    #[test]
    fn signs_are_found_anywhere() {
        for place in 0..100 {
            for sign in ["7", "@", ":"] {
                let text = format!("{}{sign}{}", "x".repeat(place), "x".repeat(50));

                assert_eq!(Some(place), next_sign(text.as_bytes(), 0));
                assert_eq!(None, next_sign(text.as_bytes(), place + 1));
            }
        }
    }

    /// Digits count in any script and dress.
    #[test]
    fn digits_count_in_any_dress() {
        for digits in [
            "+49 171 5550123",
            "＋４９ １７１ ５５５０１２３",
            "+𝟒𝟗 𝟏𝟕𝟏 𝟓𝟓𝟓𝟎𝟏𝟐𝟑",
            "+٤٩ ١٧١ ٥٥٥٠١٢٣",
        ] {
            assert_eq!(vec!["phone 715550123"], contacts(digits), "{digits}");
        }
    }

    /// Each sort of contact is found in the midst of prose, and all of them in one text.
    #[test]
    fn sorts_are_told_apart() {
        let text = "Pay 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2 or DE89 3704 0044 0532 0130 00, ring \
            (212) 555-0147, write to ann4@answer.test or Telegram @ann_pays. Skype: live:.cid.77ab";

        assert_eq!(
            vec![
                "bitcoin 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
                "iban DE89370400440532013000",
                "phone 125550147",
                "mail ann4@answer.test",
                "telegram ann_pays",
                "skype live:.cid.77ab",
            ],
            contacts(text)
        );
    }

    /// What stands behind the last sign that is looked at does not count, what stands before it does.
    #[test]
    fn signs_are_limited() {
        let behind = |signs| contacts(&format!("{} ring +49 171 5550123", ": ".repeat(signs)));

        assert_eq!(vec!["phone 715550123"], behind(MOST_SIGNS - 1));
        assert!(behind(MOST_SIGNS).is_empty());
    }

    /// A run of letters and digits is looked at once, however many digits it has.
    #[test]
    fn runs_are_looked_at_once() {
        let (runs, groups) = ("0x0".repeat(1 << 17), "1 ".repeat(1 << 17));

        assert_eq!(runs.len(), number(&runs, 0, &mut Contacts::default()));
        assert_eq!(groups.len(), number(&groups, 0, &mut Contacts::default()) + 1);
    }
}
