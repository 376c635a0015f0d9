//! Mailboxes that collect answers.
//!
//! # What it sees
//!
//! Reply-To, `mailto:` and addresses in the text, where they are not the author's own: another
//! domain than that of From; or another mailbox, where From is at a freemail provider and the
//! domain says nothing.
//!
//! # When it is wrong
//!
//! People name colleagues at other firms, and lists.  Addresses that the message goes to are left out.

use super::Contacts;
use outfall_message::Head;

/// The longest local part and domain (RFC 5321 section 4.5.3.1).
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;

/// How much of To and Cc is searched for one address: some fifty of them.
const RECIPIENT_BYTES: usize = 2048;

/// Domains under which everybody can have a mailbox in minutes, by the label before the suffix:
/// the same provider has many suffixes.  From the big ones of each part of the world.
const FREEMAIL: [&str; 50] = [
    "126",
    "139",
    "163",
    "aim",
    "aliyun",
    "aol",
    "att",
    "bk",
    "comcast",
    "daum",
    "fastmail",
    "foxmail",
    "free",
    "gmail",
    "gmx",
    "googlemail",
    "hanmail",
    "hey",
    "hotmail",
    "icloud",
    "inbox",
    "laposte",
    "libero",
    "list",
    "live",
    "mac",
    "mail",
    "mailfence",
    "me",
    "msn",
    "naver",
    "orange",
    "outlook",
    "pm",
    "proton",
    "protonmail",
    "qq",
    "rambler",
    "rediffmail",
    "seznam",
    "sina",
    "t-online",
    "tuta",
    "tutanota",
    "uol",
    "web",
    "ya",
    "yahoo",
    "yandex",
    "zoho",
];

/// Returns the mailboxes in Reply-To that are not the author's own.
pub fn answers(head: &Head) -> impl Iterator<Item = String> {
    let answers = head.reply_to.iter().map(|one| &*one.address);
    answers.filter(|address| is_address(address) && !is_own(address, head)).map(contact)
}

/// Returns the mailbox of a `mailto:` link, what follows the scheme.
pub fn in_link(rest: &str, head: &Head) -> Option<String> {
    let address = rest.split(['?', ',', ';', '&']).next()?.trim_start_matches('/');
    let address = address.replace("%40", "@").to_lowercase();
    is_foreign(&address, head).then(|| contact(&address))
}

/// Takes the address around the `@` at `at`; returns where it ends.
pub fn around(text: &str, at: usize, head: &Head, found: &mut Contacts) -> usize {
    let bytes = text.as_bytes();
    let before =
        bytes[..at].iter().rev().take(LONGEST_LOCAL + 1).take_while(|byte| is_local(**byte));
    let after = bytes[at + 1..].iter().take(LONGEST_DOMAIN).take_while(|byte| is_domain(**byte));
    let (start, end) = (at - before.count(), at + 1 + after.count());
    let address = text[start..end].trim_matches(['.', '-', '\'']).to_ascii_lowercase();
    if is_foreign(&address, head) {
        found.add(contact(&address));
    }
    end
}

/// Writes an address as a contact.
pub fn contact(address: &str) -> String {
    format!("mail {address}")
}

fn is_foreign(address: &str, head: &Head) -> bool {
    is_address(address) && !is_own(address, head) && !is_recipient(address, head)
}

/// Tells whether a mailbox is the author's, or of the author's firm.
fn is_own(address: &str, head: &Head) -> bool {
    head.from.iter().any(|from| {
        from.address == address
            || matches!((domain(&from.address), domain(address)),
                (Some(own), Some(other)) if !is_freemail(own) && is_related(own, other))
    })
}

/// Tells whether one domain is the other or lies in it, as `mail.firm.test` in `firm.test`.
fn is_related(one: &str, other: &str) -> bool {
    let is_within = |host: &str, domain: &str| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_within(one, other) || is_within(other, one)
}

