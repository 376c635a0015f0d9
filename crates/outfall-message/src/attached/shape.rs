//! Names and sizes with what is made up anew for each message taken out.
//!
//! Main functions: [`name`], [`size`].  What holds: values that differ only in their letters, digits
//! and a little in their length come out the same.

use std::fmt::Write;

/// Writes a file name with each run of letters as `a` and of digits as `d`, folders left out and
/// the ending as it is: `scans/scan93113.js` becomes `ad.js`.  A run of both, as random names are, is `x`.
pub(crate) fn name(name: &str, shape: &mut String) {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let ending = super::ending::of(file);
    let front = &file[..file.rfind('.').filter(|_| ending.is_some()).unwrap_or(file.len())];
    front.split_inclusive(|letter: char| !letter.is_alphanumeric()).take(MOST_WORDS).for_each(
        |word| {
            let letters = word.trim_end_matches(|letter: char| !letter.is_alphanumeric());
            shape.push_str(class(letters));
            shape.push_str(&word[letters.len()..]);
        },
    );
    if let Some(ending) = ending {
        shape.push('.');
        shape.push_str(&ending);
    }
}

/// Words of a name that are drawn: a title as a name has more, and is nobody's form.
const MOST_WORDS: usize = 6;

/// Says what a word is made of.  Which letters and how many is what senders make up.
fn class(word: &str) -> &'static str {
    let mut runs = 0;
    let mut before = None;
    for letter in word.chars() {
        let is_digit = letter.is_ascii_digit();
        runs += usize::from(before != Some(is_digit));
        before = Some(is_digit);
    }
    match (runs, before) {
        (0, _) | (_, None) => "",
        (1, Some(false)) => "a",
        (1, Some(true)) => "d",
        (2, Some(true)) => "ad",
        (2, Some(false)) => "da",
        _ => "x",
    }
}

/// Writes a size as its step on a ladder whose rungs are a factor of four apart: files of 5.1 and
/// 5.3 KB are on one rung.
pub(crate) fn size(bytes: u64, shape: &mut String) {
    let _ = write!(shape, "{}", rung(bytes));
}

/// Returns the lower end of the rung: 0, 1, 4, 16, 64, 256, 1K, ...
fn rung(bytes: u64) -> Rung {
    Rung(if bytes == 0 { 0 } else { 1 << (bytes.ilog2() / 2 * 2) })
}

struct Rung(u64);

impl std::fmt::Display for Rung {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self.0 {
            small @ 0..1024 => write!(to, "{small}"),
            middle @ 1024..0x10_0000 => write!(to, "{}K", middle >> 10),
            large => write!(to, "{}M", large >> 20),
        }
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(name: &str) -> String {
        let mut shape = String::new();
        super::name(name, &mut shape);
        shape
    }

    /// Other letters and digits, and more or fewer of them, give the same shape; another form does not.
    #[test]
    fn names_keep_their_form() {
        assert_eq!("ad.js", shaped("scan93113.js"));
        assert_eq!("ad.js", shaped("in/document4.JS"));
        assert_eq!("a_d.pdf", shaped("Invoice_48102.pdf"));
        assert_eq!("x.exe", shaped("k3j4h5k.exe"));
        assert_eq!("a-a a.txt", shaped("one-two three.txt"));
        assert_eq!("a", shaped("README"));
        assert_eq!("a", shaped("Überschrift"));
        assert_eq!("", shaped(""));
    }

    /// A size a little larger is the same step; one of another order is not.
    #[test]
    fn sizes_count_in_steps() {
        let step = |bytes| rung(bytes).to_string();

        assert_eq!("4K", step(5_100));
        assert_eq!("4K", step(16_383));
        assert_eq!("16K", step(16_384));
        assert_eq!("1M", step(3 << 20));
        assert_eq!("256", step(1_023));
        assert_eq!("0", step(0));
    }
}
