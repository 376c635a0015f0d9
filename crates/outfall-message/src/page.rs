//! A page as a reader sees it: own text, quoted text and hidden text, each folded.
//!
//! Main type: [`Page`], which takes text in pieces and is told where lines and paragraphs end.
//!
//! # What holds
//!
//! * White space comes out as single spaces inside a paragraph and `\n` between two.
//! * Characters that cannot be seen are left out; inside a word they are odd.
//! * From a forwarding line on, or a reply line whose quotation is not marked, all is quoted.
//!
//! # Not here
//!
//! Which words open a quotation ([`crate::quote`]); where text comes from ([`crate::plain`],
//! [`crate::html`]).

use crate::model::{Oddities, Oddity};
use crate::quote::{self, Opening};

/// Where a piece of text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    #[default]
    Own,
    Quoted,
    Hidden,
}

/// The text of a message while it is read.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) own: Flow,
    pub(crate) quoted: Flow,
    pub(crate) hidden: Flow,
    pub(crate) oddities: Oddities,
    /// Where the lines of `own` that may still turn out to open a quotation begin, last one first.
    lines: [usize; 3],
    /// Where a reply line (`On ... wrote:`) begins whose quotation has not begun yet.
    reply: Option<Reply>,
    /// Whether all that follows in this part is quoted.
    rest_is_quoted: bool,
    /// Whether something that is not seen has come since the last letter of a word.
    interrupted: bool,
    broken_words: usize,
}

#[derive(Clone, Copy, Debug)]
struct Reply {
    start: usize,
    /// Whether it says so much (a date, an address) that an unmarked quotation may follow it.
    is_sure: bool,
}

impl Page {
    /// Begins a new part: what an earlier part left open is closed.
    pub(crate) fn begin_part(&mut self) {
        self.paragraph();
        self.rest_is_quoted = false;
        self.reply = None;
        self.lines = [self.own.text.len(); 3];
    }

    /// Adds a piece of text; pieces of a word may come one by one.
    pub(crate) fn add(&mut self, text: &str, place: Place) {
        let is_settled = !self.rest_is_quoted && self.reply.is_none();
        match if is_settled { place } else { self.placed(place, text) } {
            Place::Own => {
                if std::mem::take(&mut self.interrupted) && self.own.goes_on(text) {
                    self.broken_words += 1;
                }
                self.own.push(text, &mut self.oddities);
            }
            Place::Quoted => self.quoted.push(text, &mut self.oddities),
            Place::Hidden => {
                self.interrupt();
                self.hidden.push(text, &mut self.oddities);
            }
        }
    }

    /// Takes note of something that is not seen and parts no words: if it stands inside of a word, the
    /// word is broken.
    pub(crate) fn interrupt(&mut self) {
        self.interrupted |= self.own.ends_in_word();
    }

    /// Returns how many words of own text something unseen stands in.
    pub(crate) fn broken_words(&self) -> usize {
        self.broken_words
    }

    /// Says where text for `place` lands now.
    pub(crate) fn landing(&self, place: Place) -> Place {
        if place == Place::Own && self.rest_is_quoted { Place::Quoted } else { place }
    }

    /// Returns the text of `place`.
    pub(crate) fn flow(&self, place: Place) -> &Flow {
        match place {
            Place::Own => &self.own,
            Place::Quoted => &self.quoted,
            Place::Hidden => &self.hidden,
        }
    }

    /// Ends a line: whoever reads on sees white space.
    pub(crate) fn line(&mut self) {
        self.own.gap = self.own.gap.max(Gap::Space);
        self.quoted.gap = self.quoted.gap.max(Gap::Space);
        self.hidden.gap = self.hidden.gap.max(Gap::Space);
        if self.own.text.len() > self.lines[0] && !self.rest_is_quoted {
            self.end_own_line();
        }
    }

    /// Ends a paragraph.
    pub(crate) fn paragraph(&mut self) {
        self.line();
        self.own.gap = Gap::Paragraph;
        self.quoted.gap = Gap::Paragraph;
        self.hidden.gap = Gap::Paragraph;
    }

    /// Takes all that follows in this part as quoted.
    pub(crate) fn quote_rest(&mut self) {
        self.paragraph();
        self.rest_is_quoted = true;
    }

    /// Tells whether the line before this one announced a quotation.
    pub(crate) fn expects_quotation(&self) -> bool {
        self.reply.is_some()
    }

