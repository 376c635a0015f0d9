//! Where a sender logs in from.
//!
//! Main type: [`Places`], six places in 24 bytes.
//!
//! # Theory
//!
//! A place is usual or new.  The first of all is usual at once.  Another is new until a message that
//! is believed comes from it on a later day: whoever has stolen a password does not make himself at
//! home.  When there is no room, new places go first, so that whoever logs in from everywhere does
//! not make the usual places unusual; then those not used for longest.
//!
//! # What holds
//!
//! * A place once usual stays so until five others that are usual have been used since.
//! * Merging is commutative and idempotent as long as six hold them all: usual wins over new, the
//!   later day over the earlier.
//! * Two places share a tag once in 65,535 pairs, which makes a new one look usual.

use crate::bytes::{Put, Take};
use crate::cells::spread;
use crate::time::{DAY, Seconds};

/// Login places kept: home, work, phone, travel and two to spare.
pub const PLACES: usize = 6;

/// The bit of a place's day that says that it is new.
const NEW: u16 = 1 << 15;

/// The login places of one sender.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Places([Place; PLACES]);

/// Tag and day of last use, with [`NEW`]; tag zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    tag: u16,
    day: u16,
}

impl Places {
    /// Notes a login; tells whether the place was held, new or usual.
    pub fn visit(&mut self, place: u64, believed: bool, now: Seconds) -> bool {
        let (tag, today, first) = (short_tag(place), short_day(now), self.count() == 0);
        if let Some(held) = self.find(tag) {
            let new = held.is_new() && !(believed && held.last_day() < today);
            held.day = held.last_day().max(today) | if new { NEW } else { 0 };
            return true;
        }
        self.make_room(Place { tag, day: today | if first { 0 } else { NEW } });
        false
    }

    /// Notes a place that is usual at once.
    pub fn settle(&mut self, place: u64, now: Seconds) {
        self.join(Place { tag: short_tag(place), day: short_day(now) });
    }

    /// Takes the union with `other`.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().filter(|place| place.tag != 0).for_each(|&place| self.join(place));
        self.0.sort_unstable_by_key(Place::order);
    }

    /// Tells whether the place is usual.
    pub fn knows(&self, place: u64) -> bool {
        self.0.iter().any(|held| held.tag == short_tag(place) && held.is_usual())
    }

    /// Usual places that are not `host`.
    pub fn usual_besides(&self, host: Option<u64>) -> u32 {
        let host = host.map(short_tag);
        let counts = |held: &&Place| held.is_usual() && Some(held.tag) != host;
        self.0.iter().filter(|held| held.tag != 0).filter(counts).count() as u32
    }

    /// Places held, new and usual.
    pub fn count(&self) -> u32 {
        self.0.iter().filter(|place| place.tag != 0).count() as u32
    }

    /// Places that are new and were used today.
    pub fn new_today(&self, now: Seconds) -> u32 {
        let today = short_day(now);
        let new = |place: &&Place| place.tag != 0 && place.is_new() && place.last_day() >= today;
        self.0.iter().filter(new).count() as u32
    }

    pub fn encode(&self, bytes: &mut Vec<u8>) {
        for place in self.0 {
            bytes.put_u16(place.tag);
            bytes.put_u16(place.day);
        }
    }

    pub fn decode(take: &mut Take<'_>) -> Option<Self> {
        take.many(|take| Some(Place { tag: take.u16()?, day: take.u16()? })).map(Places)
    }

    fn find(&mut self, tag: u16) -> Option<&mut Place> {
        self.0.iter_mut().find(|held| held.tag == tag)
    }

    fn join(&mut self, place: Place) {
        match self.find(place.tag) {
            Some(held) => {
                let new = held.day & place.day & NEW;
                held.day = held.last_day().max(place.last_day()) | new;
            }
            None => self.make_room(place),
        }
    }

    fn make_room(&mut self, place: Place) {
        let victim = self.0.iter_mut().min_by_key(|held| (held.is_usual(), held.order()));
        if let Some(oldest) = victim
            && (!oldest.is_usual() || oldest.order() < place.order())
        {
            *oldest = place;
        }
    }
}

