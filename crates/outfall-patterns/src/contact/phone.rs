//! Telephone numbers as people write them.
//!
//! # What it sees
//!
//! International numbers (`+49 89 ...`, `0049 89 ...`); national ones in the forms that nothing
//! else has (an area code in parentheses or with its trunk zero, North American and Russian
//! groups, Chinese mobile numbers); any of eight digits or more behind a word for telephone.
//!
//! # When it is wrong
//!
//! Dates, amounts, order numbers, network addresses and book numbers look alike.  A form that
//! these share is only taken behind a word for telephone.  Numbers without area code are left out.
//!
//! # What holds
//!
//! The last nine digits without leading zeros are the number, so that `+1 (800) 555-0147`,
//! `1-800-555-0147` and `800.555.0147` are one.

/// Digits of a number (ITU-T E.164: fifteen at most, without the signs for international).
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// The fewest digits of an international number: country and eight, or three and six.
const FEWEST_INTERNATIONAL: usize = 9;

/// The digits that tell one number from another, whatever stands before them.
const TELLING_DIGITS: usize = 9;

/// Words before a number that say what it is, in lower case.
const LABELS: [&str; 40] = [
    "tel",
    "telephone",
    "phone",
    "fon",
    "fone",
    "telefon",
    "telefono",
    "teléfono",
    "telefone",
    "tél",
    "téléphone",
    "ph",
    "call",
    "dial",
    "ring",
    "fax",
    "telefax",
    "mobile",
    "mob",
    "mobil",
    "móvil",
    "cell",
    "cel",
    "celular",
    "handy",
    "portable",
    "gsm",
    "whatsapp",
    "viber",
    "sms",
    "hotline",
    "helpline",
    "tlf",
    "тел",
    "телефон",
    "т",
    "моб",
    "电话",
    "手机",
    "電話",
];

/// Returns the number of a `tel:` or `sms:` link, what follows the scheme.
pub fn in_link(rest: &str) -> Option<String> {
    let digits: String = rest
        .split([';', '?', ','])
        .next()?
        .replace("%20", "")
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    DIGITS.contains(&digits.len()).then(|| named(&digits)).flatten()
}

/// Reads the number whose first digit is at `at`; returns it, if it is one, and where it ends.
pub fn at(text: &str, at: usize) -> (Option<String>, usize) {
    let number = Number::read(text, at);
    let found = number.is_phone(text).then(|| named(&number.digits)).flatten();
    (found, number.end)
}

/// Returns a number in its one form; None for one that is everybody's example.
fn named(digits: &str) -> Option<String> {
    let bytes = digits.as_bytes();
    let is_placeholder = bytes.windows(2).all(|two| two[0] == two[1])
        || bytes.windows(2).filter(|two| two[1] == two[0].wrapping_add(1)).count() + 2
            >= bytes.len();
    let last = &digits[digits.len().saturating_sub(TELLING_DIGITS)..];
    (!is_placeholder).then(|| format!("phone {}", last.trim_start_matches('0')))
}

//------------ Number ---------------------------------------------------------

/// Digits in groups, and what stands around and between them.
#[derive(Debug, Default)]
struct Number {
    /// Where it begins, with its `+` or parenthesis, and where it ends.
    start: usize,
    end: usize,
    digits: String,
    /// How many digits each group has; nothing is kept of more than a number can have.
    groups: Vec<usize>,
    has_plus: bool,
    /// Whether a group stands in parentheses.
    has_parentheses: bool,
    /// Whether a dash or a dot divides groups.
    has_marks: bool,
    /// How many slashes divide groups.
    slashes: usize,
}

impl Number {
    /// Reads on while digits follow, divided by up to three separators.
    fn read(text: &str, at: usize) -> Self {
        let bytes = text.as_bytes();
        let (start, has_plus) = beginning(bytes, at);
        let mut number = Number { start, end: at, has_plus, ..Number::default() };
        number.has_parentheses = bytes[start..at].contains(&b'(');
        let (mut position, mut group) = (at, 0);
        loop {
            let rest = &text[position..];
            let run = look_alike_digits(rest);
            for sign in rest[..run].chars() {
                group += 1;
                if number.digits.len() <= *DIGITS.end() {
                    number.digits.push(digit(sign));
                }
            }
            if number.groups.len() <= *DIGITS.end() {
                number.groups.push(group);
            }
            (group, position) = (0, position + run);
            number.end = position;
            let Some(next) = number.separators(text, position) else { return number };
            position = next;
        }
    }