    /// Returns where text for `place` really goes, now that the first text after a reply line shows
    /// whether its quotation is marked.
    fn placed(&mut self, place: Place, text: &str) -> Place {
        if self.rest_is_quoted {
            return if place == Place::Own { Place::Quoted } else { place };
        }
        let Some(reply) = self.reply else { return place };
        if place == Place::Hidden || text.trim_ascii().is_empty() {
            return place;
        }
        self.reply = None;
        if place == Place::Own && !reply.is_sure {
            return place;
        }
        self.move_to_quoted(reply.start);
        self.rest_is_quoted = place == Place::Own;
        Place::Quoted
    }

    /// Looks at the line of own text that has just ended.
    fn end_own_line(&mut self) {
        let [start, before, earlier] = self.lines;
        let line = self.own.text[start..].trim_ascii_start();
        match quote::opening(line) {
            Some(Opening::Rest) => self.quote_from(start),
            Some(Opening::Sent) if quote::names_author(self.line_between(before, start)) => {
                self.quote_from(before);
            }
            Some(Opening::Sent) if quote::names_author(self.line_between(earlier, before)) => {
                self.quote_from(earlier);
            }
            Some(Opening::Announcement) => self.reply = Some(Reply { start, is_sure: false }),
            Some(Opening::Reply) => self.reply = Some(self.reply_line(before, start)),
            _ => self.reply = None,
        }
        self.lines = [self.own.text.len(), self.lines[0], self.lines[1]];
    }

    fn line_between(&self, start: usize, end: usize) -> &str {
        self.own.text[start..end].trim_ascii_start()
    }

    /// Says where a reply line that ends here begins: programs wrap long ones.
    fn reply_line(&self, before: usize, start: usize) -> Reply {
        let line = &self.own.text[start..];
        if quote::begins_reply(line.trim_ascii_start()) {
            return Reply { start, is_sure: quote::has_date(line) };
        }
        let two = &self.own.text[before..];
        if quote::begins_reply(two.trim_ascii_start()) {
            return Reply { start: before, is_sure: quote::has_date(two) };
        }
        Reply { start, is_sure: false }
    }

    fn quote_from(&mut self, start: usize) {
        self.move_to_quoted(start);
        self.rest_is_quoted = true;
        self.reply = None;
    }

    fn move_to_quoted(&mut self, start: usize) {
        let moved = self.own.text.split_off(start);
        self.quoted.gap = Gap::Paragraph;
        self.quoted.push(&moved, &mut self.oddities);
        self.quoted.gap = self.quoted.gap.max(Gap::Space);
        self.own.gap = Gap::Paragraph;
        self.lines = self.lines.map(|line| line.min(start));
    }
}

//------------ Flow -----------------------------------------------------------

/// What stands between the text so far and the next word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    Nothing,
    Space,
    Paragraph,
}

/// Text with its white space folded.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    text: String,
    gap: Gap,
    /// Invisible characters inside words.
    invisible: usize,
    /// Where the last soft hyphen stood.
    hyphen: usize,
}

impl Flow {
    /// Returns the text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Returns how many invisible characters stood inside words.
    pub(crate) fn invisible(&self) -> usize {
        self.invisible
    }

    /// Makes room for about `size` bytes.
    pub(crate) fn reserve(&mut self, size: usize) {
        self.text.reserve(size);
    }

    fn push(&mut self, text: &str, oddities: &mut Oddities) {
        if text.is_ascii() { self.push_ascii(text) } else { self.push_any(text, oddities) }
    }

    fn push_ascii(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let words = rest.trim_start_matches(|letter| letter <= ' ' || letter == '\u{7f}');
            if words.len() < rest.len() {
                self.gap = self.gap.max(Gap::Space);
            }
            if words.is_empty() {
                return;
            }
            let (run, after) = words.split_at(folded_length(words.as_bytes()));
            let run_end = run.strip_suffix(' ').unwrap_or(run);
            self.close_gap();
            self.text.push_str(run_end);
            if run_end.len() < run.len() {
                self.gap = Gap::Space;
            }
            rest = after;
        }
    }

    fn push_any(&mut self, text: &str, oddities: &mut Oddities) {
        let mut rest = text;
        let mut unseen = 0;
        while let Some(letter) = rest.chars().next() {
            let seen = !is_invisible(letter);
            if unseen > 0 && seen && is_alphabetic_script(letter) {
                oddities.insert(Oddity::InvisibleCharacters);
                self.invisible += unseen;
            }
            unseen = match letter {
                _ if seen => 0,
                _ if unseen > 0 => unseen + 1,
                '\u{ad}' => usize::from(self.is_odd_hyphen()),
                _ => usize::from(self.ends_in_word()),
            };
            let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(ascii.max(letter.len_utf8()));
            if letter.is_ascii() {
                self.push_ascii(piece);
            } else if letter.is_whitespace() {
                self.gap = self.gap.max(Gap::Space);
            } else if seen {
                self.close_gap();
                self.text.push(letter);
            }
            rest = after;
        }
    }

    fn close_gap(&mut self) {
        match std::mem::take(&mut self.gap) {
            _ if self.text.is_empty() => {}
            Gap::Nothing => {}
            Gap::Space => self.text.push(' '),
            Gap::Paragraph => self.text.push('\n'),
        }
    }

    /// Tells whether a soft hyphen here is no typesetter's: fewer than two letters stand between it and
    /// the last one.
    fn is_odd_hyphen(&mut self) -> bool {
        let last = std::mem::replace(&mut self.hyphen, self.text.len());
        let between = self.text.get(last..).unwrap_or_default();
        last > 0 && self.ends_in_word() && between.chars().nth(1).is_none()
    }

    /// Tells whether a word that stands here goes on with `text`.
    fn goes_on(&self, text: &str) -> bool {
        self.ends_in_word() && text.chars().next().is_some_and(is_alphabetic_script)
    }

    fn ends_in_word(&self) -> bool {
        self.gap == Gap::Nothing && self.text.chars().next_back().is_some_and(is_alphabetic_script)
    }
}

