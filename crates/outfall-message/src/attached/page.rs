//! Attached pages, scripts and calendars: where they lead, what they ask for, how they are written.
//!
//! Main functions: [`page`] for HTML and SVG, [`script`], [`calendar`].
//!
//! # What holds
//!
//! * As much text is read as a message may have in all; nothing is run.
//! * A script is drawn by the classes of its words, so that names and strings made up anew for each
//!   message leave it the same.
//!
//! # Not here
//!
//! What scripts would write: a page that is put together by one is drawn, not read.

use std::borrow::Cow;
use std::fmt::Write;

use mail_parser::decoders::base64::base64_decode;
use memchr::memmem;

use super::shape;
use crate::limits::Budget;
use crate::model::{Attachment, LinkPlace, Oddities};
use crate::view::View;
use crate::{decode, find, html};

/// Links of one file that are kept; a form leads to one place, a calendar to a few.
const MOST_LINKS: usize = 16;

/// Elements of a page that are its own: a program's empty page has fewer.
const SPECIFIC_PAGE: usize = 8;

/// Characters of a script's skeleton: some hundred words, enough to tell one from another.
const LONGEST_SKELETON: usize = 600;

/// Classes of a script's words below which it is everybody's.
const SPECIFIC_SCRIPT: usize = 40;

/// A run of base64 that holds a file and not a picture of a few pixels.
const A_FILE: usize = 8 * 1024;

/// Notes what an attached page says; its links go to `view`.
pub(crate) fn page(file: &mut Attachment, bytes: &[u8], view: &mut View) {
    let text = text(bytes, view);
    let mut inner = View::new(Budget { links: MOST_LINKS, ..Budget::default() });
    html::render(&text, &mut inner);
    inner.search_links();
    for link in inner.links.into_list() {
        if link.place != LinkPlace::Resource {
            view.add_link(&link.url, &link.shown, LinkPlace::Attached);
        }
    }
    form_actions(&text, view);
    if asks_for_password(&text) {
        file.act("a login form");
    }
    if inner.tags.matches(',').count() + 1 >= SPECIFIC_PAGE {
        file.skeleton = format!("page {}", inner.tags);
    }
    for body in scripts(&text) {
        note_script(file, body, view);
        if file.skeleton.is_empty() {
            file.skeleton = drawn(body).unwrap_or_default();
        }
    }
}

/// Notes what an attached script says.
pub(crate) fn script(file: &mut Attachment, bytes: &[u8], view: &mut View) {
    let text = text(bytes, view);
    note_script(file, &text, view);
    file.skeleton = drawn(&text).unwrap_or_default();
}

/// Notes the links of a calendar or a card.
pub(crate) fn calendar(bytes: &[u8], view: &mut View) {
    let text = text(bytes, view);
    // Long lines are folded: a line end and a blank stand within a word (RFC 5545 section 3.1).
    add_links(&text.replace("\r\n ", "").replace("\n ", ""), view);
}

/// Decodes what the budget leaves of a file.
fn text<'a>(bytes: &'a [u8], view: &mut View) -> Cow<'a, str> {
    let bytes = &bytes[..bytes.len().min(view.budget.text)];
    view.budget.text -= bytes.len();
    // What is odd about a file's letters is no oddity of the message.
    decode::text(Cow::Borrowed(bytes), "", &mut Oddities::default())
}

fn add_links(text: &str, view: &mut View) {
    let mut left = MOST_LINKS;
    find::links(text, |range| {
        if left > 0 {
            left -= 1;
            view.add_link(&text[range], "", LinkPlace::Attached);
        }
    });
}

/// Adds where the forms of a page send what is typed into them.
fn form_actions(text: &str, view: &mut View) {
    for at in found(text, "action=").take(MOST_LINKS) {
        let value = text[at + "action=".len()..].trim_start_matches(['"', '\'', ' ']);
        let end = value.find(['"', '\'', '>', ' ']).unwrap_or(value.len());
        view.add_link(&value[..end], "", LinkPlace::Attached);
    }
}

