//! Who is behind a page on a host that many share: the part of the path that names the tenant.
//!
//! # What it sees
//!
//! A form, a document, a folder, a profile at the big services, by its own name.  Tenants with a
//! host of their own (`name.blogspot.com`, `name.web.app`) need nothing here: the public suffix
//! list divides them.
//!
//! # When it is wrong
//!
//! A document that people pass on to one another recurs as a shop does; the engine weighs who
//! sends it.

use crate::redirect::tail;
use outfall_message::Link;

/// Where a host's links name the tenant.
#[derive(Clone, Copy, Debug)]
enum Named {
    /// In this segment of the path, the first being 0.
    At(usize),
    /// In the longest segment, among `/d/`, `/edit` and their like.
    Longest,
    /// In this parameter of the query, or else in the longest segment.
    Query(&'static str),
}
use Named::{At, Longest, Query};

/// Services with free or cheap pages, where abuse is common enough to tell tenants apart.
const HOSTS: [(&str, Named); 56] = [
    ("1drv.ms", Longest),
    ("about.me", At(0)),
    ("app.box.com", Longest),
    ("beacons.ai", At(0)),
    ("bitbucket.org", At(0)),
    ("buymeacoffee.com", At(0)),
    ("calendly.com", At(0)),
    ("cloudflare-ipfs.com", At(1)),
    ("codepen.io", At(0)),
    ("disk.yandex.ru", Longest),
    ("docs.google.com", Longest),
    ("docsend.com", At(1)),
    ("drive.google.com", Query("id")),
    ("dropbox.com", Longest),
    ("facebook.com", At(0)),
    ("firebasestorage.googleapis.com", At(2)),
    ("form.jotform.com", At(0)),
    ("forms.gle", At(0)),
    ("forms.office.com", Query("id")),
    ("forms.yandex.ru", Longest),
    ("gist.github.com", At(0)),
    ("github.com", At(0)),
    ("gitlab.com", At(0)),
    ("gofile.io", At(1)),
    ("instagram.com", At(0)),
    ("ipfs.io", At(1)),
    ("linkedin.com", At(1)),
    ("lookerstudio.google.com", Longest),
    ("m.facebook.com", At(0)),
    ("maps.app.goo.gl", At(0)),
    ("mediafire.com", At(1)),
    ("medium.com", At(0)),
    ("mega.nz", At(1)),
    ("notion.so", Longest),
    ("ok.ru", At(1)),
    ("onedrive.live.com", Query("resid")),
    ("pastebin.com", At(0)),
    ("patreon.com", At(0)),
    ("paypal.me", At(0)),
    ("pinterest.com", At(0)),
    ("raw.githubusercontent.com", At(0)),
    ("s3.amazonaws.com", At(0)),
    ("script.google.com", Longest),
    ("sites.google.com", At(1)),
    ("storage.cloud.google.com", At(0)),
    ("storage.googleapis.com", At(0)),
    ("surveymonkey.com", At(1)),
    ("sway.office.com", At(0)),
    ("telegra.ph", At(0)),
    ("teletype.in", At(0)),
    ("tiktok.com", At(0)),
    ("twitter.com", At(0)),
    ("we.tl", At(0)),
    ("wetransfer.com", At(1)),
    ("x.com", At(0)),
    ("youtu.be", At(0)),
];

/// A name of fewer characters is a page of the service's own: `/en`, `/l`.
const SHORTEST_NAME: usize = 3;

/// Returns host and tenant of a link to a shared host, if it names one.
pub fn tenant(link: &Link) -> Option<String> {
    let host = link.host.strip_prefix("www.").unwrap_or(&link.host);
    let at = HOSTS.binary_search_by_key(&host, |(known, _)| known).ok()?;
    let tail = tail(link).split('#').next()?;
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let name = match HOSTS[at].1 {
        At(number) => path.split('/').filter(|part| !part.is_empty()).nth(number)?,
        Longest => longest(path)?,
        Query(key) => value(query, key).or_else(|| longest(path))?,
    };
    (name.len() >= SHORTEST_NAME).then(|| format!("{host}/{name}"))
}

fn longest(path: &str) -> Option<&str> {
    // Of segments alike in length the first: `max_by_key` would take the last.
    path.split('/').rev().max_by_key(|part| part.len())
}

fn value<'q>(query: &'q str, key: &str) -> Option<&'q str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use outfall_message::read_link;

    fn of(url: &str) -> Option<String> {
        tenant(&read_link(url).unwrap())
    }

    /// The list can be searched by halves.
    #[test]
    fn the_list_is_in_order() {
        assert!(HOSTS.is_sorted_by_key(|(host, _)| *host));
    }

    /// Each service's links name their tenant in its own way.
    #[test]
    fn tenants_are_named() {
        for (url, want) in [
            (
                "https://docs.google.com/forms/d/e/1FAIpQLSabc/viewform?usp=x",
                "docs.google.com/1FAIpQLSabc",
            ),
            ("https://drive.google.com/open?id=0Bxyz123", "drive.google.com/0Bxyz123"),
            ("https://drive.google.com/file/d/0Bxyz12345/view", "drive.google.com/0Bxyz12345"),
            ("https://www.dropbox.com/s/ab12cd34/file.pdf?dl=0", "dropbox.com/ab12cd34"),
            ("https://sites.google.com/view/shop-now/home", "sites.google.com/shop-now"),
            ("https://storage.googleapis.com/bucket9/a.html#x", "storage.googleapis.com/bucket9"),
            ("https://github.com/person/project/issues/1", "github.com/person"),
            ("https://forms.office.com/r/AbC123", "forms.office.com/AbC123"),
        ] {
            assert_eq!(Some(want.to_owned()), of(url), "{url}");
        }
    }

    /// A service's own pages, and hosts of one owner, have no tenants.
    #[test]
    fn own_pages_have_no_tenant() {
        assert_eq!(None, of("https://docs.google.com/"));
        assert_eq!(None, of("https://github.com"));
        assert_eq!(None, of("https://sites.google.com/view"));
        assert_eq!(None, of("https://shop.test/person/project"));
    }
}
