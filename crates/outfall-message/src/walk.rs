//! The MIME tree of a message: which part is text, which a file, which a message of its own.
//!
//! Main function: [`message`].
//!
//! # Why not `mail-parser`'s own walk
//!
//! Its fields and decoders are used here, but its walk of the tree has no limits: a message of 100,000
//! nested messages overflows the stack when it is dropped, which ends the process, and each
//! multipart whose boundary never comes is searched for to the end of the message, which is
//! quadratic.  Walking slices is also faster.  A test holds the two against each other.
//!
//! # What holds
//!
//! * A part is a slice of its parent, so that a child never reaches beyond its parent's boundary.
//! * Depth, parts, text and links are bounded over all nested messages together.
//! * Of alternatives the richest text is the one that is seen; the others only give their links.
//!
//! # Not here
//!
//! Fields ([`crate::entity`]), decoding ([`crate::decode`]), what text looks like
//! ([`crate::plain`], [`crate::html`]).

use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::entity::{Entity, MimeFields};
use crate::limits::{Budget, MAX_LEVELS, MAX_NESTED, MAX_TREE};
use crate::model::{Attachment, Message, Oddity};
use crate::view::View;
use crate::{attached, decode, header, html, plain};

/// Reads a message that is nested in `depth` others, as far as `budget` goes; returns it and what
/// is left.
pub(crate) fn message(raw: &[u8], depth: usize, budget: Budget) -> (Message, Budget) {
    let mut mime = MimeFields::default();
    let mut message = Message { size: raw.len(), ..Message::default() };
    let (head, body) = header::read(raw, &mut message.oddities, |field| mime.note(field));
    message.head = head;
    let entity = mime.entity(body, "text/plain");
    entity.boundary.clone_into(&mut message.boundary);
    let view = View::new(budget);
    let mut walk = Walk { message, view, texts: Vec::new(), depth };
    walk.entity(entity, 0, true);
    walk.render();
    walk.finish()
}

/// A walk in progress.
struct Walk<'a> {
    message: Message,
    view: View,
    texts: Vec<Text<'a>>,
    depth: usize,
}

/// A part that is text to be seen.
struct Text<'a> {
    entity: Entity<'a>,
    is_html: bool,
    /// Whether another alternative is shown in its place.
    is_shadowed: bool,
}

impl<'a> Walk<'a> {
    /// Takes one entity with all that is in it.  `is_first` says that no part came before it.
    fn entity(&mut self, entity: Entity<'a>, level: usize, is_first: bool) {
        self.draw(&entity.media);
        if entity.media.starts_with("multipart/") {
            self.multipart(entity, level, is_first);
        } else if self.view.budget.parts == 0 {
            self.message.oddities.insert(Oddity::TooManyParts);
        } else {
            self.view.budget.parts -= 1;
            self.leaf(entity, is_first);
        }
    }

    fn draw(&mut self, what: &str) {
        if self.message.tree.len() + what.len() <= MAX_TREE {
            self.message.tree.push_str(what);
        }
    }

    //--- Multiparts

    fn multipart(&mut self, entity: Entity<'a>, level: usize, is_first: bool) {
        if level == MAX_LEVELS {
            self.message.oddities.insert(Oddity::TooDeep);
            return;
        }
        let mut parts = Parts::new(entity.body, &entity.boundary);
        let texts = self.texts.len();
        let mut count = 0;
        self.draw("(");
        while let Some(part) = parts.next() {
            if self.view.budget.parts == 0 {
                self.message.oddities.insert(Oddity::TooManyParts);
                break;
            }
            if count > 0 {
                self.draw(",");
            }
            // A multipart costs as well, however little is in it.
            self.view.budget.parts -= 1;
            self.entity(Entity::part(part, &entity.media), level + 1, is_first && count == 0);
            count += 1;
        }
        self.draw(")");
        if !parts.is_closed {
            self.message.oddities.insert(Oddity::BrokenMime);
        }
        if count == 0 {
            self.undivided(entity, is_first);
        } else if entity.media == "multipart/alternative" {
            self.shadow(texts);
        }
    }

    /// Takes a multipart in which no boundary was found as what a reader would see of it.
    fn undivided(&mut self, entity: Entity<'a>, is_first: bool) {
        if !entity.body.trim_ascii().is_empty() {
            self.leaf(Entity { media: "text/plain".into(), ..entity }, is_first);
        }
    }

    /// Of the alternatives since `start` leaves only the richest in sight.
    fn shadow(&mut self, start: usize) {
        let texts = &mut self.texts[start..];
        if texts.iter().any(|text| text.is_html) {
            texts.iter_mut().for_each(|text| text.is_shadowed |= !text.is_html);
        }
    }

    //--- Leaves

    fn leaf(&mut self, entity: Entity<'a>, is_first: bool) {
        let is_html = entity.media == "text/html";
        let is_text = is_html || entity.media == "text/plain";
        if is_text && !entity.is_file && (entity.name.is_empty() || is_first) {
            self.texts.push(Text { entity, is_html, is_shadowed: false });
        } else if matches!(
            &*entity.media,
            "message/rfc822" | "message/global" | "text/rfc822-headers"
        ) {
            self.nested(entity);
        } else {
            self.attachment(entity);
        }
    }

    fn nested(&mut self, entity: Entity<'a>) {
        if self.depth == MAX_NESTED {
            self.message.oddities.insert(Oddity::TooDeep);
            return self.attachment(entity);
        }
        let raw = decode::bytes(entity.body, entity.encoding, &mut self.message.oddities);
        let budget = std::mem::take(&mut self.view.budget);
        let (message, budget) = self::message(&raw, self.depth + 1, budget);
        self.view.budget = budget;
        self.message.nested.push(message);
    }

