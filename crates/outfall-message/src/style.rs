//! The few things of CSS that decide whether a reader sees a text.
//!
//! Main types: [`Look`], what a run of declarations says; [`Sheet`], the rules of `<style>` that
//! say something; [`Shade`], what an element has inherited.
//!
//! # What holds
//!
//! * What is not understood hides nothing: text is called hidden only for a stated reason.
//! * Rules inside `@media` and the like are passed over: they speak of other screens.
//!
//! # Not here
//!
//! Cascading beyond tag, class, id and `style`, in this order; selectors of more than one part.

use memchr::{memchr, memmem};

use crate::limits::MAX_STYLE_RULES;
use crate::tag::Key;

/// Colours that differ by no more than this over the three channels look the same.
const SAME_COLOUR: u32 = 24;

/// The smallest size of letters, in points or pixels, that a person can see at all.
const SMALLEST_FONT: f32 = 2.0;

//------------ Colour ---------------------------------------------------------

/// A colour as red, green and blue, or one that cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Known(u8, u8, u8),
    /// Not seen at all.
    Transparent,
    /// An image, a gradient, a name that is not in the table.
    Unknown,
}

impl Colour {
    /// Reads a colour as CSS or the `color` attribute write it.
    pub(crate) fn read(value: &[u8]) -> Colour {
        let value = value.trim_ascii();
        if let Some(digits) = value.strip_prefix(b"#") {
            return hexadecimal(digits);
        }
        if let Some(parts) = function(value) {
            return parts;
        }
        let named = NAMED.iter().find(|(name, _)| value.eq_ignore_ascii_case(name.as_bytes()));
        match named {
            Some((_, [red, green, blue])) => Colour::Known(*red, *green, *blue),
            None if value.eq_ignore_ascii_case(b"transparent") => Colour::Transparent,
            // Old attributes leave out the `#`.
            None if value.len() == 6 => hexadecimal(value),
            None => Colour::Unknown,
        }
    }

    fn looks_like(self, other: Colour) -> bool {
        match (self, other) {
            (Colour::Known(a, b, c), Colour::Known(d, e, f)) => {
                let apart = a.abs_diff(d) as u32 + b.abs_diff(e) as u32 + c.abs_diff(f) as u32;
                apart <= SAME_COLOUR
            }
            (Colour::Transparent, _) => true,
            _ => false,
        }
    }
}

fn hexadecimal(digits: &[u8]) -> Colour {
    let digit = |at: usize| {
        digits.get(at).and_then(|&byte| (byte as char).to_digit(16)).map(|value| value as u8)
    };
    let pair = |at: usize| Some(digit(at)? * 16 + digit(at + 1)?);
    let colour = match digits.len() {
        3 | 4 => (|| Some((digit(0)? * 17, digit(1)? * 17, digit(2)? * 17)))(),
        6 | 8 => (|| Some((pair(0)?, pair(2)?, pair(4)?)))(),
        _ => None,
    };
    let clear = matches!(digits, [_, _, _, b'0'] | [_, _, _, _, _, _, b'0', b'0']);
    match colour {
        Some(_) if clear => Colour::Transparent,
        Some((red, green, blue)) => Colour::Known(red, green, blue),
        None => Colour::Unknown,
    }
}

/// Reads `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.5)`.
fn function(value: &[u8]) -> Option<Colour> {
    let open = memchr(b'(', value)?;
    if !value[..open].trim_ascii().to_ascii_lowercase().starts_with(b"rgb") {
        return Some(Colour::Unknown);
    }
    let mut parts = value[open + 1..]
        .split(|byte| matches!(byte, b',' | b')' | b'/' | b' '))
        .filter(|part| !part.trim_ascii().is_empty())
        .map(|part| number(part).map(|(number, _)| number));
    let (red, green, blue) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().flatten().is_some_and(|alpha| alpha <= 0.05) {
        return Some(Colour::Transparent);
    }
    Some(Colour::Known(red as u8, green as u8, blue as u8))
}

