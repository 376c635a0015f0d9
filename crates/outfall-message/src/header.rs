//! The header of a message: raw fields first, then the values that are asked for.
//!
//! Main types: [`RawFields`], an iterator that ends where the body begins; [`read`], which fills
//! a [`Head`] from it.
//!
//! # What holds
//!
//! * A line that is no field ends the header and begins the body, as Postfix has it.
//! * Mbox lines (`From somebody ...`) before or among the fields are passed over.
//!
//! # Not here
//!
//! What `Content-Type` and its kin say (`entity`).  Encoded words and addresses are decoded by
//! `mail-parser`.

use std::borrow::Cow;

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use memchr::{memchr, memmem};

use crate::limits::{MAX_FIELDS, MAX_HEADER, MAX_STRUCTURED};
use crate::model::{Address, Field, Head, Oddities, Oddity};

/// Reads the header at the beginning of `raw`; `each` sees every raw field.  Returns the header
/// and the body.
pub(crate) fn read<'a>(
    raw: &'a [u8],
    oddities: &mut Oddities,
    mut each: impl FnMut(&RawField<'a>),
) -> (Head, &'a [u8]) {
    let mut fields = RawFields::new(raw);
    let mut head = Head { fields: Vec::with_capacity(24), ..Head::default() };
    let mut room = MAX_HEADER;
    for field in fields.by_ref() {
        each(&field);
        let size = field.name.len() + field.value.len();
        if head.fields.len() == MAX_FIELDS || size > room {
            oddities.insert(Oddity::HeaderCut);
            continue;
        }
        room -= size;
        keep(&mut head, &field, oddities);
    }
    if head.fields.is_empty() {
        oddities.insert(Oddity::NoHeader);
    }
    (head, fields.body())
}

/// Adds one field to `head`, and its meaning where it is one that is always asked for.
fn keep(head: &mut Head, field: &RawField<'_>, oddities: &mut Oddities) {
    let value = unfolded(field.value);
    if !value.is_ascii() {
        oddities.insert(Oddity::RawEightBit);
    }
    match known(field.name) {
        Some(Known::Subject) if once(head, "subject", oddities) => {
            head.subject = decoded(field.value, &value);
        }
        Some(Known::From) if once(head, "from", oddities) => head.from = addresses(field.value),
        Some(Known::MessageId) if once(head, "message-id", oddities) => {
            head.message_id = value.trim_matches(|c| matches!(c, '<' | '>' | ' ')).to_owned();
        }
        Some(Known::Date) => _ = once(head, "date", oddities),
        Some(Known::ReplyTo) if head.reply_to.is_empty() => {
            head.reply_to = addresses(field.value);
        }
        _ => {}
    }
    let name = lossy(field.name.to_vec());
    head.fields.push(Field { name, value });
}

/// Tells whether no field called `name` was kept before, and notes it otherwise.
fn once(head: &Head, name: &str, oddities: &mut Oddities) -> bool {
    let first = !head.has(name);
    if !first {
        oddities.insert(Oddity::DoubleHeader);
    }
    first
}

/// The fields whose meaning is kept, or that must stand but once (RFC 5322 section 3.6).
enum Known {
    Subject,
    From,
    MessageId,
    Date,
    ReplyTo,
}

fn known(name: &[u8]) -> Option<Known> {
    let is = |what: &str| name.eq_ignore_ascii_case(what.as_bytes());
    match name.len() {
        4 if is("from") => Some(Known::From),
        4 if is("date") => Some(Known::Date),
        7 if is("subject") => Some(Known::Subject),
        8 if is("reply-to") => Some(Known::ReplyTo),
        10 if is("message-id") => Some(Known::MessageId),
        _ => None,
    }
}

//------------ RawFields ------------------------------------------------------

/// A field as its bytes are: the value still folded, with its line ends.
pub(crate) struct RawField<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// The fields at the beginning of some bytes, in order.
pub(crate) struct RawFields<'a> {
    rest: &'a [u8],
    open: bool,
}

