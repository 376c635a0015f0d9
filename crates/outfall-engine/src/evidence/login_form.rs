//! # What it sees
//!
//! An attached page that asks for a password.
//!
//! # Why it matters
//!
//! Who attaches the form need not host it: nothing in the message leads to the thief but the page.
//!
//! # When it is wrong
//!
//! Web developers send pages to each other, and a saved page has the form of its site.  So it is weak
//! alone, and above all decides whether an outbreak is called phishing.

use super::{Evidence, Family, Situation};

/// What an attached page that asks for a password is called.
const FORM: &str = "a login form";

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let files = &situation.examined.message.attachments;
    let file = files.iter().find(|file| file.active.contains(&FORM))?;
    let detail = format!("attachment {} asks for a password", file.name);
    Some(Evidence { name: "login-form".into(), family: Family::Content, nats: 1.5, detail })
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(page: &str) -> Option<String> {
        let raw = format!(
            "Content-Type: text/html; name=a.html\nContent-Disposition: attachment\n\n{page}"
        );
        let examined = crate::Examined {
            message: outfall_message::examine(raw.as_bytes()),
            ..crate::Examined::default()
        };
        weigh(&Situation::plain(&examined)).map(|evidence| evidence.detail)
    }

    /// An attached page with a field for a password is named; one without is not.
    #[test]
    fn pages_that_ask_for_passwords_are_named() {
        let want = "attachment a.html asks for a password";

        assert_eq!(Some(want.into()), detail("<html><form><input type=password></form>"));
        assert_eq!(None, detail("<html><form><input type=text></form>"));
    }
}
