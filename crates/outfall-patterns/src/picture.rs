//! What pictures look like, be they attached or shown in the text.
//!
//! # What it sees
//!
//! Advertisements that are painted so that no text can be read, each a little other than the last.
//!
//! # When it is wrong
//!
//! Everybody's signature has a logo, and forwards carry other people's pictures.  Flat and small ones
//! have no hash at all; the others recur inside of one tenant, or belong to mail that the engine
//! knows as usual.

use crate::{Hasher, Kind, Patterns, Source};

/// The most pictures of a message that become patterns: each may be several.
const MOST_PICTURES: usize = 2;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let files = source.message.attachments.iter().filter(|file| !file.picture.is_empty());
    for file in files.take(MOST_PICTURES) {
        for hash in &file.picture {
            patterns.add(hasher.pattern(Kind::Picture, &hash.to_le_bytes()), &file.name);
        }
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;
    use outfall_message::{Attachment, Message};

    fn count(pictures: &[&[u64]]) -> usize {
        let file = |hashes: &&[u64]| Attachment {
            picture: hashes.to_vec(),
            inline: true,
            ..Attachment::default()
        };
        let attachments = pictures.iter().map(file).collect();
        let message = Message { attachments, ..Message::default() };
        let patterns = all(&message, &Hasher::new([0; 16]));
        patterns.values.iter().filter(|found| found.pattern.kind() == Kind::Picture).count()
    }

    /// Each hash of a picture counts once, also of one that is shown in the text.
    #[test]
    fn hashes_count() {
        assert_eq!(3, count(&[&[1, 2], &[2, 3]]));
    }

    /// Of many pictures the first two count that look like anything.
    #[test]
    fn pictures_are_limited() {
        assert_eq!(2, count(&[&[], &[1], &[2], &[3]]));
    }
}