impl<'a> RawFields<'a> {
    pub(crate) fn new(raw: &'a [u8]) -> Self {
        RawFields { rest: raw, open: true }
    }

    /// Returns what follows the header; only true once the iterator has ended.
    pub(crate) fn body(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for RawFields<'a> {
    type Item = RawField<'a>;

    fn next(&mut self) -> Option<RawField<'a>> {
        while self.open {
            let end = line_end(self.rest);
            let line = &self.rest[..end];
            match memchr(b':', line).filter(|&colon| is_name(&line[..colon])) {
                Some(colon) => return Some(self.field(colon, end)),
                None if is_mbox_line(line) => self.rest = &self.rest[end..],
                None => self.end(line),
            }
        }
        None
    }
}

impl<'a> RawFields<'a> {
    /// Takes the field whose first line has its `colon` there and ends at `end`.
    fn field(&mut self, colon: usize, mut end: usize) -> RawField<'a> {
        while matches!(self.rest.get(end), Some(b' ' | b'\t')) {
            end += line_end(&self.rest[end..]);
        }
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest;
        RawField { name: field[..colon].trim_ascii_end(), value: &field[colon + 1..] }
    }

    /// Ends the header at `line`, which belongs to the body unless it is empty.
    fn end(&mut self, line: &[u8]) {
        self.open = false;
        if matches!(line, b"\n" | b"\r\n") {
            self.rest = &self.rest[line.len()..];
        }
    }
}

/// Returns where the first line ends, its line feed included.
fn line_end(bytes: &[u8]) -> usize {
    memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1)
}

/// Tells whether this can be a field's name (RFC 5322 section 2.2; white space before the colon as in
/// section 4.5 is let pass).
fn is_name(bytes: &[u8]) -> bool {
    let name = bytes.trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

fn is_mbox_line(line: &[u8]) -> bool {
    line.strip_prefix(b">").unwrap_or(line).starts_with(b"From ")
}

//------------ Values ---------------------------------------------------------

/// Returns a value on one line, each fold as one space, trimmed; bytes outside UTF-8 replaced.
pub(crate) fn unfolded(value: &[u8]) -> String {
    let value = value.trim_ascii();
    if memchr(b'\n', value).is_none() {
        return lossy(value.to_vec());
    }
    let mut line = Vec::with_capacity(value.len());
    for (number, part) in value.split(|&byte| byte == b'\n').enumerate() {
        if number > 0 {
            line.push(b' ');
        }
        line.extend_from_slice(part.trim_ascii());
    }
    lossy(line)
}

/// Returns text; bytes outside UTF-8 replaced.  Valid text, the rule, is only looked at once.
fn lossy(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// Returns `raw` with its encoded words decoded; `plain` is the same value unfolded.
fn decoded(raw: &[u8], plain: &str) -> String {
    if memmem::find(raw, b"=?").is_none() {
        return plain.to_owned();
    }
    match MessageStream::new(&terminated(raw)).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => plain.to_owned(),
    }
}

/// Returns the mailboxes of an address list, groups flattened.
fn addresses(raw: &[u8]) -> Vec<Address> {
    let raw = terminated(raw);
    let HeaderValue::Address(list) = MessageStream::new(&raw).parse_address() else {
        return Vec::new();
    };
    list.iter()
        .map(|mailbox| Address {
            name: mailbox.name().unwrap_or_default().to_owned(),
            address: mailbox.address().unwrap_or_default().to_lowercase(),
        })
        .collect()
}

/// Returns a value as `mail-parser` wants it: ended by a line feed, and not endless.
pub(crate) fn terminated(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.len() <= MAX_STRUCTURED && raw.ends_with(b"\n") {
        return Cow::Borrowed(raw);
    }
    let mut owned = raw[..raw.len().min(MAX_STRUCTURED)].to_vec();
    owned.push(b'\n');
    Cow::Owned(owned)
}
