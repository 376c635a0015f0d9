//! Wallets and bank accounts, each with its checksum.
//!
//! Main functions: [`wallet`], of a run of letters and digits; [`iban`], of a text that begins
//! with one.  What holds: only what its own checksum vouches for is taken, so that
//! a random string of the right length passes once in 97 (IBAN, and there country and length must
//! fit besides) or in four thousand million times (wallets).  The one exception is an Ethereum
//! address in one case, which has no checksum and forty hexadecimal digits.

use sha3::{Digest, Keccak256};

/// The shortest wallet (Bitcoin, 26) and the longest (Monero with a payment number, 106).
pub const WALLET_BYTES: std::ops::RangeInclusive<usize> = 26..=106;

/// The longest account number (ISO 13616) as people write it, in groups of four.
const LONGEST_IBAN: usize = 34 + 34 / 4;

/// The shortest one (Norway).
const SHORTEST_IBAN: usize = 15;

/// Returns the wallet that `run`, letters and digits alone, is.
pub fn wallet(run: &str) -> Option<String> {
    if !WALLET_BYTES.contains(&run.len()) {
        return None;
    }
    match run.as_bytes() {
        [b'0', b'x' | b'X', hex @ ..] => ethereum(hex),
        [b'b' | b'B', b'c' | b'C', b'1', ..] => segwit(run, "bitcoin"),
        [b'l' | b'L', b't' | b'T', b'c' | b'C', b'1', ..] => segwit(run, "litecoin"),
        [b'4' | b'8', ..] if run.len() >= 95 => monero(run),
        [b'1' | b'3' | b'L' | b'M' | b'D' | b'T', ..] if run.len() <= 35 => base58(run),
        _ => None,
    }
}

/// BIP 173 and 350: Bech32 and Bech32m.
fn segwit(run: &str, coin: &str) -> Option<String> {
    bech32::segwit::decode(run).ok()?;
    Some(format!("{coin} {}", run.to_ascii_lowercase()))
}

/// Base58Check: a version, twenty bytes, and four of a double SHA-256.
fn base58(run: &str) -> Option<String> {
    let mut decoded = [0; 25];
    let length = bs58::decode(run).with_check(None).onto(&mut decoded[..]).ok()?;
    // The checksum is cut off; 21 bytes are left.
    let coin = match (length, decoded[0]) {
        (21, 0x00 | 0x05) => "bitcoin",
        (21, 0x30 | 0x32) => "litecoin",
        (21, 0x1e) => "dogecoin",
        (21, 0x41) => "tron",
        _ => return None,
    };
    Some(format!("{coin} {run}"))
}

/// EIP-55: in mixed case, a letter is large where the hash of the small ones has a digit of 8 or
/// more.
fn ethereum(hex: &[u8]) -> Option<String> {
    if hex.len() != 40 || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let lower = hex.to_ascii_lowercase();
    let is_plain = hex == lower || hex == lower.to_ascii_uppercase();
    // What repeats one or two digits is a placeholder, not anybody's.
    if lower.iter().filter(|digit| !lower[..2].contains(digit)).count() < 20
        || !is_plain && !has_large_letters_of_hash(hex, &lower)
    {
        return None;
    }
    Some(format!("ethereum 0x{}", String::from_utf8(lower).ok()?))
}

fn has_large_letters_of_hash(hex: &[u8], lower: &[u8]) -> bool {
    let hash = Keccak256::digest(lower);
    hex.iter().enumerate().filter(|(_, digit)| digit.is_ascii_alphabetic()).all(|(at, digit)| {
        let half = if at % 2 == 0 { hash[at / 2] >> 4 } else { hash[at / 2] & 15 };
        digit.is_ascii_uppercase() == (half >= 8)
    })
}

/// Monero's Base58 encodes blocks of eight bytes as eleven characters, the last five as seven; the last four
/// bytes are of a Keccak hash.
fn monero(run: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(80);
    for block in run.as_bytes().chunks(11) {
        let size = match block.len() {
            11 => 8,
            7 => 5,
            _ => return None,
        };
        bytes.extend_from_slice(&monero_block(block)?.to_be_bytes()[8 - size..]);
    }
    let (body, checksum) = bytes.split_last_chunk::<4>()?;
    (Keccak256::digest(body)[..4] == *checksum).then(|| format!("monero {run}"))
}

