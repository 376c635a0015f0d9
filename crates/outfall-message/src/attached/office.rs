//! Office documents: macros, objects and addresses that they bring, and the parts they are made of.
//!
//! Main functions: [`parts`] for documents that are zip archives (ECMA-376 part 2), [`compound`] for
//! the older ones (\[MS-CFB\]), [`rich_text`] and [`notes`].
//!
//! # What holds
//!
//! * Of a document only the lists of relationships are unpacked, as far as the limits allow; the chain
//!   of a compound file's directory is followed no longer than it could be.
//! * A macro is told by its storage alone: what it does is not read.
//!
//! # Not here
//!
//! The text of documents, and formulas that act (Excel 4 macros).

use std::collections::BTreeSet;

use memchr::memmem;

use super::shape;
use super::zip::{Directory, Entry, number};
use crate::limits::{MAX_ENTRIES, MAX_PART};
use crate::model::{Attachment, LinkPlace};
use crate::view::View;

//------------ Documents that are archives ------------------------------------

/// The part that every such document has.
const CONTENT_TYPES: &str = "[Content_Types].xml";

/// Lists of relationships that are read: one for each page of a presentation.
const MOST_LISTS: usize = 16;

/// A smaller part (an empty page, a theme) is everybody's.
const SMALLEST_PART: u64 = 4096;

/// Tells whether an archive is a document.
pub(crate) fn is_document(directory: &Directory) -> bool {
    directory.entries.iter().any(|entry| entry.name == CONTENT_TYPES)
}

/// Notes what the parts of a document say.
pub(crate) fn parts(file: &mut Attachment, directory: &Directory, view: &mut View) {
    let entries = &directory.entries;
    file.contents = entries.iter().filter(|part| is_own(part)).filter_map(Entry::inner).collect();
    for part in entries {
        note_part(file, part);
    }
    let lists = entries.iter().filter(|part| part.name.ends_with(".rels")).take(MOST_LISTS);
    for list in lists {
        let content = directory.content(list, view.budget.inflated.min(MAX_PART));
        view.budget.inflated -= content.len();
        relationships(file, &String::from_utf8_lossy(&content), view);
    }
    let has_media = entries.iter().any(|part| part.name.contains("/media/"));
    if has_media || !file.active.is_empty() {
        let drawn = entries.iter().map(|part| draw(&part.name, part.size)).collect();
        file.skeleton = skeleton("office", drawn);
    }
}

/// Tells whether a part is the author's and not the program's: the text, its pictures and macros.
fn is_own(part: &Entry) -> bool {
    let name = part.name.as_str();
    let is_text = ["word/document.xml", "sheets/sheet1.xml", "slides/slide1.xml"]
        .iter()
        .any(|text| name.ends_with(text));
    let is_own = is_text || name.ends_with("vbaProject.bin") || name.contains("/media/");
    is_own && part.size >= SMALLEST_PART
}

fn note_part(file: &mut Attachment, part: &Entry) {
    let name = part.name.as_str();
    if name.ends_with("vbaProject.bin") || name.contains("/macrosheets/") {
        file.act("macros");
    }
    if name.contains("/activeX/") || name.contains("/embeddings/") && name.ends_with(".bin") {
        file.act("an embedded object");
    }
}

/// Reads a list of relationships: links to the outside, and what the document loads from there.
fn relationships(file: &mut Attachment, list: &str, view: &mut View) {
    for element in list.split("<Relationship").skip(1) {
        let element = element.split_once('>').map_or(element, |(element, _)| element);
        if attribute(element, "TargetMode") != Some("External") {
            continue;
        }
        let kind = attribute(element, "Type").unwrap_or_default();
        match kind.rsplit('/').next() {
            Some("attachedTemplate") => file.act("a remote template"),
            Some("oleObject" | "frame" | "externalLink") => file.act("a remote object"),
            _ => {}
        }
        let target = attribute(element, "Target").unwrap_or_default().replace("&amp;", "&");
        view.add_link(&target, "", LinkPlace::Attached);
    }
}

/// Returns the value of an attribute as it is written.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut found = memmem::find_iter(element.as_bytes(), name);
    let value = found.find_map(|at| {
        let is_name = at > 0 && element.as_bytes()[at - 1].is_ascii_whitespace();
        let value = element[at + name.len()..].trim_start().strip_prefix('=');
        value.filter(|_| is_name)
    })?;
    let value = value.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next()
}

//------------ Compound files -------------------------------------------------

/// Bytes of one entry of the directory, and the longest name in it.
const ENTRY_SIZE: usize = 128;
const NAME_SIZE: usize = 64;

/// What tells where the chain of sectors ends; what is above it is no sector.
const LAST_SECTOR: usize = 0xffff_fffa;

