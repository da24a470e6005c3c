//! The life of a service, as a table: no clock, no socket, no task. Its ports have tables of their own (`port.rs`): a
//! service runs for as long as it is wanted, and is handed the connections of whichever ports are ours meanwhile.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "most events mean nothing to most lives; the table names those that do, and its tests walk the rest"
)]

use std::time::Duration;

use wire::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Stopped on purpose.
    Stopped,
    /// It takes what connections there are.
    Running,
    /// Told to stop; it will run again over the same listeners.
    Restarting { since: Timestamp },
    /// It ended by itself; it is started again over the same listeners after a rest.
    Resting { since: Timestamp, next_at: Timestamp, crash: Crash },
    /// It ended too often.
    Failed { crash: Crash },
    /// Told to stop, and the listeners are released.
    Stopping {
        /// Whether somebody has asked for a start in the meantime.
        again: bool,
    },
}

/// The end of a service that nobody has told to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crash {
    pub(crate) reason: String,
    /// How often it has ended since it was last stable.
    pub(crate) crashes: u32,
    /// How long to wait before it is started again, if it may be.
    pub(crate) rest: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A person wants it to run, or to try again at once for ports that it hasn't got.
    Start,
    Stop,
    Restart,
    Ended,
    Crashed(Crash),
    Rested,
}

/// What the keeper is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Go on with what is under way.
    Nothing,
    /// Give up what is under way; hold nothing.
    LetGo,
    /// Start it, and try to get its ports.
    Open,
    /// Try again at once for the ports that it hasn't got.
    Retry,
    /// Start it over the listeners that there are.
    Serve,
    /// Tell it to stop; keep the listeners, and try again for the ports that it hasn't got.
    Halt,
    /// Tell it to stop; release the listeners.
    HaltAndRelease,
    /// Wait a while before it is started again; keep the listeners.
    Rest(Duration),
}

impl Life {
    /// What follows from an event at that moment.
    pub(crate) fn after(self, event: Event, now: Timestamp) -> (Self, Effect) {
        match event {
            Event::Start => self.after_start(),
            Event::Stop => self.after_stop(),
            Event::Restart => self.after_restart(now),
            Event::Ended | Event::Crashed(_) => self.after_end(event, now),
            Event::Rested if matches!(self, Self::Resting { .. }) => (Self::Running, Effect::Serve),
            Event::Rested => (self, Effect::Nothing),
        }
    }

    /// Whether it stays as it is until something happens: an order is answered then.
    pub(crate) const fn is_settled(&self) -> bool {
        !matches!(self, Self::Restarting { .. } | Self::Stopping { .. })
    }

    fn after_start(self) -> (Self, Effect) {
        match self {
            Self::Stopped | Self::Failed { .. } => (Self::Running, Effect::Open),
            Self::Running => (self, Effect::Retry),
            Self::Resting { .. } => (Self::Running, Effect::Serve),
            Self::Restarting { .. } => (self, Effect::Nothing),
            Self::Stopping { .. } => (Self::Stopping { again: true }, Effect::Nothing),
        }
    }

    fn after_stop(self) -> (Self, Effect) {
        match self {
            Self::Running | Self::Restarting { .. } => {
                (Self::Stopping { again: false }, Effect::HaltAndRelease)
            }
            Self::Stopping { .. } => (Self::Stopping { again: false }, Effect::Nothing),
            Self::Stopped | Self::Resting { .. } | Self::Failed { .. } => {
                (Self::Stopped, Effect::LetGo)
            }
        }
    }

    fn after_restart(self, now: Timestamp) -> (Self, Effect) {
        match self {
            Self::Running => (Self::Restarting { since: now }, Effect::Halt),
            Self::Stopped
            | Self::Restarting { .. }
            | Self::Resting { .. }
            | Self::Failed { .. }
            | Self::Stopping { .. } => self.after_start(),
        }
    }

