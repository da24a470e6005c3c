//! One of a service's endpoints, as a table: no clock, no socket, no task. The keeper has the effects and feeds what comes
//! of them back as events. What is known of a port stands in its state, and nowhere beside it.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "most events mean nothing to most states; the table names those that do, and its tests walk the rest"
)]

use std::mem::discriminant;
use std::time::Duration;

use wire::{Cause, Crowding, PortState, Refusal, Silence, Timestamp};

/// How far we are with an endpoint, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) PortState);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// It is wanted, or to be tried again at once.
    Open,
    Close,
    /// The service has begun to take connections.
    Served,
    /// The service takes no connections for a while; the listener is kept.
    Unserved,
    Bound,
    InUse(Cause),
    /// It is still in use, but for another reason than before.
    CauseChanged(Cause),
    Refused(Refusal),
    TimeUp,
    Proven,
    /// It is proven, but since the proof before so many found no place; most of the connections are these programs'.
    Crowded(u32, Vec<Crowding>),
    Shared(Cause),
    Silent(Silence),
    Lost,
}

/// On which terms an event is met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) now: Timestamp,
    pub(crate) attempts: u32,
    pub(crate) delay: Duration,
    /// Whether a setting lets others share the port.
    pub(crate) is_sharing_intended: bool,
}

/// What the keeper is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Go on with what is under way.
    Nothing,
    /// Give up what is under way; hold nothing.
    LetGo,
    Bind,
    /// Wait until the port is let go, or until the next attempt, if there is one.
    Wait(Option<Duration>),
    /// Ask the system again now and then.
    AskAgain,
    /// Prove the listener, now and at every interval.
    Prove,
    /// Keep the listener; nobody serves it.
    Keep,
}

impl Port {
    /// What follows from an event.
    pub(crate) fn after(self, event: Event, terms: &Terms) -> (Self, Effect) {
        match event {
            Event::Open => self.after_open(terms),
            Event::Close => (Self(PortState::Stopped), Effect::LetGo),
            Event::Served => self.after_service(Effect::Prove, terms),
            Event::Unserved => self.after_service(Effect::Keep, terms),
            Event::Bound
            | Event::InUse(_)
            | Event::CauseChanged(_)
            | Event::Refused(_)
            | Event::TimeUp => self.after_attempt(event, terms),
            Event::Proven
            | Event::Crowded(..)
            | Event::Shared(_)
            | Event::Silent(_)
            | Event::Lost => self.after_proof(event, terms),
        }
    }

    /// Whether it stays as it is until something happens: an order is answered then.
    pub(crate) const fn is_settled(&self) -> bool {
        !matches!(self.0, PortState::Binding { .. } | PortState::Proving { .. })
    }

    pub(crate) const fn is_held(&self) -> bool {
        matches!(
            self.0,
            PortState::Proving { .. } | PortState::Shared { .. } | PortState::Silent { .. }
        ) || self.is_proven()
    }

    pub(crate) const fn is_proven(&self) -> bool {
        matches!(self.0, PortState::Listening { .. } | PortState::Crowded { .. })
    }

    /// Whether it is wanted, and can't be had.
    pub(crate) const fn is_denied(&self) -> bool {
        matches!(
            self.0,
            PortState::Waiting { .. } | PortState::Taken { .. } | PortState::Refused { .. }
        )
    }

    /// The last attempt, if attempts are being made.
    pub(crate) const fn attempt(&self) -> Option<u32> {
        if let PortState::Binding { attempt, .. } | PortState::Waiting { attempt, .. } = self.0 {
            Some(attempt)
        } else {
            None
        }
    }

    /// Since when it is as it is, for states that tell.
    const fn since(&self) -> Option<Timestamp> {
        match self.0 {
            PortState::Proving { since }
            | PortState::Listening { since, .. }
            | PortState::Crowded { since, .. }
            | PortState::Shared { since, .. }
            | PortState::Silent { since, .. } => Some(since),
            PortState::Stopped
            | PortState::Binding { .. }
            | PortState::Waiting { .. }
            | PortState::Taken { .. }
            | PortState::Refused { .. } => None,
        }
    }

