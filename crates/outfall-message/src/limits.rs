//! How much of a message is looked at, and why no more.
//!
//! Main type: `Budget`, what is left of the limits for one message and all nested in it.
//! Where a figure says "seen", it is the most in 55,831 messages of public collections: mailing lists,
//! newsletters, spam, phishing and bounces of 2002 to 2025.
//!
//! What holds: each limit bounds work or memory that a hostile message could otherwise choose.
//! What is cut off is told by an oddity, so that whoever judges knows that there was more.

/// Levels of multipart inside multipart.  Mail programs write three (mixed, related, alternative), a
/// signed or listed message one or two more.  Each level is searched for boundaries once more, so
/// the depth is a factor of the work.
pub const MAX_LEVELS: usize = 16;

/// Messages inside messages.  A forward of a forward is 2, a bounce of one 3.  A message is a value
/// that holds values: without a limit its mere clean-up would use up the stack.
pub const MAX_NESTED: usize = 4;

/// Entities of the MIME tree over all nested messages, multiparts included.  Seen: 18 files in one
/// message; digests of busy lists have about a hundred.
pub const MAX_PARTS: usize = 512;

/// Bytes of text parts (as sent, before decoding) that are rendered over all nested messages.
/// Seen: 164 KB once rendered; Gmail cuts HTML at about 100 KB.
pub const MAX_TEXT: usize = 1024 * 1024;

/// Links that are kept.  Seen: more than this in 2 messages.
pub const MAX_LINKS: usize = 1000;

/// Bytes of one URL.  Many servers refuse requests above 8 KiB; tracking links have up to 2 KiB.
pub const MAX_URL: usize = 4096;

/// Bytes that are kept of what an anchor shows: a title, not an article.
pub const MAX_SHOWN: usize = 256;

/// Fields of one header.  Seen: 125.
pub const MAX_FIELDS: usize = 1000;

/// Bytes of one header.  Postfix cuts a field at 100 KiB (`header_size_limit`); a message to many
/// has one or two that long.
pub const MAX_HEADER: usize = 256 * 1024;

/// Bytes of one field that is parsed for addresses or parameters.  Parsing a list of parameters
/// is quadratic in their number; a subject or a content type beyond this has nothing to say.
pub const MAX_STRUCTURED: usize = 8 * 1024;

/// Elements open at once in HTML, the limit that Chromium has as well.  An end tag that matches none
/// of them is looked for in all.
pub const MAX_OPEN_ELEMENTS: usize = 512;

/// Bytes of the list of HTML elements: enough for 1,000 of them, a skeleton and not the page.
pub const MAX_TAGS: usize = 4096;

/// Bytes of the drawing of the MIME tree.  Seen: 243.
pub const MAX_TREE: usize = 1024;

/// Rules of style sheets that are remembered: each is compared with what an element names.
pub const MAX_STYLE_RULES: usize = 128;

/// Bytes of one style sheet that are read.
pub const MAX_STYLE: usize = 64 * 1024;

/// Entries of an archive that are looked at.  Malware hides one program in a handful of files; a source
/// tree has thousands that say nothing more.
pub const MAX_ENTRIES: usize = 64;

/// Bytes of an entry's name that are kept: the ending tells, and it is kept by cutting the front.
pub const MAX_ENTRY_NAME: usize = 256;

/// Bytes of one part of an archive or document that are unpacked: a list of relationships or a page's
/// objects, not a book.
pub const MAX_PART: usize = 256 * 1024;

/// Bytes that are unpacked over all nested messages.  Deflate grows a thousandfold: without a limit a
/// megabyte costs a gigabyte.  This much takes some milliseconds.
pub const MAX_INFLATED: usize = 4 * 1024 * 1024;

/// Bytes of one PDF document that are looked at; what is behind them is fonts and pictures.
pub const MAX_PDF: usize = 4 * 1024 * 1024;

/// Bytes of one file that are cut into pieces: they cost a nanosecond each.
pub const MAX_CHUNKED: usize = 1024 * 1024;

/// Bytes of one picture that is decoded.  Pictures that say something in place of text are small; a photo
/// of a camera has megabytes and costs a tenth of a second.
pub const MAX_PICTURE: usize = 1024 * 1024;

/// Pixels of one picture that is decoded: four times a screen.
pub const MAX_PIXELS: usize = 4 * 1024 * 1024;

/// Pixels that are decoded over all nested messages: one of the largest pictures and some small ones.
pub const MAX_PIXELS_IN_ALL: usize = 6 * 1024 * 1024;

/// Pictures that are decoded over all nested messages.  What matters is seldom behind the first few.
pub const MAX_PICTURES: usize = 6;

/// Passes over one JPEG picture.  Encoders write about ten, and each may cost as much as a picture.
pub const MAX_SCANS: usize = 24;

//------------ Budget ---------------------------------------------------------

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Leaves that may still be looked at.
    pub(crate) parts: usize,
    /// Bytes of text that may still be rendered.
    pub(crate) text: usize,
    /// Links that may still be kept.
    pub(crate) links: usize,
    /// Bytes that may still be unpacked from archives and documents.
    pub(crate) inflated: usize,
    /// Pictures that may still be decoded, and pixels of them all.
    pub(crate) pictures: usize,
    pub(crate) pixels: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            parts: MAX_PARTS,
            text: MAX_TEXT,
            links: MAX_LINKS,
            inflated: MAX_INFLATED,
            pictures: MAX_PICTURES,
            pixels: MAX_PIXELS_IN_ALL,
        }
    }
}
