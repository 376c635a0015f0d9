//! How much of a message is looked at, and why no more.
//!
//! Main type: [`Budget`], what is left of the limits for one message and all nested in it.
//! The bodies of real mail that the figures speak of are the project's test corpora (165,000
//! messages: mailing lists, newsletters, spam, phishing, bounces).
//!
//! What holds: each limit bounds work or memory that a hostile message could otherwise choose.
//! What is cut off is told by an oddity, so that whoever judges knows that there was more.

/// Levels of multipart inside multipart.  Mail programs write up to 5, mangled forwards up to 9.
/// Each level is searched for boundaries once more, so the depth is a factor of the work.
pub const MAX_LEVELS: usize = 16;

/// Messages inside messages.  A forward of a forward is 2, a bounce of one 3.  A message is a value
/// that holds values: without a limit its mere clean-up would use up the stack.
pub const MAX_NESTED: usize = 4;

/// Leaves of the MIME tree over all nested messages.  Digests of busy lists have about 100.
pub const MAX_PARTS: usize = 512;

/// Bytes of text parts (as sent, before decoding) that are rendered over all nested messages.
/// The largest newsletters have 300 KiB of HTML, and mail programs cut them at about 100 KiB.
pub const MAX_TEXT: usize = 1024 * 1024;

/// Links that are kept.  The largest newsletters have about 300, list digests up to 600.
pub const MAX_LINKS: usize = 1000;

/// Bytes of one URL.  Servers refuse about 8 KiB; tracking links have up to 2 KiB.
pub const MAX_URL: usize = 4096;

/// Bytes that are kept of what an anchor shows: a title, not an article.
pub const MAX_SHOWN: usize = 256;

/// Fields of one header.  Well-travelled list mail has about 100.
pub const MAX_FIELDS: usize = 1000;

/// Bytes of one header.  Postfix refuses more than 100 KiB (`header_size_limit`), Sendmail
/// more than 32 KiB (`MaxHeadersLength`); room for whoever raised them.
pub const MAX_HEADER: usize = 256 * 1024;

/// Bytes of one field that is parsed for addresses or parameters.  Parsing a list of parameters
/// is quadratic in their number; a subject or a content type beyond this has nothing to say.
pub const MAX_STRUCTURED: usize = 8 * 1024;

/// Elements open at once in HTML.  Nested tables of newsletters have about 60.
pub const MAX_OPEN_ELEMENTS: usize = 512;

/// Bytes of the list of HTML elements: enough for 1,000 of them, a skeleton and not the page.
pub const MAX_TAGS: usize = 4096;

/// Bytes of the drawing of the MIME tree.
pub const MAX_TREE: usize = 1024;

/// Rules of style sheets that are remembered.  Newsletters have up to 100 that matter here.
pub const MAX_STYLE_RULES: usize = 128;

/// Bytes of style sheets that are read in one message.
pub const MAX_STYLE: usize = 64 * 1024;

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
}

impl Default for Budget {
    fn default() -> Self {
        Budget { parts: MAX_PARTS, text: MAX_TEXT, links: MAX_LINKS }
    }
}