    /// Passes over separators at `at`; returns where digits go on, if they do.
    fn separators(&mut self, text: &str, at: usize) -> Option<usize> {
        let mut length = 0;
        for (count, sign) in text[at..].chars().enumerate() {
            let goes_on = |sign: char| {
                u8::try_from(sign).is_ok_and(is_look_alike)
                    && look_alike_digits(&text[at + length..]) >= LEAST_LOOK_ALIKE
            };
            if sign.is_ascii_digit() || count > 0 && goes_on(sign) {
                let between = &text[at..at + length];
                self.has_parentheses |= between.contains('(');
                self.has_marks |= between.contains(['-', '.', '\u{2010}', '\u{2011}', '\u{2013}']);
                self.slashes += usize::from(between.contains('/'));
                return (count > 0).then_some(at + length);
            }
            let is_separator = matches!(sign, ' ' | '.' | '-' | '/' | '(' | ')' | '\u{a0}')
                || matches!(sign, '\u{2009}'..='\u{2014}' | '\u{202f}' | '·' | '•' | '\u{20e3}');
            if !is_separator || count == 3 {
                return None;
            }
            length += sign.len_utf8();
        }
        None
    }

    fn is_phone(&self, text: &str) -> bool {
        let digits = self.digits.len();
        if !DIGITS.contains(&digits) || !self.stands_free(text) {
            return false;
        }
        let is_international = self.has_plus || self.digits.starts_with("00");
        if is_international && digits >= FEWEST_INTERNATIONAL {
            let country = self.digits.trim_start_matches('0');
            return self.has_plus || country.len() + 2 == digits && digits >= 11;
        }
        self.is_labelled(text) || !self.is_date() && self.has_national_form()
    }

    /// Tells whether nothing around makes it part of something else: a name, an amount, a time.
    fn stands_free(&self, text: &str) -> bool {
        let before = text[..self.start].chars().next_back();
        let before_that = text[..self.start].chars().rev().nth(1);
        let after = text[self.end..].chars().next();
        let after_that = text[self.end..].chars().nth(1);
        let is_digit = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_digit());
        let free_before = match before {
            Some('.' | ':' | ',') => !is_digit(before_that),
            Some(sign) if sign.is_ascii() => {
                sign.is_ascii_whitespace()
                    || matches!(sign, '(' | '[' | ';' | '>' | '"' | '\'' | '*' | '|')
            }
            Some(sign) => !matches!(sign, '€' | '£' | '¥' | '₽' | '№'),
            None => true,
        };
        let free_after = match after {
            Some(':' | ',') => !is_digit(after_that),
            Some(sign) => {
                !sign.is_ascii_alphanumeric()
                    && !matches!(sign, '@' | '%' | '_' | '=' | '€' | '$' | '£' | '+')
            }
            None => true,
        };
        free_before && free_after
    }

    fn is_labelled(&self, text: &str) -> bool {
        const LONGEST_LABEL: usize = 32;
        let from = text.ceil_char_boundary(self.start.saturating_sub(LONGEST_LABEL));
        let before = text[from..self.start].to_lowercase();
        let word = before.trim_end_matches(|sign: char| !sign.is_alphabetic());
        let gap = before.len() - word.len();
        // Chinese has no spaces: the word is the end of whatever stands there.
        let ends = |label: &str| !label.is_ascii() && label.len() == 6 && word.ends_with(label);
        let last = word.rsplit(|sign: char| !sign.is_alphabetic()).next().unwrap_or_default();
        gap <= 4 && (LABELS.contains(&last) || LABELS.iter().any(|label| ends(label)))
    }

    /// Tells whether its first groups are a day: `22.08.2003 ...`, `2003-08-22 ...`, `08/22/03 ...`.
    fn is_date(&self) -> bool {
        let part = |from: usize, length: usize| -> usize {
            self.digits.get(from..from + length).and_then(|part| part.parse().ok()).unwrap_or(0)
        };
        let is_year = |number: usize| (1900..2100).contains(&number);
        match self.groups[..] {
            [4, 1..=2, 1..=2, ..] => is_year(part(0, 4)),
            [one @ 1..=2, other @ 1..=2, 4, ..] => is_year(part(one + other, 4)),
            [4, ..] if self.has_parentheses => is_year(part(0, 4)),
            _ => self.slashes >= 2,
        }
    }

    /// Tells whether the groups are those of a country's telephones and of hardly anything else.
    fn has_national_form(&self) -> bool {
        let digits = self.digits.as_bytes();
        let has_signs = self.has_marks || self.has_parentheses || self.slashes == 1;
        let is_american = |at: usize| digits[at] >= b'2' && digits[at + 3] >= b'2';
        let groups = &self.groups[..];
        match groups {
            // A social security number of the United States.
            [3, 2, 4] => false,
            [3, 3, 4] => has_signs && is_american(0),
            [1, 3, 3, 4] => has_signs && digits[0] == b'1' && is_american(1),
            // Russia and its neighbours.
            [3, 3, 2, 2] | [4, 2, 2, 2] | [5, 1, 2, 2] => has_signs,
            [1, 3, 3, 2, 2] | [1, 4, 2, 2, 2] => matches!(digits[0], b'7' | b'8'),
            // Mobile numbers written without any separator.
            [11] => matches!(digits, [b'1', b'3'..=b'9', ..] | [b'7' | b'8', b'9', ..]),
            _ => self.has_area_code(),
        }
    }

    /// Tells whether it begins with a trunk zero or an area code in parentheses.
    fn has_area_code(&self) -> bool {
        let digits = self.digits.as_bytes();
        let [first, rest @ ..] = &self.groups[..] else { return false };
        let is_trunk = digits[0] == b'0' && (b'1'..=b'9').contains(&digits[1]) && *first >= 2;
        let sizes = (2..=5).contains(first) && rest.iter().all(|group| (2..=8).contains(group));
        !rest.is_empty()
            && sizes
            && (9..=12).contains(&digits.len())
            && (is_trunk || self.has_parentheses)
    }
}