/// Notes what is stored in a compound file.
pub(crate) fn compound(file: &mut Attachment, bytes: &[u8]) {
    // Wherever it stands: a program repairs a broken chain, and a name of this sort has no other use.
    for (name, what) in [
        ("_VBA_PROJECT", "macros"),
        ("EncryptedPackage", "a password"),
        ("\u{1}Ole10Native", "an embedded object"),
    ] {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        if memmem::find(bytes, &wide).is_some() {
            file.act(what);
        }
    }
    if !file.active.is_empty() {
        file.skeleton = skeleton("compound", streams(bytes).unwrap_or_default());
    }
}

/// Draws the streams of the directory, as far as its chain of sectors is whole.
fn streams(bytes: &[u8]) -> Option<BTreeSet<String>> {
    let size = 1 << number(bytes, 30, 2)?.clamp(7, 16);
    let mut drawn = BTreeSet::new();
    let mut sector = number(bytes, 48, 4)?;
    for _ in 0..MAX_ENTRIES {
        let Some(content) = sector_of(bytes, sector, size) else { break };
        for entry in content.chunks_exact(ENTRY_SIZE) {
            drawn.extend(stream(entry));
        }
        let Some(next) = next_sector(bytes, sector, size) else { break };
        sector = next;
    }
    Some(drawn)
}

fn sector_of(bytes: &[u8], sector: usize, size: usize) -> Option<&[u8]> {
    let start = sector.checked_add(1)?.checked_mul(size)?;
    (sector < LAST_SECTOR).then_some(bytes.get(start..start.checked_add(size)?)).flatten()
}

/// Looks up the sector behind `sector` in the allocation table, whose own sectors the header lists
/// (the first 109; files with more are larger than 6 MB).
fn next_sector(bytes: &[u8], sector: usize, size: usize) -> Option<usize> {
    let a_table = size / 4;
    let table = sector / a_table;
    let listed = (table < 109).then(|| number(bytes, 76 + 4 * table, 4)).flatten()?;
    number(sector_of(bytes, listed, size)?, sector % a_table * 4, 4)
}

/// Draws a stream by its name and rough size; None where the entry is free or a folder.
fn stream(entry: &[u8]) -> Option<String> {
    const STREAM: u8 = 2;
    if entry[66] != STREAM {
        return None;
    }
    let length = number(entry, NAME_SIZE, 2)?.saturating_sub(2).min(NAME_SIZE);
    let (units, _) = entry[..length].as_chunks::<2>();
    let name = String::from_utf16_lossy(
        &units.iter().map(|&unit| u16::from_le_bytes(unit)).collect::<Vec<_>>(),
    );
    Some(draw(&name, number(entry, 120, 4)? as u64))
}

//------------ Others ---------------------------------------------------------

/// Notes what a rich text brings.
pub(crate) fn rich_text(file: &mut Attachment, bytes: &[u8]) {
    if memmem::find(bytes, b"\\objdata").is_some() {
        file.act("an embedded object");
    }
    if memmem::find(bytes, b"\\*\\template http").is_some() {
        file.act("a remote template");
    }
}

/// How a file inside of a notebook begins (\[MS-ONESTORE\] section 2.6.13).
const NOTEBOOK_FILE: &[u8] = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";

/// Notes what a notebook brings.
pub(crate) fn notes(file: &mut Attachment, bytes: &[u8]) {
    if memmem::find(bytes, NOTEBOOK_FILE).is_some() {
        file.act("an embedded file");
    }
}

/// Draws a part: its name with numbers taken out, and its rough size.
fn draw(name: &str, size: u64) -> String {
    let mut drawn: String = name.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    drawn.push(':');
    shape::size(size, &mut drawn);
    drawn
}

