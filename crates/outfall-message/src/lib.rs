//! Mail bytes to what a person would see: headers, own text, links, attachments.
//!
//! Main types: [`Message`], made by [`examine`] from any bytes without failing.
//!
//! # What holds
//!
//! * Any bytes give a message; what was odd about them is kept in [`Message::oddities`].
//! * Work and memory are bounded by the constants of [`limits`], each with its reason.
//! * The same bytes give the same message.
//!
//! # Not here
//!
//! Patterns (`outfall-patterns`), opinions (`outfall-engine`), and anything that opens a link
//! or an attachment.

#![forbid(unsafe_code)]

mod model;

pub use model::{Address, Attachment, Field, Head, Link, LinkPlace, Message, Oddities, Oddity};

/// Parses `raw` as far as the limits allow.
pub fn examine(_raw: &[u8]) -> Message {
    Message::default()
}
