//! An attachment's content, byte for byte, and how it is built.
//!
//! # What it sees
//!
//! The same file sent again; the same file packed anew, by the checksum that the archive keeps of it;
//! and files that are made anew for each message by one program, by their skeleton.
//!
//! # When it is wrong
//!
//! Firms send the same brochure and the same logo from every desk: recurrence inside a tenant or
//! of an inline image says nothing.  The engine weighs who sends it; tiny files are left out here.
//! One scanner or one accounting program draws the same skeleton for everybody: its kind is weak.

use crate::{Hasher, Kind, Patterns, Source};
use outfall_message::{Attachment, Inner};

/// A smaller file (a tracking dot, an empty text part) is everybody's.
const SMALLEST_FILE: usize = 256;

/// The most attachments of a message that become patterns.
const MOST_FILES: usize = 8;

/// The most files inside of all of them that become patterns.
const MOST_INSIDE: usize = 4;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let files = || source.message.attachments.iter().filter(|file| is_sent(file)).take(MOST_FILES);
    for file in files() {
        patterns.add(hasher.pattern(Kind::AttachmentContent, &file.sha256), &file.name);
        if !file.skeleton.is_empty() {
            let pattern = hasher.pattern(Kind::AttachmentSkeleton, file.skeleton.as_bytes());
            patterns.add(pattern, &file.skeleton);
        }
        for chunk in &file.chunks {
            let pattern = hasher.pattern(Kind::AttachmentChunk, &chunk.to_le_bytes());
            patterns.add(pattern, &file.name);
        }
    }
    let inside = files().flat_map(|file| &file.contents).filter(|one| telling(one));
    for one in inside.take(MOST_INSIDE) {
        let value = [&b"inside"[..], &one.size.to_le_bytes(), &one.crc.to_le_bytes()].concat();
        patterns.add(hasher.pattern(Kind::AttachmentContent, &value), &one.name);
    }
}

fn is_sent(file: &Attachment) -> bool {
    file.size >= SMALLEST_FILE && !file.inline
}

fn telling(inside: &Inner) -> bool {
    inside.size >= SMALLEST_FILE as u64
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;
    use outfall_message::Message;

    fn count(attachments: Vec<Attachment>) -> usize {
        shown(attachments).len()
    }

    fn shown(attachments: Vec<Attachment>) -> Vec<String> {
        let message = Message { attachments, ..Message::default() };
        let patterns = all(&message, &Hasher::new([0; 16]));
        patterns.values.into_iter().map(|found| found.shown).collect()
    }

    fn file(size: usize, first: u8) -> Attachment {
        let mut sha256 = [0; 32];
        sha256[0] = first;
        Attachment { size, sha256, ..Attachment::default() }
    }

    fn archive(first: u8, contents: Vec<Inner>) -> Attachment {
        Attachment { contents, ..file(1000, first) }
    }

    fn inner(name: &str, size: u64, crc: u32) -> Inner {
        Inner { name: name.into(), size, crc }
    }

    /// The same content twice is one pattern, other content another.
    #[test]
    fn content_counts() {
        assert_eq!(1, count(vec![file(1000, 1), file(1000, 1)]));
        assert_eq!(2, count(vec![file(1000, 1), file(1000, 2)]));
    }

    /// Tiny and inline files are left out.
    #[test]
    fn tiny_and_inline_are_left_out() {
        let inline = Attachment { inline: true, ..file(1000, 1) };

        assert_eq!(0, count(vec![file(255, 1), inline]));
        assert_eq!(1, count(vec![file(256, 1)]));
    }

    /// The first eight files count.
    #[test]
    fn files_are_limited() {
        assert_eq!(8, count((0..20).map(|first| file(1000, first)).collect()));
    }

    /// A file that is packed anew under another name is still the same file; one of another size or
    /// checksum is another.
    #[test]
    fn packing_anew_changes_nothing() {
        let pack = |first, size, crc| archive(first, vec![inner("a.js", size, crc)]);

        assert_eq!(3, count(vec![pack(1, 900, 7), pack(2, 900, 7)]));
        assert_eq!(4, count(vec![pack(1, 900, 7), pack(2, 901, 7)]));
        assert_eq!(4, count(vec![pack(1, 900, 7), pack(2, 900, 8)]));
    }

    /// Of files inside, tiny ones are left out and four count, over all archives.
    #[test]
    fn files_inside_are_limited() {
        let pack = |first| archive(first, (0..3).map(|n| inner("a", 256, n + 1)).collect());
        let other = archive(3, (0..3).map(|n| inner("a", 300, n + 1)).collect());

        assert_eq!(1, count(vec![archive(1, vec![inner("a", 255, 1)])]));
        assert_eq!(2 + 3, count(vec![pack(1), pack(2)]));
        assert_eq!(2 + 4, count(vec![pack(1), other]));
    }

    /// Pieces of a file count, whichever file they are of.
    #[test]
    fn pieces_count() {
        let cut =
            |first, chunks: &[u64]| Attachment { chunks: chunks.to_vec(), ..file(1000, first) };

        assert_eq!(2 + 3, count(vec![cut(1, &[1, 2]), cut(2, &[2, 3])]));
    }

    /// A skeleton is a weak pattern that shows itself.
    #[test]
    fn skeletons_count() {
        let skeleton = "zip 1: ad.js:4K";
        let pack = |first| Attachment { skeleton: skeleton.into(), ..file(1000, first) };

        assert_eq!(vec!["", skeleton, ""], shown(vec![pack(1), pack(2)]));
        assert!(Kind::AttachmentSkeleton.is_weak());
    }
}
