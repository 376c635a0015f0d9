//! HTML onto the page, as a mail program would show it.
//!
//! Main type: [`Renderer`], which is told of tags and text; [`render`] does it all.  `html5gum`
//! tokenizes (WHATWG HTML, section 13.2.5).
//!
//! # What holds
//!
//! * Text lands once: own, quoted or hidden.
//! * Elements open at once are bounded; the work is linear in the text.
//!
//! # Not here
//!
//! A tree: end tags close the nearest element of their name, paragraphs, list items and cells close
//! their like, and that is all of tree construction.  Styles are read in `style`, the tokenizer's
//! events gathered in `scribe`.

use html5gum::{State, Tokenizer};
use memchr::memmem;

use crate::limits::{MAX_OPEN_ELEMENTS, MAX_STYLE, MAX_TAGS};
use crate::model::{LinkPlace, Oddity};
use crate::page::Place;
use crate::scribe::Scribe;
use crate::style::{By, Colour, Look, Shade, Sheet};
use crate::tag::{self, Attributes, Break, Key, Traits, Wanted};
use crate::view::View;

/// Puts `html` on the page of `view`.
pub(crate) fn render(html: &str, view: &mut View) {
    view.page.begin_part();
    view.page.own.reserve(html.len() / 4);
    let Ok(()) = Tokenizer::new_with_emitter(html, Scribe::new(Renderer::new(view))).finish();
}

/// The state of a page while its HTML is read.
pub(crate) struct Renderer<'a> {
    view: &'a mut View,
    open: Vec<Open>,
    now: Open,
    sheet: Sheet,
    css: Vec<u8>,
    base: String,
    anchor: Option<Anchor>,
    /// The element that has just begun, as long as nothing is in it.
    empty: Option<Key>,
}

/// An open element and what holds inside of it.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    key: Key,
    shade: Shade,
    place: Place,
    is_quoted: bool,
    inside: Inside,
}

/// What becomes of the text inside an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Shown,
    Style,
    Swallowed,
}

/// A link whose end has not come yet.
struct Anchor {
    href: String,
    place: Place,
    start: usize,
}

impl<'a> Renderer<'a> {
    fn new(view: &'a mut View) -> Self {
        Renderer {
            view,
            open: Vec::with_capacity(32),
            now: Open::default(),
            sheet: Sheet::default(),
            css: Vec::new(),
            base: String::new(),
            anchor: None,
            empty: None,
        }
    }

    /// Takes a start tag; returns how the tokenizer reads on.
    pub(crate) fn open(&mut self, name: &[u8], attributes: &Attributes) -> Option<State> {
        self.list_tag(name);
        let key = tag::key(name);
        let traits = Traits::of(name);
        self.empty = Some(key);
        self.break_flow(traits.breaks);
        if let Some((ended, beyond)) = key.ends() {
            self.close_implied(ended, beyond);
        }
        let inner = self.inside(key, traits, attributes);
        if !attributes.is_empty() {
            self.follow(key, traits, attributes, inner.place);
        }
        if !traits.is_void {
            self.push(inner);
        }
        if traits.switches { key.next_state() } else { None }
    }

    /// Takes an end tag.
    pub(crate) fn close(&mut self, name: &[u8]) {
        let key = tag::key(name);
        if self.empty.take() == Some(key) {
            self.interrupt();
        }
        if key == tag::A {
            self.end_anchor();
        }
        if key == tag::STYLE {
            self.read_sheet();
        }
        self.break_flow(Traits::of(name).breaks);
        if self.now.key == key {
            self.pop(1);
        } else if let Some(at) = self.open.iter().rposition(|open| open.key == key) {
            // `open` holds what is outside of `now`, so the match itself is popped as well.
            self.pop(self.open.len() + 1 - at);
        }
    }

    /// Takes note of a comment or of an element with nothing in it.
    pub(crate) fn interrupt(&mut self) {
        self.view.page.interrupt();
    }

    /// Takes a piece of text.
    pub(crate) fn text(&mut self, text: &str) {
        self.empty = None;
        match self.now.inside {
            Inside::Shown => self.view.page.add(text, self.now.place),
            Inside::Style => {
                let room = MAX_STYLE.saturating_sub(self.css.len());
                self.css.extend_from_slice(&text.as_bytes()[..text.len().min(room)]);
            }
            Inside::Swallowed => {}
        }
    }

    /// Takes the end of the text.
    pub(crate) fn end(&mut self) {
        self.end_anchor();
        self.view.page.paragraph();
    }

    fn list_tag(&mut self, name: &[u8]) {
        let tags = &mut self.view.tags;
        if tags.len() + name.len() < MAX_TAGS {
            if !tags.is_empty() {
                tags.push(',');
            }
            tags.extend(name.iter().map(|&byte| if byte.is_ascii() { byte as char } else { '?' }));
        }
    }

    fn break_flow(&mut self, breaks: Break) {
        match breaks {
            Break::Nothing => {}
            Break::Line => self.view.page.line(),
            Break::Paragraph => self.view.page.paragraph(),
        }
    }

    fn read_sheet(&mut self) {
        let css = std::mem::take(&mut self.css);
        self.sheet.read(&css);
    }

    //--- Open elements

    fn push(&mut self, inner: Open) {
        if self.open.len() == MAX_OPEN_ELEMENTS {
            self.view.oddities.insert(Oddity::TooDeep);
            return;
        }
        self.open.push(std::mem::replace(&mut self.now, inner));
    }

    fn pop(&mut self, count: usize) {
        let left = self.open.len().saturating_sub(count);
        if let Some(&outer) = self.open.get(left) {
            self.now = outer;
        }
        self.open.truncate(left);
    }

