//! Zip archives by their directory: names, sizes and checksums, without unpacking anything.
//!
//! Main types: [`Entry`], one file inside; [`Directory`], all that are looked at.
//! Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.7 (local header), 4.3.12 (central directory header)
//! and 4.3.16 (end of central directory).
//!
//! # What holds
//!
//! * No offset or length of the archive is believed beyond its bytes.
//! * The directory that a program would show comes first.  Entries elsewhere, as of archives put one
//!   behind the other so that two programs see two archives, follow.
//! * Only [`Directory::content`] unpacks, one file, as far as it is told to.
//!
//! # Not here
//!
//! Office documents, which are zip archives of a known kind, and other kinds of archives.  Why not a
//! crate: those that are kept well refuse archives with a broken end, which desktops repair and open.

use std::io::Read;

use flate2::read::DeflateDecoder;
use memchr::memmem;

use super::{ending, shape};
use crate::limits::{MAX_ENTRIES, MAX_ENTRY_NAME};
use crate::model::{Attachment, Inner};

/// How each entry of the central directory, its end, and a file begin.
const ENTRY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const FILE: &[u8] = b"PK\x03\x04";

/// Bytes before the name of an entry and of a file, and of the end of the directory.
const ENTRY_SIZE: usize = 46;
const FILE_SIZE: usize = 30;
const END_SIZE: usize = 22;

/// The comment behind the end of the directory has at most so many bytes: its length has 16 bits.
const LONGEST_COMMENT: usize = 0xffff;

/// Notes what the directory of an archive says.
pub(crate) fn examine(file: &mut Attachment, directory: &Directory) {
    let files = || directory.entries.iter().filter(|entry| !entry.is_folder());
    file.contents.extend(files().filter_map(Entry::inner));
    for entry in files() {
        if let Some(what) = ending::runs(&entry.name) {
            file.act(what.word());
        }
        if ending::is_double(&entry.name) {
            file.act("a double ending");
        }
        if ending::is_archive(&entry.name) {
            file.act("an archive");
        }
        if entry.is_encrypted {
            file.act("a password");
        }
    }
    file.skeleton = skeleton(directory, !file.active.is_empty());
}

/// Draws the archive: how many files, and of each its name's shape and rough size, in an order of
/// their own.  Empty where it could be anybody's: few files, nothing that acts or hides.
fn skeleton(directory: &Directory, is_active: bool) -> String {
    let mut files: Vec<String> = directory
        .entries
        .iter()
        .filter(|entry| !entry.is_folder())
        .take(MOST_DRAWN)
        .map(Entry::drawn)
        .collect();
    files.sort_unstable();
    let count = files.len();
    files.dedup();
    if count == 0 || !is_active && files.len() < SPECIFIC {
        return String::new();
    }
    format!("zip {count}: {}", files.join(" "))
}

/// Files that are drawn: a source tree is told from another by its first dozen.
const MOST_DRAWN: usize = 12;

/// So many files of different form are somebody's own.
const SPECIFIC: usize = 4;

//------------ Directory ------------------------------------------------------

/// The files of an archive, at most [`MAX_ENTRIES`].
pub(crate) struct Directory<'a> {
    bytes: &'a [u8],
    pub(crate) entries: Vec<Entry>,
}

/// One file as the directory tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entry {
    /// The end of the name, bytes that are no UTF-8 replaced.
    pub(crate) name: String,
    pub(crate) is_encrypted: bool,
    crc: u32,
    method: u16,
    packed: usize,
    pub(crate) size: u64,
    /// Where the file is said to begin, from where the archive begins.
    start: usize,
    /// Bytes before the archive, such as the program of one that unpacks itself.
    shift: usize,
}

