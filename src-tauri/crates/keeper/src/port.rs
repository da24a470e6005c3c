//! One of a service's addresses, as a table: no clock, no socket, no task. The keeper does the deeds and feeds what comes
//! of them back as events.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "most events mean nothing to most states; the table names those that do, and its tests walk the rest"
)]

/// How far we are with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// It is not wanted.
    Closed,
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
    /// The system will not let us; it is asked again now and then.
    Refused,
    /// The listener is ours; the first proof is under way, or put off until the service is back.
    Proving,
    /// The listener is ours, proven.
    Proven,
    /// The listener is ours, proven, but since the proof before somebody found no place.
    Crowded,
    /// The listener is ours, but the last proof failed.
    Doubted(Doubt),
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
    /// It is wanted, or to be tried again at once.
    Open,
    /// It is to be let go.
    Close,
    /// The service has begun to take connections.
    Served,
    /// The service takes no connections for a while; the listener is kept.
    Unserved,
    /// The listener is ours.
    Bound,
    /// The port is in use.
    InUse {
        /// How many attempts there are in all.
        attempts: u32,
    },
    /// The system will not let us.
    Refused,
    /// The wait between two attempts is over.
    TimeUp,
    /// The proof succeeded.
    Proven,
    /// The proof succeeded, but since the one before somebody found no place.
    Crowded,
    /// The proof failed.
    Doubted(Doubt),
    /// The listener is no longer in the kernel's list.
    Lost,
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
    /// Ask the system again now and then.
    AskAgain,
    /// Prove the listener, and go on proving it.
    Prove,
    /// Stop proving the listener, but keep it.
    Keep,
}

impl Port {
    /// What follows from an event.
    pub(crate) fn after(self, event: Event) -> (Self, Deed) {
        match event {
            Event::Open => self.after_open(),
            Event::Close => (Self::Closed, Deed::LetGo),
            Event::Served | Event::Unserved => self.after_service(event),
            Event::Bound | Event::InUse { .. } | Event::Refused | Event::TimeUp => {
                self.after_attempt(event)
            }
            Event::Proven | Event::Crowded | Event::Doubted(_) | Event::Lost => {
                self.after_proof(event)
            }
        }
    }

    /// Whether it stays as it is until something happens: an order is answered then.
    pub(crate) fn is_settled(self) -> bool {
        !matches!(self, Self::Binding { .. } | Self::Proving)
    }

    /// Whether the listener is ours.
    pub(crate) fn is_held(self) -> bool {
        matches!(self, Self::Proving | Self::Doubted(_)) || self.is_proven()
    }

    /// Whether the last proof succeeded.
    pub(crate) fn is_proven(self) -> bool {
        matches!(self, Self::Proven | Self::Crowded)
    }