/// Returns where a number begins whose first digit is at `at`, and whether with a plus.
fn beginning(bytes: &[u8], at: usize) -> (usize, bool) {
    let mut start = at;
    if start > 0 && bytes[start - 1] == b'(' {
        start -= 1;
    }
    let has_plus = start > 0 && bytes[start - 1] == b'+';
    (start - usize::from(has_plus), has_plus)
}

/// Returns how long `text` goes on with digits; letters that look like digits count among them,
/// unless a word goes on behind.
fn look_alike_digits(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let more = bytes[digits..].iter();
    let more =
        digits + more.take_while(|byte| byte.is_ascii_digit() || is_look_alike(**byte)).count();
    let is_word = bytes.get(more).is_some_and(u8::is_ascii_alphanumeric);
    if is_word { digits } else { more }
}

/// A group of digits that begins with a letter has so many, or it is a word.
const LEAST_LOOK_ALIKE: usize = 3;

fn is_look_alike(byte: u8) -> bool {
    matches!(byte, b'O' | b'o' | b'l' | b'I')
}

fn digit(sign: char) -> char {
    match sign {
        'O' | 'o' => '0',
        'l' | 'I' => '1',
        other => other,
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let mut from = 0;
        while let Some(digit) = bytes[from..].iter().position(u8::is_ascii_digit) {
            let (found, end) = at(text, from + digit);
            if let Some(found) = found {
                return found.strip_prefix("phone ").map(str::to_owned);
            }
            from = end;
        }
        None
    }

    /// Forms in which people write telephone numbers, with the digits that tell them.
    #[test]
    fn telephones_are_found() {
        for (written, want) in [
            ("+49 89 12006300", "912006300"),
            ("+49 (0)89 / 1200-6300", "912006300"),
            ("0049 89 1200 6300", "912006300"),
            ("089 / 12006300", "912006300"),
            ("(089) 12006300", "912006300"),
            ("Tel.: 089 12006300", "912006300"),
            ("Phone 08912006300", "912006300"),
            ("+1 (800) 555-0147", "5550147"),
            ("1-800-555-0147", "5550147"),
            ("800.555.0147", "5550147"),
            ("(800) 555-0147", "5550147"),
            ("call 8005550147 now", "5550147"),
            ("1-8OO-555-O147", "5550147"),
            ("8 (495) 555-01-47", "955550147"),
            ("495-555-01-47", "955550147"),
            ("тел. 89165550147", "165550147"),
            ("联系电话13855501470谢谢", "855501470"),
            ("01 42 68 53 00", "142685300"),
            ("01.42.68.53.00", "142685300"),
            ("0171-5550123", "715550123"),
            ("020 7946 0018", "79460018"),
            ("(11) 98555-0147", "985550147"),
            ("WhatsApp: +62 812-5550-147", "125550147"),
            ("+234 802 555 0147", "25550147"),
        ] {
            assert_eq!(Some(want.trim_start_matches('0').to_owned()), phone(written), "{written}");
        }
    }

    /// What innocent messages are full of is no telephone number.
    #[test]
    fn other_numbers_are_none() {
        for written in [
            "order 123-4567890-1234567",
            "order 4711081512",
            "invoice 2003-08-22-0815",
            "on 22.08.2003 10 30",
            "at 2003-08-22 10:30:00",
            "on 08/22/2003 1030",
            "$ 1.234.567.890",
            "1,234,567,890 bytes",
            "1234567890 bytes",
            "192.168.100.200",
            "isbn 0-306-40615-2",
            "isbn 978-0-306-40615-7",
            "card 4111 1111 1111 1111",
            "ssn 078-05-1120",
            "zoom 812 3456 7890",
            "id 20030822103000",
            "seconds 1061548200",
            "@@ -12345,678 +12345,679 @@",
            "0x1234567890",
            "a1234567890",
            "1234567890@qq.test",
            "x=0171-5550123",
            "/0171-5550123",
            "+1 234",
            "(1998) 392 123",
            "555-0147",
            "000-000-0000",
            "0123456789",
            "12345 67890 12345 67890",
            "call me on 22.08.2003",
        ] {
            assert_eq!(None, phone(written), "{written}");
        }
    }

    /// A link that dials is a number.
    #[test]
    fn dialling_links_are_numbers() {
        assert_eq!(Some("phone 5550147".into()), in_link("+1-800-555-0147"));
        assert_eq!(Some("phone 715550123".into()), in_link("+49%20171%205550123;ext=1"));
        assert_eq!(None, in_link("911"));
    }
}
