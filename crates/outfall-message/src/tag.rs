//! Names of HTML elements and the attributes that matter here.
//!
//! Main types: [`Key`], an element's name as a number; [`Attributes`], the values that are wanted
//! of one tag; [`Traits`], what an element does.
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
pub(crate) const BODY: Key = key(b"body");
pub(crate) const DIV: Key = key(b"div");
pub(crate) const FORM: Key = key(b"form");
pub(crate) const META: Key = key(b"meta");
pub(crate) const STYLE: Key = key(b"style");
pub(crate) const TEMPLATE: Key = key(b"template");
const LI: Key = key(b"li");
const OL: Key = key(b"ol");
const OPTION: Key = key(b"option");
const P: Key = key(b"p");
const SELECT: Key = key(b"select");
const TABLE: Key = key(b"table");
const TD: Key = key(b"td");
const TH: Key = key(b"th");
const TR: Key = key(b"tr");
const UL: Key = key(b"ul");

impl Key {
    /// Returns the name's first eight bytes, after as many zeros as it is shorter.
    pub(crate) fn bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
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

    /// Returns how the tokenizer reads on after the start tag (WHATWG HTML, section 13.2.6.2; scripts
    /// do not run in mail, so `noscript` is shown).
    pub(crate) fn next_state(self) -> Option<State> {
        match &self.bytes() {
            b"\0\0\0style" | b"\0\0\0\0\0xmp" | b"\0\0iframe" | b"\0noembed" | b"noframes" => {
                Some(State::RawText)
            }
            b"\0\0\0title" | b"textarea" => Some(State::RcData),
            b"\0\0script" => Some(State::ScriptData),
            b"plaintex" => Some(State::PlainText),
            _ => None,
        }
    }
}

//------------ Traits ---------------------------------------------------------

/// What an element does, beside having a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traits {
    pub(crate) breaks: Break,
    /// It never has an end tag (WHATWG HTML, section 13.1.2).
    pub(crate) is_void: bool,
    /// It loads what `src` or `href` names.
    pub(crate) loads: bool,
    /// A mail program shows nothing of the text inside.
    pub(crate) swallows: bool,
    /// It changes how the tokenizer reads on.
    pub(crate) switches: bool,
}

/// What an element does to the flow of text, at its beginning and at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Break {
    Nothing,
    Line,
    Paragraph,
}

const PLAIN: Traits = Traits {
    breaks: Break::Nothing,
    is_void: false,
    loads: false,
    swallows: false,
    switches: false,
};
const LINE: Traits = Traits { breaks: Break::Line, ..PLAIN };
const PARAGRAPH: Traits = Traits { breaks: Break::Paragraph, ..PLAIN };
const VOID: Traits = Traits { is_void: true, ..PLAIN };
const VOID_LOADS: Traits = Traits { loads: true, ..VOID };
const RAW: Traits = Traits { switches: true, ..PLAIN };
const SWALLOWED: Traits = Traits { swallows: true, ..RAW };

impl Traits {
    /// Returns what the element called `name` does.
    pub(crate) fn of(name: &[u8]) -> Traits {
        match name {
            b"p" | b"div" | b"tr" | b"table" | b"li" | b"ul" | b"ol" | b"body" | b"blockquote"
            | b"form" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"pre" | b"center"
            | b"dl" | b"dd" | b"section" | b"article" | b"header" | b"footer" | b"address"
            | b"fieldset" | b"main" | b"nav" | b"aside" | b"figure" | b"details" | b"html" => {
                PARAGRAPH
            }
            b"td" | b"th" | b"option" | b"dt" => LINE,
            b"br" => Traits { is_void: true, ..LINE },
            b"hr" => Traits { is_void: true, ..PARAGRAPH },
            b"img" | b"image" | b"link" | b"input" | b"embed" | b"source" => VOID_LOADS,
            b"area" | b"base" | b"meta" | b"col" | b"track" | b"wbr" | b"param" => VOID,
            b"video" | b"audio" => Traits { loads: true, ..PLAIN },
            b"frame" => VOID_LOADS,
            b"script" | b"iframe" => Traits { loads: true, ..SWALLOWED },
            b"title" | b"noembed" | b"noframes" => SWALLOWED,
            b"style" | b"xmp" | b"textarea" | b"plaintext" => RAW,
            _ => PLAIN,
        }
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
