//! PDF documents by the names in their objects: what they are made of, where they lead, what acts.
//!
//! Main function: [`examine`].
//! Source: ISO 32000-1, sections 7.3 (objects), 7.5.7 (object streams), 12.6 (actions).
//!
//! # What holds
//!
//! * One pass over the bytes; streams are passed over, but for object streams, which are unpacked as
//!   far as the limits allow.  Neither the cross-reference table nor any length is believed.
//! * A name that is written with `#` escapes to escape notice is read as what it means.
//!
//! # Not here
//!
//! The text of pages, pictures in documents, and encrypted documents beyond that they are.

use std::fmt::Write;
use std::io::Read;

use flate2::read::ZlibDecoder;
use memchr::{memchr_iter, memmem};

use crate::limits::{MAX_PART, MAX_PDF, MAX_URL};
use crate::model::{Attachment, LinkPlace};
use crate::view::View;

/// Names that are counted for the skeleton, in its order.
const COUNTED: [&str; 12] = [
    "AcroForm",
    "Annot",
    "EmbeddedFile",
    "Encrypt",
    "Font",
    "Form",
    "Image",
    "JavaScript",
    "ObjStm",
    "OpenAction",
    "Page",
    "URI",
];

/// Names of what acts or hides.  JavaScript checks the fields of honest forms and a file inside
/// is how invoices carry their figures: the words are for people, the weight is the engine's.
const ACTIVE: [(&str, &str); 6] = [
    ("EmbeddedFile", "an attached file"),
    ("Encrypt", "encryption"),
    ("JS", "JavaScript"),
    ("JavaScript", "JavaScript"),
    ("Launch", "a launch command"),
    ("SubmitForm", "a form"),
];

/// So many kinds of names make a document somebody's own.
const SPECIFIC: usize = 4;

/// Notes what the document in `bytes` says; its links go to `view`.
pub(crate) fn examine(file: &mut Attachment, bytes: &[u8], view: &mut View) {
    let mut rest = &bytes[..bytes.len().min(MAX_PDF)];
    let mut reader = Reader { counts: [0; COUNTED.len()], producer: String::new(), file, view };
    while let Some(start) = memmem::find(rest, b"stream") {
        reader.objects(&rest[..start]);
        let stream = &rest[start + b"stream".len()..];
        let end = memmem::find(stream, b"endstream").unwrap_or(stream.len());
        reader.stream(dictionary(&rest[..start]), &stream[..end]);
        rest = stream.get(end + b"endstream".len()..).unwrap_or_default();
    }
    reader.objects(rest);
    reader.finish();
}

/// Returns the dictionary that a stream follows: what stands behind the last `obj`.
fn dictionary(before: &[u8]) -> &[u8] {
    let near = &before[before.len().saturating_sub(LONGEST_DICTIONARY)..];
    &near[memmem::rfind(near, b"obj").unwrap_or(0)..]
}

/// Bytes of a dictionary that are looked at: an object stream's has five entries.
const LONGEST_DICTIONARY: usize = 512;

struct Reader<'a> {
    counts: [u32; COUNTED.len()],
    producer: String,
    file: &'a mut Attachment,
    view: &'a mut View,
}

