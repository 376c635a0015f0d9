//! What is seen of one message while its parts are read: the page and the links.
//!
//! Main type: [`View`].  What holds: a piece of text is a link once, be it as an anchor or as a URL
//! that it shows.  Not here: who fills it (`plain`, `html`, `walk`).

use std::ops::Range;

use crate::find;
use crate::limits::{Budget, MAX_SHOWN};
use crate::link::{Links, cut};
use crate::model::{LinkPlace, Oddities};
use crate::page::{Page, Place};

/// The page, the links and the tags of one message, and what is left of the limits.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) page: Page,
    pub(crate) links: Links,
    pub(crate) tags: String,
    pub(crate) oddities: Oddities,
    pub(crate) budget: Budget,
    /// The text that anchors show, as ranges of own and quoted text.
    taken: Vec<(Place, Range<usize>)>,
    /// How far own and quoted text have been searched for links.
    searched: [usize; 2],
}

impl View {
    /// Returns an empty view with this much left of the limits.
    pub(crate) fn new(budget: Budget) -> Self {
        View { budget, ..View::default() }
    }

    /// Adds `url` if it is a link.
    pub(crate) fn add_link(&mut self, url: &str, shown: &str, place: LinkPlace) {
        self.links.add(url, shown, place, &mut self.budget);
    }

    /// Adds an anchor that shows what stands in the text of `place` from `start` on.
    pub(crate) fn add_anchor(&mut self, href: &str, place: Place, start: usize) {
        let text = self.page.flow(place).text();
        let shown = text.get(start..).unwrap_or_default();
        self.taken.push((place, start..text.len()));
        let shown = cut(shown.trim_ascii(), MAX_SHOWN);
        self.links.add(href, shown, link_place(place), &mut self.budget);
    }

    /// Adds the links that stand in the text that came since the last call, outside of anchors.
    pub(crate) fn search_links(&mut self) {
        for (place, slot) in [(Place::Own, 0), (Place::Quoted, 1)] {
            let text = self.page.flow(place).text();
            let from = self.searched[slot].min(text.len());
            self.searched[slot] = text.len();
            let taken: Vec<_> = self.taken.iter().filter(|(at, _)| *at == place).collect();
            let mut next = 0;
            find::links(&text[from..], |range| {
                let (start, end) = (from + range.start, from + range.end);
                while taken.get(next).is_some_and(|(_, taken)| taken.end <= start) {
                    next += 1;
                }
                if taken.get(next).is_none_or(|(_, taken)| taken.start >= end) {
                    self.links.add(&text[start..end], "", link_place(place), &mut self.budget);
                }
            });
        }
        self.taken.clear();
    }

    /// Adds the links of an alternative that is not shown, unless they are there already.
    pub(crate) fn add_links_of(&mut self, text: &str) {
        find::links(text, |range| {
            let url = &text[range];
            if !self.links.has(url) {
                self.links.add(url, "", LinkPlace::Hidden, &mut self.budget);
            }
        });
    }
}

fn link_place(place: Place) -> LinkPlace {
    match place {
        Place::Own => LinkPlace::Own,
        Place::Quoted => LinkPlace::Quoted,
        Place::Hidden => LinkPlace::Hidden,
    }
}
