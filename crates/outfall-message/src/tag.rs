//! Names of HTML elements and the attributes that matter here.
//!
//! Main types: [`Key`], an element's name as a number; [`Attributes`], the values that are wanted
//! of one tag; [`Break`], what an element does to the flow of text.
//!
//! What holds: of an attribute that stands twice the first counts (WHATWG HTML, section 13.2.5.33).
//! Not here: what is done with any of it (`html`).

use html5gum::State;

/// The first eight bytes of an element's name, in lower case as the tokenizer gives them.  No two
/// elements that matter here agree in these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key(u64);

/// Makes the key of `name`.
pub(crate) const fn key(name: &[u8]) -> Key {
    let mut packed = 0;
    let mut at = 0;
    while at < name.len() && at < 8 {
        packed = packed << 8 | name[at] as u64;
        at += 1;
    }
    Key(packed)
}

pub(crate) const A: Key = key(b"a");
pub(crate) const AREA: Key = key(b"area");
pub(crate) const BASE: Key = key(b"base");
pub(crate) const BLOCKQUOTE: Key = key(b"blockquote");
pub(crate) const DIV: Key = key(b"div");
pub(crate) const FORM: Key = key(b"form");
pub(crate) const META: Key = key(b"meta");
pub(crate) const STYLE: Key = key(b"style");
pub(crate) const BODY: Key = key(b"body");
pub(crate) const TEMPLATE: Key = key(b"template");
const LI: Key = key(b"li");
const OPTION: Key = key(b"option");
const SELECT: Key = key(b"select");
const P: Key = key(b"p");
const TABLE: Key = key(b"table");
const TD: Key = key(b"td");
const TH: Key = key(b"th");
const TR: Key = key(b"tr");
const UL: Key = key(b"ul");
const OL: Key = key(b"ol");
const BR: Key = key(b"br");
const LINK: Key = key(b"link");

/// What an element does to the flow of text, at its beginning and at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    Nothing,
    Line,
    Paragraph,
}

impl Key {
    /// Returns the name's first eight bytes, after as many zeros as it is shorter.
    pub(crate) fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    pub(crate) fn breaks(self) -> Break {
        const LINES: [Key; 5] = [BR, TD, TH, OPTION, key(b"dt")];
        const PARAGRAPHS: [Key; 34] = [
            P,
            DIV,
            TR,
            TABLE,
            LI,
            UL,
            OL,
            BODY,
            BLOCKQUOTE,
            FORM,
            key(b"h1"),
            key(b"h2"),
            key(b"h3"),
            key(b"h4"),
            key(b"h5"),
            key(b"h6"),
            key(b"hr"),
            key(b"pre"),
            key(b"center"),
            key(b"dl"),
            key(b"dd"),
            key(b"section"),
            key(b"article"),
            key(b"header"),
            key(b"footer"),
            key(b"address"),
            key(b"fieldset"),
            key(b"main"),
            key(b"nav"),
            key(b"aside"),
            key(b"figure"),
            key(b"details"),
            key(b"html"),
            key(b"title"),
        ];
        if LINES.contains(&self) {
            Break::Line
        } else if PARAGRAPHS.contains(&self) {
            Break::Paragraph
        } else {
            Break::Nothing
        }
    }

    /// Tells whether an element never has an end tag (WHATWG HTML, section 13.1.2).
    pub(crate) fn is_void(self) -> bool {
        const VOID: [Key; 14] = [
            BR,
            AREA,
            BASE,
            META,
            LINK,
            key(b"img"),
            key(b"hr"),
            key(b"input"),
            key(b"col"),
            key(b"embed"),
            key(b"source"),
            key(b"track"),
            key(b"wbr"),
            key(b"param"),
        ];
        VOID.contains(&self)
    }

    /// Returns which open elements this one's beginning ends, and the ones beyond which it does not
    /// look for them.
    pub(crate) fn ends(self) -> Option<(&'static [Key], &'static [Key])> {
        match self {
            P => Some((&[P], &[DIV, TD, TH, LI, BLOCKQUOTE, TABLE])),
            LI => Some((&[LI], &[UL, OL])),
            TD | TH => Some((&[TD, TH], &[TR, TABLE])),
            TR => Some((&[TR], &[TABLE])),
            OPTION => Some((&[OPTION], &[SELECT])),
            _ => None,
        }
    }