/// Tells whether a page has a field for a password.
fn asks_for_password(text: &str) -> bool {
    found(text, "password").any(|at| {
        let before = &text[text.floor_char_boundary(at.saturating_sub(12))..at];
        let before = before.trim_end_matches(['"', '\'', ' ', '\\']);
        before
            .strip_suffix('=')
            .is_some_and(|name| name.trim_end().to_ascii_lowercase().ends_with("type"))
    })
}

/// Yields where `needle`, in lower case, stands in `text` in lower, upper or title case, which are
/// the ones that programs and people write.
fn found<'a>(text: &'a str, needle: &str) -> impl Iterator<Item = usize> + 'a {
    let mut title = needle.to_owned();
    title[..1].make_ascii_uppercase();
    let forms = [needle.to_owned(), needle.to_ascii_uppercase(), title];
    let finders = forms.map(|form| memmem::Finder::new(form.as_bytes()).into_owned());
    finders.into_iter().flat_map(move |finder| {
        let places: Vec<usize> = finder.find_iter(text.as_bytes()).take(MOST_PLACES).collect();
        places
    })
}

/// Places of one word that are looked at.
const MOST_PLACES: usize = 64;

//------------ Scripts --------------------------------------------------------

/// Yields the bodies of the script elements of a page.
fn scripts(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("<script").take(MOST_LINKS);
    starts.filter_map(|(at, _)| {
        let body = text[at..].split_once('>')?.1;
        Some(body.split_once("</script").map_or(body, |(body, _)| body))
            .filter(|body| !body.is_empty())
    })
}

/// Notes where a script leads, be it in clear or in base64, and whether it builds a file.
fn note_script(file: &mut Attachment, script: &str, view: &mut View) {
    add_links(script, view);
    let mut longest = 0;
    for run in script.split(|letter: char| !is_base64(letter)) {
        longest = longest.max(run.len());
        if run.starts_with(HTTP_IN_BASE64) {
            let whole = &run.as_bytes()[..run.len().min(4096) / 4 * 4];
            let url = base64_decode(whole).unwrap_or_default();
            view.add_link(&String::from_utf8_lossy(&url), "", LinkPlace::Attached);
        }
    }
    let builds =
        ["createObjectURL", "msSaveOrOpenBlob", "new Blob", "new File", "data:application"];
    if longest >= A_FILE && builds.iter().any(|word| script.contains(word)) {
        file.act("a script that builds a file");
    }
}

/// How base64 of `http` begins.
const HTTP_IN_BASE64: &str = "aHR0c";

fn is_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=')
}

/// Draws a script: names as `a`, numbers as `0`, strings as their rough length, and the marks between
/// them as they are.  None where it is too short to be anybody's own.
fn drawn(script: &str) -> Option<String> {
    let mut skeleton = String::from("script ");
    let mut rest = script.trim_start();
    let mut classes = 0;
    while let Some(first) = rest.chars().next()
        && skeleton.len() < LONGEST_SKELETON
    {
        let length = match first {
            '"' | '\'' | '`' => string(rest, first, &mut skeleton),
            _ => word(rest, first, &mut skeleton),
        };
        classes += 1;
        rest = rest[length..].trim_start();
    }
    (classes >= SPECIFIC_SCRIPT).then_some(skeleton)
}

/// Draws the string that `rest` begins with; returns its length.
fn string(rest: &str, quote: char, skeleton: &mut String) -> usize {
    let end = rest[1..].find(quote).map_or(rest.len(), |end| end + 2);
    let _ = write!(skeleton, "'");
    shape::size(end as u64, skeleton);
    end
}

