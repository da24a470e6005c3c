//! Suggestions that wait for an engine: the most urgent first, none for ever.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};
use wire::steering::{Fate, Priority, Refused};

/// How many may wait for a call, and how many for the next one to begin.
const MOST: usize = 16;
/// How long one waits at most: what it is about has passed by then.
const KEPT: Duration = Duration::from_secs(120);

/// Nobody has used it yet.
const WAITING: u8 = 0;
/// An engine is at it.
const TAKEN: u8 = 1;
/// It waited too long.
const EXPIRED: u8 = 2;

/// A queue of suggestions.
#[derive(Clone, Debug, Default)]
pub struct Suggestions(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Vec<Suggested>>,
    more: Notify,
    /// The call that they are for, once there is one.
    call: AtomicU64,
    /// What models of this call were told when they were asked for it.
    told: Mutex<Vec<String>>,
}

/// A suggestion as the engine gets it.
#[derive(Debug)]
pub struct Suggested {
    /// What is suggested.
    pub text: String,
    priority: Priority,
    state: Arc<AtomicU8>,
    expires: Instant,
    fate: oneshot::Sender<Fate>,
}

impl Suggested {
    /// Tells what became of it.
    pub fn settle(self, fate: Fate) {
        // Whoever suggested it may not want to know any more.
        let _ = self.fate.send(fate);
    }

    fn is_waiting(&self) -> bool {
        self.state.load(Ordering::Acquire) == WAITING
    }
}

/// A suggestion that was taken and waits for its turn.
#[derive(Debug)]
pub struct Suggestion {
    state: Arc<AtomicU8>,
    expires: Instant,
    fate: oneshot::Receiver<Fate>,
}

impl Suggestion {
    /// Waits for what becomes of it. To drop it withdraws nothing.
    pub async fn fate(mut self) -> Fate {
        tokio::select! {
            fate = &mut self.fate => return fate.unwrap_or_else(|_| Fate::call_ended()),
            () = sleep_until(self.expires) => {}
        }
        if passes(&self.state, EXPIRED) {
            return Fate::Expired;
        }
        self.fate.await.unwrap_or_else(|_| Fate::call_ended())
    }
}

impl Suggestions {
    pub(crate) fn put(&self, text: &str, priority: Priority) -> Result<Suggestion, Refused> {
        let mut waiting = self.lock();
        waiting.retain(Suggested::is_waiting);
        if waiting.len() >= MOST {
            return Err(Refused::queue_full(MOST));
        }
        let (state, (settle, fate)) = (Arc::new(AtomicU8::new(WAITING)), oneshot::channel());
        let text = text.to_owned();
        let expires = Instant::now() + KEPT;
        waiting.push(Suggested {
            text,
            priority,
            state: Arc::clone(&state),
            expires,
            fate: settle,
        });
        drop(waiting);
        self.0.more.notify_one();
        Ok(Suggestion { state, expires, fate })
    }

    /// Puts those back that could not be used, before all that wait, as if they had never been taken.
    pub(crate) fn put_back(&self, unused: Vec<Suggested>) {
        let (late, unused): (Vec<_>, Vec<_>) =
            unused.into_iter().partition(|suggested| suggested.expires <= Instant::now());
        late.into_iter().for_each(|suggested| suggested.settle(Fate::Expired));
        unused.iter().for_each(|suggested| suggested.state.store(WAITING, Ordering::Release));
        self.lock().splice(0..0, unused);
        self.0.more.notify_one();
    }

    /// Waits until one is there. Cancel-safe.
    pub async fn any(&self) {
        loop {
            let more = self.0.more.notified();
            if self.lock().iter().any(Suggested::is_waiting) {
                return;
            }
            more.await;
        }
    }

