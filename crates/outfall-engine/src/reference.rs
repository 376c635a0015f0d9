//! References: short tokens that a person can read out on the telephone.
//!
//! Sixty bits in Crockford's base 32, which has no I, L, O or U to be mistaken or to spell words.

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Digits of a reference.
pub const LENGTH: usize = 12;

/// Writes the low sixty bits of `number`.
pub fn write(number: u64) -> String {
    (0..LENGTH).rev().map(|place| DIGITS[(number >> (5 * place) & 31) as usize] as char).collect()
}

/// Reads a reference, forgiving case, hyphens and the letters that people mistake.
pub fn read(text: &str) -> Option<u64> {
    let digits = text.bytes().filter(|byte| *byte != b'-' && *byte != b' ').map(|byte| {
        let byte = match byte.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        DIGITS.iter().position(|&digit| digit == byte).map(|place| place as u64)
    });
    let places = digits.take(LENGTH + 1).collect::<Option<Vec<_>>>()?;
    (places.len() == LENGTH).then(|| places.iter().fold(0, |number, place| number << 5 | place))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is written is read back, in any case and with hyphens.
        #[test]
        fn round_trip(number in 0u64..1 << 60) {
            let text = write(number);
            let spoken = format!("{}-{}", &text[..6], text[6..].to_lowercase());

            prop_assert_eq!(Some(number), read(&text));
            prop_assert_eq!(Some(number), read(&spoken));
        }

        /// No text makes it fail.
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = read(&text);
        }
    }

    /// Neither more nor fewer digits are a reference.
    #[test]
    fn length_is_exact() {
        assert_eq!(None, read("0123456789A"));
        assert_eq!(None, read("0123456789ABC"));
    }
}