    fn after_end(self, event: Event, now: Timestamp) -> (Self, Effect) {
        match (self, event) {
            (Self::Restarting { .. }, _) => (Self::Running, Effect::Serve),
            (Self::Stopping { again: false }, _) => (Self::Stopped, Effect::LetGo),
            (Self::Stopping { again: true }, _) => (Self::Running, Effect::Open),
            (Self::Running, Event::Crashed(crash)) => match crash.rest {
                Some(rest) => {
                    let next_at = Timestamp(now.0 + rest.as_millis() as u64);
                    (Self::Resting { since: now, next_at, crash }, Effect::Rest(rest))
                }
                None => (Self::Failed { crash }, Effect::LetGo),
            },
            (life, _) => (life, Effect::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Start),
            Just(Event::Stop),
            Just(Event::Restart),
            Just(Event::Ended),
            Just(Event::Rested),
            any::<bool>().prop_map(|again| Event::Crashed(crash(again))),
        ]
    }

    const NOON: Timestamp = Timestamp(43_200_000);
    const RESTARTING: Life = Life::Restarting { since: NOON };

    fn crash(again: bool) -> Crash {
        let rest = again.then_some(Duration::from_secs(2));
        Crash { reason: "it panicked".to_owned(), crashes: 1, rest }
    }

    fn resting() -> Life {
        Life::Resting { since: NOON, next_at: Timestamp(NOON.0 + 2000), crash: crash(true) }
    }

    fn after(life: Life, event: Event) -> (Life, Effect) {
        life.after(event, NOON)
    }

    fn walk(events: &[Event]) -> Life {
        events.iter().fold(Life::Stopped, |life, event| after(life, event.clone()).0)
    }

    #[test]
    fn a_restart_keeps_the_listeners() {
        assert_eq!(after(Life::Running, Event::Restart), (RESTARTING, Effect::Halt));
        assert_eq!(after(RESTARTING, Event::Ended), (Life::Running, Effect::Serve));
    }

    #[test]
    fn two_restarts_in_quick_succession_are_one() {
        assert_eq!(after(RESTARTING, Event::Restart), (RESTARTING, Effect::Nothing));
    }

    #[test]
    fn a_start_during_a_stop_is_remembered() {
        let (life, _) = after(Life::Stopping { again: false }, Event::Start);
        assert_eq!(after(life, Event::Ended), (Life::Running, Effect::Open));
    }

    #[test]
    fn a_person_may_end_a_rest() {
        assert_eq!(after(resting(), Event::Start), (Life::Running, Effect::Serve));
        assert_eq!(after(resting(), Event::Stop), (Life::Stopped, Effect::LetGo));
    }

    #[test]
    fn a_crash_is_rested_after_until_it_was_one_too_many() {
        let rest = Effect::Rest(Duration::from_secs(2));
        assert_eq!(after(Life::Running, Event::Crashed(crash(true))), (resting(), rest));
        let failed = Life::Failed { crash: crash(false) };
        assert_eq!(after(Life::Running, Event::Crashed(crash(false))), (failed, Effect::LetGo));
    }

    proptest! {
        #[test]
        fn stopped_on_purpose_stays_stopped(events in prop::collection::vec(any_event(), 0..40), later in prop::collection::vec(any_event(), 0..40)) {
            let stopped = [events.as_slice(), &[Event::Stop, Event::Ended]].concat();
            prop_assert_eq!(walk(&stopped), Life::Stopped);
            let by_itself = later.iter().filter(|event| !matches!(event, Event::Start | Event::Restart));
            let end = by_itself.fold(Life::Stopped, |life, event| after(life, event.clone()).0);
            prop_assert_eq!(end, Life::Stopped);
        }

        #[test]
        fn a_start_always_leads_somewhere(events in prop::collection::vec(any_event(), 0..40)) {
            let life = after(walk(&events), Event::Start).0;
            let is_given_up = matches!(life, Life::Stopped | Life::Failed { .. });
            prop_assert!(!is_given_up);
        }

        #[test]
        fn whatever_is_not_settled_ends_with_the_service(events in prop::collection::vec(any_event(), 0..40)) {
            let life = walk(&events);
            if !life.is_settled() {
                prop_assert!(after(life, Event::Ended).0.is_settled());
            }
        }
    }
}
