//! # What it sees
//!
//! A link whose text shows one address and leads to another.
//!
//! # Why it matters
//!
//! Phishing must show the bank's address and lead elsewhere.
//!
//! # When it is wrong
//!
//! Newsletters wrap links for counting clicks.  So it is weak, and above all decides whether an
//! outbreak is called phishing.

use super::{Evidence, Family, Situation};
use crate::envelope::domain_of;
use outfall_message::{Link, LinkPlace, Message};

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let message = &situation.examined.message;
    let lie = message.links.iter().find(|link| is_lie(link, message))?;
    let detail = format!("a link shows {} and leads to {}", short(&lie.shown), place(lie));
    Some(Evidence { name: "lying-link".into(), family: Family::Content, nats: 1.0, detail })
}

/// Tells whether the shown text is an address elsewhere than the link leads, and than the author's
/// own domain: firms that count clicks show their own address.
fn is_lie(link: &Link, message: &Message) -> bool {
    let Some(shown) = shown_host(&link.shown) else { return false };
    let author = message.head.from.first().map(|from| domain_of(&from.address)).unwrap_or_default();
    let leads_there = related(&shown, &link.host);
    let shows_own = !author.is_empty() && related(&shown, &author);
    link.place != LinkPlace::Resource && !link.host.is_empty() && !leads_there && !shows_own
}

/// Returns the host that a reader takes the text for, if it is written as an address.
fn shown_host(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let www = text.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("www."));
    if rest == text && !www || text.contains(char::is_whitespace) {
        return None;
    }
    let host = rest.split(['/', '?', '#', ':']).next()?.trim_end_matches('.').to_ascii_lowercase();
    (host.contains('.') && host.len() < 254).then_some(host)
}

/// Tells whether two hosts share the last two labels or one contains the other.  Coarser than the
/// public suffix list on purpose: what is close enough is no lie.
fn related(one: &str, other: &str) -> bool {
    one == other || one.rsplit('.').take(2).eq(other.rsplit('.').take(2))
}

fn place(link: &Link) -> &str {
    if link.domain.is_empty() { &link.host } else { &link.domain }
}

fn short(text: &str) -> &str {
    let text = text.trim();
    &text[..text.floor_char_boundary(60.min(text.len()))]
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn lies(shown: &str, host: &str) -> bool {
        let link =
            Link { host: host.into(), domain: host.into(), shown: shown.into(), ..Link::default() };
        is_lie(&link, &Message::default())
    }

    /// An address that is shown and another that is meant are a lie.
    #[test]
    fn another_host_is_a_lie() {
        assert!(lies("https://www.bank.example/login", "evil.test"));
        assert!(lies("www.bank.example", "evil.test"));
    }

    /// Words, and the same place written otherwise, are none.
    #[test]
    fn words_and_relatives_are_none() {
        assert!(!lies("Click here", "evil.test"));
        assert!(!lies("Version 2.0 is out", "evil.test"));
        assert!(!lies("http://www.shop.example", "click.shop.example"));
    }
    /// The host is what counts, without port, in any case; a sentence is no address.
    #[test]
    fn only_the_host_is_compared() {
        assert!(!lies("https://WWW.Shop.Example:443/a?b#c", "shop.example"));
        assert!(lies("https://bank.example:443", "evil.test"));
        assert!(lies("WWW.BANK.EXAMPLE", "evil.test"));
        assert!(!lies("www.bank.example is where you bank", "evil.test"));
    }

    /// Images, links to nowhere, and firms that show their own address are no lie.
    #[test]
    fn what_counts_clicks_is_none() {
        let link = |place, host: &str| Link {
            host: host.into(),
            shown: "https://www.bank.example".into(),
            place,
            ..Link::default()
        };
        let mut own = Message::default();
        own.head.from = outfall_message::examine(b"From: a@bank.example\r\n\r\n").head.from;
        let other = Message::default();

        assert!(is_lie(&link(LinkPlace::Own, "evil.test"), &other));
        assert!(!is_lie(&link(LinkPlace::Own, "evil.test"), &own));
        assert!(!is_lie(&link(LinkPlace::Resource, "evil.test"), &other));
        assert!(!is_lie(&link(LinkPlace::Own, ""), &other));
    }
}