impl<'a> Directory<'a> {
    /// Reads the directory at the end of `bytes`, and what looks like entries elsewhere.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        let mut directory = Directory { bytes, entries: Vec::new() };
        let shown = directory.shown();
        for at in memmem::find_iter(bytes, ENTRY).filter(|at| !shown.contains(at)) {
            if directory.entries.len() == MAX_ENTRIES {
                break;
            }
            directory.entries.extend(Entry::read(&bytes[at..], 0).map(|(entry, _)| entry));
        }
        directory
    }

    /// Reads the entries of the last directory; returns where they stand.
    fn shown(&mut self) -> std::ops::Range<usize> {
        let bytes = self.bytes;
        let tail = bytes.len().saturating_sub(LONGEST_COMMENT + END_SIZE);
        let Some(end) = memmem::rfind(&bytes[tail..], END).map(|at| tail + at) else { return 0..0 };
        let size = number(bytes, end + 12, 4).unwrap_or(0);
        let Some(start) = end.checked_sub(size) else { return 0..0 };
        let shift = start.saturating_sub(number(bytes, end + 16, 4).unwrap_or(start));
        let mut at = start;
        while self.entries.len() < MAX_ENTRIES
            && let Some((entry, length)) = Entry::read(&bytes[at..end], shift)
        {
            self.entries.push(entry);
            at += length;
        }
        start..at
    }

    /// Returns the first bytes of a file inside, at most `limit`; empty if it cannot be unpacked.
    pub(crate) fn content(&self, entry: &Entry, limit: usize) -> Vec<u8> {
        self.packed(entry).map(|packed| entry.unpack(packed, limit)).unwrap_or_default()
    }

    fn packed(&self, entry: &Entry) -> Option<&'a [u8]> {
        let file = self.bytes.get(entry.start.checked_add(entry.shift)?..)?;
        if !file.starts_with(FILE) || entry.is_encrypted {
            return None;
        }
        let start = FILE_SIZE + number(file, 26, 2)? + number(file, 28, 2)?;
        let data = file.get(start..)?;
        Some(&data[..entry.packed.min(data.len())])
    }
}

impl Entry {
    /// Reads the entry that `bytes` begin with; returns it and its length.
    fn read(bytes: &[u8], shift: usize) -> Option<(Entry, usize)> {
        if !bytes.starts_with(ENTRY) {
            return None;
        }
        let field = |at, width| number(bytes, at, width);
        let length = field(28, 2)?;
        let name = bytes.get(ENTRY_SIZE..ENTRY_SIZE + length)?;
        let end = &name[name.len().saturating_sub(MAX_ENTRY_NAME)..];
        let entry = Entry {
            name: String::from_utf8_lossy(end).into_owned(),
            is_encrypted: field(8, 2)? & 1 != 0,
            method: field(10, 2)? as u16,
            crc: field(16, 4)? as u32,
            packed: field(20, 4)?,
            size: field(24, 4)? as u64,
            start: field(42, 4)?,
            shift,
        };
        let behind = ENTRY_SIZE + length + field(30, 2)? + field(32, 2)?;
        (length > 0).then_some((entry, behind.min(bytes.len())))
    }

    fn is_folder(&self) -> bool {
        self.name.ends_with(['/', '\\'])
    }

    /// Returns what identifies the file's content; None where the checksum is left out, as some ways
    /// of encryption do.
    pub(crate) fn inner(&self) -> Option<Inner> {
        (self.crc != 0).then(|| Inner { name: self.name.clone(), size: self.size, crc: self.crc })
    }

    /// Writes what is left of the file when name and bytes are made up anew: `ad.js:4K!`, the mark
    /// for a password.
    fn drawn(&self) -> String {
        let mut drawn = String::new();
        shape::name(&self.name, &mut drawn);
        drawn.push(':');
        shape::size(self.size, &mut drawn);
        if self.is_encrypted {
            drawn.push('!');
        }
        drawn
    }

    fn unpack(&self, packed: &[u8], limit: usize) -> Vec<u8> {
        const STORED: u16 = 0;
        const DEFLATED: u16 = 8;
        match self.method {
            STORED => packed[..packed.len().min(limit)].to_vec(),
            DEFLATED => {
                let mut content = Vec::new();
                // A stream that breaks off has still told what came before.
                let _ = DeflateDecoder::new(packed).take(limit as u64).read_to_end(&mut content);
                content
            }
            _ => Vec::new(),
        }
    }
}

