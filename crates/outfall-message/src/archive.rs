//! The names of the files in a zip archive, without unpacking anything.
//!
//! Main function: [`names`].  What holds: bounded work on any bytes; nothing is decompressed.
//! Source: PKWARE APPNOTE.TXT 6.3, section 4.3.12 (central directory header).
//! Not here: other kinds of archives, and what is inside the files.

use memchr::memmem;

/// How each entry of the central directory begins.
const ENTRY: &[u8] = b"PK\x01\x02";

/// Where an entry tells the length of its name, and where the name begins.
const LENGTH_AT: usize = 28;
const NAME_AT: usize = 46;

/// Names that are kept.  Malware hides one program in a handful of files; a source tree has thousands
/// that say nothing more.
const MOST_NAMES: usize = 64;

/// Bytes of a name that are kept: the ending tells, and it is kept by cutting the front.
const LONGEST_NAME: usize = 256;

/// Returns the names in the central directory, in its order; bytes that are no UTF-8 replaced.
pub(crate) fn names(bytes: &[u8]) -> Vec<String> {
    let entries = memmem::find_iter(bytes, ENTRY).map(|at| &bytes[at..]);
    entries.filter_map(name).take(MOST_NAMES).collect()
}

fn name(entry: &[u8]) -> Option<String> {
    let length = entry.get(LENGTH_AT..LENGTH_AT + 2)?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    let name = entry.get(NAME_AT..NAME_AT + length)?;
    let end = &name[name.len().saturating_sub(LONGEST_NAME)..];
    (!end.is_empty()).then(|| String::from_utf8_lossy(end).into_owned())
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(name: &[u8]) -> Vec<u8> {
        let mut entry = vec![0; NAME_AT];
        entry[..4].copy_from_slice(ENTRY);
        entry[LENGTH_AT..LENGTH_AT + 2].copy_from_slice(&(name.len() as u16).to_le_bytes());
        entry.extend(name);
        entry
    }

    /// Every name is listed, in order; a long one keeps its end.
    #[test]
    fn names_are_listed() {
        let long = [vec![b'x'; 500], b".exe".to_vec()].concat();
        let bytes = [b"PK\x03\x04...".to_vec(), entry(b"a.txt"), entry(&long)].concat();
        let names = names(&bytes);

        assert_eq!("a.txt", names[0]);
        assert!(names[1].ends_with("xx.exe") && names[1].len() == LONGEST_NAME);
    }

    /// A name that claims to go on behind the end is none.
    #[test]
    fn cut_names_are_left_out() {
        let whole = entry(b"a.txt");

        assert!(names(&whole[..whole.len() - 1]).is_empty());
    }

    proptest! {
        /// Any bytes give few and short names.
        #[test]
        fn bounded(seed in prop::collection::vec(any::<u8>(), 0..200), copies in 1usize..200) {
            let bytes = [ENTRY, &seed].concat().repeat(copies);
            let names = names(&bytes);

            prop_assert!(names.len() <= MOST_NAMES);
            prop_assert!(names.iter().all(|name| name.len() <= 3 * LONGEST_NAME));
        }
    }
}
