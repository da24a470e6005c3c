//! The life of a service, as a table: no clock, no socket, no task. Its ports have tables of their own (`port.rs`): a
//! service runs for as long as it is wanted, and is handed the connections of whichever ports are ours meanwhile.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "most events mean nothing to most lives; the table names those that do, and its tests walk the rest"
)]

/// Where a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Stopped on purpose.
    Stopped,
    /// It takes what connections there are.
    Running,
    /// Told to stop; it will run again over the same listeners.
    Restarting,
    /// It ended by itself; it is started again over the same listeners after a rest.
    Resting,
    /// It ended too often.
    Failed,
    /// Told to stop, and the listeners are released.
    Stopping {
        /// Whether somebody has asked for a start in the meantime.
        again: bool,
    },
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A person wants it to run, or to try again at once for ports that it hasn't got.
    Start,
    /// A person wants it to stop.
    Stop,
    /// A person wants it to begin afresh.
    Restart,
    /// It ended as it was told.
    Ended,
    /// It ended by itself.
    Crashed {
        /// Whether it may be started again.
        again: bool,
    },
    /// The rest after a crash is over.
    Rested,
}

/// What the keeper is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
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
    Rest,
}

impl Life {
    /// What follows from an event.
    pub(crate) fn after(self, event: Event) -> (Self, Deed) {
        match event {
            Event::Start => self.after_start(),
            Event::Stop => self.after_stop(),
            Event::Restart => self.after_restart(),
            Event::Ended | Event::Crashed { .. } => self.after_end(event),
            Event::Rested if self == Self::Resting => (Self::Running, Deed::Serve),
            Event::Rested => (self, Deed::Nothing),
        }
    }

    /// Whether it stays as it is until something happens: an order is answered then.
    pub(crate) fn is_settled(self) -> bool {
        !matches!(self, Self::Restarting | Self::Stopping { .. })
    }

    fn after_start(self) -> (Self, Deed) {
        match self {
            Self::Stopped | Self::Failed => (Self::Running, Deed::Open),
            Self::Running => (self, Deed::Retry),
            Self::Resting => (Self::Running, Deed::Serve),
            Self::Restarting => (self, Deed::Nothing),
            Self::Stopping { .. } => (Self::Stopping { again: true }, Deed::Nothing),
        }
    }

    fn after_stop(self) -> (Self, Deed) {
        match self {
            Self::Running | Self::Restarting => {
                (Self::Stopping { again: false }, Deed::HaltAndRelease)
            }
            Self::Stopping { .. } => (Self::Stopping { again: false }, Deed::Nothing),
            Self::Stopped | Self::Resting | Self::Failed => (Self::Stopped, Deed::LetGo),
        }
    }

    fn after_restart(self) -> (Self, Deed) {
        match self {
            Self::Running => (Self::Restarting, Deed::Halt),
            Self::Stopped
            | Self::Restarting
            | Self::Resting
            | Self::Failed
            | Self::Stopping { .. } => self.after_start(),
        }
    }

    fn after_end(self, event: Event) -> (Self, Deed) {
        match (self, event) {
            (Self::Restarting, _) => (Self::Running, Deed::Serve),
            (Self::Stopping { again: false }, _) => (Self::Stopped, Deed::LetGo),
            (Self::Stopping { again: true }, _) => (Self::Running, Deed::Open),
            (Self::Running, Event::Crashed { again: true }) => (Self::Resting, Deed::Rest),
            (Self::Running, Event::Crashed { again: false }) => (Self::Failed, Deed::LetGo),
            _ => (self, Deed::Nothing),
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
            any::<bool>().prop_map(|again| Event::Crashed { again }),
        ]
    }

    fn walk(events: &[Event]) -> Life {
        events.iter().fold(Life::Stopped, |life, event| life.after(*event).0)
    }

    #[test]
    fn a_restart_keeps_the_listeners() {
        assert_eq!(Life::Running.after(Event::Restart), (Life::Restarting, Deed::Halt));
        assert_eq!(Life::Restarting.after(Event::Ended), (Life::Running, Deed::Serve));
    }

    #[test]
    fn two_restarts_in_quick_succession_are_one() {
        assert_eq!(Life::Restarting.after(Event::Restart), (Life::Restarting, Deed::Nothing));
    }

    #[test]
    fn a_start_during_a_stop_is_remembered() {
        let (life, _) = Life::Stopping { again: false }.after(Event::Start);
        assert_eq!(life.after(Event::Ended), (Life::Running, Deed::Open));
    }

    #[test]
    fn a_person_may_end_a_rest() {
        assert_eq!(Life::Resting.after(Event::Start), (Life::Running, Deed::Serve));
        assert_eq!(Life::Resting.after(Event::Stop), (Life::Stopped, Deed::LetGo));
    }

    proptest! {
        #[test]
        fn stopped_on_purpose_stays_stopped(events in prop::collection::vec(any_event(), 0..40), later in prop::collection::vec(any_event(), 0..40)) {
            let stopped = [events.as_slice(), &[Event::Stop, Event::Ended]].concat();
            prop_assert_eq!(walk(&stopped), Life::Stopped);
            let by_itself = later.iter().filter(|event| !matches!(event, Event::Start | Event::Restart));
            let end = by_itself.fold(Life::Stopped, |life, event| life.after(*event).0);
            prop_assert_eq!(end, Life::Stopped);
        }

        #[test]
        fn a_start_always_leads_somewhere(events in prop::collection::vec(any_event(), 0..40)) {
            let life = walk(&events).after(Event::Start).0;
            prop_assert!(!matches!(life, Life::Stopped | Life::Failed));
        }

        #[test]
        fn whatever_is_not_settled_ends_with_the_service(events in prop::collection::vec(any_event(), 0..40)) {
            let life = walk(&events);
            if !life.is_settled() {
                prop_assert!(life.after(Event::Ended).0.is_settled());
            }
        }
    }
}