/// The names that mail uses (CSS Color Module Level 4, section 6.1).
const NAMED: [(&str, [u8; 3]); 28] = [
    ("white", [255, 255, 255]),
    ("black", [0, 0, 0]),
    ("red", [255, 0, 0]),
    ("blue", [0, 0, 255]),
    ("green", [0, 128, 0]),
    ("gray", [128, 128, 128]),
    ("grey", [128, 128, 128]),
    ("silver", [192, 192, 192]),
    ("navy", [0, 0, 128]),
    ("yellow", [255, 255, 0]),
    ("orange", [255, 165, 0]),
    ("purple", [128, 0, 128]),
    ("maroon", [128, 0, 0]),
    ("teal", [0, 128, 128]),
    ("lime", [0, 255, 0]),
    ("aqua", [0, 255, 255]),
    ("cyan", [0, 255, 255]),
    ("fuchsia", [255, 0, 255]),
    ("magenta", [255, 0, 255]),
    ("olive", [128, 128, 0]),
    ("snow", [255, 250, 250]),
    ("ivory", [255, 255, 240]),
    ("ghostwhite", [248, 248, 255]),
    ("whitesmoke", [245, 245, 245]),
    ("gainsboro", [220, 220, 220]),
    ("lightgrey", [211, 211, 211]),
    ("lightgray", [211, 211, 211]),
    ("darkblue", [0, 0, 139]),
];

//------------ Look -----------------------------------------------------------

/// What declarations say of an element; None where they are silent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// The element and all in it are not shown; nothing inside can undo this.
    pub(crate) is_gone: bool,
    /// Letters too small to see; an element inside may have larger ones.
    pub(crate) is_tiny: Option<bool>,
    /// `visibility`, which an element inside may undo.
    pub(crate) is_unseen: Option<bool>,
    pub(crate) ink: Option<Colour>,
    pub(crate) ground: Option<Colour>,
    /// A line at the left, as mail programs draw it beside quotations.
    pub(crate) has_left_border: bool,
}

impl Look {
    /// Reads declarations, as in a `style` attribute.
    pub(crate) fn read(declarations: &[u8]) -> Look {
        let mut look = Look::default();
        let mut boxed = Boxed::default();
        for declaration in declarations.split(|&byte| byte == b';') {
            if let Some(colon) = memchr(b':', declaration) {
                let value = declaration[colon + 1..].trim_ascii();
                look.declare(declaration[..colon].trim_ascii(), value, &mut boxed);
            }
        }
        look.is_gone |= boxed.is_gone();
        look
    }

    fn says_nothing(&self) -> bool {
        *self == Look::default()
    }

    fn declare(&mut self, property: &[u8], value: &[u8], boxed: &mut Boxed) {
        let is = |name: &str| property.eq_ignore_ascii_case(name.as_bytes());
        let says = |word: &str| starts_ignoring_case(value, word);
        // By length first: of the many declarations of a newsletter few matter.
        match property.len() {
            3 if is("top") => boxed.off_screen |= far_left(value),
            4 if is("left") => boxed.off_screen |= far_left(value),
            4 if is("font") => self.is_tiny = font_shorthand(value).or(self.is_tiny),
            4 if is("clip") => boxed.is_clipped |= says("rect(0"),
            5 if is("color") => self.ink = Some(Colour::read(without_important(value))),
            5 if is("width") => boxed.no_width |= is_zero(value),
            6 if is("height") => boxed.no_height |= is_zero(value),
            7 if is("display") => self.is_gone |= says("none"),
            7 if is("opacity") => self.is_gone |= matches!(number(value), Some((..=0.05, _))),
            8 if is("position") => boxed.is_placed = says("absolute") || says("fixed"),
            8 if is("overflow") => boxed.cuts_off = says("hidden"),
            9 if is("font-size") => self.is_tiny = Some(is_tiny(value)),
            9 if is("max-width") => boxed.no_width |= is_zero(value),
            10 if is("max-height") => boxed.no_height |= is_zero(value),
            10 if is("visibility") => self.is_unseen = Some(says("hidden") || says("collapse")),
            10 if is("background") => self.ground = ground(value).or(self.ground),
            11 if is("text-indent") => self.is_gone |= far_left(value),
            11 if is("border-left") => self.has_left_border |= !is_zero(value) && !says("none"),
            16 if is("background-color") => self.ground = ground(value).or(self.ground),
            16 if is("background-image") && !says("none") => self.ground = Some(Colour::Unknown),
            _ => {}
        }
    }

