//! What the whole world writes: phrases, places and forms that are common from the first moment.
//!
//! # Theory
//!
//! Background is learnt over tenants and days, and until then every "Sent from my telephone" looks like
//! an outbreak.  The lists in `seeds/` describe, in words of ours, what widely deployed programs put
//! into mail everywhere: they are expanded at start, hashed under the site's key and marked in the
//! background, where nothing that is learnt pushes them out.
//!
//! # What holds
//!
//! * A seed whitens a phrase, a place or a form, never a message: what else a message has is counted
//!   as ever.  Who writes nothing but seeded phrases has no pattern of his words; his link, his contact,
//!   his file and his conduct are left.
//! * No seeded place is one where a stranger can put a page of his own in a minute, and a link there
//!   with a query, as redirectors are abused, is a call to action like any other.
//!
//! # Not here
//!
//! What is common on one site: that is learnt (`learn`).

use outfall_ledger::Background;
use outfall_message::{Link, Message};
use outfall_patterns::{Hasher, Kind, Pattern, phrase};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The lists of phrases.
const PHRASES: [&str; 3] = [
    include_str!("seeds/programs.txt"),
    include_str!("seeds/platforms.txt"),
    include_str!("seeds/replies.txt"),
];

const PLACES: &str = include_str!("seeds/places.txt");
const FORMS: &str = include_str!("seeds/forms.txt");

/// Marks all seeds in the background of a site, known by their hashes under its key.
pub fn plant(background: &mut Background, hasher: &Hasher) {
    let phrases = phrases().flat_map(|text| phrase(&text, hasher));
    let places = PLACE_SET.iter().flat_map(|&place| place_patterns(place, hasher));
    let forms = lines(FORMS).flat_map(|url| form_patterns(url, hasher));
    // Sets are not full of anything but seeds yet, so that the order changes nothing but which of
    // five in one set is left out; sorted, it is the same at every start.
    let mut all: Vec<u64> = phrases.chain(places).chain(forms).map(Pattern::bits).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().for_each(|value| background.seed(value));
}

/// Tells whether a link only leads where everybody's links lead.
pub fn is_everybodys(link: &Link) -> bool {
    let host = link.host.strip_prefix("www.").unwrap_or(&link.host);
    PLACE_SET.contains(host) && !link.url.contains('?')
}

static PLACE_SET: LazyLock<HashSet<&str>> = LazyLock::new(|| lines(PLACES).collect());

fn place_patterns(place: &str, hasher: &Hasher) -> [Pattern; 3] {
    [
        hasher.pattern(Kind::LinkDomain, place.as_bytes()),
        hasher.pattern(Kind::LinkHost, place.as_bytes()),
        hasher.pattern(Kind::LinkHost, format!("www.{place}").as_bytes()),
    ]
}

/// Returns the patterns of an address' form, as a message with such a link has them.
fn form_patterns(url: &str, hasher: &Hasher) -> Vec<Pattern> {
    let link = Link { url: url.to_owned(), host: "site.test".to_owned(), ..Link::default() };
    let message = Message { links: vec![link], ..Message::default() };
    let values = outfall_patterns::extract(&message, hasher).values;
    let patterns = values.into_iter().map(|found| found.pattern);
    patterns.filter(|pattern| pattern.kind() == Kind::LinkShape).collect()
}

//------------ Reading --------------------------------------------------------

/// Yields what a list says, without comments and empty lines.
fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Yields every phrase of every list.
fn phrases() -> impl Iterator<Item = String> {
    PHRASES.into_iter().flat_map(lines).flat_map(expand)
}

/// Returns all that a line stands for: `{one|two}` is either.
fn expand(line: &str) -> Vec<String> {
    let mut phrases = vec![String::new()];
    let mut rest = line;
    while let Some((before, choice, after)) = next_choice(rest) {
        let ways: Vec<&str> = choice.split('|').collect();
        phrases = phrases
            .iter()
            .flat_map(|phrase| ways.iter().map(move |way| format!("{phrase}{before}{way}")))
            .collect();
        rest = after;
    }
    phrases.iter_mut().for_each(|phrase| phrase.push_str(rest));
    phrases
}

/// Cuts a line at its first choice: what stands before, in and behind the braces.
fn next_choice(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once('{')?;
    let (choice, after) = rest.split_once('}')?;
    Some((before, choice, after))
}

//============ Testing ========================================================

#[cfg(test)]
mod tests {
    use super::*;
    use outfall_ledger::{LEAST_MEMORY, Ledger};

    /// More phrases of one line would be a slip of braces: a line of three choices has a few dozen.
    const MOST_OF_A_LINE: usize = 400;

    fn hasher() -> Hasher {
        Hasher::new([7; 16])
    }

