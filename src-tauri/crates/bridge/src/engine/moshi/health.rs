//! What is known of one server: what it answers when it is asked, and what calls have shown of it.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use wire::{ModelCause, ModelHealth, Timestamp};

/// For how long a server that has failed is asked after the others, and by how much longer each time.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Health {
    failures: u32,
    rests_until: Option<Instant>,
    /// Until when it is asked after the others, because it has kept us waiting.
    waits_until: Option<Instant>,
    /// How long it took last until it was ready.
    took: Option<Duration>,
    /// How many sessions of ours it answers.
    answering: u32,
    /// How many of them are silent though it is to speak.
    stalled: u32,
    /// What came of it when it was last asked, or when a session began after that.
    found: Option<ModelHealth>,
    /// What the last call has shown, which asking alone would not.
    shown: Option<ModelCause>,
    /// What it answers when it is asked although calls get on well with it.
    habit: Option<ModelCause>,
    /// Whether a call has just got on well with it, so that its answer is a habit if it is any trouble.
    was_well: bool,
    heard_at: Option<Timestamp>,
}

impl Health {
    /// A session is ready, so long after it was asked for.
    pub(super) fn is_ready(&mut self, after: Duration) {
        (self.waits_until, self.took) = (None, Some(after));
        (self.shown, self.found) = (None, Some(ModelHealth::Reachable));
        self.answering += 1;
        self.was_well = false;
        self.is_heard();
    }

    /// A session has ended, `by_itself` or because the caller left it.
    pub(super) fn is_left(&mut self, by_itself: bool) {
        self.answering = self.answering.saturating_sub(1);
        self.was_well = !by_itself;
        self.is_heard();
    }

    /// A session has stalled.
    pub(super) fn stalls(&mut self) {
        self.stalled += 1;
    }

    /// A session that had stalled goes on, or has ended.
    pub(super) fn stalls_no_more(&mut self) {
        self.stalled = self.stalled.saturating_sub(1);
    }

    /// A session has lasted, whoever ended it.
    pub(super) fn has_lasted(&mut self) {
        (self.failures, self.rests_until) = (0, None);
    }

    /// There was no session, and that is what it shows.
    pub(super) fn fails(&mut self, shows: Option<ModelHealth>) {
        let rest = FIRST_REST.saturating_mul(1 << self.failures.min(16)).min(LONGEST_REST);
        self.failures += 1;
        self.rests_until = Some(Instant::now() + rest);
        (self.habit, self.was_well) = (None, false);
        match shows {
            Some(ModelHealth::Unreachable { cause }) => self.shown = Some(cause),
            Some(ModelHealth::Busy) => self.waits_until = Some(Instant::now() + LONGEST_REST),
            Some(ModelHealth::Unknown | ModelHealth::Reachable | ModelHealth::Stalled) | None => {}
        }
        self.is_heard();
    }

    /// It has kept a call waiting for too long. It is busy, which is no fault of its own: another is asked first for a while.
    pub(super) fn keeps_call_waiting(&mut self) {
        self.waits_until = Some(Instant::now() + LONGEST_REST);
        self.is_heard();
    }

    /// It was asked, and that came of it.
    pub(super) fn is_found(&mut self, found: ModelHealth) {
        let was_well = std::mem::take(&mut self.was_well);
        self.found = Some(match found {
            ModelHealth::Unreachable { cause } => {
                if was_well && is_answer(&cause) {
                    self.habit = Some(cause.clone());
                }
                if self.habit.as_ref() == Some(&cause) {
                    ModelHealth::Reachable
                } else {
                    // Whoever comes back after that may do better than the last call has shown.
                    self.shown = None;
                    self.waits_until = None;
                    ModelHealth::Unreachable { cause }
                }
            }
            found @ (ModelHealth::Unknown
            | ModelHealth::Reachable
            | ModelHealth::Busy
            | ModelHealth::Stalled) => found,
        });
        self.is_heard();
    }

    /// How it is, for all to see, where it takes so many sessions at once.
    pub(super) fn seen(&self, at_once: usize) -> ModelHealth {
        if self.stalled > 0 {
            return ModelHealth::Stalled;
        }
        if self.is_full(at_once) {
            return ModelHealth::Busy;
        }
        if self.answering > 0 {
            return ModelHealth::Reachable;
        }
        let found = self.found.clone().unwrap_or(ModelHealth::Unknown);
        match (found, &self.shown) {
            (found @ ModelHealth::Unreachable { .. }, _) => found,
            (_, Some(cause)) => ModelHealth::Unreachable { cause: cause.clone() },
            (_, None) if self.keeps_waiting(Instant::now()) => ModelHealth::Busy,
            (found, None) => found,
        }
    }

    /// Whether it answers as many calls as it takes.
    pub(super) fn is_full(&self, at_once: usize) -> bool {
        usize::try_from(self.answering).is_ok_and(|answering| answering >= at_once.max(1))
    }