    /// Lays `over` over this look.
    pub(crate) fn overlaid(self, over: Look) -> Look {
        Look {
            is_gone: self.is_gone || over.is_gone,
            is_tiny: over.is_tiny.or(self.is_tiny),
            is_unseen: over.is_unseen.or(self.is_unseen),
            ink: over.ink.or(self.ink),
            ground: over.ground.or(self.ground),
            has_left_border: self.has_left_border || over.has_left_border,
        }
    }
}

/// What only together takes an element out of sight.
#[derive(Default)]
struct Boxed {
    cuts_off: bool,
    no_width: bool,
    no_height: bool,
    is_placed: bool,
    off_screen: bool,
    is_clipped: bool,
}

impl Boxed {
    fn is_gone(&self) -> bool {
        let empty = self.cuts_off && (self.no_width || self.no_height);
        empty || (self.is_placed && (self.off_screen || self.is_clipped))
    }
}

fn ground(value: &[u8]) -> Option<Colour> {
    let value = without_important(value);
    if memchr(b'(', value).is_some() && !starts_ignoring_case(value, "rgb") {
        return Some(Colour::Unknown);
    }
    let first = value.split(|&byte| byte == b' ').next().unwrap_or(value);
    let whole = if starts_ignoring_case(value, "rgb") { value } else { first };
    match Colour::read(whole) {
        // What lies behind shines through.
        Colour::Transparent => None,
        Colour::Unknown
            if ["none", "inherit", "initial"]
                .iter()
                .any(|word| starts_ignoring_case(first, word)) =>
        {
            None
        }
        colour => Some(colour),
    }
}

fn font_shorthand(value: &[u8]) -> Option<bool> {
    let size = value.split(|&byte| byte == b' ').find(|part| {
        part.first().is_some_and(u8::is_ascii_digit) && memmem::find(part, b"p").is_some()
    })?;
    Some(is_tiny(size))
}

fn is_tiny(value: &[u8]) -> bool {
    match number(value) {
        Some((size, unit))
            if starts_ignoring_case(unit, "px") || starts_ignoring_case(unit, "pt") =>
        {
            size < SMALLEST_FONT
        }
        Some((size, unit)) if unit.starts_with(b"%") => size <= 5.0,
        Some((size, _)) => size <= 0.05,
        None => false,
    }
}

fn is_zero(value: &[u8]) -> bool {
    matches!(number(value), Some((..=1.0, unit)) if unit.is_empty() || starts_ignoring_case(unit, "px") || unit[0] == b'!' || unit[0] == b' ')
}

/// Tells whether a length leads out of the window.
fn far_left(value: &[u8]) -> bool {
    matches!(number(value), Some((..=-500.0, _)))
}

fn without_important(value: &[u8]) -> &[u8] {
    memchr(b'!', value).map_or(value, |at| &value[..at]).trim_ascii()
}

fn starts_ignoring_case(value: &[u8], word: &str) -> bool {
    value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// Reads the number at the beginning of a value; returns it and its unit.
fn number(value: &[u8]) -> Option<(f32, &[u8])> {
    let value = value.trim_ascii_start();
    let end = value
        .iter()
        .take(16)
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'))
        .count();
    let number = std::str::from_utf8(&value[..end]).ok()?.parse().ok()?;
    Some((number, value[end..].trim_ascii_start()))
}

//------------ Sheet ----------------------------------------------------------

/// The rules of a message's style sheets that say anything here.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    rules: Vec<(Selector, Look)>,
    /// One bit a selector, by its hash: most names are in no rule.
    seen: u64,
    names_tags: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Selector(u64);

/// What a selector speaks of; the byte is part of its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Tag = 0,
    Class = b'.' as isize,
    Id = b'#' as isize,
}