impl Place {
    fn last_day(self) -> u16 {
        self.day & !NEW
    }

    fn is_new(self) -> bool {
        self.day & NEW != 0
    }

    fn is_usual(self) -> bool {
        self.tag != 0 && !self.is_new()
    }

    fn order(&self) -> (u16, u16) {
        (self.last_day(), self.tag)
    }
}

/// Days since 1970 in fifteen bits, good until 2059.
fn short_day(now: Seconds) -> u16 {
    (now / DAY) as u16 & !NEW
}

/// Sixteen bits of a hash, never zero.
fn short_tag(hash: u64) -> u16 {
    ((spread(hash) >> 48) as u16).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Seconds = 20_514 * DAY;

    /// Logging in from everywhere does not make the usual place unusual.
    #[test]
    fn usual_places_stay() {
        let mut places = Places::default();
        places.visit(1, true, NOW);
        for place in 100..200 {
            places.visit(place, true, NOW + DAY);
        }

        assert!(places.knows(1) && !places.knows(199));
        assert_eq!((6, 5), (places.count(), places.new_today(NOW + DAY)));
        assert_eq!(0, places.new_today(NOW + 2 * DAY));
    }

    /// A new place becomes usual by a believed message on a later day, and not otherwise.
    #[test]
    fn places_settle() {
        let mut places = Places::default();
        places.visit(1, true, NOW);
        places.visit(2, true, NOW);
        places.visit(2, true, NOW + DAY / 2);
        places.visit(2, false, NOW + DAY);
        assert!(!places.knows(2));
        places.visit(2, true, NOW + 2 * DAY);
        places.settle(3, NOW);

        assert!(places.knows(2) && places.knows(3));
    }

    /// A clock that steps back makes no place usual and none new.
    #[test]
    fn stepping_back_settles_nothing() {
        let mut places = Places::default();
        places.visit(1, true, NOW);
        places.visit(2, true, NOW);
        places.visit(2, true, NOW - 9 * DAY);
        places.visit(1, true, NOW - 9 * DAY);

        assert!(places.knows(1) && !places.knows(2));
    }

    /// Of usual places, the one not used for longest makes room.
    #[test]
    fn the_longest_unused_makes_room() {
        let mut places = Places::default();
        (1..=6u64).for_each(|place| places.settle(place, NOW + place as u32 * DAY));
        places.settle(7, NOW + 7 * DAY);
        places.settle(8, NOW - DAY);

        assert!(!places.knows(1) && !places.knows(8));
        assert!((2..=7).all(|place| places.knows(place)));
    }

    /// Usual places count beside the host's own; new places do not, and nor does a place that is not held.
    #[test]
    fn usual_places_are_counted_beside_the_host() {
        let mut places = Places::default();
        assert_eq!(0, places.usual_besides(None));
        places.visit(1, true, NOW);
        places.visit(2, true, NOW);

        assert_eq!(
            [1, 0, 1, 1],
            [None, Some(1), Some(2), Some(3)].map(|host| places.usual_besides(host))
        );
        places.settle(3, NOW);
        assert_eq!([2, 1, 2], [None, Some(1), Some(2)].map(|host| places.usual_besides(host)));
    }

    proptest! {
        /// As long as six hold them all, merging commutes and merging again changes nothing.
        #[test]
        fn merging_is_union(left in prop::collection::vec((1u64..4, 0u32..5), 0..9),
                            right in prop::collection::vec((3u64..7, 0u32..5), 0..9)) {
            let build = |visits: &[(u64, u32)]| {
                let mut places = Places::default();
                for &(place, days) in visits {
                    places.visit(place, true, NOW + days * DAY);
                }
                places
            };
            let (left, right) = (build(&left), build(&right));
            let (mut one, mut other) = (left, right);
            one.merge(&right);
            other.merge(&left);
            let mut twice = one;
            twice.merge(&right);

            prop_assert_eq!(one, other);
            prop_assert_eq!(one, twice);
            prop_assert!((1..7).all(|place| one.knows(place) == (left.knows(place) || right.knows(place))));
        }
    }
}