    /// On to that state; as long as it is the same, since when it has been.
    fn next(self, state: impl Fn(Timestamp) -> PortState, terms: &Terms) -> Self {
        let begun = state(terms.now);
        let is_same = discriminant(&begun) == discriminant(&self.0);
        Self(self.since().filter(|_| is_same).map_or(begun, state))
    }

    const fn binding(attempt: u32, terms: &Terms) -> (Self, Effect) {
        (Self(PortState::Binding { attempt, attempts: terms.attempts }), Effect::Bind)
    }

    fn after_open(self, terms: &Terms) -> (Self, Effect) {
        match self.0 {
            PortState::Stopped | PortState::Taken { .. } | PortState::Refused { .. } => {
                Self::binding(1, terms)
            }
            // Somebody does not want to wait for it.
            PortState::Waiting { attempt, .. } => Self::binding(attempt.saturating_add(1), terms),
            PortState::Binding { .. }
            | PortState::Proving { .. }
            | PortState::Listening { .. }
            | PortState::Crowded { .. }
            | PortState::Shared { .. }
            | PortState::Silent { .. } => (self, Effect::Nothing),
        }
    }

    fn after_service(self, effect: Effect, terms: &Terms) -> (Self, Effect) {
        if !self.is_held() {
            return (self, Effect::Nothing);
        }
        (self.next(|since| PortState::Proving { since }, terms), effect)
    }

    fn after_attempt(self, event: Event, terms: &Terms) -> (Self, Effect) {
        let attempts = terms.attempts;
        match (self.0, event) {
            (
                PortState::Binding { .. }
                | PortState::Waiting { .. }
                | PortState::Taken { .. }
                | PortState::Refused { .. },
                Event::Bound,
            ) => (Self(PortState::Proving { since: terms.now }), Effect::Prove),
            (PortState::Binding { attempt, .. }, Event::InUse(cause)) if attempt < attempts => {
                let next_at = Timestamp(terms.now.0 + terms.delay.as_millis() as u64);
                let waiting = PortState::Waiting { attempt, attempts, next_at, cause };
                (Self(waiting), Effect::Wait(Some(terms.delay)))
            }
            (PortState::Binding { .. }, Event::InUse(cause)) => {
                (Self(PortState::Taken { attempts, cause }), Effect::Wait(None))
            }
            (PortState::Binding { .. }, Event::Refused(refusal)) => {
                (Self(PortState::Refused { refusal }), Effect::AskAgain)
            }
            (PortState::Waiting { attempt, .. }, Event::TimeUp) => {
                Self::binding(attempt.saturating_add(1), terms)
            }
            (PortState::Waiting { attempt, attempts, next_at, .. }, Event::CauseChanged(cause)) => {
                (Self(PortState::Waiting { attempt, attempts, next_at, cause }), Effect::Nothing)
            }
            (PortState::Taken { attempts, .. }, Event::CauseChanged(cause)) => {
                (Self(PortState::Taken { attempts, cause }), Effect::Nothing)
            }
            // Anything else is news of something that has been given up since.
            (state, _) => (Self(state), Effect::Nothing),
        }
    }

    fn after_proof(self, event: Event, terms: &Terms) -> (Self, Effect) {
        if !self.is_held() {
            return (self, Effect::Nothing);
        }
        let (proven_at, is_intended) = (terms.now, terms.is_sharing_intended);
        let after = match event {
            Event::Lost => return Self::binding(1, terms),
            Event::Crowded(turned_away, by) => self.next(
                |since| PortState::Crowded { since, proven_at, turned_away, by: by.clone() },
                terms,
            ),
            Event::Shared(cause) => self.next(
                |since| PortState::Shared { since, cause: cause.clone(), is_intended },
                terms,
            ),
            Event::Silent(why) => self.next(|since| PortState::Silent { since, why }, terms),
            _ => self.next(|since| PortState::Listening { since, proven_at }, terms),
        };
        (after, Effect::Nothing)
    }
}

#[cfg(test)]
mod tests;