    fn attachment(&mut self, entity: Entity<'a>) {
        let bytes = decode::bytes(entity.body, entity.encoding, &mut self.message.oddities);
        let Entity { name, media, is_inline, .. } = entity;
        let file = Attachment {
            name,
            content_type: media,
            size: bytes.len(),
            sha256: Sha256::digest(&bytes).into(),
            inline: is_inline,
            ..Attachment::default()
        };
        self.message.attachments.push(attached::examine(file, &bytes, &mut self.view));
    }

    //--- Text

    /// Puts all text on the page: the hidden alternatives last, for their links alone.
    fn render(&mut self) {
        let texts = std::mem::take(&mut self.texts);
        let (shadowed, seen): (Vec<_>, Vec<_>) =
            texts.into_iter().partition(|text| text.is_shadowed);
        for text in seen {
            let content = self.content(&text.entity);
            if text.is_html {
                html::render(&content, &mut self.view);
            } else {
                plain::render(&content, &mut self.view.page);
            }
            self.view.search_links();
        }
        for text in shadowed {
            let content = self.content(&text.entity);
            if differs(&content, &self.view) {
                self.message.oddities.insert(Oddity::AlternativesDiffer);
            }
            self.view.add_links_of(&content);
        }
    }

    /// Decodes a text part, as much of it as may still be rendered.
    fn content(&mut self, entity: &Entity<'a>) -> std::borrow::Cow<'a, str> {
        let room = self.view.budget.text;
        let body = &entity.body[..entity.body.len().min(room)];
        if body.len() < entity.body.len() {
            self.message.oddities.insert(Oddity::TextCut);
        }
        self.view.budget.text -= body.len();
        let bytes = decode::bytes(body, entity.encoding, &mut self.message.oddities);
        decode::text(bytes, &entity.charset, &mut self.message.oddities)
    }

    fn finish(self) -> (Message, Budget) {
        let Walk { mut message, view, .. } = self;
        message.oddities.extend(view.oddities);
        message.oddities.extend(view.page.oddities);
        message.oddities.extend(view.links.oddities);
        message.invisible = view.page.own.invisible() + view.page.quoted.invisible();
        message.broken_words = view.page.broken_words();
        message.text = view.page.own.into_text();
        message.quoted = view.page.quoted.into_text();
        message.hidden = view.page.hidden.into_text();
        if !message.hidden.is_empty() {
            message.oddities.insert(Oddity::HiddenText);
        }
        message.links = view.links.into_list();
        message.tags = view.tags;
        (message, view.budget)
    }
}

/// Tells whether of the longer words of `plain` hardly any stands in what is seen.
fn differs(plain: &str, view: &View) -> bool {
    let seen = [view.page.own.text(), view.page.quoted.text()];
    let words = plain.split_ascii_whitespace();
    let mut asked = 0;
    for word in words.filter(|word| is_telling(word)).take(16) {
        if seen.iter().any(|text| memmem::find(text.as_bytes(), word.as_bytes()).is_some()) {
            return false;
        }
        asked += 1;
    }
    asked == 16
}

/// Tells whether a word is long enough to be rare and free of marks that HTML would not have.
fn is_telling(word: &str) -> bool {
    word.len() >= 5 && word.bytes().all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
}

//------------ Parts ----------------------------------------------------------

/// The parts of a multipart body (RFC 2046 section 5.1.1).
struct Parts<'a> {
    body: &'a [u8],
    delimiter: Vec<u8>,
    /// Where the part that comes next begins; None before the first and after the last.
    next: Option<usize>,
    /// Whether the closing delimiter was seen.
    is_closed: bool,
}

impl<'a> Parts<'a> {
    fn new(body: &'a [u8], boundary: &str) -> Self {
        let boundary = boundary.trim_ascii_end();
        let mut parts = Parts {
            body,
            delimiter: [b"--", boundary.as_bytes()].concat(),
            next: None,
            is_closed: false,
        };
        if !boundary.is_empty() {
            parts.next = parts.delimiter_from(0).and_then(|found| found.part);
        }
        parts
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.next.take()?;
        let found = self.delimiter_from(start);
        let end = found.as_ref().map_or(self.body.len(), |found| found.start);
        self.next = found.and_then(|found| found.part);
        Some(&self.body[start..end.max(start)])
    }

    /// Finds the first delimiter line at or after `from`.
    fn delimiter_from(&mut self, from: usize) -> Option<Delimiter> {
        let finder = memmem::Finder::new(&self.delimiter);
        let mut at = from;
        loop {
            let start = at + finder.find(&self.body[at..])?;
            let after = start + self.delimiter.len();
            at = after;
            if start > 0 && self.body[start - 1] != b'\n' {
                continue;
            }
            let rest = &self.body[after..];
            let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let is_last = rest.starts_with(b"--");
            if !is_last && !rest[..line].trim_ascii().is_empty() {
                continue;
            }
            self.is_closed |= is_last;
            let part = (!is_last).then_some(after + line);
            return Some(Delimiter { start: before_line_end(self.body, start), part });
        }
    }
}

/// A delimiter line: where what it ends has ended, and where a part begins after it.
struct Delimiter {
    start: usize,
    part: Option<usize>,
}

/// Returns `at` less the line end before it, which belongs to the delimiter.
fn before_line_end(body: &[u8], at: usize) -> usize {
    let head = &body[..at];
    let head = head.strip_suffix(b"\n").unwrap_or(head);
    head.strip_suffix(b"\r").unwrap_or(head).len()
}
