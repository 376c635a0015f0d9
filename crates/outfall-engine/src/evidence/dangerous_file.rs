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
//! Developers send programs to each other.  So it is weak alone, and above all decides whether an
//! outbreak is called malware.

use super::{Evidence, Family, Situation};
use outfall_message::Attachment;

pub fn weigh(situation: &Situation) -> Option<Evidence> {
    let file = situation.examined.message.attachments.iter().find(|file| is_dangerous(file))?;
    let detail = format!("attachment {} can run when opened", file.name);
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

fn is_dangerous(file: &Attachment) -> bool {
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.trim().to_ascii_lowercase());
    ending.is_some_and(|ending| RUNS.contains(&ending.as_str())) || file.sniffed == "exe"
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    fn dangerous(name: &str, sniffed: &'static str) -> bool {
        is_dangerous(&Attachment { name: name.into(), sniffed, ..Attachment::default() })
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
}