fn is_recipient(address: &str, head: &Head) -> bool {
    let to = head.fields.iter().filter(|field| {
        field.name.eq_ignore_ascii_case("to") || field.name.eq_ignore_ascii_case("cc")
    });
    let bytes = address.as_bytes();
    to.map(|field| &field.value.as_bytes()[..field.value.len().min(RECIPIENT_BYTES)])
        .any(|value| value.windows(bytes.len()).any(|part| part.eq_ignore_ascii_case(bytes)))
}

/// Tells whether a domain is a freemail provider's: its name and a suffix of one label or two short ones.
fn is_freemail(domain: &str) -> bool {
    let Some((label, suffix)) = domain.split_once('.') else { return false };
    let is_suffix =
        suffix.split_once('.').is_none_or(|(one, two)| one.len() <= 3 && two.len() <= 3);
    is_suffix && FREEMAIL.binary_search(&label).is_ok()
}

fn domain(address: &str) -> Option<&str> {
    address.rsplit_once('@').map(|(_, domain)| domain)
}

/// Tells whether mail could go there: a local part, and labels with a top-level domain of letters.
fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let Some((rest, top)) = domain.rsplit_once('.') else { return false };
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    (1..=LONGEST_LOCAL).contains(&local.len())
        && local.bytes().all(is_local)
        && domain.bytes().all(is_domain)
        && rest.split('.').all(label)
        && top.len() >= 2
        && (top.bytes().all(|byte| byte.is_ascii_alphabetic()) || top.starts_with("xn--"))
}

/// The signs that addresses of people and desks have; RFC 5322 allows more, which in running text
/// belong to something around it.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".%+'_-".contains(&byte)
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-'
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn head(from: &str, more: &str) -> Head {
        let raw = format!("From: {from}\r\n{more}\r\n\r\n");
        outfall_message::examine(raw.as_bytes()).head
    }

    fn in_text(from: &str, text: &str) -> Vec<String> {
        let mut found = Contacts::default();
        let head = head(from, "To: <List@People.test>");
        let at = text.find('@').expect("an address");
        around(text, at, &head, &mut found);
        found.list
    }

    /// The list of providers can be searched by halves.
    #[test]
    fn providers_are_in_order() {
        assert!(FREEMAIL.is_sorted());
    }

    /// An address at another domain counts; one's own, a colleague's and a recipient's do not.
    #[test]
    fn foreign_addresses_count() {
        let from = "ann@mail.firm.test";

        assert_eq!(vec!["mail desk@answer.test"], in_text(from, "to <Desk@Answer.test>."));
        assert!(in_text(from, "ann@mail.firm.test").is_empty());
        assert!(in_text(from, "bob@firm.test").is_empty());
        assert!(in_text(from, "list@people.test").is_empty());
    }

    /// At a freemail provider another mailbox is another person.
    #[test]
    fn freemail_has_no_colleagues() {
        assert_eq!(vec!["mail ben@gmail.com"], in_text("ann@gmail.com", "ben@gmail.com"));
        assert!(in_text("ann@gmail.com", "ann@gmail.com").is_empty());
    }

    /// Reply-To counts if it leads elsewhere.
    #[test]
    fn answers_elsewhere_count() {
        let of = |to: &str| {
            let head = head("ann@firm.test", &format!("Reply-To: <{to}>"));
            answers(&head).collect::<Vec<_>>()
        };

        assert_eq!(vec!["mail ann.firm@yahoo.co.uk"], of("Ann.Firm@yahoo.co.uk"));
        assert!(of("sales@firm.test").is_empty());
        assert!(of("nobody").is_empty());
    }

    /// A link to a mailbox is read with its escapes and without its question.
    #[test]
    fn mail_links_are_read() {
        let head = head("ann@firm.test", "");

        assert_eq!(Some("mail a@b.test"), in_link("A%40b.test?subject=x", &head).as_deref());
        assert_eq!(None, in_link("?subject=x", &head));
        assert_eq!(None, in_link("bob@firm.test", &head));
    }

    /// What only looks like an address is none.
    #[test]
    fn nonsense_is_no_address() {
        for text in ["@", "a@", "@b.test", "a@b", "a@b.1", "a@-b.test", "a@b..test", "x @ y.test"] {
            assert!(in_text("ann@firm.test", text).is_empty(), "{text}");
        }
    }
}
