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

mod attached;
mod decode;
mod entity;
mod find;
mod header;
mod host;
mod html;
pub mod limits;
mod link;
mod model;
mod own;
mod page;
mod plain;
mod quote;
mod scribe;
mod sniff;
mod style;
mod tag;
mod view;
mod walk;

use std::panic::catch_unwind;

pub use attached::{Runs, runs};
pub use link::read_link;
pub use model::{
    Address, Attachment, Field, Head, Inner, Link, LinkPlace, Message, Oddities, Oddity,
};

/// Parses `raw` as far as the limits allow.
///
/// ```
/// let message = outfall_message::examine(b"Subject: hi\r\n\r\nSee www.shop.test\r\n");
/// assert_eq!("hi", message.head.subject);
/// assert_eq!("See www.shop.test", message.text);
/// assert_eq!("shop.test", message.links[0].domain);
/// ```
pub fn examine(raw: &[u8]) -> Message {
    let whole = || {
        let mut message = walk::message(raw, 0, limits::Budget::default()).0;
        if memchr::memchr(0, raw).is_some() {
            message.oddities.insert(Oddity::Nul);
        }
        message
    };
    catch_unwind(whole).unwrap_or_else(|_| unreadable(raw))
}

/// Returns what can be said of a message on which a parser underneath has panicked.  None is
/// known to, after fuzzing; but mail must go on when one does.
fn unreadable(raw: &[u8]) -> Message {
    let mut message = Message { size: raw.len(), ..Message::default() };
    let header = || header::read(raw, &mut Oddities::default(), |_| {}).0;
    message.head = catch_unwind(header).unwrap_or_default();
    message.oddities.insert(Oddity::Unreadable);
    message
}
