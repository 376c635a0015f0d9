//! The tokenizer's events, gathered into whole tags and pieces of text.
//!
//! Main type: [`Scribe`].  What holds: nothing is allocated for a tag that fits the memory of those
//! before it.  Not here: what tags mean ([`crate::html`]).

use html5gum::{Emitter, Error, State};

use crate::html::Renderer;
use crate::tag::Attributes;

/// Takes the events of `html5gum` and hands tags and text to a [`Renderer`].
pub(crate) struct Scribe<'a> {
    renderer: Renderer<'a>,
    name: Vec<u8>,
    is_end: bool,
    /// The last start tag, to know which end tag ends raw text.
    last_start: Vec<u8>,
    attributes: Attributes,
    attribute: Vec<u8>,
    /// Whether the attribute's name has been read to its end.
    is_named: bool,
}

impl<'a> Scribe<'a> {
    pub(crate) fn new(renderer: Renderer<'a>) -> Self {
        Scribe {
            renderer,
            name: Vec::with_capacity(16),
            is_end: false,
            last_start: Vec::with_capacity(16),
            attributes: Attributes::default(),
            attribute: Vec::with_capacity(16),
            is_named: true,
        }
    }

    fn begin_tag(&mut self, is_end: bool) {
        self.name.clear();
        self.attributes.clear();
        self.attribute.clear();
        self.is_named = true;
        self.is_end = is_end;
    }

    /// Ends the attribute's name: programs write many without a value.
    fn name_attribute(&mut self) {
        if !self.is_named {
            self.attributes.begin(&self.attribute);
            self.is_named = true;
        }
    }
}

impl Emitter for Scribe<'_> {
    type Token = std::convert::Infallible;

    fn emit_string(&mut self, text: &[u8]) {
        // The tokenizer was given valid text and cuts it at ASCII.
        match std::str::from_utf8(text) {
            Ok(text) => self.renderer.text(text),
            Err(_) => self.renderer.text(&String::from_utf8_lossy(text)),
        }
    }

    fn init_start_tag(&mut self) {
        self.begin_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.begin_tag(true);
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        self.name.extend_from_slice(name);
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.name_attribute();
        if self.is_end {
            self.renderer.close(&self.name);
            return None;
        }
        self.last_start.clone_from(&self.name);
        self.renderer.open(&self.name, &self.attributes)
    }

    fn init_attribute(&mut self) {
        self.name_attribute();
        self.attribute.clear();
        self.is_named = false;
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        self.attribute.extend_from_slice(name);
    }

    fn init_attribute_value(&mut self) {
        self.name_attribute();
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        self.name_attribute();
        self.attributes.push(value);
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && !self.last_start.is_empty() && self.last_start == self.name
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start.clear();
        self.last_start.extend_from_slice(name.unwrap_or_default());
    }

    fn emit_eof(&mut self) {
        self.renderer.end();
    }

    fn pop_token(&mut self) -> Option<Self::Token> {
        None
    }

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn init_comment(&mut self) {
        self.renderer.interrupt();
    }

    // Comments, doctypes and errors say nothing to a reader.
    fn emit_error(&mut self, _: Error) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn emit_current_doctype(&mut self) {}
    fn set_self_closing(&mut self) {}
}
