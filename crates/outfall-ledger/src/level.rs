//! How far a verdict went, as records remember it.

/// The worst that was said of a pattern or a sender; higher is worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Nothing was said.
    #[default]
    Clean = 0,
    /// Worth a sample.
    Suspect = 1,
    /// Slowed.
    Bulk = 2,
    /// Spam, phishing or malware.
    Convicted = 3,
}

impl Level {
    /// Reads a level back from its number.
    pub fn from_number(number: u8) -> Option<Self> {
        [Level::Clean, Level::Suspect, Level::Bulk, Level::Convicted]
            .into_iter()
            .find(|&level| level as u8 == number)
    }
}
