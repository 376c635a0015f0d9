//! What a message says and asks for in its author's name: his own words and links, and when those that
//! he quotes are his as well.
//!
//! # Theory
//!
//! Quoted text belongs to somebody else, and counting it would hold a thread against all who answer.  But
//! whoever has nothing to say himself and quotes a call to action makes it his own: a lone "see below"
//! over a forged `-----Original Message-----` is a usual disguise.  Headers decide nothing here, as
//! a program that sends spam writes `In-Reply-To` as easily as not.
//!
//! # When it is wrong
//!
//! People forward newsletters, jokes and spam with a word above, and answer "thanks" over a full
//! quotation.  Their messages share values with the one that they pass on.  They do so as what they
//! are, known people who write to those they know, and recurrence is weighed by that.
//!
//! # Not here
//!
//! Where a quotation begins (`page`, `quote`).

use crate::model::{Link, LinkPlace, Message};
use std::borrow::Cow;

/// Whoever writes more than this says something of his own.
const MOST_WORDS: usize = 20;

/// The same for scripts without spaces, in bytes.
const MOST_BYTES: usize = 160;

impl Message {
    /// Tells whether the quotation speaks for the author: next to it he says hardly anything and
    /// leads nowhere himself.
    pub fn speaks_by_quoting(&self) -> bool {
        let leads =
            || self.links.iter().any(|link| link.place == LinkPlace::Own && !link.host.is_empty());
        !self.quoted.is_empty()
            && self.text.len() <= MOST_BYTES
            && self.text.split_whitespace().nth(MOST_WORDS).is_none()
            && !leads()
    }

    /// Returns what the author says, be it in his own words or in those that he quotes.
    pub fn spoken(&self) -> Cow<'_, str> {
        if self.speaks_by_quoting() {
            Cow::Owned([&*self.text, &*self.quoted].join("\n"))
        } else {
            Cow::Borrowed(&self.text)
        }
    }

    /// Yields the links that the author asks the reader to follow, in whatever they stand.
    pub fn calls(&self) -> impl Iterator<Item = &Link> {
        let quoted = self.speaks_by_quoting();
        self.links.iter().filter(move |link| match link.place {
            LinkPlace::Own | LinkPlace::Hidden | LinkPlace::Attached | LinkPlace::Pictured => true,
            LinkPlace::Quoted => quoted,
            LinkPlace::Resource => false,
        })
    }
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use crate::examine;

    const SPAM: &str = "Buy cheap watches now at http://shop.test/a or call us";

    fn spoken(body: &str) -> String {
        examine(format!("\r\n{body}\r\n").as_bytes()).spoken().into_owned()
    }

    /// Whoever hides all he says in a quotation, of whichever kind, has said it.
    #[test]
    fn a_quotation_under_nothing_is_spoken() {
        for body in [
            format!("-----Original Message-----\r\n{SPAM}"),
            format!("Please see below.\r\n\r\n-----Original Message-----\r\n{SPAM}"),
            format!("> {SPAM}"),
            format!("see\r\n\r\nOn Mon, 2 Mar 2026, Bob <bob@example.org> wrote:\r\n> {SPAM}"),
        ] {
            let message = examine(format!("In-Reply-To: <a@b.test>\r\n\r\n{body}").as_bytes());

            assert!(message.spoken().ends_with(SPAM), "{body}");
            assert_eq!(
                1,
                message.calls().filter(|link| link.domain == "shop.test").count(),
                "{body}"
            );
        }
        let html = format!("<p>hi</p><blockquote type=cite><p>{SPAM}</p></blockquote>");
        let message = examine(format!("Content-Type: text/html\r\n\r\n{html}").as_bytes());

        assert!(message.spoken().ends_with(SPAM));
    }

    /// Who answers in words of his own, or leads somewhere himself, is not held to what he quotes; nor
    /// is a text without quotation changed.
    #[test]
    fn an_answer_is_its_own() {
        let answer = "I have looked at what you sent me last week and think that we should not buy \
                      any of these, because they are far too cheap to be good";
        let link = "look here instead http://own.test/";

        assert_eq!(answer, spoken(&format!("{answer}\r\n\r\n> {SPAM}")));
        assert_eq!(link, spoken(&format!("{link}\r\n\r\n> {SPAM}")));
        assert_eq!("see http://shop.test/a", spoken("see http://shop.test/a"));
        assert_eq!("", spoken(""));
        let long = "我".repeat(60);
        assert_eq!(long, spoken(&format!("{long}\r\n> {SPAM}")), "a script without spaces");
    }

    /// Pictures, styles and what is quoted under an answer call nobody.
    #[test]
    fn only_calls_are_calls() {
        let html = "<img src='http://picture.test/a'><a href='http://own.test/'>a</a>\
                    <blockquote type=cite><a href='http://quoted.test/'>b</a></blockquote>";
        let message = examine(format!("Content-Type: text/html\r\n\r\n{html}").as_bytes());
        let domains: Vec<_> = message.calls().map(|link| &*link.domain).collect();

        assert_eq!(vec!["own.test"], domains);
    }
}