    pub(super) fn answering(&self) -> u32 {
        self.answering
    }

    pub(super) fn heard_at(&self) -> Option<Timestamp> {
        self.heard_at
    }

    pub(super) fn took(&self) -> Duration {
        self.took.unwrap_or_default()
    }

    pub(super) fn keeps_waiting(&self, now: Instant) -> bool {
        self.waits_until.is_some_and(|until| until > now)
    }

    pub(super) fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }

    fn is_heard(&mut self) {
        self.heard_at = Some(SystemTime::now().into());
    }
}

/// Whether somebody answers in that way, who may take calls all the same.
const fn is_answer(cause: &ModelCause) -> bool {
    match cause {
        ModelCause::Unauthorized { .. }
        | ModelCause::Redirect { .. }
        | ModelCause::NotFound
        | ModelCause::NotMoshi { .. }
        | ModelCause::HangsUp
        | ModelCause::Faulty { .. } => true,
        ModelCause::Refused
        | ModelCause::NoSuchName
        | ModelCause::NoConnection
        | ModelCause::SpeaksTls
        | ModelCause::SpeaksPlain
        | ModelCause::Certificate { .. }
        | ModelCause::Mute
        | ModelCause::DropsCalls
        | ModelCause::NotInstalled { .. }
        | ModelCause::Crashed { .. }
        | ModelCause::Starting { .. }
        | ModelCause::Stopped { .. }
        | ModelCause::Other { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_FOUND: ModelHealth = ModelHealth::Unreachable { cause: ModelCause::NotFound };
    const REFUSED: ModelHealth = ModelHealth::Unreachable { cause: ModelCause::Refused };
    const DROPS: ModelHealth = ModelHealth::Unreachable { cause: ModelCause::DropsCalls };

    #[test]
    fn who_has_as_many_calls_as_it_takes_is_busy_and_then_as_it_was() {
        let mut health = Health::default();
        assert_eq!(health.seen(1), ModelHealth::Unknown);
        health.is_ready(Duration::ZERO);
        assert_eq!((health.seen(1), health.seen(2)), (ModelHealth::Busy, ModelHealth::Reachable));
        health.is_left(false);
        assert_eq!(health.seen(1), ModelHealth::Reachable);
    }

    #[test]
    fn who_is_silent_in_a_call_has_stalled_until_it_goes_on() {
        let mut health = Health::default();
        health.is_ready(Duration::ZERO);
        health.stalls();
        assert_eq!(health.seen(1), ModelHealth::Stalled);
        health.stalls_no_more();
        assert_eq!(health.seen(1), ModelHealth::Busy);
    }

    #[test]
    fn who_drops_calls_is_no_better_for_answering_when_asked() {
        let mut health = Health::default();
        health.fails(Some(DROPS));
        health.is_found(ModelHealth::Reachable);
        assert_eq!(health.seen(1), DROPS);
        health.is_ready(Duration::ZERO);
        health.is_left(false);
        assert_eq!(health.seen(1), ModelHealth::Reachable);
    }

    #[test]
    fn who_went_and_came_back_is_judged_afresh() {
        let mut health = Health::default();
        health.fails(Some(DROPS));
        health.is_found(REFUSED);
        assert_eq!(health.seen(1), REFUSED);
        health.is_found(ModelHealth::Reachable);
        assert_eq!(health.seen(1), ModelHealth::Reachable);
    }

    #[test]
    fn what_is_answered_while_calls_get_on_well_is_a_habit_until_one_does_not() {
        let mut health = Health::default();
        health.is_found(NOT_FOUND);
        assert_eq!(health.seen(1), NOT_FOUND);
        health.is_ready(Duration::ZERO);
        health.is_left(false);
        health.is_found(NOT_FOUND);
        health.is_found(NOT_FOUND);
        assert_eq!(health.seen(1), ModelHealth::Reachable);
        health.fails(None);
        health.is_found(NOT_FOUND);
        assert_eq!(health.seen(1), NOT_FOUND);
    }

    #[test]
    fn what_is_answered_after_a_server_has_left_a_call_is_no_habit() {
        let mut health = Health::default();
        health.is_ready(Duration::ZERO);
        health.is_left(true);
        let faulty = ModelHealth::Unreachable { cause: ModelCause::Faulty { status: 502 } };
        health.is_found(faulty.clone());
        assert_eq!(health.seen(1), faulty);
    }

    #[tokio::test(start_paused = true)]
    async fn who_keeps_a_call_waiting_is_busy_for_a_while() {
        let mut health = Health::default();
        health.is_found(ModelHealth::Reachable);
        health.keeps_call_waiting();
        assert_eq!(health.seen(1), ModelHealth::Busy);
        tokio::time::advance(LONGEST_REST).await;
        assert_eq!(health.seen(1), ModelHealth::Reachable);
    }
}
