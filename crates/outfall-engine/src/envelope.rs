//! What the MTA knows beside the message.

use std::borrow::Cow;

/// The envelope of one message; everything but the recipients may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Envelope {
    /// RFC 5321 recipients, as given.
    pub recipients: Vec<String>,
    /// MAIL FROM without brackets; `Some("")` is the null sender.
    pub mail_from: Option<String>,
    /// Address of the client in text form.
    pub client_ip: Option<String>,
    /// The login that the MTA authenticated.
    pub account: Option<String>,
    /// What the client said in HELO or EHLO.
    pub helo: Option<String>,
    /// Whether it was handed in on the MTA's own host and not over SMTP.
    pub local: bool,
    /// The access customer behind the address, where somebody looked it up.
    pub subscriber: Option<String>,
    /// The customer to whom the sender belongs.
    pub tenant: Option<String>,
}

impl Envelope {
    /// Returns MAIL FROM, empty where it is null or unknown.
    pub fn mail_from(&self) -> &str {
        self.mail_from.as_deref().unwrap_or_default()
    }

    /// Returns the domain of MAIL FROM in lower case, or empty.
    pub fn mail_from_domain(&self) -> Cow<'_, str> {
        domain_of(self.mail_from())
    }
}

/// Returns what stands behind the last `@`, in lower case.
pub fn domain_of(address: &str) -> Cow<'_, str> {
    lower_case(address.rsplit_once('@').map_or("", |(_, domain)| domain.trim_end_matches('.')))
}

/// Returns `text` with its ASCII letters in lower case, as nearly all addresses are already.
fn lower_case(text: &str) -> Cow<'_, str> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_lower { text.into() } else { text.to_ascii_lowercase().into() }
}

/// Returns an address as it is compared: in lower case, in any script.
pub fn folded(address: &str) -> Cow<'_, str> {
    if address.is_ascii() { lower_case(address) } else { address.to_lowercase().into() }
}

/// Tells whether `host` is `domain` or lies below it; nothing lies in an empty domain.
pub fn is_within(host: &str, domain: &str) -> bool {
    !domain.is_empty()
        && host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// A host lies in its own domain and in those above, not in one that only ends alike.
    #[test]
    fn a_domain_ends_at_a_dot() {
        assert!(is_within("shop.example", "shop.example"));
        assert!(is_within("www.shop.example", "shop.example"));
        assert!(!is_within("workshop.example", "shop.example"));
        assert!(!is_within("example", "shop.example"));
        assert!(!is_within("shop.example", ""));
    }

    /// The domain stands behind the last sign, in lower case, without the root's dot.
    #[test]
    fn domains_are_tidied() {
        assert_eq!("b.example", domain_of("\"x@y\"@B.Example."));
        assert_eq!("", domain_of("nobody"));
    }
}
