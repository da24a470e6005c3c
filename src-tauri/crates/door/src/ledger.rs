//! Who was turned away, and why: counted for those who ask, and told in the log now and then.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::warn;

/// How often the log tells of one reason. Whoever knocks again and again must not be able to fill it.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Why somebody is turned away, and what would mend it. It names nobody.
#[derive(Debug, PartialEq, Eq)]
pub struct Reason {
    /// In one word.
    pub id: &'static str,
    /// As the end of a sentence, for instance `they showed no secret`.
    pub because: &'static str,
    /// What would mend it, as a sentence.
    pub cure: &'static str,
}

/// All who were turned away from a service since the start.
#[derive(Default)]
pub struct Ledger {
    entries: Mutex<BTreeMap<&'static str, Tally>>,
    changed: Notify,
}

/// Those who were turned away for one reason.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub struct TurnedAway {
    pub reason: &'static Reason,
    pub times: u64,
    pub last_at: SystemTime,
}

struct Tally {
    all: TurnedAway,
    /// How many the log has told of, and when.
    times: u64,
    at: Instant,
}

impl Ledger {
    /// Counts one more. The log tells of the first, then at most once a minute of those who came since.
    pub fn note(&self, reason: &'static Reason) {
        self.note_of(reason, None);
    }

    /// The same, where it is known whose account it was. It is told of the last of them.
    pub fn note_of(&self, reason: &'static Reason, account: Option<&str>) {
        if let Some(times) = self.count(reason, Instant::now()) {
            let Reason { id, because, cure } = reason;
            warn!(reason = id, times, because, cure, account, "turned away");
        }
    }

    /// Everybody so far, the latest first.
    pub fn all(&self) -> Vec<TurnedAway> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = entries.values().map(|told| told.all).collect();
        all.sort_by_key(|entry| std::cmp::Reverse(entry.last_at));
        all
    }

    /// How many were turned away so far, or had to make way, for want of a place.
    pub fn for_want_of_place(&self) -> u64 {
        let crowd = self.all().into_iter().filter(|entry| entry.reason.is_for_want_of_place());
        crowd.map(|entry| entry.times).sum()
    }

    /// Waits until somebody has been turned away since the last call.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Counts one more, and tells how many the log is to tell of, if it is time to.
    fn count(&self, reason: &'static Reason, now: Instant) -> Option<u64> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (times, last_at) = (1, SystemTime::now());
        let due = match entries.get_mut(reason.id) {
            None => {
                let all = TurnedAway { reason, times, last_at };
                entries.insert(reason.id, Tally { all, times, at: now });
                Some(times)
            }
            Some(told) => {
                told.all.times += times;
                told.all.last_at = last_at;
                let is_due = now.duration_since(told.at) >= TOLD_EVERY;
                is_due.then(|| {
                    told.at = now;
                    told.all.times - std::mem::replace(&mut told.times, told.all.times)
                })
            }
        };
        drop(entries);
        self.changed.notify_one();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reasons::{FOREIGN_HOST, MADE_WAY, NO_PLACE};

    #[test]
    fn knocking_cannot_fill_the_log_and_everybody_is_counted() {
        let (ledger, start) = (Ledger::default(), Instant::now());
        assert_eq!(ledger.count(&NO_PLACE, start), Some(1));
        for millisecond in 1..1000 {
            assert_eq!(ledger.count(&NO_PLACE, start + Duration::from_millis(millisecond)), None);
        }
        assert_eq!(ledger.count(&FOREIGN_HOST, start), Some(1), "each reason is told for itself");
        assert_eq!(ledger.count(&NO_PLACE, start + TOLD_EVERY), Some(1000));
        assert_eq!(ledger.count(&NO_PLACE, start + TOLD_EVERY * 2), Some(1));
        assert_eq!(ledger.all().iter().map(|entry| entry.times).sum::<u64>(), 1003);
    }

    #[test]
    fn only_who_found_no_place_makes_a_crowd() {
        let ledger = Ledger::default();
        for reason in [&NO_PLACE, &FOREIGN_HOST, &MADE_WAY, &NO_PLACE] {
            ledger.note(reason);
        }
        assert_eq!(ledger.for_want_of_place(), 3);
    }
}
