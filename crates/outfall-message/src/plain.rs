//! Plain text onto the page: lines, quoted or not, and the links in them.
//!
//! Main function: [`render`].
//!
//! # What holds
//!
//! * Lines that begin with `>`, or initials and `>`, are quoted; mbox's `>From ` at the beginning of a line is not.
//! * What Mailman appends to a list's mail (a rule of underscores and the list's name) is quoted.
//! * The signature after `-- ` stays own text: spam hides there otherwise.
//!
//! # Not here
//!
//! Folding and reply lines ([`crate::page`]).

use memchr::{memchr, memmem};

use crate::page::{Page, Place};

/// A list's footer is a few lines; a rule of underscores earlier in the text is the author's.
const MAX_FOOTER: usize = 1500;

/// Some programs put the initials of who is quoted before the mark (`BJ> `).
const MAX_INITIALS: usize = 4;

/// Puts `text` on the page.
pub(crate) fn render(text: &str, page: &mut Page) {
    page.begin_part();
    page.own.reserve(text.len());
    let (text, footer) = text.split_at(footer_start(text).unwrap_or(text.len()));
    lines(text, page);
    page.paragraph();
    page.add(footer, Place::Quoted);
    page.paragraph();
}

fn lines(text: &str, page: &mut Page) {
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let line = line.trim_ascii();
        match unquoted(line) {
            _ if line.is_empty() => page.paragraph(),
            Some(quoted) => page.add(quoted, Place::Quoted),
            None => page.add(line, Place::Own),
        }
        if !line.is_empty() {
            page.line();
        }
    }
}

/// Returns what a quoted line quotes, or None for a line of the author's own.
fn unquoted(line: &str) -> Option<&str> {
    let mark = memchr(b'>', &line.as_bytes()[..line.len().min(MAX_INITIALS + 1)])?;
    let (initials, quoted) = line.split_at(mark);
    let are_initials = initials.bytes().all(|byte| byte.is_ascii_uppercase());
    let has_space = mark == 0 || quoted.len() == 1 || quoted.starts_with("> ");
    if !are_initials || !has_space || line.starts_with(">From ") {
        return None;
    }
    Some(quoted.trim_start_matches(['>', ' ', '\t']))
}

/// Returns where a list's footer begins: its rule, followed by a line that names the list.
fn footer_start(text: &str) -> Option<usize> {
    let from = text.ceil_char_boundary(text.len().saturating_sub(MAX_FOOTER));
    let rule = from + memmem::rfind(&text.as_bytes()[from..], b"\n____________________")?;
    let after = text[rule + 1..].trim_start_matches('_').trim_ascii_start();
    let next = after.lines().next()?;
    let names_list = next.to_ascii_lowercase().contains("mailing list");
    names_list.then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> (String, String) {
        let mut page = Page::default();
        render(text, &mut page);
        (page.own.into_text(), page.quoted.into_text())
    }

    fn texts(own: &str, quoted: &str) -> (String, String) {
        (own.to_owned(), quoted.to_owned())
    }

    /// Lines of a paragraph join, and an empty line parts two.
    #[test]
    fn paragraphs_are_kept() {
        assert_eq!(texts("a b\nc", ""), page("a\r\nb\r\n\r\n\r\nc\r\n"));
    }

    /// What stands behind `>` is quoted, at any depth, and so is the line that announces it.
    #[test]
    fn marked_lines_are_quoted() {
        let text = "On Monday Bob wrote:\n> one\n> > two\nmine\n> three";

        assert_eq!(texts("mine", "On Monday Bob wrote: one two three"), page(text));
    }

    /// Initials before the mark quote as well; a comparison does not.
    #[test]
    fn initials_quote() {
        assert_eq!(texts("x>y and A>B", "old"), page("BJ> old\nx>y\nand A>B"));
        assert_eq!(texts("A>B is so", ""), page("A>B is so"));
    }

    /// A line that mbox has escaped is the author's own.
    #[test]
    fn escaped_from_lines_are_own() {
        assert_eq!(texts(">From here on", ""), page(">From here on"));
    }

    /// The signature stays, the list's footer goes.
    #[test]
    fn list_footers_are_not_own() {
        let text = "hi\n-- \nBob\n_______________________________________________\nX mailing list\nhttp://l.test\n";

        let (own, quoted) = page(text);

        assert_eq!("hi -- Bob", own);
        assert!(quoted.contains("X mailing list"));
    }
}