/// Draws the name, number or mark that `rest` begins with; returns its length.
fn word(rest: &str, first: char, skeleton: &mut String) -> usize {
    if first.is_alphanumeric() || first == '_' || first == '$' {
        skeleton.push(if first.is_ascii_digit() { '0' } else { 'a' });
        let is_end = |letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$';
        return rest.find(is_end).unwrap_or(rest.len());
    }
    skeleton.push(first);
    first.len_utf8()
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn examined(name: &str, text: &str) -> (Attachment, Vec<String>) {
        let mut view = View::default();
        let file = Attachment { name: name.into(), ..Attachment::default() };
        let file = crate::attached::examine(file, text.as_bytes(), &mut view);
        (file, view.links.into_list().into_iter().map(|link| link.url).collect())
    }

    /// A page leads where its anchors, its text and its forms do, and not to its pictures.
    #[test]
    fn pages_lead_on() {
        let page = "<html><a href='http://a.example/1'>x</a><img src='http://b.example/2'>
            <form action=\"https://c.example/3\"><FORM ACTION=http://d.example/4>";

        assert_eq!(
            vec!["http://a.example/1", "https://c.example/3", "http://d.example/4"],
            examined("a.html", page).1
        );
    }

    /// A field for a password makes a login form, however it is written; the word alone does not.
    #[test]
    fn login_forms_are_known() {
        for field in ["type=password", "TYPE = 'password'", "type=\\\"Password\\\""] {
            let page = format!("<html><form><input {field}></form>");

            assert_eq!(vec!["a login form"], examined("a.htm", &page).0.active, "{field}");
        }
        assert!(examined("a.html", "<html>Your password: type it").0.active.is_empty());
    }

    /// A script that holds a file and hands it to the reader is told; one without the file is not.
    #[test]
    fn smuggling_is_told() {
        let page = |size| {
            let file = "QUJD".repeat(size / 4);
            let page = format!("<script>var b = new Blob([atob('{file}')]);</script>");
            examined("a.html", &page).0.active
        };

        assert_eq!(vec!["a script that builds a file"], page(A_FILE));
        assert!(page(A_FILE - 4).is_empty());
    }

    /// Links in scripts are found in clear and in base64.
    #[test]
    fn scripts_lead_on() {
        let clear = "<svg><script>location = \"http://a.example/1\"</script></svg>";
        let hidden = "<html><script>location = atob('aHR0cHM6Ly9iLmV4YW1wbGUvMg==')</script>";

        assert_eq!(vec!["http://a.example/1"], examined("a.svg", clear).1);
        assert_eq!(vec!["https://b.example/2"], examined("a.html", hidden).1);
    }

    /// A script with other names, numbers and strings has the same skeleton, another script has not.
    #[test]
    fn scripts_keep_their_form() {
        let script = |name: &str, text: &str, end: &str| {
            let line = format!("var {name} = {name}1 + 17; f({name}, '{text}');\n");
            examined("a.js", &(line.repeat(5) + end)).0.skeleton
        };
        let one = script("abc", "hello world and all", "");

        assert!(one.starts_with("script aa=a+0;a(a,'16);aa="), "{one}");
        assert_eq!(one, script("x", "hello world again!!", ""));
        assert_ne!(one, script("x", "hello world again!!", "if (x) { y() }"));
        assert_eq!("", examined("a.js", "alert(1)").0.skeleton);
    }

    /// A page's skeleton is its elements; a page of a few has none.
    #[test]
    fn pages_have_skeletons() {
        let page =
            |text: &str| format!("<html><body>{}</body></html>", format!("<p>{text}<b>").repeat(4));

        assert_ne!("", examined("a.html", &page("hello")).0.skeleton);
        assert_eq!(
            examined("a.html", &page("hello")).0.skeleton,
            examined("b.html", &page("x")).0.skeleton
        );
        assert_eq!("", examined("a.html", "<html><p>hello").0.skeleton);
    }

    /// A calendar's links are whole where its lines are folded.
    #[test]
    fn folded_links_are_whole() {
        let calendar = "BEGIN:VCALENDAR\r\nURL:https://a.example/lo\r\n ng/path\r\n";

        assert_eq!(vec!["https://a.example/long/path"], examined("a.ics", calendar).1);
    }

    /// The text of all files is what a message may have, however many there are.
    #[test]
    fn text_is_bounded() {
        let mut view = View::default();
        let bytes = format!("<html>{}", "<p>x".repeat(1 << 20)).into_bytes();
        crate::attached::examine(Attachment::default(), &bytes, &mut view);

        assert_eq!(0, view.budget.text);
    }
}