    fn planted() -> Background {
        planted_in(LEAST_MEMORY)
    }

    fn planted_in(memory: usize) -> Background {
        let mut ledger = Ledger::new(memory, [7; 16]).unwrap();
        plant(&mut ledger.background, &hasher());
        ledger.background
    }

    /// How many of a text's phrases are not common.
    fn rare(background: &Background, text: &str) -> usize {
        let phrases = phrase(text, &hasher());
        phrases.iter().filter(|one| !background.common(one.bits())).count()
    }

    /// Each choice stands for one of its words, or for nothing.
    #[test]
    fn choices_are_expanded() {
        assert_eq!(vec!["sent from here"], expand("sent from here"));
        assert_eq!(vec!["a b d", "a c d", "a b ", "a c "], {
            let mut all = expand("a {b|c} {d|}");
            all.sort_by_key(|one| (one.len() < 5, one.clone()));
            all
        });
    }

    /// Every line gives phrases, none more than a line should, braces are closed, and all together
    /// leave most of the smallest background to what is learnt.
    #[test]
    fn lists_are_sound() {
        for line in PHRASES.into_iter().flat_map(lines) {
            let all = expand(line);
            assert!(all.len() <= MOST_OF_A_LINE, "{} of {line}", all.len());
            assert!(all.iter().all(|one| !one.contains(['{', '}', '|'])), "{line}");
            assert!(all.iter().any(|one| !phrase(one, &hasher()).is_empty()), "{line}");
        }
        let values: HashSet<_> = phrases().flat_map(|one| phrase(&one, &hasher())).collect();

        assert!((5_000..planted().capacity() / 4).contains(&values.len()), "{}", values.len());
    }

    /// Signatures, notes of confidentiality, reports and out-of-office notes in several languages have
    /// no phrase that is not common; an offer has.
    #[test]
    fn everybodys_words_are_common() {
        // In the smallest memory, a few seeds meet in one set and one of them is left out.
        let background = planted_in(4 * LEAST_MEMORY);
        for text in [
            "Sent from my iPhone",
            "Von meinem iPhone gesendet",
            "Envoyé de mon iPhone",
            "Enviado desde mi iPhone",
            "Inviato da iPhone",
            "Verzonden vanaf mijn iPhone",
            "Enviado do meu iPhone",
            "Get Outlook for iOS",
            "This email has been checked for viruses by AVG antivirus software",
            "If you have received this e-mail in error, please notify us immediately",
            "A message that you sent could not be delivered to one or more of its recipients",
            "I am currently out of the office until",
            "Ich bin derzeit nicht im Büro",
            "To subscribe or unsubscribe via the World Wide Web, visit",
        ] {
            assert_eq!(0, rare(&background, text), "{text}");
        }

        let offer = "our pharmacy sells every kind of pills without any prescription";
        assert_eq!(phrase(offer, &hasher()).len(), rare(&background, offer));
    }

    /// A place's domain and a form are common; what invites strangers to put up pages, or shortens
    /// links, is not.
    #[test]
    fn places_and_forms_are_common() {
        let background = planted();
        let common =
            |kind, value: &str| background.common(hasher().pattern(kind, value.as_bytes()).bits());
        assert!(common(Kind::LinkDomain, "facebook.com") && common(Kind::LinkHost, "www.w3.org"));
        let form = form_patterns("http://x.test/cgi-bin/mailman/listinfo", &hasher());
        assert!(!form.is_empty() && form.iter().all(|one| background.common(one.bits())));

        for place in
            ["google.com", "docs.google.com", "sites.google.com", "bit.ly", "t.co", "wa.me"]
        {
            assert!(!common(Kind::LinkDomain, place) && !common(Kind::LinkHost, place), "{place}");
        }
    }

    /// Hardly a form is one that the extractor does not see: idle lines are no list.
    #[test]
    fn hardly_a_form_is_idle() {
        let seen = lines(FORMS).filter(|url| form_patterns(url, &hasher()).len() == 1).count();

        assert!(10 * seen >= 9 * lines(FORMS).count(), "{seen}");
    }

    /// A profile is everybody's; a redirector at the same place, another host there, and a place that
    /// only ends alike are not.
    #[test]
    fn redirectors_are_nobodys() {
        let of = |host: &str, path: &str| {
            let url = format!("https://{host}/{path}");
            is_everybodys(&Link { url, host: host.into(), ..Link::default() })
        };

        assert!(of("facebook.com", "harbour.club") && of("www.facebook.com", ""));
        assert!(!of("www.facebook.com", "l.php?u=http%3A%2F%2Fshop.test"));
        assert!(!of("l.facebook.com", "a") && !of("notfacebook.com", "a") && !of("google.com", ""));
    }
}
