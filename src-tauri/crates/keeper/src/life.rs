//! The life of a service over its port, as a table: no clock, no socket, no task. The keeper does the deeds and feeds
//! what comes of them back as events.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "most events mean nothing to most lives; the table names those that do, and its tests walk the rest"
)]

/// Where a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Stopped on purpose.
    Stopped,
    /// An attempt to bind is under way, including the look at who holds the port if it fails.
    Binding {
        /// From 1.
        attempt: u32,
    },
    /// The attempt failed; the next comes with the timer, or earlier when the port is let go.
    Waiting {
        /// The attempt that failed.
        attempt: u32,
    },
    /// The attempts are used up; the port is still watched.
    Taken,
    /// The system will not let us.
    Refused,
    /// It serves; the first proof is under way.
    Proving,
    /// It serves, proven.
    Proven,
    /// It serves, but the last proof failed.
    Doubted(Doubt),
    /// Told to stop; it will serve again over the same listener.
    Restarting,
    /// It ended by itself; it is started again over the same listener after a rest.
    Resting,
    /// It ended too often.
    Failed,
    /// Told to stop, and the listener is released.
    Stopping {
        /// Whether somebody has asked for a start in the meantime.
        again: bool,
    },
}

/// What is wrong with a listener that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Somebody else listens there too.
    Shared,
    /// Our own probe gets no answer.
    Silent,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A person wants it to run, or to try again at once.
    Start,
    /// A person wants it to stop.
    Stop,
    /// A person wants it to begin afresh.
    Restart,
    /// The listener is ours.
    Bound,
    /// The port is in use.
    InUse {
        /// How many attempts there are in all.
        attempts: u32,
    },
    /// The system will not let us.
    Refused,
    /// The wait between two attempts, or the rest after a crash, is over.
    TimeUp,
    /// The proof succeeded.
    Proven,
    /// The proof failed.
    Doubted(Doubt),
    /// The listener is no longer in the kernel's list.
    Lost,
    /// The service ended as it was told.
    Ended,
    /// The service ended by itself.
    Crashed {
        /// Whether it may be started again.
        again: bool,
    },
}

/// What the keeper is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Go on with what is under way.
    Nothing,
    /// Give up what is under way; hold nothing.
    LetGo,
    /// Try to bind.
    Bind,
    /// Wait for the next attempt, and watch the port meanwhile.
    Wait,
    /// Watch the port until it is let go.
    Watch,
    /// Start the service over the listener, and prove it.
    Serve,
    /// Tell the service to stop; keep the listener.
    Halt,
    /// Tell the service to stop; release the listener.
    HaltAndRelease,
    /// Wait a while before the service is started again.
    Rest,
}

impl Life {
    /// What follows from an event.
    pub(crate) fn after(self, event: Event) -> (Self, Deed) {
        match event {
            Event::Start => self.after_start(),
            Event::Stop => self.after_stop(),
            Event::Restart => self.after_restart(),
            Event::Bound | Event::InUse { .. } | Event::Refused | Event::TimeUp => {
                self.after_attempt(event)
            }
            Event::Proven | Event::Doubted(_) | Event::Lost => self.after_proof(event),
            Event::Ended | Event::Crashed { .. } => self.after_end(event),
        }
    }

    /// Whether it stays as it is until something happens: an order is answered then.
    pub(crate) fn is_settled(self) -> bool {
        match self {
            Self::Binding { .. } | Self::Proving | Self::Restarting | Self::Stopping { .. } => {
                false
            }
            Self::Stopped
            | Self::Waiting { .. }
            | Self::Taken
            | Self::Refused
            | Self::Proven
            | Self::Doubted(_)
            | Self::Resting
            | Self::Failed => true,
        }
    }

    /// Whether the service is there to answer a probe.
    pub(crate) fn is_serving(self) -> bool {
        matches!(self, Self::Proving | Self::Proven | Self::Doubted(_))
    }

    fn after_start(self) -> (Self, Deed) {
        match self {
            Self::Stopped | Self::Waiting { .. } | Self::Taken | Self::Refused | Self::Failed => {
                (Self::Binding { attempt: 1 }, Deed::Bind)
            }
            Self::Resting => (Self::Proving, Deed::Serve),
            Self::Stopping { .. } => (Self::Stopping { again: true }, Deed::Nothing),
            Self::Binding { .. }
            | Self::Proving
            | Self::Proven
            | Self::Doubted(_)
            | Self::Restarting => (self, Deed::Nothing),
        }
    }

    fn after_stop(self) -> (Self, Deed) {
        match self {
            Self::Proving | Self::Proven | Self::Doubted(_) | Self::Restarting => {
                (Self::Stopping { again: false }, Deed::HaltAndRelease)
            }
            Self::Stopping { .. } => (Self::Stopping { again: false }, Deed::Nothing),
            Self::Stopped
            | Self::Binding { .. }
            | Self::Waiting { .. }
            | Self::Taken
            | Self::Refused
            | Self::Resting
            | Self::Failed => (Self::Stopped, Deed::LetGo),
        }
    }