/// Returns how many bytes of ASCII text need no folding: they hold no control and no two spaces in a
/// row.  Looks at eight bytes at once, as this is asked of all text.
fn folded_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut space_before = 0;
    for (number, word) in words.iter().enumerate() {
        let unfolded = unfolded(u64::from_le_bytes(*word), &mut space_before);
        if unfolded != 0 {
            return number * 8 + unfolded.trailing_zeros() as usize / 8;
        }
    }
    // Filled up with a letter, which needs no folding.
    let mut word = [b'x'; 8];
    word[..rest.len()].copy_from_slice(rest);
    let last = unfolded(u64::from_le_bytes(word), &mut space_before);
    if last == 0 { bytes.len() } else { words.len() * 8 + last.trailing_zeros() as usize / 8 }
}

/// Returns the high bit of every byte of a word that needs folding.
fn unfolded(word: u64, space_before: &mut u64) -> u64 {
    let spaces = zeros(word ^ SPACES);
    let doubled = spaces & (spaces << 8 | *space_before);
    *space_before = spaces >> 56;
    doubled | below_space(word) | zeros(word ^ DELETES)
}

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const LOW_BITS: u64 = !HIGH_BITS;
const SPACES: u64 = 0x2020_2020_2020_2020;
const DELETES: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// Returns the high bit of every byte that is zero.
const fn zeros(word: u64) -> u64 {
    !(((word & LOW_BITS) + LOW_BITS) | word) & HIGH_BITS
}

/// Returns the high bit of every byte below a space, exactly if all bytes are ASCII.
const fn below_space(word: u64) -> u64 {
    !((word & LOW_BITS) + (HIGH_BITS - SPACES)) & HIGH_BITS
}

/// Tells whether a character takes no room and has no meaning of its own: soft hyphen, grapheme
/// joiner, zero-width and bidirectional controls, byte-order mark, Hangul fillers.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