    fn close_implied(&mut self, ended: &[Key], beyond: &[Key]) {
        if ended.contains(&self.now.key) {
            return self.pop(1);
        }
        let stop = |open: &Open| ended.contains(&open.key) || beyond.contains(&open.key);
        if beyond.contains(&self.now.key) {
            return;
        }
        if let Some(at) = self.open.iter().rposition(stop)
            && ended.contains(&self.open[at].key)
        {
            self.pop(self.open.len() + 1 - at);
        }
    }

    /// Says what holds inside an element that begins here.
    fn inside(&mut self, key: Key, traits: Traits, attributes: &Attributes) -> Open {
        let mut inner = Open { key, ..self.now };
        if attributes.is_empty()
            && !self.sheet.names_tags()
            && !traits.switches
            && !begins_alone(key)
        {
            return inner;
        }
        let mut look = self.look(key, attributes);
        if key == tag::A && look.ink.is_none() && attributes.has(Wanted::Href) {
            look.ink = Some(Colour::Unknown);
        }
        look.is_gone |= key == tag::TEMPLATE || attributes.has(Wanted::Hidden);
        inner.shade = self.now.shade.under(look);
        inner.is_quoted |= self.begins_quotation(key, attributes, &look);
        inner.place = if inner.shade.hides() {
            Place::Hidden
        } else if inner.is_quoted {
            Place::Quoted
        } else {
            Place::Own
        };
        if key == tag::STYLE {
            inner.inside = Inside::Style;
        } else if traits.swallows {
            inner.inside = Inside::Swallowed;
        }
        inner
    }

    /// Returns what style sheets and attributes say of the element.
    fn look(&self, key: Key, attributes: &Attributes) -> Look {
        let mut look = Look::default();
        if !self.sheet.is_empty() {
            look = self.sheet.tag(key);
            for class in
                attributes.value(Wanted::Class).unwrap_or_default().split(u8::is_ascii_whitespace)
            {
                look = look.overlaid(self.sheet.look(By::Class, class));
            }
            if let Some(id) = attributes.value(Wanted::Id) {
                look = look.overlaid(self.sheet.look(By::Id, id));
            }
        }
        if attributes.is_empty() {
            return look;
        }
        let ink = if key == tag::BODY { Wanted::Text } else { Wanted::Color };
        look.ink = attributes.value(ink).map(Colour::read).or(look.ink);
        look.ground = attributes.value(Wanted::BgColor).map(Colour::read).or(look.ground);
        if attributes.has(Wanted::Background) {
            look.ground = Some(Colour::Unknown);
        }
        match attributes.value(Wanted::Style) {
            Some(style) => look.overlaid(Look::read(style)),
            None => look,
        }
    }

    /// Tells whether the element holds what another person wrote.
    fn begins_quotation(&mut self, key: Key, attributes: &Attributes, look: &Look) -> bool {
        let value = |wanted| attributes.value(wanted).unwrap_or_default();
        if key == tag::BLOCKQUOTE {
            return attributes.has(Wanted::Cite)
                || value(Wanted::Type).eq_ignore_ascii_case(b"cite")
                || look.has_left_border
                || names_quotation(value(Wanted::Class))
                || self.view.page.expects_quotation();
        }
        if key != tag::DIV {
            return false;
        }
        if matches!(value(Wanted::Id), b"divRplyFwdMsg" | b"appendonsend") {
            self.view.page.quote_rest();
        }
        names_quotation(value(Wanted::Class))
    }

    //--- Links

    /// Takes note of where an element leads or what it loads.
    fn follow(&mut self, key: Key, traits: Traits, attributes: &Attributes, place: Place) {
        let resource = if key == tag::A || key == tag::AREA {
            if let Some(href) = attributes.text(Wanted::Href) {
                self.begin_anchor(href, place);
            }
            None
        } else if key == tag::BASE {
            attributes.text(Wanted::Href).unwrap_or_default().clone_into(&mut self.base);
            None
        } else if key == tag::FORM {
            attributes.text(Wanted::Action)
        } else if key == tag::META {
            attributes.text(Wanted::Content).and_then(refresh)
        } else if traits.loads {
            attributes.text(Wanted::Src).or_else(|| attributes.text(Wanted::Href))
        } else {
            attributes.text(Wanted::Background)
        };
        if let Some(url) = resource {
            self.view.add_link(url, "", LinkPlace::Resource);
        }
    }

    fn begin_anchor(&mut self, href: &str, place: Place) {
        self.end_anchor();
        let is_relative =
            !self.base.is_empty() && !href.contains(':') && !href.starts_with(['#', '/']);
        let href = if is_relative { format!("{}{href}", self.base) } else { href.to_owned() };
        let place = self.view.page.landing(place);
        let start = self.view.page.flow(place).text().len();
        self.anchor = Some(Anchor { href, place, start });
    }

    fn end_anchor(&mut self) {
        let Some(anchor) = self.anchor.take() else { return };
        self.view.add_anchor(&anchor.href, anchor.place, anchor.start);
    }
}

/// Tells whether an element may mean something here without any attribute.
fn begins_alone(key: Key) -> bool {
    key == tag::BLOCKQUOTE || key == tag::TEMPLATE
}

/// Tells whether a class is one that mail programs give to quotations.
fn names_quotation(class: &[u8]) -> bool {
    !class.is_empty()
        && ["quote", "moz-cite", "moz-forward", "gmail_extra", "zmail_extra"]
            .iter()
            .any(|name| memmem::find(class, name.as_bytes()).is_some())
}

/// Returns the URL of `<meta http-equiv=refresh content="0; url=...">`.
fn refresh(content: &str) -> Option<&str> {
    let lower = content.to_ascii_lowercase();
    let at = lower.find("url=")?;
    Some(content[at + 4..].trim_matches(['\'', '"', ' ']))
}
