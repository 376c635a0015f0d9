//! Links as values: what a URL means, and the list of them in a message.
//!
//! Main type: [`Links`]; [`read_link`] reads one alone.
//!
//! # What holds
//!
//! * A link is kept if a reader could follow it or a mail program would load it: http, https, ftp,
//!   protocol-relative and `www.` ones with their host, `mailto:`, `tel:` and `sms:` without.
//! * Links beyond the limit are counted out, with an oddity.
//!
//! # Not here
//!
//! Finding links in text ([`crate::find`]) or HTML ([`crate::html`]).

use std::borrow::Cow;

use crate::host::{self, Host};
use crate::limits::{Budget, MAX_SHOWN, MAX_URL};
use crate::model::{Link, LinkPlace, Oddities, Oddity};

/// Reads one URL as [`crate::examine`] does those of a message: as where another URL carries it.
///
/// ```
/// let link = outfall_message::read_link("HTTPS://www.shop.test/a").unwrap();
/// assert_eq!("shop.test", link.domain);
/// assert_eq!(None, outfall_message::read_link("javascript:x"));
/// ```
pub fn read_link(url: &str) -> Option<Link> {
    let mut links = Links::default();
    links.add(url, "", LinkPlace::Own, &mut Budget::default());
    links.list.pop()
}

/// The links of a message as they are found.
#[derive(Debug, Default)]
pub(crate) struct Links {
    list: Vec<Link>,
    /// Lengths of the last link's host and its domain's place in it: neighbours mostly agree.
    pub(crate) oddities: Oddities,
}

impl Links {
    /// Adds `url` if it is a link; `shown` is what the reader sees of it.
    pub(crate) fn add(&mut self, url: &str, shown: &str, place: LinkPlace, budget: &mut Budget) {
        let Some((url, target)) = target(url) else { return };
        if budget.links == 0 {
            self.oddities.insert(Oddity::TooManyLinks);
            return;
        }
        budget.links -= 1;
        let shown = cut(shown, MAX_SHOWN).to_owned();
        let url = cut(&url, MAX_URL).to_owned();
        let (host, domain) = match target {
            Target::Host(host) => self.resolved(host),
            Target::Elsewhere => (String::new(), String::new()),
        };
        self.list.push(Link { url, host, domain, shown, place });
    }

    /// Tells whether a link with just this URL was added before.
    pub(crate) fn has(&self, url: &str) -> bool {
        self.list.iter().any(|link| link.url == url)
    }

    /// Returns the links in order.
    pub(crate) fn into_list(self) -> Vec<Link> {
        self.list
    }

    fn resolved(&mut self, host: Host) -> (String, String) {
        if host.is_disguised {
            self.oddities.insert(Oddity::DisguisedLink);
        }
        let domain = match self.list.last() {
            _ if host.is_address => String::new(),
            Some(last) if last.host == host.name => last.domain.clone(),
            _ => host::registrable(&host.name).unwrap_or_default().to_owned(),
        };
        (host.name, domain)
    }
}

enum Target {
    Host(Host),
    /// A link that opens something else than a host: a mail, a call.
    Elsewhere,
}

/// Returns the URL without white space and control characters, and where it leads; None if it is no
/// link to follow (an anchor in the page, a script, an image in the message itself).
fn target(url: &str) -> Option<(Cow<'_, str>, Target)> {
    let url = squeezed(url);
    let start = url.as_bytes();
    if start.starts_with(b"//") || start.starts_with(b"\\\\") {
        let target = Target::Host(host::read(&url)?);
        return Some((url, target));
    }
    if starts_with_ignoring_case(start, b"www.") {
        let target = Target::Host(host::read(&url).map(plainly)?);
        return Some((url, target));
    }
    let colon = url.bytes().take(9).position(|byte| byte == b':')?;
    let rest = &url[colon + 1..];
    let is = |scheme: &str| url[..colon].eq_ignore_ascii_case(scheme);
    let target = if is("http") || is("https") || is("ftp") {
        Target::Host(host::read(rest)?)
    } else if (is("mailto") || is("tel") || is("sms")) && !rest.is_empty() {
        Target::Elsewhere
    } else {
        return None;
    };
    Some((url, target))
}

/// A host written without a scheme hides nothing by having no slashes.
fn plainly(host: Host) -> Host {
    let is_disguised = host.is_address && host.is_disguised;
    Host { is_disguised, ..host }
}

/// Drops what browsers drop: tabs and line ends anywhere, blanks and controls around.
fn squeezed(url: &str) -> Cow<'_, str> {
    let url = url.trim_matches(|letter: char| letter <= ' ' || letter == '\u{a0}');
    if url.bytes().all(|byte| byte > b' ' && byte != 0x7f) {
        return Cow::Borrowed(url);
    }
    Cow::Owned(url.chars().filter(|&letter| letter > ' ' && letter != '\u{7f}').collect())
}

fn starts_with_ignoring_case(bytes: &[u8], with: &[u8]) -> bool {
    bytes.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// Returns at most `limit` bytes of `text`, cut between characters.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