impl Sheet {
    /// Reads the text of a `<style>` element.
    pub(crate) fn read(&mut self, css: &[u8]) {
        let mut rest = css;
        while let Some(open) = memchr(b'{', rest) {
            let selectors = after_comment(&rest[..open]).trim_ascii();
            let body = &rest[open + 1..];
            if selectors.starts_with(b"@") {
                rest = &body[nested_end(body)..];
                continue;
            }
            let close = memchr(b'}', body).unwrap_or(body.len());
            self.add(selectors, Look::read(&body[..close]));
            rest = body.get(close + 1..).unwrap_or_default();
        }
    }

    /// Returns what the rules for a tag say.  Two tags that share their first eight letters share
    /// their rules.
    pub(crate) fn tag(&self, key: Key) -> Look {
        if !self.names_tags {
            return Look::default();
        }
        let name = key.bytes();
        let start = name.iter().position(|&byte| byte != 0).unwrap_or(8);
        self.look(By::Tag, &name[start..])
    }

    /// Returns what the rules for `name` say.
    pub(crate) fn look(&self, by: By, name: &[u8]) -> Look {
        let selector = Selector::new(by, name);
        if self.seen & selector.bit() == 0 {
            return Look::default();
        }
        self.rules
            .iter()
            .filter(|(other, _)| *other == selector)
            .fold(Look::default(), |look, (_, over)| look.overlaid(*over))
    }

    /// Tells whether any rule is for all elements of a name.
    pub(crate) fn names_tags(&self) -> bool {
        self.names_tags
    }

    /// Tells whether there are no rules at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    fn add(&mut self, selectors: &[u8], look: Look) {
        if look.says_nothing() {
            return;
        }
        for selector in selectors.split(|&byte| byte == b',') {
            let Some((by, selector)) = Selector::simple(selector.trim_ascii()) else { continue };
            if self.rules.len() == MAX_STYLE_RULES {
                return;
            }
            self.seen |= selector.bit();
            self.names_tags |= by == By::Tag;
            self.rules.push((selector, look));
        }
    }
}

