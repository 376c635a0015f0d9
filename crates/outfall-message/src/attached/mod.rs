//! What an attached file tells without being opened: its form, what in it acts, where it leads.
//!
//! Main function: [`examine`], which fills an [`Attachment`] from its bytes.
//!
//! # What holds
//!
//! * Any bytes give an attachment; what cannot be read leaves its fields empty.
//! * Work is bounded for the whole message: what unpacking and pictures cost is taken from the
//!   [`Budget`](crate::limits::Budget), and a reader that finds nothing left there gives up.
//! * Nothing is run, and nothing is fetched.
//!
//! # Not here
//!
//! Transfer decoding and the MIME tree ([`crate::walk`]); what recurs (`outfall-patterns`).

mod chunk;
mod code;
mod ending;
mod grey;
mod look;
mod office;
mod page;
mod pdf;
mod picture;
mod shape;
#[cfg(test)]
mod testing;
mod zip;

pub use ending::{Runs, runs};

use crate::model::Attachment;
use crate::sniff;
use crate::view::View;

/// Fills `file`, of which name and type are known, from its bytes; links go to `view`.
pub(crate) fn examine(mut file: Attachment, bytes: &[u8], view: &mut View) -> Attachment {
    file.sniffed = sniff::sniff(bytes);
    note_name(&mut file);
    match file.sniffed {
        "zip" => archive(&mut file, bytes, view),
        "ole" => office::compound(&mut file, bytes),
        "rtf" => office::rich_text(&mut file, bytes),
        "onenote" => office::notes(&mut file, bytes),
        "pdf" => pdf::examine(&mut file, bytes, view),
        "calendar" | "vcard" => page::calendar(bytes, view),
        "html" => page::page(&mut file, bytes, view),
        kind @ ("png" | "jpeg" | "gif") => picture::examine(&mut file, kind, bytes, view),
        "" | "script" => written(&mut file, bytes, view),
        _ => {}
    }
    if !file.inline && !is_drawn_otherwise(file.sniffed) {
        file.chunks = chunk::smallest(bytes);
    }
    file
}

/// Reads what is text and no more than its name or type says of which sort.
fn written(file: &mut Attachment, bytes: &[u8], view: &mut View) {
    let ending = ending::of(&file.name).unwrap_or_default();
    let types = ["text/html", "image/svg+xml", "application/xhtml+xml"];
    if types.contains(&&*file.content_type) || PAGES.contains(&&*ending) {
        page::page(file, bytes, view);
    } else if ending::runs(&file.name) == Some(Runs::Script) {
        page::script(file, bytes, view);
    }
}

/// Endings of what opens in a browser.
const PAGES: [&str; 5] = ["htm", "html", "shtml", "svg", "xhtml"];

/// Tells whether a file says more by other means than by its pieces: archives by their checksums,
/// pictures by what they look like.  Their pieces are those of programs: themes, profiles of colour.
fn is_drawn_otherwise(sniffed: &str) -> bool {
    matches!(sniffed, "zip" | "png" | "jpeg" | "gif")
}

fn archive(file: &mut Attachment, bytes: &[u8], view: &mut View) {
    let directory = zip::Directory::read(bytes);
    file.inside = directory.entries.iter().map(|entry| entry.name.clone()).collect();
    if office::is_document(&directory) {
        office::parts(file, &directory, view);
    } else {
        zip::examine(file, &directory);
    }
}

/// Notes what the file's own name and first bytes say of it.
fn note_name(file: &mut Attachment) {
    if let Some(what) = ending::runs(&file.name) {
        file.act(what.word());
    } else if matches!(file.sniffed, "exe" | "elf" | "class") {
        file.act(Runs::Program.word());
    } else if file.sniffed == "lnk" {
        file.act(Runs::Shortcut.word());
    }
    if ending::is_double(&file.name) {
        file.act("a double ending");
    }
}
