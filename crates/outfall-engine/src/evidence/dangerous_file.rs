//! # What it sees
//!
//! An attachment that runs when it is opened, or hides that it does.
//!
//! # Why it matters
//!
//! Nobody's outbreak of holiday pictures is a `.pdf.exe`.
//!
//! # When it is wrong
//!
//! Developers send programs to each other, and scripts in archives.  So it is weak alone, and above all decides whether an
//! outbreak is called malware.

use super::{Evidence, Family, Situation};
use outfall_message::Attachment;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let files = &situation.examined.message.attachments;
    let (file, program) = files.iter().find_map(|file| Some((file, program(file)?)))?;
    let detail = match program == file.name {
        true => format!("attachment {program} can run when opened"),
        false => format!("attachment {} brings {program}, which can run when opened", file.name),
    };
    Some(Evidence { name: "dangerous-file".into(), family: Family::Content, nats: 1.5, detail })
}

/// Endings that the common desktop systems run on a double click, and containers that mail
/// programs open without a question and that carry such files past filters.
const RUNS: &[&str] = &[
    "ade",
    "adp",
    "app",
    "appref-ms",
    "bat",
    "chm",
    "cmd",
    "com",
    "cpl",
    "exe",
    "hta",
    "img",
    "iso",
    "jar",
    "js",
    "jse",
    "library-ms",
    "lnk",
    "mde",
    "msc",
    "msi",
    "msp",
    "pif",
    "ps1",
    "reg",
    "scr",
    "sct",
    "settingcontent-ms",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xll",
];

/// Returns the name of what runs: the file itself, or a file in the archive that it is.
fn program(file: &Attachment) -> Option<&str> {
    let names = std::iter::once(&file.name).chain(&file.inside);
    let named = names.map(String::as_str).find(|name| runs(name));
    named.or((file.sniffed == "exe").then_some(file.name.as_str()))
}

fn runs(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.trim().to_ascii_lowercase());
    ending.is_some_and(|ending| RUNS.contains(&ending.as_str()))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn dangerous(name: &str, sniffed: &'static str) -> bool {
        program(&Attachment { name: name.into(), sniffed, ..Attachment::default() }).is_some()
    }

    /// A program in an archive is named.
    #[test]
    fn archives_are_looked_into() {
        let inside = vec!["readme.txt".into(), "photo.jpg.scr".into()];
        let file = Attachment { name: "photos.zip".into(), inside, ..Attachment::default() };

        assert_eq!(Some("photo.jpg.scr"), program(&file));
    }

    /// The last ending counts, whatever its case; content counts under any name.
    #[test]
    fn the_last_ending_counts() {
        assert!(dangerous("invoice.pdf.EXE", ""));
        assert!(dangerous("holiday.jpg", "exe"));
        assert!(!dangerous("exe.pdf", "pdf"));
        assert!(!dangerous("", ""));
    }

    /// The list is sorted, so that a missing ending is seen at a glance.
    #[test]
    fn endings_are_sorted() {
        assert!(RUNS.is_sorted());
    }
    /// The sentence names the file, and the program in it where that is another.
    #[test]
    fn the_program_is_named() {
        let said = |name: &str, inside: &[&str]| {
            let inside = inside.iter().map(|&name| name.into()).collect();
            let file = Attachment { name: name.into(), inside, ..Attachment::default() };
            let mut examined = crate::Examined::default();
            examined.message.attachments = vec![Attachment::default(), file];
            weigh(&Situation::plain(&examined)).map(|evidence| evidence.detail)
        };

        assert_eq!(Some("attachment a.exe can run when opened".into()), said("a.exe", &[]));
        assert_eq!(
            Some("attachment a.zip brings b.scr, which can run when opened".into()),
            said("a.zip", &["b.scr"])
        );
        assert_eq!(None, said("a.zip", &["b.txt"]));
    }
}
