//! What is seen in a picture: what it looks like, and where codes in it lead.
//!
//! Main function: [`examine`].  What holds: a decoder that fails on a crafted picture costs the
//! picture its hashes and nothing else.  Not here: decoding, hashing and reading codes
//! ([`super::grey`], [`super::look`], [`super::code`]).

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::grey::Grey;
use super::{code, look};
use crate::model::{Attachment, LinkPlace};
use crate::view::View;

/// Notes what the picture in `bytes`, of the kind that was sniffed, looks like; links go to `view`.
pub(crate) fn examine(file: &mut Attachment, kind: &str, bytes: &[u8], view: &mut View) {
    let budget = &mut view.budget;
    let seen = catch_unwind(AssertUnwindSafe(|| {
        let picture = Grey::read(kind, bytes, budget)?;
        Some((look::hashes(&picture.pixels, picture.width), code::texts(&picture)))
    }));
    let Ok(Some((hashes, texts))) = seen else { return };
    file.picture.extend(hashes);
    for text in texts {
        view.add_link(text.trim(), "", LinkPlace::Pictured);
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attached::testing::{code, gif, png, scene};
    use crate::limits::MAX_PICTURES;
    use proptest::prelude::*;

    fn examined(bytes: &[u8], view: &mut View) -> Attachment {
        crate::attached::examine(Attachment::default(), bytes, view)
    }

    fn hashes(bytes: &[u8]) -> Vec<u64> {
        examined(bytes, &mut View::default()).picture
    }

    /// One picture in two formats looks the same.
    #[test]
    fn formats_look_the_same() {
        let pixels = scene(3, 300, 200);

        assert_eq!(6, hashes(&png(&pixels, 300)).len());
        assert_eq!(hashes(&png(&pixels, 300)), hashes(&gif(&pixels, 300)));
    }

    /// A large picture is looked at made smaller; an icon and a huge one are not looked at.
    #[test]
    fn sizes_have_limits() {
        let small = scene(3, 300, 200);
        let large = |at: usize| small[at / 1500 / 5 * 300 + at % 1500 / 5];
        let large: Vec<u8> = (0..1500 * 1000).map(large).collect();
        let whole = hashes(&png(&large, 1500));

        assert!(hashes(&png(&small, 300)).iter().any(|hash| whole.contains(hash)));
        assert!(hashes(&png(&scene(3, 63, 200), 63)).is_empty());
        assert!(hashes(&png(&vec![0; 2100 * 2100], 2100)).is_empty());
    }

    /// A code in a picture is a link that is pictured.
    #[test]
    fn codes_are_links() {
        let picture = code("https://a.example/x", 4);
        let mut view = View::default();
        let framed: Vec<u8> = picture.pixels;
        examined(&png(&framed, picture.width), &mut view);
        let links = view.links.into_list();

        assert_eq!(
            vec![("https://a.example/x", LinkPlace::Pictured)],
            links.iter().map(|link| (&*link.url, link.place)).collect::<Vec<_>>()
        );
    }

    /// A header that claims sixty thousand pixels a side costs nothing, and whatever is cut is read
    /// as far as it goes.
    #[test]
    fn lies_and_cuts_are_survived() {
        let pixels = scene(3, 100, 80);
        for whole in [png(&pixels, 100), gif(&pixels, 100)] {
            for end in (0..whole.len()).step_by(37) {
                hashes(&whole[..end]);
            }
        }
        let mut huge = png(&pixels, 100);
        huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);

        assert!(hashes(&huge).is_empty());
    }

    /// Only so many pictures of a message are decoded.
    #[test]
    fn pictures_are_limited() {
        let mut view = View::default();
        let bytes = png(&scene(3, 100, 80), 100);
        let looked: Vec<bool> =
            (0..9).map(|_| !examined(&bytes, &mut view).picture.is_empty()).collect();

        assert_eq!(MAX_PICTURES, looked.iter().filter(|&&is| is).count());
        assert!(looked[0] && !looked[8]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Any bytes behind the beginning of a picture are read without failing.
        #[test]
        fn any_bytes(kind in 0usize..4, noise in prop::collection::vec(any::<u8>(), 0..400)) {
            let pixels = scene(3, 70, 70);
            let heads = [png(&pixels, 70), gif(&pixels, 70), b"\xff\xd8\xff\xc0\0\x11\x08\0\x46\0\x46\x03".to_vec(), b"\xff\xd8\xff".to_vec()];
            let head = &heads[kind][..heads[kind].len().min(900)];
            examined(&[head, &noise].concat(), &mut View::default());
        }
    }
}
