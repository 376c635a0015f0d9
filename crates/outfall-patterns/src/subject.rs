//! The subject: its words in order.
//!
//! # What it sees
//!
//! `Your invoice 4711 is overdue` and `RE: Your invoice #0815 is overdue!` as one: digits,
//! punctuation, case and marks of answer are left out.
//!
//! # When it is wrong
//!
//! People answer under one another's subjects, so a message that answers has none; lists and
//! forwarded jokes share theirs.  The kind is weak.

use crate::{Hasher, Kind, Pattern, Patterns, Source, mix, words};

/// A subject of fewer words is everybody's; characters of scripts without spaces count a third.
const FEWEST_WORDS: usize = 3;
const FEWEST_CHARACTERS: usize = 3 * FEWEST_WORDS;

/// Marks of answers and forwards in the languages that mail programs have them in, in lower case.
const MARKS: [&str; 21] = [
    "re", "fw", "fwd", "aw", "wg", "sv", "vs", "vb", "rv", "res", "enc", "antw", "tr", "odp",
    "ynt", "r", "i", "回复", "答复", "转发", "отв",
];

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let head = &source.message.head;
    if head.has("In-Reply-To") || head.has("References") {
        return;
    }
    let (words, _) = words::hashed(without_marks(&head.subject), hasher);
    let least =
        if words.iter().any(|word| word.spaceless) { FEWEST_CHARACTERS } else { FEWEST_WORDS };
    if words.len() >= least {
        let hash = mix(words.iter().map(|word| word.hash));
        patterns.add(Pattern::new(Kind::Subject, hash), "");
    }
}

/// Returns a subject without the marks and the names of lists in brackets before it.
fn without_marks(subject: &str) -> &str {
    let mut rest = subject.trim_start();
    loop {
        let bracket = rest.strip_prefix('[').and_then(|inside| inside.split_once(']'));
        let mark = rest.split_once([':', '：']).filter(|(word, _)| is_mark(word));
        match bracket.or(mark) {
            Some((_, behind)) => rest = behind.trim_start(),
            None => return rest,
        }
    }
}

/// Tells whether `word` is a mark, perhaps with a count: `Re[2]`, `Re^3`.
fn is_mark(word: &str) -> bool {
    let end = word.find(|sign: char| !sign.is_alphabetic()).unwrap_or(word.len());
    let is_count =
        word[end..].chars().all(|sign| sign.is_ascii_digit() || "[]()^* ".contains(sign));
    is_count && MARKS.contains(&word[..end].to_lowercase().as_str())
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;

    fn form(subject: &str, more: &str) -> Option<Pattern> {
        let raw = format!("Subject: {subject}\r\n{more}\r\n\r\n");
        let patterns = all(&outfall_message::examine(raw.as_bytes()), &Hasher::new([0; 16]));
        let mut values = patterns.values.iter().map(|found| found.pattern);
        values.find(|pattern| pattern.kind() == Kind::Subject)
    }

    /// Numbers, marks, lists and case do not make another subject; words do.
    #[test]
    fn forms_agree() {
        let one = form("Your invoice 4711 is overdue", "");

        assert!(one.is_some());
        assert_eq!(one, form("RE: [list] Fwd: Re[2]: your INVOICE #0815 is overdue!", ""));
        assert_ne!(one, form("Your account is overdue", ""));
    }

    /// Few words are everybody's, in any script.
    #[test]
    fn short_subjects_have_no_form() {
        assert_eq!(None, form("Re: hello there", ""));
        assert_eq!(None, form("发票代开", ""));
        assert!(form("代开发票请联系我们吧", "").is_some());
        assert_eq!(None, form("", ""));
    }

    /// An answer's subject is somebody else's.
    #[test]
    fn answers_have_no_subject_of_their_own() {
        assert_eq!(None, form("Your invoice is overdue", "In-Reply-To: <a@b.test>"));
        assert_eq!(None, form("Your invoice is overdue", "References: <a@b.test>"));
    }
}