impl Reader<'_> {
    /// Reads the names among objects.
    fn objects(&mut self, objects: &[u8]) {
        for at in memchr_iter(b'/', objects) {
            let name = name(&objects[at + 1..]);
            let after = &objects[at + 1 + name.len()..];
            self.name(&unescaped(name), after.trim_ascii_start());
        }
    }

    fn name(&mut self, name: &str, value: &[u8]) {
        if let Ok(at) = COUNTED.binary_search(&name) {
            self.counts[at] += 1;
        }
        if let Ok(at) = ACTIVE.binary_search_by_key(&name, |(name, _)| name) {
            self.file.act(ACTIVE[at].1);
        }
        if name == "URI"
            && let Some(url) = string(value)
        {
            self.view.add_link(&url, "", LinkPlace::Attached);
        }
        if name == "Producer"
            && let Some(producer) = string(value)
        {
            let letters = producer.chars().filter(|letter| letter.is_ascii_alphabetic());
            self.producer = letters.take(LONGEST_PRODUCER).collect();
        }
    }

    /// Unpacks a stream that holds objects.
    fn stream(&mut self, dictionary: &[u8], stream: &[u8]) {
        if memmem::find(dictionary, b"/ObjStm").is_none() {
            return;
        }
        let packed = stream.strip_prefix(b"\r").unwrap_or(stream);
        let packed = packed.strip_prefix(b"\n").unwrap_or(packed);
        let limit = self.view.budget.inflated.min(MAX_PART);
        let mut content = Vec::new();
        // A stream that breaks off has still told what came before.
        let _ = ZlibDecoder::new(packed).take(limit as u64).read_to_end(&mut content);
        self.view.budget.inflated -= content.len();
        self.objects(&content);
    }

    fn finish(self) {
        let kinds = self.counts.iter().filter(|&&count| count > 0).count();
        if kinds < SPECIFIC {
            return;
        }
        let mut skeleton = String::from("pdf");
        for (name, &count) in COUNTED.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            let _ = write!(skeleton, " {name}:{}", step(count));
        }
        let _ = write!(skeleton, " by {}", self.producer);
        self.file.skeleton = skeleton;
    }
}

/// Letters of the producing program's name that are kept: versions come and go.
const LONGEST_PRODUCER: usize = 32;

/// Returns a rough count: exact up to two, then the power of two below.
fn step(count: u32) -> u32 {
    1 << count.ilog2()
}

/// Returns the name that `bytes` begin with, as it is written.
fn name(bytes: &[u8]) -> &[u8] {
    const LONGEST: usize = 40;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'#';
    &bytes[..bytes.iter().take(LONGEST).take_while(is_part).count()]
}

/// Returns a name with its escapes, two hexadecimal digits behind a `#`, decoded.
fn unescaped(name: &[u8]) -> std::borrow::Cow<'_, str> {
    if !name.contains(&b'#') {
        return String::from_utf8_lossy(name);
    }
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'#');
        let escaped = digits.and_then(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok());
        plain.push(char::from(escaped.unwrap_or(*first)));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    plain.into()
}

/// Returns the string that `value` begins with, be it in brackets or in hexadecimal digits.
fn string(value: &[u8]) -> Option<String> {
    match value {
        [b'(', inside @ ..] => Some(literal(inside)),
        [b'<', inside @ ..] => {
            let end = inside.iter().take(2 * MAX_URL).position(|&byte| byte == b'>')?;
            let pairs = inside[..end].chunks_exact(2);
            let byte = |pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
            Some(pairs.filter_map(byte).map(char::from).collect())
        }
        _ => None,
    }
}

