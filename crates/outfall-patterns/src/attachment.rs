//! An attachment's content, byte for byte.
//!
//! # When it is wrong
//!
//! Firms send the same brochure and the same logo from every desk: recurrence inside a tenant or
//! of an inline image says nothing.  The engine weighs who sends it; tiny files are left out here.

use crate::{Hasher, Kind, Patterns, Source};

/// A smaller file (a tracking dot, an empty text part) is everybody's.
const SMALLEST_FILE: usize = 256;

/// The most attachments of a message that become patterns.
const MOST_FILES: usize = 8;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let files =
        source.message.attachments.iter().filter(|file| file.size >= SMALLEST_FILE && !file.inline);
    for file in files.take(MOST_FILES) {
        patterns.add(hasher.pattern(Kind::AttachmentContent, &file.sha256), &file.name);
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;
    use outfall_message::Attachment;
    use outfall_message::Message;

    fn count(attachments: Vec<Attachment>) -> usize {
        all(&Message { attachments, ..Message::default() }, &Hasher::new([0; 16])).values.len()
    }

    fn file(size: usize, first: u8) -> Attachment {
        let mut sha256 = [0; 32];
        sha256[0] = first;
        Attachment { size, sha256, ..Attachment::default() }
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
}