fn skeleton(kind: &str, drawn: BTreeSet<String>) -> String {
    if drawn.is_empty() {
        return String::new();
    }
    format!("{kind} {}", drawn.into_iter().collect::<Vec<_>>().join(" "))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attached::examine;
    use crate::attached::testing::{Packed, zip, zip_of};

    fn examined(bytes: &[u8]) -> (Attachment, Vec<String>) {
        let mut view = View::default();
        let file = examine(Attachment::default(), bytes, &mut view);
        let links = view.links.into_list();
        assert!(links.iter().all(|link| link.place == LinkPlace::Attached));
        (file, links.into_iter().map(|link| link.url).collect())
    }

    fn document(parts: &[(&str, &[u8])]) -> Vec<u8> {
        zip_of(&[&[(CONTENT_TYPES, &b"<Types/>"[..])], parts].concat())
    }

    const LIST: &[u8] = br#"<Relationships xmlns="http://schemas.example/"><Relationship Id="1"
        Type="http://schemas.example/styles" Target="styles.xml"/><Relationship Id='2'
        Type="http://schemas.example/hyperlink" TargetMode="External"
        Target="https://shop.example/a?b=1&amp;c=2"/></Relationships>"#;

    /// Only links to the outside are links, with their entities decoded.
    #[test]
    fn relationships_are_links() {
        let (file, links) = examined(&document(&[("word/_rels/document.xml.rels", LIST)]));

        assert_eq!(vec!["https://shop.example/a?b=1&c=2"], links);
        assert!(file.active.is_empty() && file.skeleton.is_empty());
    }

    /// Lists that are deflated are read as well.
    #[test]
    fn deflated_lists_are_read() {
        let part = |name: &str, content: &[u8]| Packed {
            name: name.into(),
            content: content.to_vec(),
            is_deflated: true,
            ..Packed::default()
        };
        let bytes = zip(&[part(CONTENT_TYPES, b"<Types/>"), part("a.rels", LIST)]);

        assert_eq!(1, examined(&bytes).1.len());
    }

    /// A template or an object that is loaded from elsewhere acts.
    #[test]
    fn what_is_loaded_from_elsewhere_acts() {
        let list = |kind: &str| {
            let list = format!(
                "<Relationship Type='x/{kind}' Target='http://a.example/t' TargetMode='External'/>"
            );
            examined(&document(&[("word/_rels/settings.xml.rels", list.as_bytes())])).0.active
        };

        assert_eq!(vec!["a remote template"], list("attachedTemplate"));
        assert_eq!(vec!["a remote object"], list("oleObject"));
        assert!(list("image").is_empty());
    }

    /// Macros and objects are told by their parts, and give the document a skeleton that forgives
    /// other bytes.
    #[test]
    fn macros_are_told() {
        let with = |size: usize| {
            let content = vec![b'x'; size];
            examined(&document(&[("word/document.xml", &content), ("word/vbaProject.bin", b"1")])).0
        };

        assert_eq!(vec!["macros"], with(5_000).active);
        assert_eq!(with(5_000).skeleton, with(6_000).skeleton);
        assert_ne!(with(5_000).skeleton, with(60_000).skeleton);
        assert_eq!(
            vec!["word/document.xml"],
            with(5_000).contents.iter().map(|one| &one.name).collect::<Vec<_>>()
        );
    }

    /// A hundred bombs are unpacked as far as the budget goes.
    #[test]
    fn bombs_are_cut() {
        let bomb = |n: usize| Packed {
            name: if n == 0 { CONTENT_TYPES.into() } else { format!("{n}.rels") },
            content: vec![b' '; 1 << 20],
            is_deflated: true,
            ..Packed::default()
        };
        let bytes = zip(&(0..60).map(bomb).collect::<Vec<_>>());
        let mut view = View::default();
        view.budget.inflated = MAX_PART + 100;
        examine(Attachment::default(), &bytes, &mut view);

        assert_eq!(0, view.budget.inflated);
    }

    /// Writes a compound file with one sector of directory and one of the allocation table.
    fn compound_file(names: &[&str]) -> Vec<u8> {
        let mut bytes = vec![0; 512];
        bytes[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
        bytes[30] = 9;
        bytes[76..80].copy_from_slice(&1_u32.to_le_bytes());
        for name in names {
            let mut entry = vec![0; ENTRY_SIZE];
            let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            entry[..wide.len()].copy_from_slice(&wide);
            entry[64] = wide.len() as u8 + 2;
            entry[66] = 2;
            entry[121] = 20;
            bytes.extend(entry);
        }
        bytes.resize(1024, 0);
        bytes.extend([0xfe, 0xff, 0xff, 0xff].repeat(128));
        bytes
    }

    /// Old documents tell their macros and passwords by their storage, and are drawn by it.
    #[test]
    fn compound_files_are_read() {
        let (file, _) = examined(&compound_file(&["WordDocument", "_VBA_PROJECT", "dir1"]));

        assert_eq!(vec!["macros"], file.active);
        assert_eq!("compound WordDocument:4K _VBA_PROJECT:4K dir:4K", file.skeleton);
        assert_eq!(vec!["a password"], examined(&compound_file(&["EncryptedPackage"])).0.active);
        assert!(examined(&compound_file(&["WordDocument"])).0.skeleton.is_empty());
    }

    /// A chain of sectors that bites its tail ends, and cut files are read without failing.
    #[test]
    fn chains_end() {
        let mut bytes = compound_file(&["_VBA_PROJECT"]);
        bytes[1024..1028].fill(0);

        assert_eq!("compound _VBA_PROJECT:4K", examined(&bytes).0.skeleton);
        for end in 0..bytes.len() {
            examined(&bytes[..end]);
        }
    }

    /// Rich text and notebooks tell what they embed.
    #[test]
    fn embedded_objects_are_told() {
        let notebook = [b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", NOTEBOOK_FILE].concat();

        assert_eq!(
            vec!["an embedded object"],
            examined(b"{\\rtf1{\\object\\objdata 01}}").0.active
        );
        assert_eq!(
            vec!["a remote template"],
            examined(b"{\\rtf1{\\*\\template http://a}}").0.active
        );
        assert_eq!(vec!["an embedded file"], examined(&notebook).0.active);
    }
}