    fn after_restart(self) -> (Self, Deed) {
        match self {
            Self::Proving | Self::Proven | Self::Doubted(_) => (Self::Restarting, Deed::Halt),
            Self::Restarting => (self, Deed::Nothing),
            Self::Stopped
            | Self::Binding { .. }
            | Self::Waiting { .. }
            | Self::Taken
            | Self::Refused
            | Self::Resting
            | Self::Failed
            | Self::Stopping { .. } => self.after_start(),
        }
    }

    fn after_attempt(self, event: Event) -> (Self, Deed) {
        match (self, event) {
            (Self::Binding { .. } | Self::Waiting { .. } | Self::Taken, Event::Bound) => {
                (Self::Proving, Deed::Serve)
            }
            (Self::Binding { attempt }, Event::InUse { attempts }) if attempt < attempts => {
                (Self::Waiting { attempt }, Deed::Wait)
            }
            (Self::Binding { .. }, Event::InUse { .. }) => (Self::Taken, Deed::Watch),
            (Self::Binding { .. }, Event::Refused) => (Self::Refused, Deed::LetGo),
            (Self::Waiting { attempt }, Event::TimeUp) => {
                (Self::Binding { attempt: attempt + 1 }, Deed::Bind)
            }
            (Self::Resting, Event::TimeUp) => (Self::Proving, Deed::Serve),
            // Anything else is news of something that has been given up since.
            _ => (self, Deed::Nothing),
        }
    }

    fn after_proof(self, event: Event) -> (Self, Deed) {
        if !self.is_serving() {
            return (self, Deed::Nothing);
        }
        match event {
            Event::Doubted(doubt) => (Self::Doubted(doubt), Deed::Nothing),
            // The service ends by itself without its listener, and what it still does is given up with the deed.
            Event::Lost => (Self::Binding { attempt: 1 }, Deed::Bind),
            _ => (Self::Proven, Deed::Nothing),
        }
    }

    fn after_end(self, event: Event) -> (Self, Deed) {
        match (self, event) {
            (Self::Restarting, _) => (Self::Proving, Deed::Serve),
            (Self::Stopping { again: false }, _) => (Self::Stopped, Deed::LetGo),
            (Self::Stopping { again: true }, _) => (Self::Binding { attempt: 1 }, Deed::Bind),
            (Self::Proving | Self::Proven | Self::Doubted(_), Event::Crashed { again: true }) => {
                (Self::Resting, Deed::Rest)
            }
            (Self::Proving | Self::Proven | Self::Doubted(_), Event::Crashed { again: false }) => {
                (Self::Failed, Deed::LetGo)
            }
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
            Just(Event::Bound),
            Just(Event::InUse { attempts: 3 }),
            Just(Event::Refused),
            Just(Event::TimeUp),
            Just(Event::Proven),
            Just(Event::Doubted(Doubt::Shared)),
            Just(Event::Doubted(Doubt::Silent)),
            Just(Event::Lost),
            Just(Event::Ended),
            any::<bool>().prop_map(|again| Event::Crashed { again }),
        ]
    }

    fn walk(events: &[Event]) -> Life {
        events.iter().fold(Life::Stopped, |life, event| life.after(*event).0)
    }

    #[test]
    fn attempts_are_used_up_one_by_one() {
        let in_use = Event::InUse { attempts: 2 };
        assert_eq!(walk(&[Event::Start, in_use]), Life::Waiting { attempt: 1 });
        assert_eq!(walk(&[Event::Start, in_use, Event::TimeUp]), Life::Binding { attempt: 2 });
        assert_eq!(walk(&[Event::Start, in_use, Event::TimeUp, in_use]), Life::Taken);
    }

    #[test]
    fn a_taken_port_heals_without_a_click() {
        let (life, deed) = Life::Taken.after(Event::Bound);
        assert_eq!((life, deed), (Life::Proving, Deed::Serve));
    }

    #[test]
    fn a_restart_keeps_the_listener() {
        assert_eq!(Life::Proven.after(Event::Restart), (Life::Restarting, Deed::Halt));
        assert_eq!(Life::Restarting.after(Event::Ended), (Life::Proving, Deed::Serve));
    }

    #[test]
    fn two_restarts_in_quick_succession_are_one() {
        assert_eq!(Life::Restarting.after(Event::Restart), (Life::Restarting, Deed::Nothing));
    }

    #[test]
    fn a_start_during_a_stop_is_remembered() {
        let (life, _) = Life::Stopping { again: false }.after(Event::Start);
        assert_eq!(life.after(Event::Ended), (Life::Binding { attempt: 1 }, Deed::Bind));
    }

    proptest! {
        #[test]
        fn only_a_proof_makes_it_proven(events in prop::collection::vec(any_event(), 0..40), last in any_event()) {
            let before = walk(&events);
            let (after, _) = before.after(last);
            if after == Life::Proven && before != Life::Proven {
                prop_assert_eq!(last, Event::Proven);
                prop_assert!(before.is_serving());
            }
        }

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
            prop_assert!(!matches!(life, Life::Stopped | Life::Failed | Life::Refused));
        }
    }
}
