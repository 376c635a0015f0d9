//! Where readers are to answer: telephones, mail addresses, messenger names, wallets, accounts.
//!
//! # What it sees
//!
//! The call to action of an outbreak that needs no link: the number to ring, the mailbox that
//! collects answers, the wallet to pay into.  It recurs though every word be rewritten.
//!
//! # When it is wrong
//!
//! People sign with their numbers, firms with their switchboard's: the engine weighs who sends
//! a value, and passes over what is common here.  Wallets and bank accounts are only taken with
//! right checksums, numbers only in forms in which people write telephones.  Quoted text is
//! somebody else's and not looked at, unless it speaks for the author.
//!
//! # What holds
//!
//! * A message has at most [`MOST_CONTACTS`] of them: those with the smallest keyed hashes, so
//!   that made-up ones cannot crowd out the real one as they please.
//! * Work is linear in the text.

mod account;
mod address;
mod messenger;
mod phone;
mod scan;

use crate::{Hasher, Kind, Pattern, Patterns, Source};
use outfall_message::{Head, Link};

pub use messenger::leads_to_messenger;

/// The most contacts of a message that become patterns; people give two or three.
const MOST_CONTACTS: usize = 6;

/// The most contacts that are looked at: a directory of members is no call to action.
const MOST_CANDIDATES: usize = 64;

pub fn extract(source: &Source, hasher: &Hasher, patterns: &mut Patterns) {
    let message = source.message;
    let mut found = Contacts::default();
    address::answers(&message.head).for_each(|one| found.add(one));
    for link in source.message.calls().take(MOST_CANDIDATES) {
        found.add_all(in_link(link, &message.head));
    }
    scan::text(&source.text, &message.head, &mut found);
    found.smallest(hasher).for_each(|(pattern, shown)| patterns.add(pattern, &shown));
}

/// Returns the pattern of a mail address, in lower case, as [`crate::extract`] finds it in a text.
pub fn mail_contact(address: &str, hasher: &Hasher) -> Pattern {
    hasher.pattern(Kind::Contact, address::contact(address).as_bytes())
}

/// Returns the contact to which a link leads, if it opens a call, a mail or a messenger.
fn in_link(link: &Link, head: &Head) -> Option<String> {
    let (scheme, rest) = link.url.split_once(':')?;
    match &*scheme.to_ascii_lowercase() {
        "tel" | "sms" => phone::in_link(rest),
        "mailto" => address::in_link(rest, head),
        _ => messenger::in_link(link),
    }
}

//------------ Contacts -------------------------------------------------------

/// What was found so far, each in its one form: a word for its sort and its value.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    list: Vec<String>,
}

impl Contacts {
    fn add(&mut self, contact: String) {
        if !self.is_full() && !self.list.contains(&contact) {
            self.list.push(contact);
        }
    }

    fn add_all(&mut self, contacts: impl IntoIterator<Item = String>) {
        contacts.into_iter().for_each(|contact| self.add(contact));
    }

    fn is_full(&self) -> bool {
        self.list.len() >= MOST_CANDIDATES
    }

    fn smallest(self, hasher: &Hasher) -> impl Iterator<Item = (Pattern, String)> {
        let hashed = |shown: String| (hasher.pattern(Kind::Contact, shown.as_bytes()), shown);
        let mut all: Vec<_> = self.list.into_iter().map(hashed).collect();
        all.sort_unstable_by_key(|(pattern, _)| *pattern);
        all.into_iter().take(MOST_CONTACTS)
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract as all;
    use outfall_message::{Message, examine};
    use proptest::prelude::*;

    fn contacts(message: &Message) -> Vec<String> {
        let patterns = all(message, &Hasher::new([0; 16]));
        let is = |kind| move |found: &crate::Found| found.pattern.kind() == kind;
        let mut shown: Vec<_> =
            patterns.values.into_iter().filter(is(Kind::Contact)).map(|one| one.shown).collect();
        shown.sort();
        shown
    }

    fn of(raw: &str) -> Vec<String> {
        contacts(&examine(raw.as_bytes()))
    }

    /// Answers, links and text are all read; what is quoted is somebody else's.
    #[test]
    fn contacts_are_found_wherever_they_stand() {
        let raw = "From: Ann <ann@bank.test>\r\nReply-To: ann.bank@gmail.com\r\n\
            Content-Type: text/html\r\n\r\n\
            <a href='tel:+15558675309'>ring</a> or <a href='https://t.me/AnnPays'>write</a> or\
            <a href='mailto:desk@answer.test?subject=x'>mail</a> or 0x52908400098527886E0F7030069857D2E4169EE7\
            <blockquote type=cite>+1 555 222 3333, quoted@other.test</blockquote>";
        let want = [
            "ethereum 0x52908400098527886e0f7030069857d2e4169ee7",
            "mail ann.bank@gmail.com",
            "mail desk@answer.test",
            "phone 558675309",
            "telegram annpays",
        ];

        assert_eq!(want.to_vec(), of(raw));
    }

    /// However many contacts a message has, six count, and each of them once.
    #[test]
    fn contacts_are_limited() {
        let many: String = (0..300).map(|n| format!("desk{n}@answer{n}.test ")).collect();

        assert_eq!(6, of(&format!("\r\n{many}")).len());
        assert_eq!(1, of("\r\nann@a.test ann@a.test ANN@A.TEST mailto:ann@a.test").len());
    }

    proptest! {
        /// No text, of whatever characters, makes more contacts than count, or a panic.
        #[test]
        fn any_text_is_bounded(text in "(\\PC|[0-9+@:. -]|0x|bc1|tel|\u{ff11}){0,300}") {
            let message = Message { text, ..Message::default() };

            prop_assert!(contacts(&message).len() <= MOST_CONTACTS);
        }

        /// Spaces, dots and dashes inside an international number do not make another of it.
        #[test]
        fn separators_do_not_matter(signs in proptest::collection::vec("[ .-]?", 10)) {
            let digits = "4989216300".chars().zip(&signs);
            let written: String = digits.map(|(digit, sign)| format!("{sign}{digit}")).collect();
            let written = written.trim_start_matches([' ', '.', '-']);
            let text = format!("ring +{written}, now");

            prop_assert_eq!(vec!["phone 989216300".to_owned()], of(&format!("\r\n{text}")));
        }
    }
}