impl Selector {
    fn new(by: By, name: &[u8]) -> Self {
        // FNV-1a: short names, no adversary (a collision hides what the sender could hide anyway).
        let start = 0xcbf2_9ce4_8422_2325 ^ by as u64;
        Selector(name.iter().fold(start, |hash, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// Reads `tag`, `.class`, `tag.class` or `#id`.
    fn simple(selector: &[u8]) -> Option<(By, Self)> {
        let good = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let mark = selector.iter().position(|byte| matches!(byte, b'.' | b'#'));
        let (by, name) = match mark {
            Some(at) if selector[at] == b'#' => (By::Id, &selector[at + 1..]),
            Some(at) => (By::Class, &selector[at + 1..]),
            None => (By::Tag, selector),
        };
        let before = &selector[..mark.unwrap_or(0)];
        let is_simple = !name.is_empty() && name.iter().all(good) && before.iter().all(good);
        let name = if by == By::Tag { &name[..name.len().min(8)] } else { name };
        is_simple.then(|| (by, Selector::new(by, name)))
    }

    fn bit(self) -> u64 {
        1 << (self.0 >> 58)
    }
}

fn after_comment(selectors: &[u8]) -> &[u8] {
    let start = memmem::rfind(selectors, b"*/").map_or(0, |at| at + 2);
    let start = memmem::rfind(selectors, b"<!--").map_or(start, |at| start.max(at + 4));
    let start = memchr::memrchr2(b';', b'}', selectors).map_or(start, |at| start.max(at + 1));
    &selectors[start..]
}

/// Returns where the block ends that has been opened before `body`.
fn nested_end(body: &[u8]) -> usize {
    let mut depth = 1;
    for at in memchr::memchr2_iter(b'{', b'}', body) {
        depth = if body[at] == b'{' { depth + 1 } else { depth - 1 };
        if depth == 0 {
            return at + 1;
        }
    }
    body.len()
}

//------------ Shade ----------------------------------------------------------

/// What an element has of itself and of those around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shade {
    is_gone: bool,
    is_tiny: bool,
    is_unseen: bool,
    ink: Colour,
    ground: Colour,
}

impl Default for Shade {
    /// A browser's: black on white.
    fn default() -> Self {
        Shade {
            is_gone: false,
            is_tiny: false,
            is_unseen: false,
            ink: Colour::Known(0, 0, 0),
            ground: Colour::Known(255, 255, 255),
        }
    }
}

impl Shade {
    /// Returns the shade of an element with `look` inside one with this shade.
    pub(crate) fn under(self, look: Look) -> Shade {
        Shade {
            is_gone: self.is_gone || look.is_gone,
            is_tiny: look.is_tiny.unwrap_or(self.is_tiny),
            is_unseen: look.is_unseen.unwrap_or(self.is_unseen),
            ink: look.ink.unwrap_or(self.ink),
            ground: look.ground.unwrap_or(self.ground),
        }
    }

    /// Tells whether text here is not seen.
    pub(crate) fn hides(self) -> bool {
        self.is_gone || self.is_tiny || self.is_unseen || self.ink.looks_like(self.ground)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hides(style: &str) -> bool {
        Shade::default().under(Look::read(style.as_bytes())).hides()
    }

    /// Each of the ways to keep text from a reader is seen through.
    #[test]
    fn hiding_is_seen() {
        for style in [
            "display:none",
            "DISPLAY : None !important",
            "color:red; visibility: hidden",
            "opacity:0",
            "opacity: 0.0;",
            "font-size:0",
            "font-size:1px",
            "font: bold 0px/1 Arial",
            "max-height:0;overflow:hidden",
            "width:1px;height:1px;overflow:hidden",
            "position:absolute; left:-9999px",
            "text-indent:-9999px",
            "color:#fff",
            "color:#fefefe",
            "color: white !important",
            "color:rgb(255,255,255)",
            "color:transparent",
            "color:rgba(0,0,0,0)",
            "background:#000",
            "background-color:black;color:#010101",
            "position:absolute;clip:rect(0 0 0 0)",
        ] {
            assert!(hides(style), "{style}");
        }
    }

    /// Ordinary styles hide nothing, nor do those that are not understood.
    #[test]
    fn ordinary_styles_hide_nothing() {
        for style in [
            "",
            ";;:;",
            "color:#333",
            "font-size:12px",
            "font-size:0.8em",
            "font-size:small",
            "color:#fff;background:#00f",
            "color:#fff;background:url(x.png)",
            "max-height:0",
            "width:0",
            "position:absolute;left:10px",
            "color:#fff;background:linear-gradient(a,b)",
            "line-height:0",
            "opacity:0.5",
            "background:none",
            "background:transparent",
            "color:nonsense",
            "visibility:visible",
            "font:12px Arial",
            "left:-9999px",
        ] {
            assert!(!hides(style), "{style}");
        }
    }

    /// Letters that are large again, and what is made visible again, are seen.
    #[test]
    fn inner_styles_may_undo_outer_ones() {
        let outer = Shade::default().under(Look::read(b"font-size:0;visibility:hidden"));

        assert!(outer.hides());
        assert!(!outer.under(Look::read(b"font-size:14px;visibility:visible")).hides());
        let gone = Shade::default().under(Look::read(b"display:none"));
        assert!(gone.under(Look::read(b"display:block")).hides());
    }

    /// Rules hold for what they name and for nothing else; those for other screens do not count.
    #[test]
    fn rules_hold_for_what_they_name() {
        let mut sheet = Sheet::default();
        sheet.read(
            b"<!-- /* x */ .pre, td.hid , #gone{display:none} a:hover{display:none} .a .b{display:none}\n\
              @media print{.screen{display:none}} @import url(x); .late{font-size:0}",
        );

        for (by, name) in [(By::Class, "pre"), (By::Class, "hid"), (By::Id, "gone")] {
            assert!(sheet.look(by, name.as_bytes()).is_gone, "{name}");
        }
        for (by, name) in [
            (By::Id, "pre"),
            (By::Tag, "a"),
            (By::Class, "b"),
            (By::Class, "screen"),
            (By::Tag, "td"),
        ] {
            assert_eq!(Look::default(), sheet.look(by, name.as_bytes()), "{name}");
        }
        assert_eq!(Some(true), sheet.look(By::Class, b"late").is_tiny);
    }
}