    /// Whether it is wanted, and can't be had.
    pub(crate) fn is_denied(self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Taken | Self::Refused)
    }

    fn after_open(self) -> (Self, Deed) {
        match self {
            Self::Closed | Self::Taken | Self::Refused => {
                (Self::Binding { attempt: 1 }, Deed::Bind)
            }
            // Somebody does not want to wait for it.
            Self::Waiting { attempt } => Self::next_attempt(attempt),
            Self::Binding { .. }
            | Self::Proving
            | Self::Proven
            | Self::Crowded
            | Self::Doubted(_) => (self, Deed::Nothing),
        }
    }

    fn next_attempt(last: u32) -> (Self, Deed) {
        (Self::Binding { attempt: last.saturating_add(1) }, Deed::Bind)
    }

    fn after_service(self, event: Event) -> (Self, Deed) {
        match (self.is_held(), event) {
            (true, Event::Served) => (Self::Proving, Deed::Prove),
            (true, _) => (Self::Proving, Deed::Keep),
            (false, _) => (self, Deed::Nothing),
        }
    }

    fn after_attempt(self, event: Event) -> (Self, Deed) {
        match (self, event) {
            (
                Self::Binding { .. } | Self::Waiting { .. } | Self::Taken | Self::Refused,
                Event::Bound,
            ) => (Self::Proving, Deed::Prove),
            (Self::Binding { attempt }, Event::InUse { attempts }) if attempt < attempts => {
                (Self::Waiting { attempt }, Deed::Wait)
            }
            (Self::Binding { .. }, Event::InUse { .. }) => (Self::Taken, Deed::Watch),
            (Self::Binding { .. }, Event::Refused) => (Self::Refused, Deed::AskAgain),
            (Self::Waiting { attempt }, Event::TimeUp) => Self::next_attempt(attempt),
            // Anything else is news of something that has been given up since.
            _ => (self, Deed::Nothing),
        }
    }

    fn after_proof(self, event: Event) -> (Self, Deed) {
        if !self.is_held() {
            return (self, Deed::Nothing);
        }
        match event {
            Event::Doubted(doubt) => (Self::Doubted(doubt), Deed::Nothing),
            Event::Lost => (Self::Binding { attempt: 1 }, Deed::Bind),
            Event::Crowded => (Self::Crowded, Deed::Nothing),
            _ => (Self::Proven, Deed::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Open),
            Just(Event::Close),
            Just(Event::Served),
            Just(Event::Unserved),
            Just(Event::Bound),
            (1..4_u32).prop_map(|attempts| Event::InUse { attempts }),
            Just(Event::Refused),
            Just(Event::TimeUp),
            Just(Event::Proven),
            Just(Event::Crowded),
            Just(Event::Doubted(Doubt::Shared)),
            Just(Event::Doubted(Doubt::Silent)),
            Just(Event::Lost),
        ]
    }

    fn walk(events: &[Event]) -> Port {
        events.iter().fold(Port::Closed, |port, event| port.after(*event).0)
    }

    #[test]
    fn attempts_are_used_up_one_by_one() {
        let in_use = Event::InUse { attempts: 2 };
        assert_eq!(walk(&[Event::Open, in_use]), Port::Waiting { attempt: 1 });
        assert_eq!(walk(&[Event::Open, in_use, Event::TimeUp]), Port::Binding { attempt: 2 });
        assert_eq!(walk(&[Event::Open, in_use, Event::TimeUp, in_use]), Port::Taken);
    }

    #[test]
    fn a_retry_is_the_next_attempt_and_a_taken_port_has_all_of_them_again() {
        let in_use = Event::InUse { attempts: 2 };
        assert_eq!(walk(&[Event::Open, in_use, Event::Open]), Port::Binding { attempt: 2 });
        let retried = [Event::Open, in_use, Event::Open, in_use, Event::Open];
        assert_eq!(walk(&retried), Port::Binding { attempt: 1 });
    }

    #[test]
    fn a_taken_or_refused_port_heals_without_a_click() {
        assert_eq!(Port::Taken.after(Event::Bound), (Port::Proving, Deed::Prove));
        assert_eq!(Port::Refused.after(Event::Bound), (Port::Proving, Deed::Prove));
    }

    #[test]
    fn a_listener_is_kept_while_its_service_is_away() {
        assert_eq!(Port::Proven.after(Event::Unserved), (Port::Proving, Deed::Keep));
        assert_eq!(Port::Proving.after(Event::Served), (Port::Proving, Deed::Prove));
    }

    #[test]
    fn a_crowded_port_is_proven_and_not_plainly_so_until_a_proof_finds_room() {
        let crowded = Port::Proven.after(Event::Crowded).0;
        assert_eq!((crowded, crowded.is_proven()), (Port::Crowded, true));
        assert_eq!(crowded.after(Event::Crowded), (Port::Crowded, Deed::Nothing));
        assert_eq!(crowded.after(Event::Proven), (Port::Proven, Deed::Nothing));
        assert_eq!(Port::Closed.after(Event::Crowded), (Port::Closed, Deed::Nothing));
    }

    #[test]
    fn a_lost_listener_is_bound_again_at_once() {
        let bound_again = (Port::Binding { attempt: 1 }, Deed::Bind);
        assert_eq!(Port::Proven.after(Event::Lost), bound_again);
        assert_eq!(Port::Doubted(Doubt::Silent).after(Event::Lost), bound_again);
    }

    proptest! {
        #[test]
        fn only_a_proof_makes_it_proven(events in prop::collection::vec(any_event(), 0..40), last in any_event()) {
            let before = walk(&events);
            let (after, _) = before.after(last);
            if after.is_proven() && before != after {
                let proof = if after == Port::Proven { Event::Proven } else { Event::Crowded };
                prop_assert_eq!(last, proof);
                prop_assert!(before.is_held());
            }
        }

        #[test]
        fn a_closed_port_opens_only_when_it_is_wanted(later in prop::collection::vec(any_event(), 0..40)) {
            let by_itself = later.iter().filter(|event| !matches!(event, Event::Open));
            let end = by_itself.fold(Port::Closed, |port, event| port.after(*event).0);
            prop_assert_eq!(end, Port::Closed);
        }

        #[test]
        fn it_is_never_held_without_having_been_bound(events in prop::collection::vec(any_event(), 0..40), last in any_event()) {
            let before = walk(&events);
            if before.after(last).0.is_held() && !before.is_held() {
                prop_assert_eq!(last, Event::Bound);
            }
        }

        #[test]
        fn whatever_waits_has_something_under_way(events in prop::collection::vec(any_event(), 0..40), last in any_event()) {
            let before = walk(&events);
            let (after, deed) = before.after(last);
            if std::mem::discriminant(&before) != std::mem::discriminant(&after) && !after.is_held() {
                prop_assert_ne!(deed, Deed::Nothing);
                prop_assert_ne!(deed, Deed::Keep);
            }
        }
    }
}
