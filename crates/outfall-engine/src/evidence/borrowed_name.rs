//! # What it sees
//!
//! A message that wears another's name: a link whose host begins with a foreign domain
//! (`bank.com.evil.test`), a link with a name and `@` before its host, an author who shows another address
//! than his own.
//!
//! # Why it matters
//!
//! Whoever wants a password must look like the place that it belongs to, and telephones show only the
//! beginning of a host and the name of an author.
//!
//! # When it is wrong
//!
//! Proxies of libraries begin their hosts so, and forms on web sites show their visitor's address.  So it is
//! weak, and above all decides whether an outbreak is called phishing.

use super::{Evidence, Family, Situation};
use crate::envelope::{domain_of, is_within};
use outfall_message::{Address, Link, Oddity};

const NATS: f32 = 1.0;

/// Endings by which people know a domain when they see one.
const KNOWN_ENDINGS: &[&str] = &["com", "net", "org", "gov", "edu", "info", "bank"];

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let message = &situation.examined.message;
    let host = message.calls().find(|link| wears_another(link));
    let author = message.head.from.first().filter(|author| shows_another(author));
    let detail = if let Some(link) = host {
        format!("a link to {} begins with another's domain", link.host)
    } else if message.oddities.contains(Oddity::DisguisedLink) {
        "a link disguises where it leads".to_owned()
    } else {
        format!("the author shows {} and writes as {}", author?.name, author?.address)
    };
    Some(Evidence { name: "borrowed-name".into(), family: Family::Content, nats: NATS, detail })
}

/// Tells whether the labels before the link's own domain end like a domain themselves.
fn wears_another(link: &Link) -> bool {
    let before = link.host.strip_suffix(&link.domain).and_then(|host| host.strip_suffix('.'));
    let Some((name, ending)) = before.and_then(|before| before.rsplit_once('.')) else {
        return false;
    };
    !link.domain.is_empty() && !name.is_empty() && KNOWN_ENDINGS.contains(&ending)
}

/// Tells whether the shown name is an address elsewhere than the author's own.
fn shows_another(author: &Address) -> bool {
    let own = domain_of(&author.address);
    let shown = author.name.split(|sign: char| sign.is_whitespace() || "<>()\"'".contains(sign));
    let mut places = shown.filter(|word| word.contains('@')).map(domain_of);
    !own.is_empty() && places.any(|place| place.contains('.') && !related(&place, &own))
}

fn related(one: &str, other: &str) -> bool {
    is_within(one, other) || is_within(other, one)
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(from: &str, body: &str) -> Option<String> {
        let raw = format!("From: {from}\r\nContent-Type: text/html\r\n\r\n{body}");
        let message = outfall_message::examine(raw.as_bytes());
        let examined = crate::Examined { message, ..crate::Examined::default() };
        weigh(&Situation::plain(&examined)).map(|evidence| evidence.detail)
    }

    fn link(url: &str) -> Option<String> {
        detail("x@author.test", &format!("<a href='{url}'>sign in</a>"))
    }

    /// A host that begins with another's domain wears its name; the domain's own hosts do not.
    #[test]
    fn hosts_may_wear_anothers_name() {
        assert!(link("http://bank.com.evil.test/login").is_some());
        assert!(link("http://www.bank.com.evil.test/login").is_some());
        assert_eq!(None, link("http://www.bank.test/login"));
        assert_eq!(None, link("http://com.evil.test/login"));
        assert_eq!(None, link("http://shop.de.evil.test/login"));
        assert_eq!(None, link("http://192.0.2.7/login"));
    }

    /// A name before the host of a link is a disguise.
    #[test]
    fn names_before_hosts_disguise() {
        assert!(link("http://bank.test@evil.test/login").is_some());
    }

    /// An author who shows an address elsewhere than his own borrows it; his own, and that of his firm's
    /// other hosts, he may show.
    #[test]
    fn authors_may_show_another_address() {
        let shown = |from: &str| detail(from, "hello").is_some();

        assert!(shown("\"service@bank.test\" <joe@home.test>"));
        assert!(shown("\"Bank (service@bank.test)\" <joe@home.test>"));
        assert!(!shown("\"joe@home.test\" <joe@home.test>"));
        assert!(!shown("\"joe@home.test\" <joe@mail.home.test>"));
        assert!(!shown("Joe @ home <joe@home.test>") && !shown("Joe <joe@home.test>"));
    }
}