    /// Tells whether what the element loads is named by `src` or `href`.
    pub(crate) fn loads(self) -> bool {
        const LOADS: [Key; 11] = [
            key(b"img"),
            LINK,
            key(b"iframe"),
            key(b"frame"),
            key(b"video"),
            key(b"audio"),
            key(b"source"),
            key(b"embed"),
            key(b"script"),
            key(b"input"),
            key(b"image"),
        ];
        LOADS.contains(&self)
    }

    /// Returns how the tokenizer reads on after the start tag (WHATWG HTML, section 13.2.6.2; scripts
    /// do not run in mail, so `noscript` is shown).
    pub(crate) fn next_state(self) -> Option<State> {
        const RAW: [Key; 5] =
            [STYLE, key(b"xmp"), key(b"iframe"), key(b"noembed"), key(b"noframes")];
        const TEXT: [Key; 2] = [key(b"title"), key(b"textarea")];
        if RAW.contains(&self) {
            Some(State::RawText)
        } else if TEXT.contains(&self) {
            Some(State::RcData)
        } else if self == key(b"script") {
            Some(State::ScriptData)
        } else if self == key(b"plaintext") {
            Some(State::PlainText)
        } else {
            None
        }
    }

    /// Tells whether a mail program shows nothing of the text inside.
    pub(crate) fn swallows(self) -> bool {
        const SWALLOW: [Key; 5] =
            [key(b"script"), key(b"title"), key(b"iframe"), key(b"noembed"), key(b"noframes")];
        SWALLOW.contains(&self)
    }
}

//------------ Attributes -----------------------------------------------------

/// The attributes that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Wanted {
    Href,
    Src,
    Style,
    Class,
    Id,
    Color,
    BgColor,
    Background,
    Type,
    Cite,
    Text,
    Action,
    Content,
    Hidden,
}

const COUNT: usize = Wanted::Hidden as usize + 1;

impl Wanted {
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"href" => Wanted::Href,
            b"src" => Wanted::Src,
            b"style" => Wanted::Style,
            b"class" => Wanted::Class,
            b"id" => Wanted::Id,
            b"color" => Wanted::Color,
            b"bgcolor" => Wanted::BgColor,
            b"background" => Wanted::Background,
            b"type" => Wanted::Type,
            b"cite" => Wanted::Cite,
            b"text" => Wanted::Text,
            b"action" => Wanted::Action,
            b"content" => Wanted::Content,
            b"hidden" => Wanted::Hidden,
            _ => return None,
        })
    }
}

/// The wanted attributes of the tag that is being read.  The memory is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    values: [Vec<u8>; COUNT],
    set: u32,
    current: Option<Wanted>,
}

impl Attributes {
    /// Forgets the last tag.
    pub(crate) fn clear(&mut self) {
        self.set = 0;
        self.current = None;
    }

    /// Begins the attribute called `name`.
    pub(crate) fn begin(&mut self, name: &[u8]) {
        self.current = Wanted::named(name).filter(|&wanted| !self.has(wanted));
        if let Some(wanted) = self.current {
            self.set |= 1 << wanted as u8;
            self.values[wanted as usize].clear();
        }
    }

    /// Adds to the value of the attribute that was begun last.
    pub(crate) fn push(&mut self, value: &[u8]) {
        if let Some(wanted) = self.current {
            self.values[wanted as usize].extend_from_slice(value);
        }
    }

    pub(crate) fn has(&self, wanted: Wanted) -> bool {
        self.set & 1 << wanted as u8 != 0
    }

    /// Tells whether none of them is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.set == 0
    }

    pub(crate) fn value(&self, wanted: Wanted) -> Option<&[u8]> {
        self.has(wanted).then(|| self.values[wanted as usize].as_slice())
    }

    /// Returns a value as text, if it is there and has any.
    pub(crate) fn text(&self, wanted: Wanted) -> Option<&str> {
        let value = std::str::from_utf8(self.value(wanted)?).ok()?;
        (!value.is_empty()).then_some(value)
    }
}
