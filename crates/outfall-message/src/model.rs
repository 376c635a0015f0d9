//! The values a parsed message is made of.  Plain data; `examine` fills it.

/// A message as a person would see it, and its bones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Size of the raw message in bytes.
    pub size: usize,
    /// The header fields of the outermost message.
    pub head: Head,
    /// What the author wrote and a reader sees: plain text or rendered HTML, without quotations
    /// and without the signature of a mailing list.  White space is folded to single spaces,
    /// paragraphs are divided by `\n`; characters that cannot be seen are left out.
    pub text: String,
    /// Visible text that the message quotes or forwards (`>` lines, blockquotes, what follows
    /// a forwarding or reply line).
    pub quoted: String,
    /// Text that HTML hides from the reader: `display:none`, zero size, same colour as its ground.
    pub hidden: String,
    /// Characters that were left out of words because they cannot be seen, where they have no use: joiners
    /// of scripts that need them, and hyphens for the end of a line, are not counted.
    pub invisible: usize,
    /// Words of `text` into which HTML puts what a reader does not see: comments, empty elements,
    /// hidden text.
    pub broken_words: usize,
    /// Every link, in order, visible or not.
    pub links: Vec<Link>,
    /// Every part that is not the message's own text, outermost first.
    pub attachments: Vec<Attachment>,
    /// Messages attached as `message/rfc822`, up to the depth limit.
    pub nested: Vec<Message>,
    /// The MIME tree as a string, such as `multipart/mixed(text/plain,application/pdf)`.
    pub tree: String,
    /// Names of the HTML elements in order, one byte-string a tag, cut at a limit: `html,body,p,a`.
    pub tags: String,
    /// The boundary parameter of the outermost multipart, if any.
    pub boundary: String,
    /// What was odd about the bytes.
    pub oddities: Oddities,
}

//------------ Head -----------------------------------------------------------

/// The header of a message: every field in order, and the ones that are always asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// Every field in the order of the message.
    pub fields: Vec<Field>,
    /// Decoded subject.
    pub subject: String,
    /// Authors.
    pub from: Vec<Address>,
    /// Where answers go.
    pub reply_to: Vec<Address>,
    /// Message-ID without angle brackets.
    pub message_id: String,
}

impl Head {
    /// Returns the first value of the field called `name` (ASCII case ignored), unfolded and trimmed.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.as_str())
    }

    /// Tells whether a field called `name` is there.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }
}

/// One header field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// The name as written.
    pub name: String,
    /// The value, unfolded and trimmed; bytes outside UTF-8 replaced.  Encoded words are kept as
    /// they are: whoever needs a decoded value finds it in [`Head`].
    pub value: String,
}

/// A mailbox of a header field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// Display name, decoded.
    pub name: String,
    /// The address, lower-cased.
    pub address: String,
}

//------------ Link -----------------------------------------------------------

/// Where a link stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkPlace {
    /// In what the author wrote.
    #[default]
    Own,
    /// In quoted or forwarded text.
    Quoted,
    /// Where the reader cannot see it.
    Hidden,
    /// In an image, style or form of the HTML.
    Resource,
    /// Inside an attached document.
    Attached,
    /// In a picture, as a bar code that a telephone reads.
    Pictured,
}

/// A link to somewhere: http, https, ftp; `mailto` and `tel` are kept with an empty host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// The whole URL as found, entities decoded, white space and control characters dropped.
    pub url: String,
    /// Host in lower case and ASCII (punycode) form; for an address, its usual text form.
    pub host: String,
    /// Registrable domain by the public suffix list, or empty for an address or a bare suffix.
    pub domain: String,
    /// What the reader sees as the link, if it was an HTML anchor.
    pub shown: String,
    /// Where it stood.
    pub place: LinkPlace,
}

//------------ Attachment -----------------------------------------------------

/// A file in a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachment {
    /// File name as a mail program would show it, decoded.
    pub name: String,
    /// Declared media type in lower case, such as `application/pdf`.
    pub content_type: String,
    /// Size in bytes after transfer decoding.
    pub size: usize,
    /// SHA-256 of the decoded bytes.
    pub sha256: [u8; 32],
    /// What the first bytes say it is, such as `zip`, `pdf`, `exe`, or empty.
    pub sniffed: &'static str,
    /// The names of the files inside, if it is a zip archive (Office documents are).
    pub inside: Vec<String>,
    /// What tells the content of files inside, where the archive says so; those that are everybody's
    /// left out.
    pub contents: Vec<Inner>,
    /// Whether it is shown inside the text (an inline image) and not as a file.
    pub inline: bool,
    /// How it is built, whatever its bytes: sorts, rough sizes and order of what is inside.  Empty
    /// where nothing is known of the format, or too little is in it to be anybody's own.
    pub skeleton: String,
    /// Hashes of pieces of the content, cut where the content itself says; few, the smallest ones.
    pub chunks: Vec<u64>,
    /// What the pictures in it look like, if they could be read: hashes of which near copies share some.
    pub picture: Vec<u64>,
    /// What in it acts or hides, as a person would say it: `macros`, `a script`, `a password`.
    pub active: Vec<&'static str>,
}