    /// The most urgent; among equals, the one that has waited longest.
    #[must_use]
    pub fn take(&self) -> Option<Suggested> {
        let mut waiting = self.lock();
        waiting.retain(Suggested::is_waiting);
        while let Some(urgency) = waiting.iter().map(|suggested| suggested.priority).max() {
            let place = waiting.iter().position(|suggested| suggested.priority == urgency)?;
            let suggested = waiting.remove(place);
            if passes(&suggested.state, TAKEN) {
                return Some(suggested);
            }
        }
        None
    }

    /// What models were told before they took the call, which those after them are told once more.
    pub(crate) fn told(&self) -> Vec<String> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note_told(&self, told: Vec<String>) {
        *self.0.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// The call that they are for.
    pub fn call(&self) -> u64 {
        self.0.call.load(Ordering::Relaxed)
    }

    /// From now on they are for this call, as are all that wait elsewhere.
    pub(crate) fn take_over(&self, from: &Self, call: u64) {
        self.0.call.store(call, Ordering::Relaxed);
        let all = std::mem::take(&mut *from.lock());
        self.lock().extend(all);
        self.0.more.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Suggested>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a suggestion that waited has passed on to this state, and not at the same moment to another.
fn passes(state: &AtomicU8, to: u8) -> bool {
    state.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(suggestions: &Suggestions) -> Vec<String> {
        std::iter::from_fn(|| suggestions.take()).map(|suggested| suggested.text).collect()
    }

    #[test]
    fn the_most_urgent_goes_first_and_among_equals_the_one_that_waited_longest() {
        let suggestions = Suggestions::default();
        for (text, priority) in [
            ("a", Priority::Low),
            ("b", Priority::Normal),
            ("c", Priority::High),
            ("d", Priority::Normal),
            ("e", Priority::High),
        ] {
            suggestions.put(text, priority).expect("there is room");
        }
        assert_eq!(texts(&suggestions), ["c", "e", "b", "d", "a"]);
    }

    #[test]
    fn only_so_many_wait() {
        let suggestions = Suggestions::default();
        for _ in 0..MOST {
            suggestions.put("a", Priority::High).expect("there is room");
        }
        let refused = suggestions.put("b", Priority::High).expect_err("there is none");
        assert_eq!(refused, Refused::queue_full(MOST));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_waits_too_long_expires_and_is_given_to_nobody() {
        let suggestions = Suggestions::default();
        let suggestion = suggestions.put("a", Priority::Normal).expect("there is room");
        assert_eq!(suggestion.fate().await, Fate::Expired);
        assert!(suggestions.take().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_being_used_does_not_expire() {
        let suggestions = Suggestions::default();
        let suggestion = suggestions.put("a", Priority::Normal).expect("there is room");
        let taken = suggestions.take().expect("it waits");
        let delivered = Fate::Delivered { call: 1, at: wire::Timestamp(2) };
        let use_it = async {
            tokio::time::advance(2 * KEPT).await;
            taken.settle(delivered.clone());
        };
        let (fate, ()) = tokio::join!(suggestion.fate(), use_it);
        assert_eq!(fate, delivered);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_could_not_be_used_waits_as_before_and_no_longer() {
        let suggestions = Suggestions::default();
        let [one, other] = ["a", "b"].map(|text| suggestions.put(text, Priority::Normal));
        suggestions.put_back(suggestions.take().into_iter().collect());
        assert_eq!(suggestions.take().expect("it waits again").text, "a");
        let taken = suggestions.take().expect("it waits");
        let put_back = async {
            tokio::time::advance(2 * KEPT).await;
            suggestions.put_back(vec![taken]);
        };
        let (fate, ()) = tokio::join!(other.expect("there is room").fate(), put_back);
        assert_eq!(fate, Fate::Expired);
        assert_eq!(one.expect("there is room").fate().await, Fate::call_ended());
    }

    #[tokio::test]
    async fn one_whose_call_ends_is_told_so() {
        let suggestions = Suggestions::default();
        let suggestion = suggestions.put("a", Priority::Normal).expect("there is room");
        drop(suggestions);
        assert_eq!(suggestion.fate().await, Fate::call_ended());
    }
}
