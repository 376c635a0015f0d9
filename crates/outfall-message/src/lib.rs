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

mod decode;
mod entity;
mod find;
mod header;
mod host;
mod html;
pub mod limits;
mod link;
mod model;
mod page;
mod plain;
mod quote;
mod scribe;
mod sniff;
mod style;
mod tag;
mod view;
mod walk;

pub use model::{Address, Attachment, Field, Head, Link, LinkPlace, Message, Oddities, Oddity};

/// Parses `raw` as far as the limits allow.
///
/// ```
/// let message = outfall_message::examine(b"Subject: hi\r\n\r\nSee www.shop.test\r\n");
/// assert_eq!("hi", message.head.subject);
/// assert_eq!("See www.shop.test", message.text);
/// assert_eq!("shop.test", message.links[0].domain);
/// ```
pub fn examine(raw: &[u8]) -> Message {
    walk::message(raw, 0, limits::Budget::default()).0
}
