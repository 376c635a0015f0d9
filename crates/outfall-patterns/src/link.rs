//! Where links lead: the domain, the host, the tenant of a shared host, and the form of the path.
//!
//! # What it sees
//!
//! An outbreak's call to action: its shop, its form, its redirector, even when each message has
//! a host or a path of its own.  A link through a public redirector is the link that it carries; a
//! short one is its token.
//!
//! # When it is wrong
//!
//! Everybody links to the same few places (video sites, maps, the author's own firm).  The engine
//! passes over what is common here and what is the sender's own.  Links in quoted text are
//! somebody else's and are left out, as are images and style sheets.

use crate::contact::leads_to_messenger;
use crate::{Hasher, Kind, Patterns, Source, hosted, redirect};
use outfall_message::Link;

/// The most links of a message that become patterns: an outbreak's own is seldom behind the first
/// dozen places, and a directory of links would flush the ledger.
const MOST_PLACES: usize = 12;

/// The most links that are looked at for them; the same place may be linked to many times.
const MOST_LINKS: usize = 64;

/// The most forms of links; those of one message are mostly alike.
const MOST_SHAPES: usize = 6;

/// A path with fewer classes of characters is everybody's: `/news`, `/?p=12`.
const SPECIFIC_SHAPE: usize = 10;

/// A redirector behind a redirector is followed, a third is not.
const MOST_TARGETS: usize = 2;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let pages =
        source.message.calls().filter(|link| !link.host.is_empty() && !leads_to_messenger(link));
    let (mut called, mut shapes) = (Vec::new(), Vec::new());
    for link in pages.take(MOST_LINKS) {
        places(link, MOST_TARGETS, &mut called);
        if let Some(shape) = shape(&link.url).filter(|shape| !shapes.contains(shape)) {
            shapes.push(shape);
        }
        if called.len() >= MOST_PLACES {
            break;
        }
    }
    called.truncate(MOST_PLACES);
    let shapes = shapes.into_iter().take(MOST_SHAPES).map(|shape| (Kind::LinkShape, shape));
    for (kind, shown) in called.into_iter().chain(shapes) {
        patterns.add(hasher.pattern(kind, shown.as_bytes()), &shown);
    }
}

/// Adds the places to which a link calls, and to which the link that it carries does.
fn places(link: &Link, targets: usize, called: &mut Vec<(Kind, String)>) {
    let target = if targets > 0 { redirect::target(link) } else { None };
    if let Some(target) = &target {
        places(target, targets - 1, called);
    }
    let mut add = |kind, shown: &str| {
        if !called.iter().any(|one| one.0 == kind && one.1 == shown) {
            called.push((kind, shown.to_owned()));
        }
    };
    if target.is_some() && redirect::is_carrier(link) {
        return;
    }
    if let Some(token) = redirect::shortened(link) {
        return add(Kind::Redirector, &token);
    }
    if let Some(tenant) = hosted::tenant(link) {
        return add(Kind::LinkHost, &tenant);
    }
    let domain = if link.domain.is_empty() { &link.host } else { &link.domain };
    add(Kind::LinkDomain, domain);
    if !matches!(link.host.strip_suffix(&**domain), None | Some("" | "www.")) {
        add(Kind::LinkHost, &link.host);
    }
}

