//! The places behind the door, and who may have them.
//!
//! Whoever has not shown yet who it is is a stranger: it has sent no request, or no signature, secret or token. Strangers
//! have places of their own, as many as there are for all others, and 256 at the least; when one more comes, the one that
//! has waited longest makes way, for to show who one is takes no time. Of those who have shown it, one that answers no ping
//! any more makes way where others find no place. A few places more are kept for our own programs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::Ledger;
use crate::reasons::{MADE_WAY, NO_PLACE, SILENT};

/// How many strangers there may be where fewer visits are allowed. So many can come and go at once, and each still has the
/// time to show who it is.
const LEAST_STRANGERS: usize = 256;

/// How many of our own programs may come in when all other places are taken.
const KEPT: usize = 8;

pub(crate) struct Places {
    /// How many there are for those who have shown who they are.
    known: usize,
    strangers: usize,
    taken: Mutex<Taken>,
    ledger: Arc<Ledger>,
}

#[derive(Default)]
struct Taken {
    last: u64,
    known: usize,
    /// How many of the known have shown nothing.
    unproven: usize,
    /// By when they came.
    strangers: BTreeMap<u64, CancellationToken>,
    /// Those of the known that answer no ping.
    silent: BTreeMap<u64, CancellationToken>,
}

/// A visitor's place, for as long as this lives.
pub struct Place {
    places: Arc<Places>,
    number: u64,
    /// Cancelled when it must make way. Once it is known that is done only while it is silent.
    must_go: CancellationToken,
    /// Nothing while it is a stranger. Set only while the places are locked.
    standing: OnceLock<Standing>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Proven,
    Unproven,
}

/// All places for visitors like this one are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace;

impl Places {
    pub(crate) fn new(known: usize, ledger: Arc<Ledger>) -> Arc<Self> {
        let strangers = known.clamp(LEAST_STRANGERS, usize::MAX / 2);
        Arc::new(Self { known, strangers, taken: Mutex::default(), ledger })
    }

    /// Takes one more stranger in. If those are too many, the one that has waited longest must make way.
    pub(crate) fn enter(self: &Arc<Self>) -> Place {
        let must_go = CancellationToken::new();
        let mut taken = self.lock();
        taken.last += 1;
        let number = taken.last;
        taken.strangers.insert(number, must_go.clone());
        let is_crowded = taken.strangers.len() > self.strangers;
        drop(taken);
        if is_crowded {
            self.make_way();
        }
        Place { places: Arc::clone(self), number, must_go, standing: OnceLock::new() }
    }