impl Attachment {
    /// Notes once that something in it acts or hides.
    pub(crate) fn act(&mut self, what: &'static str) {
        if !self.active.contains(&what) {
            self.active.push(what);
        }
    }
}

/// A file inside an archive, by what the archive tells of its content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inner {
    /// The end of its name.
    pub name: String,
    /// Its size in bytes when unpacked.
    pub size: u64,
    /// The CRC-32 of its bytes.
    pub crc: u32,
}

//------------ Oddities -------------------------------------------------------

/// Something unusual about the bytes, kept as a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Oddity {
    /// No header field could be read.
    NoHeader,
    /// A NUL byte in the message.
    Nul,
    /// A multipart without its boundary, or cut off before the end.
    BrokenMime,
    /// The declared character set is unknown or does not fit the bytes.
    CharsetLie,
    /// Bytes above 127 in the header without being declared.
    RawEightBit,
    /// Transfer encoding that cannot be decoded.
    BadEncoding,
    /// More parts than are looked at.
    TooManyParts,
    /// Nested deeper than is looked at.
    TooDeep,
    /// More text than is looked at.
    TextCut,
    /// More links than are kept.
    TooManyLinks,
    /// A header field or the whole header longer than is kept.
    HeaderCut,
    /// A header field that must be single stands twice (From, Subject, Date, Message-ID).
    DoubleHeader,
    /// Characters that cannot be seen stand inside words (zero width, bidirectional controls).
    InvisibleCharacters,
    /// Text hidden from the reader by HTML.
    HiddenText,
    /// A link that disguises its host: a name and `@` before it, a number instead of an address,
    /// backslashes.
    DisguisedLink,
    /// The plain alternative of the text says something wholly different from the HTML.
    AlternativesDiffer,
    /// The parser itself failed on these bytes; only the header was read.
    Unreadable,
}

impl Oddity {
    /// Every oddity, in the order of the bits of [`Oddities`].
    pub const ALL: [Oddity; 17] = [
        Oddity::NoHeader,
        Oddity::Nul,
        Oddity::BrokenMime,
        Oddity::CharsetLie,
        Oddity::RawEightBit,
        Oddity::BadEncoding,
        Oddity::TooManyParts,
        Oddity::TooDeep,
        Oddity::TextCut,
        Oddity::TooManyLinks,
        Oddity::HeaderCut,
        Oddity::DoubleHeader,
        Oddity::InvisibleCharacters,
        Oddity::HiddenText,
        Oddity::DisguisedLink,
        Oddity::AlternativesDiffer,
        Oddity::Unreadable,
    ];

    /// Returns the name that people are shown.
    pub fn name(self) -> &'static str {
        match self {
            Oddity::NoHeader => "no-header",
            Oddity::Nul => "nul",
            Oddity::BrokenMime => "broken-mime",
            Oddity::CharsetLie => "charset-lie",
            Oddity::RawEightBit => "raw-eight-bit",
            Oddity::BadEncoding => "bad-encoding",
            Oddity::TooManyParts => "too-many-parts",
            Oddity::TooDeep => "too-deep",
            Oddity::TextCut => "text-cut",
            Oddity::TooManyLinks => "too-many-links",
            Oddity::HeaderCut => "header-cut",
            Oddity::DoubleHeader => "double-header",
            Oddity::InvisibleCharacters => "invisible-characters",
            Oddity::HiddenText => "hidden-text",
            Oddity::DisguisedLink => "disguised-link",
            Oddity::AlternativesDiffer => "alternatives-differ",
            Oddity::Unreadable => "unreadable",
        }
    }
}

/// A set of oddities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities(u32);

impl Oddities {
    /// Adds one.
    pub fn insert(&mut self, oddity: Oddity) {
        self.0 |= 1 << oddity as u8;
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Oddities) {
        self.0 |= other.0;
    }

    /// Yields the names of those in the set, as people are shown them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Oddity::ALL.into_iter().filter(move |&oddity| self.contains(oddity)).map(Oddity::name)
    }

    /// Tells whether `oddity` is in the set.
    pub fn contains(self, oddity: Oddity) -> bool {
        self.0 & (1 << oddity as u8) != 0
    }
}