/// Writes path and query with runs of letters and digits as classes and rough lengths (see
/// [`Run::end`]): `/abcd12/go.php?id=998877` becomes `/a3d1/a1.a3?a1=d6`.  What stands between them
/// stays.  None where too little is left to be anybody's own.
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
    use outfall_message::{LinkPlace, Message};

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

    fn shown(links: Vec<Link>) -> Vec<String> {
        let message = Message { links, ..Message::default() };
        let patterns = all(&message, &Hasher::new([0; 16]));
        patterns.values.into_iter().map(|found| found.shown).collect()
    }

    /// The registrable domain is what counts, or the host where there is none; hidden links count.
    #[test]
    fn the_domain_stands_for_the_link() {
        let hidden = link("http://a.b.example/", "b.example", LinkPlace::Hidden);
        let host = |host: &str, link| Link { host: host.into(), ..link };
        let bare = host("192.0.2.7", link("http://192.0.2.7/", "", LinkPlace::Own));
        let none = link("mailto:", "", LinkPlace::Own);

        assert_eq!(
            vec!["b.example", "a.b.example", "192.0.2.7"],
            shown(vec![host("a.b.example", hidden), bare, none])
        );
    }

    fn called(url: &str) -> Vec<(Kind, String)> {
        let link = outfall_message::read_link(url).unwrap();
        let message = Message { links: vec![link], ..Message::default() };
        let values = all(&message, &Hasher::new([0; 16])).values.into_iter();
        let values = values.map(|found| (found.pattern.kind(), found.shown));
        values.filter(|(kind, _)| *kind != Kind::LinkShape).collect()
    }

    /// A host says more than its domain unless it is the domain's usual one.
    #[test]
    fn hosts_count_beside_their_domain() {
        let one = |kind, shown: &str| vec![(kind, shown.to_owned())];

        assert_eq!(one(Kind::LinkDomain, "shop.test"), called("http://www.shop.test/"));
        assert_eq!(
            [one(Kind::LinkDomain, "shop.test"), one(Kind::LinkHost, "pay.shop.test")].concat(),
            called("http://pay.shop.test/")
        );
        assert_eq!(one(Kind::LinkDomain, "shop.web.app"), called("https://shop.web.app/"));
    }

    /// A public redirector gives way to the link that it carries; another one counts beside it.
    #[test]
    fn redirectors_give_way_to_their_targets() {
        let shop = (Kind::LinkDomain, "shop.test".to_owned());
        let google = "https://www.google.com/url?q=https%3A%2F%2Fwww.shop.test%2F";
        let nested = "https://l.facebook.com/l.php?u=https%3A%2F%2Fbit.ly%2FAb12&h=1";

        assert_eq!(vec![shop.clone()], called(google));
        assert_eq!(
            vec![shop, (Kind::LinkDomain, "track.test".to_owned())],
            called("https://www.track.test/?u=http://shop.test/")
        );
        assert_eq!(vec![(Kind::Redirector, "bit.ly/Ab12".to_owned())], called(nested));
        assert_eq!(
            vec![(Kind::LinkHost, "docs.google.com/1FAIpQLSabc".to_owned())],
            called("https://docs.google.com/forms/d/e/1FAIpQLSabc/viewform")
        );
    }

    /// Links that open a chat are contacts and no places.
    #[test]
    fn chats_are_no_places() {
        assert_eq!(
            vec![(Kind::Contact, "telegram annpays".into())],
            called("https://t.me/annpays")
        );
    }

    /// A place that is linked to many times leaves room for the one behind it.
    #[test]
    fn repeated_places_leave_room() {
        let mut links = vec![link("http://a.example/", "a.example", LinkPlace::Own); 50];
        links.push(link("http://shop.example/", "shop.example", LinkPlace::Own));

        assert_eq!(vec!["a.example", "shop.example"], shown(links));
    }

    /// The first dozen places count, and no more.
    #[test]
    fn links_are_limited() {
        let many = (0..40).map(|number| format!("s{number}.example"));
        let links = many.map(|domain| link("http://x/", &domain, LinkPlace::Own)).collect();

        assert_eq!(12, kinds(links).len());
    }

    /// Links in files and in pictures of bar codes call as those in the text do.
    #[test]
    fn files_and_pictures_call() {
        let places = [LinkPlace::Attached, LinkPlace::Pictured];

        for place in places {
            assert_eq!(
                vec![Kind::LinkDomain],
                kinds(vec![link("http://a.test/", "a.test", place)])
            );
        }
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

        assert_eq!(Some("/a3d1/a1.a3?a1=d6"), shape("http://x/abcd12/go.php?id=998877").as_deref());
        assert_eq!(Some("/a1d3a1/a1.a3?a1=d6&a1=a1"), one.as_deref());
        assert_eq!(one, two);
        assert_ne!(one, other);
    }

    /// Lengths count in steps: a character more or less is forgiven, another order of size is not.
    #[test]
    fn lengths_count_in_steps() {
        let of =
            |length: usize| shape(&format!("http://x.example/{}/go-to-it.php", "a".repeat(length)));

        assert!(of(3) == of(5) && of(6) == of(11) && of(12) == of(23) && of(24) == of(90));
        assert!(of(2) != of(3) && of(5) != of(6) && of(11) != of(12) && of(23) != of(24));
    }

    /// The fragment, which is not sent, and what is behind the longest path are no part of the form.
    #[test]
    fn the_end_of_a_path_is_no_form() {
        let of = |end: &str| shape(&format!("http://x.example/a-b-c-d-e-f{end}"));
        let long = |end: &str| shape(&format!("http://x.example/{}{end}", "-".repeat(300)));

        assert_eq!(of(""), of("#top-of-the-page"));
        assert_eq!(long("a"), long("1"));
    }

    /// A plain path is no shape of anybody's own.
    #[test]
    fn plain_paths_have_no_shape() {
        assert_eq!(None, shape("http://x.example/news"));
        assert_eq!(None, shape("http://x.example/news?p=12"));
        assert_eq!(None, shape("http://x.example"));
    }
}
