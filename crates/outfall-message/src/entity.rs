//! One entity of a MIME tree: what its fields say it is, and its bytes.
//!
//! Main type: [`Entity`], made from [`MimeFields`] and a body.
//!
//! What holds: an entity without (readable) fields is plain text in US-ASCII (RFC 2045
//! section 5.2), and its bytes are never lost.  Not here: how entities nest (`walk`).

use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};

use crate::header::{RawField, RawFields, terminated};

/// How the body was made fit for transport (RFC 2045 section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    #[default]
    None,
    Base64,
    QuotedPrintable,
}

/// A part of a message, or the message itself, with its body still encoded.
#[derive(Debug, Default)]
pub(crate) struct Entity<'a> {
    /// Media type in lower case, such as `text/plain`.
    pub(crate) media: String,
    /// The boundary of a multipart.
    pub(crate) boundary: String,
    /// The declared character set, or empty.
    pub(crate) charset: String,
    /// The file name, or empty.
    pub(crate) name: String,
    /// Whether the disposition says that it is a file of its own.
    pub(crate) is_file: bool,
    /// Whether another part refers to it, or its disposition is `inline`.
    pub(crate) is_inline: bool,
    pub(crate) encoding: Encoding,
    pub(crate) body: &'a [u8],
}

impl<'a> Entity<'a> {
    /// Reads the fields at the beginning of `raw` as those of a part of a `parent` multipart.
    pub(crate) fn part(raw: &'a [u8], parent: &str) -> Self {
        let mut mime = MimeFields::default();
        let mut fields = RawFields::new(raw);
        for field in fields.by_ref() {
            mime.note(&field);
        }
        let default = if parent == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        mime.entity(fields.body(), default)
    }
}

//------------ MimeFields -----------------------------------------------------

/// The raw values of the fields that describe an entity; of repeated fields the first.
#[derive(Default)]
pub(crate) struct MimeFields<'a> {
    content_type: Option<&'a [u8]>,
    disposition: Option<&'a [u8]>,
    encoding: Option<&'a [u8]>,
    id: Option<&'a [u8]>,
}

impl<'a> MimeFields<'a> {
    /// Takes note of a field if it is one of these.
    pub(crate) fn note(&mut self, field: &RawField<'a>) {
        let Some((start, kind)) = field.name.split_at_checked(8) else { return };
        if !start.eq_ignore_ascii_case(b"content-") {
            return;
        }
        let slot = match kind.len() {
            4 if kind.eq_ignore_ascii_case(b"type") => &mut self.content_type,
            11 if kind.eq_ignore_ascii_case(b"disposition") => &mut self.disposition,
            17 if kind.eq_ignore_ascii_case(b"transfer-encoding") => &mut self.encoding,
            2 if kind.eq_ignore_ascii_case(b"id") => &mut self.id,
            _ => return,
        };
        slot.get_or_insert(field.value);
    }

    /// Makes an entity with `body`; `default` is its media type if none is declared.
    pub(crate) fn entity(&self, body: &'a [u8], default: &str) -> Entity<'a> {
        let mut entity = Entity { body, encoding: encoding(self.encoding), ..Entity::default() };
        if let Some(raw) = self.content_type {
            with_parameters(raw, |kind| {
                entity.media = media(kind);
                entity.boundary = attribute(kind, "boundary");
                entity.charset = attribute(kind, "charset");
                entity.name = attribute(kind, "name");
            });
        }
        if entity.media.is_empty() {
            default.clone_into(&mut entity.media);
        }
        if let Some(raw) = self.disposition {
            with_parameters(raw, |disposition| {
                entity.is_file = disposition.c_type.eq_ignore_ascii_case("attachment");
                entity.is_inline = disposition.c_type.eq_ignore_ascii_case("inline");
                if let Some(name) = disposition.attribute("filename") {
                    name.clone_into(&mut entity.name);
                }
            });
        }
        entity.is_inline |= self.id.is_some() && !entity.is_file;
        entity
    }
}

fn encoding(raw: Option<&[u8]>) -> Encoding {
    let value = raw.unwrap_or_default().trim_ascii();
    if value.eq_ignore_ascii_case(b"base64") {
        Encoding::Base64
    } else if value.eq_ignore_ascii_case(b"quoted-printable") {
        Encoding::QuotedPrintable
    } else {
        Encoding::None
    }
}

fn with_parameters(raw: &[u8], read: impl FnOnce(&ContentType<'_>)) {
    if let HeaderValue::ContentType(value) =
        MessageStream::new(&terminated(raw)).parse_content_type()
    {
        read(&value);
    }
}

/// Returns `type/subtype` in lower case, or nothing if either is missing.
fn media(kind: &ContentType<'_>) -> String {
    let Some(subtype) = kind.c_subtype.as_deref() else { return String::new() };
    let mut media = String::with_capacity(kind.c_type.len() + subtype.len() + 1);
    media.push_str(&kind.c_type);
    media.push('/');
    media.push_str(subtype);
    media.make_ascii_lowercase();
    media
}

fn attribute(kind: &ContentType<'_>, name: &str) -> String {
    kind.attribute(name).unwrap_or_default().to_owned()
}