/// Reads a little-endian number of `width` bytes, at most four.
pub(crate) fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attached::testing::{Packed, zip};
    use crate::view::View;
    use proptest::prelude::*;

    fn examined(bytes: &[u8]) -> Attachment {
        crate::attached::examine(Attachment::default(), bytes, &mut View::default())
    }

    fn stored(name: &str, content: &[u8]) -> Packed {
        Packed { name: name.into(), content: content.to_vec(), ..Packed::default() }
    }

    /// Names, checksums and what acts are read from the directory, in its order.
    #[test]
    fn the_directory_is_read() {
        let file = examined(&zip(&[
            stored("in/", b""),
            stored("in/a.txt", b"hello"),
            stored("b.js", b"1"),
        ]));

        assert_eq!(vec!["in/", "in/a.txt", "b.js"], file.inside);
        assert_eq!(Inner { name: "in/a.txt".into(), size: 5, crc: 0x3610_a686 }, file.contents[0]);
        assert_eq!(vec!["a script"], file.active);
    }

    /// An archive that is made anew, with another name and some bytes more, has the same skeleton; one
    /// with another kind of file has not.
    #[test]
    fn the_skeleton_survives_packing_anew() {
        let skeleton =
            |name: &str, size| examined(&zip(&[stored(name, &vec![b'x'; size])])).skeleton;
        let one = skeleton("scan93113.js", 5_100);

        assert_eq!("zip 1: ad.js:4K", one);
        assert_eq!(one, skeleton("scan7.js", 5_300));
        assert_ne!(one, skeleton("scan7.vbs", 5_300));
        assert_ne!(one, skeleton("scan7.js", 53_000));
    }

    /// What anybody could have packed has no skeleton: a photo, a folder of photos.
    #[test]
    fn anybodys_archive_has_no_skeleton() {
        let photos: Vec<_> = (0..9).map(|n| stored(&format!("IMG_{n}.jpg"), &[0; 5_000])).collect();

        assert_eq!("", examined(&zip(&photos)).skeleton);
        assert_eq!("", examined(&zip(&[])).skeleton);
        assert_ne!("", examined(&zip(&[stored("a.exe", b"MZ")])).skeleton);
    }

    /// A password, an archive inside and a double ending are told.
    #[test]
    fn what_hides_is_told() {
        let hidden = Packed { is_encrypted: true, ..stored("a.pdf.exe", b"x") };
        let file = examined(&zip(&[hidden, stored("b.zip", b"y")]));

        assert_eq!(vec!["a program", "a double ending", "a password", "an archive"], file.active);
    }

    /// Bytes before the archive, as of one that unpacks itself, move nothing; nor do lies of the end.
    #[test]
    fn programs_before_the_archive_move_nothing() {
        let archive = zip(&[stored("a.txt", b"hello")]);
        let bytes = [&b"MZ program"[..], &archive].concat();
        let directory = Directory::read(&bytes);
        let mut lying = archive.clone();
        let end = lying.len();
        lying[end - 10..end - 6].copy_from_slice(&[0xff; 4]);

        assert_eq!(b"hello", &*directory.content(&directory.entries[0], 100));
        assert_eq!(vec!["a.txt"], examined(&lying).inside);
    }

    /// Two archives behind each other show the files of both, those of the last first.
    #[test]
    fn archives_behind_each_other_are_both_seen() {
        let bytes = [zip(&[stored("a.txt", b"1")]), zip(&[stored("b.exe", b"2")])].concat();

        assert_eq!(vec!["b.exe", "a.txt"], examined(&bytes).inside);
    }

    /// Unpacking ends where it is told to, whatever the archive would become.
    #[test]
    fn unpacking_is_bounded() {
        let bomb = Packed { is_deflated: true, ..stored("bomb", &vec![0; 20 << 20]) };
        let bytes = zip(&[bomb]);
        let directory = Directory::read(&bytes);

        assert!(bytes.len() < 100_000);
        assert_eq!(1_000, directory.content(&directory.entries[0], 1_000).len());
    }

    /// However an archive is cut, its head or its tail, the rest is read without failing.
    #[test]
    fn cut_archives_are_read() {
        let bytes = zip(&[stored("a.txt", b"hello"), stored("b.exe", b"MZ")]);
        for at in 0..bytes.len() {
            let inside = [examined(&bytes[..at]).inside, examined(&bytes[at..]).inside];

            assert!(inside.iter().flatten().all(|name| name == "a.txt" || name == "b.exe"));
        }
    }

    proptest! {
        /// Any bytes give few and short names, and content of no more than is asked for.
        #[test]
        fn bounded(seed in prop::collection::vec(any::<u8>(), 0..200), copies in 1usize..200) {
            let bytes = [ENTRY, &seed].concat().repeat(copies);
            let directory = Directory::read(&bytes);

            prop_assert!(directory.entries.len() <= MAX_ENTRIES);
            for entry in &directory.entries {
                prop_assert!(entry.name.len() <= 3 * MAX_ENTRY_NAME);
                prop_assert!(directory.content(entry, 10).len() <= 10);
            }
        }

        /// A real archive with any byte changed is read without failing.
        #[test]
        fn damaged(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = zip(&[stored("a.txt", b"hello"), stored("b.exe", b"MZ")]);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let directory = Directory::read(&bytes);

            for entry in &directory.entries {
                prop_assert!(directory.content(entry, 10).len() <= 10);
            }
        }
    }
}