fn monero_block(block: &[u8]) -> Option<u64> {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    block.iter().try_fold(0u64, |number, sign| {
        let digit = ALPHABET.iter().position(|one| one == sign)?;
        number.checked_mul(58)?.checked_add(digit as u64)
    })
}

/// Returns the account number with which `text` begins, and its length there; groups may be divided by
/// single spaces (ISO 13616: country, two check digits, the bank's own).
pub fn iban(text: &str) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let [a, b, c, d, ..] = bytes else { return None };
    if !(a.is_ascii_uppercase()
        && b.is_ascii_uppercase()
        && c.is_ascii_digit()
        && d.is_ascii_digit())
    {
        return None;
    }
    // Words may follow: the longest beginning that is right counts, at ends of groups alone.
    let end = bytes.iter().take(LONGEST_IBAN).position(|byte| !is_iban_byte(*byte));
    let mut run = &text[..end.unwrap_or(LONGEST_IBAN.min(bytes.len()))];
    if bytes.get(run.len()).is_some_and(u8::is_ascii_alphanumeric) {
        run = run.rsplit_once(' ')?.0;
    }
    while run.len() >= SHORTEST_IBAN {
        let plain: String = run.chars().filter(|letter| *letter != ' ').collect();
        if plain.parse::<iban::Iban>().is_ok() {
            return Some((format!("iban {plain}"), run.len()));
        }
        run = run.rsplit_once(' ')?.0;
    }
    None
}

fn is_iban_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses from the standards' own examples, and the coin that each is of.
    const RIGHT: [(&str, &str); 9] = [
        ("bitcoin", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
        ("bitcoin", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        ("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        ("bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
        ("ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        ("ethereum", "0xd1220a0cf47c7b9be7a2e6ba89f429762e7b9adb"),
        ("dogecoin", "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"),
        ("tron", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        (
            "monero",
            "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
        ),
    ];

    /// Each coin's addresses are known by their checksums.
    #[test]
    fn wallets_are_known() {
        for (coin, written) in RIGHT {
            let found = wallet(written).unwrap_or_else(|| panic!("{written}"));

            assert!(found.starts_with(coin), "{found}");
        }
    }

    /// One character changed makes a wallet none, where there is a checksum.
    #[test]
    fn wrong_checksums_are_no_wallets() {
        for (_, written) in RIGHT.iter().filter(|(_, one)| !one.starts_with("0xd")) {
            let last = if written.ends_with('t') { "u" } else { "t" };
            let changed = format!("{}{last}", &written[..written.len() - 1]);

            assert_eq!(None, wallet(&changed), "{changed}");
        }
        assert_eq!(None, wallet("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
        assert_eq!(None, wallet("0x0000000000000000000000000000000000000000"));
        assert_eq!(None, wallet("d131dd02c5e6eec4693d9a0698aff95c2fcab587"));
    }

    /// An account number counts in groups or without, with words behind it, and only if country, length
    /// and checksum agree.
    #[test]
    fn account_numbers_are_known() {
        let want = Some(("iban DE89370400440532013000".to_owned(), 27));

        assert_eq!(want, iban("DE89 3704 0044 0532 0130 00"));
        assert_eq!(want, iban("DE89 3704 0044 0532 0130 00 BIC COBADEFF"));
        assert_eq!(want, iban("DE89 3704 0044 0532 0130 00, please"));
        assert_eq!(Some(22), iban("DE89370400440532013000").map(|(_, length)| length));
        assert_eq!(Some(15), iban("NO9386011117947").map(|(_, length)| length));
        assert_eq!(None, iban("DE89370400440532013001"));
        assert_eq!(None, iban("DE8937040044053201300"));
        assert_eq!(None, iban("DE89370400440532013000x"));
        assert_eq!(None, iban("ZZ89370400440532013000"));
    }
}
