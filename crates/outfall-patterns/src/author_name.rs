//! The name that the author shows, where it is not one's own.
//!
//! # What it sees
//!
//! `Bank Security <john.smith@firm.test>`: a name of which nothing stands in the address, or one
//! that is itself another address or domain.  Stolen accounts of one outbreak show the same.
//!
//! # When it is wrong
//!
//! Many honest names have nothing of their address, and namesakes exist.  The kind is weak.

use crate::{Hasher, Kind, Patterns, Source};
use outfall_message::Address;

/// A name of one word is a first name.
const FEWEST_WORDS: usize = 2;

/// A shorter word stands in an address by chance.
const SHORTEST_WORD: usize = 3;

/// A longer word behind a dot is a family name: `john.smith`.
const LONGEST_TOP: usize = 4;

/// The longest name that is looked at, in bytes.
const LONGEST_NAME: usize = 128;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    if let Some(name) = source.message.head.from.first().and_then(foreign) {
        patterns.add(hasher.pattern(Kind::AuthorName, name.as_bytes()), &name);
    }
}

/// Returns the name in its one form, if it is not that of the address.
fn foreign(author: &Address) -> Option<String> {
    let name = author.name[..author.name.floor_char_boundary(LONGEST_NAME)].to_lowercase();
    let words = name.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let has_place = name.contains('@') || name.split_whitespace().any(is_domain);
    let own = author.address.as_str();
    let is_own = words.iter().any(|word| word.len() >= SHORTEST_WORD && own.contains(word));
    let is_foreign = if has_place { !names_domain(&name, own) } else { !is_own };
    (is_foreign && (has_place || words.len() >= FEWEST_WORDS)).then(|| words.join(" "))
}

/// Tells whether a word is a host as people write it: `bank.example`.
fn is_domain(word: &str) -> bool {
    let Some((before, top)) = word.rsplit_once('.') else { return false };
    before.len() >= SHORTEST_WORD
        && (2..=LONGEST_TOP).contains(&top.len())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Tells whether the place that `name` shows is that of the address, or holds it.
fn names_domain(name: &str, address: &str) -> bool {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let place = name.split_whitespace().find(|word| word.contains('@') || is_domain(word));
    let place = place.unwrap_or(name).trim_matches(|sign: char| !sign.is_alphanumeric());
    let place = place.rsplit_once('@').map_or(place, |(_, domain)| domain);
    !domain.is_empty() && (domain.ends_with(place) || place.ends_with(domain))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, address: &str) -> Option<String> {
        foreign(&Address { name: name.into(), address: address.into() })
    }

    /// A name counts if nothing of it stands in the address.
    #[test]
    fn foreign_names_count() {
        assert_eq!(Some("bank security".into()), shown("Bank Security", "john@firm.test"));
        assert_eq!(Some("bank security".into()), shown(" BANK - Security!", "john@firm.test"));
        assert_eq!(None, shown("John Smith", "jsmith@firm.test"));
        assert_eq!(None, shown("The Firm", "sales@firm.test"));
        assert_eq!(None, shown("John", "js77@firm.test"));
        assert_eq!(None, shown("", "js77@firm.test"));
    }

    /// A name that shows a place counts if it is another place than the address's.
    #[test]
    fn foreign_places_count() {
        assert_eq!(Some("service bank test".into()), shown("service@bank.test", "john@firm.test"));
        assert_eq!(Some("bank test".into()), shown("Bank.test", "bank@firm.test"));
        assert_eq!(None, shown("john@firm.test", "john@firm.test"));
        assert_eq!(None, shown("www.firm.test", "john@firm.test"));
    }
}
