//! What the ending of a file name says: what a desktop does on a double click.
//!
//! Main function: [`runs`].  What holds: only the last ending counts, in any case, as it does for
//! the desktop; blanks and dots behind it, which the desktop drops, are dropped.
//! Not here: what the bytes say ([`crate::sniff`]).

/// How a file acts that acts when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// Machine code, or an installer of it.
    Program,
    /// Text that an interpreter runs.
    Script,
    /// A pointer that starts something else.
    Shortcut,
    /// A disk that opens like a folder and whose files carry no mark of the internet.
    DiskImage,
    /// A document that may bring macros.
    Macros,
}

impl Runs {
    /// Returns how a person would say it.
    pub fn word(self) -> &'static str {
        match self {
            Runs::Program => "a program",
            Runs::Script => "a script",
            Runs::Shortcut => "a shortcut",
            Runs::DiskImage => "a disk image",
            Runs::Macros => "macros",
        }
    }
}

/// Endings that the common desktop systems run on a double click, and containers that mail
/// programs open without a question and that carry such files past filters; in order.
const RUNNING: &[(&str, Runs)] = &[
    ("ade", Runs::Macros),
    ("adp", Runs::Macros),
    ("app", Runs::Program),
    ("appref-ms", Runs::Shortcut),
    ("bat", Runs::Script),
    ("chm", Runs::Script),
    ("cmd", Runs::Script),
    ("com", Runs::Program),
    ("cpl", Runs::Program),
    ("docm", Runs::Macros),
    ("dotm", Runs::Macros),
    ("exe", Runs::Program),
    ("hta", Runs::Script),
    ("img", Runs::DiskImage),
    ("iso", Runs::DiskImage),
    ("jar", Runs::Program),
    ("js", Runs::Script),
    ("jse", Runs::Script),
    ("library-ms", Runs::Shortcut),
    ("lnk", Runs::Shortcut),
    ("mde", Runs::Macros),
    ("msc", Runs::Script),
    ("msi", Runs::Program),
    ("msix", Runs::Program),
    ("msp", Runs::Program),
    ("pif", Runs::Program),
    ("potm", Runs::Macros),
    ("ppam", Runs::Macros),
    ("ppsm", Runs::Macros),
    ("pptm", Runs::Macros),
    ("ps1", Runs::Script),
    ("reg", Runs::Script),
    ("scr", Runs::Program),
    ("sct", Runs::Script),
    ("search-ms", Runs::Shortcut),
    ("settingcontent-ms", Runs::Shortcut),
    ("url", Runs::Shortcut),
    ("vb", Runs::Script),
    ("vbe", Runs::Script),
    ("vbs", Runs::Script),
    ("vhd", Runs::DiskImage),
    ("vhdx", Runs::DiskImage),
    ("ws", Runs::Script),
    ("wsc", Runs::Script),
    ("wsf", Runs::Script),
    ("wsh", Runs::Script),
    ("xlam", Runs::Macros),
    ("xll", Runs::Program),
    ("xlsm", Runs::Macros),
    ("xltm", Runs::Macros),
];

/// Endings of files that carry other files.
const ARCHIVES: [&str; 12] =
    ["7z", "ace", "arj", "bz2", "cab", "gz", "lzh", "rar", "tar", "tgz", "xz", "zip"];

/// Endings of what people send each other: before another ending they are there to deceive.
const HARMLESS: [&str; 16] = [
    "bmp", "csv", "doc", "docx", "gif", "htm", "html", "jpeg", "jpg", "mp3", "mp4", "pdf", "png",
    "txt", "xls", "xlsx",
];

/// Says how a file of this name acts when it is opened, if it does.
pub fn runs(name: &str) -> Option<Runs> {
    let ending = of(name)?;
    let at = RUNNING.binary_search_by_key(&&*ending, |(ending, _)| ending).ok()?;
    Some(RUNNING[at].1)
}

/// Tells whether the name is that of an archive.
pub(crate) fn is_archive(name: &str) -> bool {
    of(name).is_some_and(|ending| ARCHIVES.contains(&&*ending))
}

/// Tells whether a name hides by a harmless ending that it runs: `invoice.pdf.exe`.
pub(crate) fn is_double(name: &str) -> bool {
    let front = trimmed(name).rsplit_once('.').map(|(front, _)| front);
    let harmless = front.and_then(of).is_some_and(|ending| HARMLESS.contains(&&*ending));
    harmless && runs(name).is_some()
}

/// Returns the ending in lower case; None without one, and where it is too long to be one.
pub(crate) fn of(name: &str) -> Option<String> {
    let (_, ending) = trimmed(name).rsplit_once('.')?;
    let is_ending = (1..=LONGEST).contains(&ending.len()) && !ending.contains(['/', '\\']);
    is_ending.then(|| ending.trim().to_ascii_lowercase())
}

/// The longest ending that means something is `settingcontent-ms`.
const LONGEST: usize = 20;

fn trimmed(name: &str) -> &str {
    name.trim_end_matches(['.', ' '])
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;

    /// The list is sorted, as the search in it needs.
    #[test]
    fn endings_are_sorted() {
        assert!(RUNNING.is_sorted_by_key(|(ending, _)| ending));
    }

    /// The last ending counts, whatever its case and whatever the desktop drops behind it.
    #[test]
    fn the_last_ending_counts() {
        assert_eq!(Some(Runs::Program), runs("invoice.pdf.EXE"));
        assert_eq!(Some(Runs::Script), runs("a.js. ."));
        assert_eq!(None, runs("exe.pdf"));
        assert_eq!(None, runs("exe"));
        assert_eq!(None, runs("a.exe/b"));
        assert_eq!(None, runs(""));
    }

    /// A harmless ending before one that runs deceives; a version number does not.
    #[test]
    fn double_endings_deceive() {
        assert!(is_double("invoice.PDF.exe"));
        assert!(is_double("photo.jpg   .scr"));
        assert!(!is_double("setup.1.2.exe"));
        assert!(!is_double("report.pdf.docx"));
        assert!(!is_double("archive.pdf.zip"));
    }

    /// Archives are known by their ending.
    #[test]
    fn archives_are_known() {
        assert!(is_archive("a.tar.GZ") && is_archive("x.zip"));
        assert!(!is_archive("zip"));
    }
}
