//! Those who have shown no token yet. They may not take the places of those who have one to show.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Those who have shown no token yet, the one that has waited longest first.
pub(crate) struct Strangers {
    most: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    all: VecDeque<(u64, CancellationToken)>,
}

/// One of them, for as long as it lives.
pub(crate) struct Stranger<'a> {
    strangers: &'a Strangers,
    number: u64,
    must_go: CancellationToken,
}

impl Stranger<'_> {
    /// Waits until it must make way for others.
    pub(crate) async fn must_go(&self) {
        self.must_go.cancelled().await;
    }
}

impl Drop for Stranger<'_> {
    fn drop(&mut self) {
        self.strangers.lock().all.retain(|(number, _)| *number != self.number);
    }
}

impl Strangers {
    /// Of so many places they may have half.
    pub(crate) fn among(places: usize) -> Self {
        Self { most: (places / 2).max(1), waiting: Mutex::default() }
    }

    /// Lets one more wait. If those are too many, whoever has waited longest must go: to show a token takes no time.
    pub(crate) fn enter(&self) -> Stranger<'_> {
        let must_go = CancellationToken::new();
        let mut waiting = self.lock();
        waiting.last += 1;
        let number = waiting.last;
        waiting.all.push_back((number, must_go.clone()));
        if waiting.all.len() > self.most
            && let Some((_, longest)) = waiting.all.pop_front()
        {
            longest.cancel();
        }
        drop(waiting);
        Stranger { strangers: self, number, must_go }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_waited_longest_makes_way_and_whoever_has_left_does_not_count() {
        let strangers = Strangers::among(4);
        let (one, other) = (strangers.enter(), strangers.enter());
        drop(one);
        let third = strangers.enter();
        assert!(!other.must_go.is_cancelled());
        let fourth = strangers.enter();
        let must_go = [&other, &third, &fourth].map(|stranger| stranger.must_go.is_cancelled());
        assert_eq!(must_go, [true, false, false]);
    }
}