/// Tells whether a letter is of a script that needs no joiners between its letters (Latin, Greek,
/// Cyrillic and digits), so that an invisible character beside it is there to deceive.
fn is_alphabetic_script(letter: char) -> bool {
    letter < '\u{530}' && letter.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lines: &[&str]) -> Page {
        let mut page = Page::default();
        for line in lines {
            page.add(line, Place::Own);
            page.line();
        }
        page
    }

    /// White space of any kind and length is one space; a paragraph is one line feed.
    #[test]
    fn white_space_is_folded() {
        let mut page = page(&["  a  b\t\u{a0}c ", "d"]);
        page.paragraph();
        page.paragraph();
        page.add("e\u{3000}f", Place::Own);

        assert_eq!("a b c d\ne f", page.own.text());
    }

    /// The fast look at text agrees with the obvious one, wherever in a word of eight a byte stands.
    #[test]
    fn folded_length_agrees_with_the_obvious() {
        let obvious = |bytes: &[u8]| {
            let control = |at: usize| bytes[at] < b' ' || bytes[at] == 0x7f;
            let doubled = |at: usize| at > 0 && bytes[at] == b' ' && bytes[at - 1] == b' ';
            (0..bytes.len()).find(|&at| control(at) || doubled(at)).unwrap_or(bytes.len())
        };
        for length in 0..20 {
            for at in 0..length {
                for byte in [b' ', b'\t', 0, 0x1f, 0x7f, b'!', b'~'] {
                    for next in [b'a', b' ', b'\n'] {
                        let mut bytes = vec![b'a'; length];
                        bytes[at] = byte;
                        if at + 1 < length {
                            bytes[at + 1] = next;
                        }

                        assert_eq!(obvious(&bytes), folded_length(&bytes), "{bytes:?}");
                    }
                }
            }
        }
    }

    /// A word may come in pieces.
    #[test]
    fn pieces_of_a_word_join() {
        let mut page = Page::default();
        for piece in ["ca", "sh", " ", "now"] {
            page.add(piece, Place::Own);
        }

        assert_eq!("cash now", page.own.text());
    }

    /// Invisible characters vanish, and are odd only inside a word of a script that has no use for
    /// them.
    #[test]
    fn invisible_characters_vanish() {
        for (text, want, odd) in [
            ("vi\u{200b}agra", "viagra", true),
            ("v\u{200b}\u{200d}i", "vi", true),
            ("v\u{200b} i", "v i", false),
            ("\u{43f}\u{2060}\u{430}", "\u{43f}\u{430}", true),
            ("\u{200c} \u{200c} hi", "hi", false),
            ("Donau\u{ad}dampf\u{ad}schiff", "Donaudampfschiff", false),
            ("v\u{ad}i\u{ad}a", "via", true),
            ("vi\u{ad}\u{ad}a", "via", true),
            ("\u{feff}via", "via", false),
            ("👩\u{200d}💻 via", "👩💻 via", false),
            ("\u{645}\u{200c}\u{6cc}", "\u{645}\u{6cc}", false),
        ] {
            let page = page(&[text]);

            assert_eq!(want, page.own.text(), "{text:?}");
            assert_eq!(odd, page.oddities.contains(Oddity::InvisibleCharacters), "{text:?}");
        }
    }

    /// Every invisible character inside words is counted, where letters stand on both sides.
    #[test]
    fn invisible_characters_are_counted() {
        let page =
            page(&["v\u{200b}i\u{200c}\u{200d}a \u{200b}g\u{200b} ra\u{2060}", "x\u{200b}y"]);

        assert_eq!(4, page.own.invisible());
    }

    /// A word is broken by what is not seen between two of its letters, once or twice, and by nothing
    /// that stands beside it.
    #[test]
    fn broken_words_are_counted() {
        let broken = |pieces: &[(&str, Place)]| {
            let mut page = Page::default();
            for (text, place) in pieces {
                page.add(text, *place);
            }
            page.broken_words()
        };
        let (own, hidden) = (Place::Own, Place::Hidden);

        assert_eq!(1, broken(&[("via", own), ("x", hidden), ("y", hidden), ("gra", own)]));
        assert_eq!(2, broken(&[("v", own), ("x", hidden), ("i", own), ("x", hidden), ("a", own)]));
        assert_eq!(0, broken(&[("via ", own), ("x", hidden), ("gra", own)]));
        assert_eq!(0, broken(&[("via", own), ("x", hidden), (" gra", own)]));
        assert_eq!(0, broken(&[("via", own), ("x", hidden), (".", own), ("gra", own)]));
        assert_eq!(0, broken(&[("via", own), ("gra", own)]));
    }

    /// After a forwarding line everything is quoted, the line included.
    #[test]
    fn forwarding_quotes_the_rest() {
        let page = page(&["fyi", "---------- Forwarded message ----------", "Buy", "now"]);

        assert_eq!("fyi", page.own.text());
        assert_eq!("---------- Forwarded message ---------- Buy now", page.quoted.text());
    }

    /// A reply line with a date makes what follows quoted even without marks.
    #[test]
    fn dated_reply_lines_quote_the_rest() {
        let page = page(&[
            "thanks",
            "On Mon, 2 Mar 2026 at 10:00, Bob <bob@example.org>",
            "wrote:",
            "old",
        ]);

        assert_eq!("thanks", page.own.text());
        assert!(page.quoted.text().ends_with("wrote: old"), "{:?}", page.quoted.text());
    }

    /// Outlook's block of From, Sent, To and Subject begins a quotation.
    #[test]
    fn outlook_blocks_quote_the_rest() {
        let page = page(&["ok", "From: Bob", "Sent: Monday", "To: Ann", "old"]);

        assert_eq!("ok", page.own.text());
        assert_eq!("From: Bob Sent: Monday To: Ann old", page.quoted.text());
    }

    /// A sentence that only ends like a reply line quotes nothing.
    #[test]
    fn undated_reply_lines_need_marks() {
        let page = page(&["What Bob wrote:", "this is mine"]);

        assert_eq!("What Bob wrote: this is mine", page.own.text());
    }
}