    /// Has the stranger that has waited longest make way, if there is one.
    pub(crate) fn make_way(&self) {
        let longest = self.lock().strangers.pop_first();
        if let Some((_, must_go)) = longest {
            self.ledger.note(&MADE_WAY);
            must_go.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until the visitor must make way for others, which is at once. Whoever has shown who it is must only while it
    /// [is silent](Self::note_silence).
    pub async fn must_make_way(&self) {
        self.must_go.cancelled().await;
    }

    /// The visitor has shown who it is, so it is a stranger no longer, if there is a place for it. If not, that is noted.
    pub fn settle(&self) -> Result<(), NoPlace> {
        self.settle_as(Standing::Proven, self.places.known)
    }

    /// The same for one of our own programs, for which places are kept.
    pub(crate) fn settle_as_our_own(&self) -> Result<(), NoPlace> {
        self.settle_as(Standing::Proven, self.places.known.saturating_add(KEPT))
    }

    /// The same for one that need show nothing where others must: half of the places are not for such.
    pub(crate) fn settle_unproven(&self) -> Result<(), NoPlace> {
        self.settle_as(Standing::Unproven, self.places.known)
    }

    /// Notes whether a visitor that has shown who it is answers no ping. It may only be busy, so it keeps its place until
    /// somebody else finds none.
    pub fn note_silence(&self, is_silent: bool) {
        let mut taken = self.places.lock();
        if is_silent && self.standing.get().is_some() && !self.must_go.is_cancelled() {
            taken.silent.insert(self.number, self.must_go.clone());
        } else {
            taken.silent.remove(&self.number);
        }
    }

    /// Whether a stranger may hope to settle: it is turned away at once where it would show who it is in vain.
    pub(crate) fn may_settle(&self) -> Result<(), NoPlace> {
        let taken = self.places.lock();
        if taken.known < self.places.known || !taken.silent.is_empty() {
            return Ok(());
        }
        drop(taken);
        self.places.ledger.note(&NO_PLACE);
        Err(NoPlace)
    }

    fn settle_as(&self, standing: Standing, most: usize) -> Result<(), NoPlace> {
        let mut taken = self.places.lock();
        if self.standing.get().is_some() {
            return Ok(());
        }
        if !taken.strangers.contains_key(&self.number) {
            // It has been told to make way, and noted.
            return Err(NoPlace);
        }
        let is_unproven = standing == Standing::Unproven;
        if is_unproven && taken.unproven >= (most / 2).max(1) {
            drop(taken);
            self.places.ledger.note(&NO_PLACE);
            return Err(NoPlace);
        }
        if taken.known >= most {
            let Some((_, must_go)) = taken.silent.pop_first() else {
                drop(taken);
                self.places.ledger.note(&NO_PLACE);
                return Err(NoPlace);
            };
            self.places.ledger.note(&SILENT);
            must_go.cancel();
        }
        taken.known += 1;
        taken.unproven += usize::from(is_unproven);
        taken.strangers.remove(&self.number);
        self.standing.get_or_init(|| standing);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.silent.remove(&self.number);
        if let Some(standing) = self.standing.get() {
            taken.known -= 1;
            taken.unproven -= usize::from(*standing == Standing::Unproven);
        } else {
            taken.strangers.remove(&self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(known: usize, strangers: usize) -> Arc<Places> {
        let ledger = Arc::new(Ledger::default());
        Arc::new(Places { known, strangers, taken: Mutex::default(), ledger })
    }

    fn must_go(place: &Place) -> bool {
        place.must_go.is_cancelled()
    }

    #[test]
    fn whoever_has_waited_longest_makes_way_and_whoever_has_left_does_not_count() {
        let places = places(9, 2);
        let (one, other) = (places.enter(), places.enter());
        drop(one);
        let third = places.enter();
        assert!(!must_go(&other));
        let fourth = places.enter();
        assert_eq!([&other, &third, &fourth].map(must_go), [true, false, false]);
        assert_eq!(places.ledger.for_want_of_place(), 1);
    }

    #[test]
    fn whoever_has_shown_who_it_is_never_makes_way() {
        let places = places(1, 1);
        let known = places.enter();
        assert_eq!(known.settle(), Ok(()));
        let (first, second) = (places.enter(), places.enter());
        assert_eq!([&known, &first, &second].map(must_go), [false, true, false]);
    }

    #[test]
    fn strangers_take_no_place_of_those_who_have_shown_who_they_are() {
        let places = places(2, 1);
        let _strangers = [places.enter(), places.enter(), places.enter()];
        let known = [(); 2].map(|()| {
            let place = places.enter();
            assert_eq!(place.settle(), Ok(()));
            place
        });
        let late = places.enter();
        assert_eq!(late.may_settle(), Err(NoPlace));
        assert_eq!(late.settle(), Err(NoPlace));
        drop(known);
        assert_eq!(late.settle(), Ok(()));
    }

    #[test]
    fn one_that_was_told_to_make_way_does_not_settle_any_more() {
        let places = places(2, 1);
        let (told, _other) = (places.enter(), places.enter());
        assert_eq!((must_go(&told), told.settle()), (true, Err(NoPlace)));
        assert_eq!(places.ledger.for_want_of_place(), 1, "that was noted already");
    }

    #[test]
    fn those_who_need_show_nothing_leave_half_of_the_places_to_those_who_must() {
        let places = places(4, 9);
        let all: Vec<_> = (0..4).map(|_| places.enter()).collect();
        let settled = all.iter().filter(|place| place.settle_unproven().is_ok()).count();
        assert_eq!(settled, 2);
        let proven = [places.enter(), places.enter()];
        assert_eq!(proven.each_ref().map(Place::settle), [Ok(()), Ok(())]);
        drop((all, proven));
        assert_eq!(places.enter().settle_unproven(), Ok(()));
    }

    #[test]
    fn one_that_answers_no_ping_makes_way_only_where_another_finds_no_place() {
        let places = places(1, 9);
        let silent = places.enter();
        silent.settle().expect("there is one");
        silent.note_silence(true);
        silent.note_silence(false);
        let other = places.enter();
        assert_eq!((other.settle(), must_go(&silent)), (Err(NoPlace), false));
        silent.note_silence(true);
        assert!(!must_go(&silent), "nobody wants its place");
        assert_eq!((other.may_settle(), other.settle()), (Ok(()), Ok(())));
        assert!(must_go(&silent));
        let third = places.enter();
        assert_eq!(third.settle(), Err(NoPlace), "no place is given away twice");
        drop(silent);
        assert_eq!(third.settle(), Err(NoPlace));
        drop(other);
        assert_eq!(third.settle(), Ok(()));
    }

    #[test]
    fn places_are_kept_for_our_own_and_not_without_end() {
        let places = places(1, 64);
        let known = places.enter();
        known.settle().expect("there is one");
        let ours: Vec<_> = (0..=KEPT).map(|_| places.enter()).collect();
        let settled = ours.iter().filter_map(|place| place.settle_as_our_own().ok()).count();
        assert_eq!(settled, KEPT);
    }
}
