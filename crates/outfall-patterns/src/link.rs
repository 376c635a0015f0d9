//! Where links lead: the registrable domain, and the form of path and query.
//!
//! # What it sees
//!
//! An outbreak's call to action: its shop, its form, its redirector, even when each message has
//! a host or a path of its own.
//!
//! # When it is wrong
//!
//! Everybody links to the same few places (video sites, maps, the author's own firm).  The engine
//! passes over what is common here and what is the sender's own.  Links in quoted text are
//! somebody else's and are left out, as are images and style sheets.

use crate::{Hasher, Kind, Patterns, Source};
use outfall_message::{Link, LinkPlace};

/// The most links of a message that become patterns: an outbreak's own is seldom behind the first
/// dozen, and a directory of links would flush the ledger.
const MOST_LINKS: usize = 12;

/// A path with fewer classes of characters is everybody's: `/news`, `/?p=12`.
const SPECIFIC_SHAPE: usize = 10;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let links = source.message.links.iter().filter(|link| is_call(link)).take(MOST_LINKS);
    for link in links {
        let place = if link.domain.is_empty() { &link.host } else { &link.domain };
        patterns.add(hasher.pattern(Kind::LinkDomain, place.as_bytes()), place);
        if let Some(shape) = shape(&link.url) {
            patterns.add(hasher.pattern(Kind::LinkShape, shape.as_bytes()), &shape);
        }
    }
}

/// Tells whether the author asks the reader to follow this link.
fn is_call(link: &Link) -> bool {
    !link.host.is_empty() && matches!(link.place, LinkPlace::Own | LinkPlace::Hidden)
}

/// Writes path and query with letters and digits as classes: `/ab12/x.php?id=99` becomes
/// `/a2d2/a.php?id=d2`.  Names of parameters and file endings stay, values and names do not.
/// None where too little is left to be anybody's own.
fn shape(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let path = &rest[rest.find('/')?..];
    let path = path.split('#').next().unwrap_or_default();
    let mut shape = String::new();
    let mut run = Run::default();
    for character in path.chars().take(LONGEST_PATH) {
        match character {
            'a'..='z' | 'A'..='Z' => run.extend('a', &mut shape),
            '0'..='9' => run.extend('d', &mut shape),
            _ => {
                run.end(&mut shape);
                shape.push(character);
            }
        }
    }
    run.end(&mut shape);
    (shape.len() >= SPECIFIC_SHAPE).then_some(shape)
}

/// Longer paths carry a session or a whole encoded address; the beginning tells the form.
const LONGEST_PATH: usize = 256;

/// A run of characters of one class.
#[derive(Default)]
struct Run {
    class: Option<char>,
    length: usize,
}

impl Run {
    fn extend(&mut self, class: char, shape: &mut String) {
        if self.class != Some(class) {
            self.end(shape);
        }
        self.class = Some(class);
        self.length += 1;
    }

    /// Writes the class and its length in steps that forgive a character more or less.
    fn end(&mut self, shape: &mut String) {
        if let Some(class) = self.class.take() {
            let step = match self.length {
                0..=2 => '1',
                3..=5 => '3',
                6..=11 => '6',
                12..=23 => '9',
                _ => '+',
            };
            shape.push(class);
            shape.push(step);
        }
        self.length = 0;
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;
    use outfall_message::Message;

    fn link(url: &str, domain: &str, place: LinkPlace) -> Link {
        Link {
            url: url.into(),
            host: domain.into(),
            domain: domain.into(),
            place,
            ..Link::default()
        }
    }

    fn kinds(links: Vec<Link>) -> Vec<Kind> {
        let message = Message { links, ..Message::default() };
        let patterns = all(&message, &Hasher::new([0; 16]));
        patterns.values.iter().map(|found| found.pattern.kind()).collect()
    }

    /// Two links to one domain are one pattern.
    #[test]
    fn a_domain_counts_once() {
        let links = ["http://a.example/1", "http://a.example/2"];
        let links = links.map(|url| link(url, "a.example", LinkPlace::Own)).to_vec();

        assert_eq!(vec![Kind::LinkDomain], kinds(links));
    }

    /// What is quoted or only an image is nobody's call to action.
    #[test]
    fn quoted_and_resources_are_left_out() {
        let places = [LinkPlace::Quoted, LinkPlace::Resource];
        let links = places.map(|place| link("http://a.example/", "a.example", place)).to_vec();

        assert!(kinds(links).is_empty());
    }

    /// Other letters and digits of like length give the same shape, another form does not.
    #[test]
    fn shape_keeps_the_form() {
        let one = shape("http://x.example/ab1234cd/go.php?id=778899&t=q");
        let two = shape("http://y.example/zk9876yy/to.php?id=123456&t=p");
        let other = shape("http://y.example/zk9876yy/to.php?id=1-2-3-4&t=p");

        assert!(one.is_some());
        assert_eq!(one, two);
        assert_ne!(one, other);
    }

    /// A plain path is no shape of anybody's own.
    #[test]
    fn plain_paths_have_no_shape() {
        assert_eq!(None, shape("http://x.example/news"));
        assert_eq!(None, shape("http://x.example"));
    }
}