/// Reads a string up to the bracket that closes it, escapes decoded.
fn literal(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    let mut open = 0;
    let mut letters = bytes.iter().take(MAX_URL);
    while let Some(&byte) = letters.next() {
        match byte {
            b'\\' => text.extend(letters.next()),
            b')' if open == 0 => break,
            _ => {
                open += usize::from(byte == b'(');
                open -= usize::from(byte == b')');
                text.push(byte);
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attached::testing::zlib;
    use proptest::prelude::*;

    fn examined(document: &[u8]) -> (Attachment, Vec<String>) {
        let mut view = View::default();
        let bytes = [b"%PDF-1.7\n", document].concat();
        let file = crate::attached::examine(Attachment::default(), &bytes, &mut view);
        (file, view.links.into_list().into_iter().map(|link| link.url).collect())
    }

    fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
        let head = format!("1 0 obj\n<<{dictionary}>>\nstream\r\n");
        [head.as_bytes(), content, b"\nendstream\nendobj\n"].concat()
    }

    const LINK: &[u8] = b"<</Type /Annot /A<</S/URI/URI (https://a.example/x\\(1\\)?(2))>>>>";

    /// Links are read as strings are written: escapes, brackets within, hexadecimal digits.
    #[test]
    fn links_are_read() {
        assert_eq!(vec!["https://a.example/x(1)?(2)"], examined(LINK).1);
        assert_eq!(vec!["http://b.test"], examined(b"/URI <687474703a2f2f622e74657374>").1);
        assert!(examined(b"/URI 7 0 R /URI (mail me) /URI (http://a.example").1.len() <= 1);
    }

    /// Objects in object streams are read; other streams are passed over, whatever they say.
    #[test]
    fn object_streams_are_unpacked() {
        let packed = zlib(LINK);

        assert_eq!(1, examined(&stream("/Type/ObjStm/Filter/FlateDecode", &packed)).1.len());
        assert_eq!(0, examined(&stream("/Length 9", &packed)).1.len());
        assert_eq!(0, examined(&stream("/Length 9", LINK)).1.len());
        assert_eq!(
            1,
            examined(&[stream("/Length 9", b"\x01/URI"), LINK.to_vec()].concat()).1.len()
        );
    }

    /// What acts is told, also where its name is disguised.
    #[test]
    fn what_acts_is_told() {
        assert_eq!(vec!["JavaScript"], examined(b"<</S /J#61vaScript /JS (x)>>").0.active);
        assert_eq!(vec!["a launch command"], examined(b"<</S /Launch>>").0.active);
        assert!(examined(b"<</S /LaunchPad /Java#Script>>").0.active.is_empty());
    }

    /// Documents of one program and form have one skeleton, whatever their links; one with more pages
    /// or of another program has another.
    #[test]
    fn the_skeleton_is_the_form() {
        let document = |url: &str, pages: usize, producer: &str| {
            let page = "<</Type/Page/Font 1>>".repeat(pages);
            let link = format!("<</Type/Annot/S/URI/URI({url})>>");
            examined(format!("{page}{link}<</Producer ({producer})>>").as_bytes()).0.skeleton
        };
        let one = document("http://a.example", 2, "Maker 1.2");

        assert_eq!("pdf Annot:1 Font:2 Page:2 URI:2 by Maker", one);
        assert_eq!(one, document("http://b.example/c", 3, "Maker 1.3"));
        assert_ne!(one, document("http://b.example/c", 4, "Maker 1.3"));
        assert_ne!(one, document("http://b.example/c", 2, "Other"));
        assert_eq!("", examined(b"<</Type/Page/Font 1>>").0.skeleton);
    }

    /// A hundred thousand objects, and bombs in object streams, cost what the limits say.
    #[test]
    fn work_is_bounded() {
        let objects = LINK.repeat(100_000);
        let bomb = stream("/Type/ObjStm", &zlib(&vec![b' '; 8 << 20])).repeat(100);
        let mut view = View::default();
        let bytes = [b"%PDF-1.7\n", &*bomb].concat();
        crate::attached::examine(Attachment::default(), &bytes, &mut view);

        assert_eq!(crate::limits::MAX_LINKS, examined(&objects).1.len());
        assert_eq!(0, view.budget.inflated);
    }

    /// Tables are sorted, as the searches in them need.
    #[test]
    fn tables_are_sorted() {
        assert!(COUNTED.is_sorted() && ACTIVE.is_sorted());
    }

    proptest! {
        /// Any bytes between things that documents are made of are read without failing.
        #[test]
        fn any_bytes(pieces in prop::collection::vec((0usize..8, any::<Vec<u8>>()), 0..20)) {
            let words: [&[u8]; 8] = [
                b"/URI (", b"stream", b"endstream", b"/ObjStm", b"obj", b"/J#", b"/URI <", b"\\",
            ];
            let bytes: Vec<u8> =
                pieces.iter().flat_map(|(word, noise)| [words[*word], noise].concat()).collect();
            let (file, links) = examined(&bytes);

            prop_assert!(links.len() <= pieces.len());
            prop_assert!(file.active.len() <= ACTIVE.len());
        }
    }
}
