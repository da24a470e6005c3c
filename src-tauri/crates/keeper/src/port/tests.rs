//! The table of ports, walked.

use proptest::prelude::*;

use super::*;

const NOON: Timestamp = Timestamp(43_200_000);
const TERMS: Terms =
    Terms { now: NOON, attempts: 2, delay: Duration::from_secs(1), is_sharing_intended: false };
const CLOSED: Port = Port(PortState::Stopped);
const PROVING: Port = Port(PortState::Proving { since: NOON });
const PROVEN: Port = Port(PortState::Listening { since: NOON, proven_at: NOON });
const SILENT: Port = Port(PortState::Silent { since: NOON, why: Silence::Unanswered });

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Open),
        Just(Event::Close),
        Just(Event::Served),
        Just(Event::Unserved),
        Just(Event::Bound),
        Just(in_use()),
        Just(Event::CauseChanged(Cause::Orphaned { pid: 7 })),
        Just(Event::Refused(Refusal::NotPermitted)),
        Just(Event::TimeUp),
        Just(Event::Proven),
        Just(crowded()),
        Just(Event::Shared(Cause::Exhausted)),
        Just(Event::Silent(Silence::Unanswered)),
        Just(Event::Lost),
    ]
}

fn in_use() -> Event {
    Event::InUse(Cause::Exhausted)
}

fn crowded() -> Event {
    Event::Crowded(3, Vec::new())
}

fn waiting(attempt: u32) -> Port {
    let next_at = Timestamp(NOON.0 + 1000);
    Port(PortState::Waiting { attempt, attempts: 2, next_at, cause: Cause::Exhausted })
}

fn binding(attempt: u32) -> Port {
    Port(PortState::Binding { attempt, attempts: 2 })
}

fn taken() -> Port {
    Port(PortState::Taken { attempts: 2, cause: Cause::Exhausted })
}

fn walk_for(attempts: u32, events: &[Event]) -> Port {
    let terms = Terms { attempts, ..TERMS };
    events.iter().fold(CLOSED, |port, event| port.after(event.clone(), &terms).0)
}

fn walk(events: &[Event]) -> Port {
    walk_for(2, events)
}

fn after(port: Port, event: Event) -> (Port, Effect) {
    port.after(event, &TERMS)
}

#[test]
fn attempts_are_used_up_one_by_one() {
    assert_eq!(walk(&[Event::Open, in_use()]), waiting(1));
    assert_eq!(walk(&[Event::Open, in_use(), Event::TimeUp]), binding(2));
    assert_eq!(walk(&[Event::Open, in_use(), Event::TimeUp, in_use()]), taken());
    let wait = Effect::Wait(Some(Duration::from_secs(1)));
    assert_eq!(after(binding(1), in_use()), (waiting(1), wait));
}

#[test]
fn a_retry_is_the_next_attempt_and_a_taken_port_has_all_of_them_again() {
    assert_eq!(walk(&[Event::Open, in_use(), Event::Open]), binding(2));
    let retried = [Event::Open, in_use(), Event::Open, in_use(), Event::Open];
    assert_eq!(walk(&retried), binding(1));
}

#[test]
fn a_taken_or_refused_port_heals_without_a_click() {
    let refused = Port(PortState::Refused { refusal: Refusal::NotPermitted });
    assert_eq!(after(taken(), Event::Bound), (PROVING, Effect::Prove));
    assert_eq!(after(refused, Event::Bound), (PROVING, Effect::Prove));
}

#[test]
fn a_listener_is_kept_while_its_service_is_away() {
    assert_eq!(after(PROVEN, Event::Unserved), (PROVING, Effect::Keep));
    assert_eq!(after(PROVING, Event::Served), (PROVING, Effect::Prove));
}

#[test]
fn a_crowded_port_is_proven_and_not_plainly_so_until_a_proof_finds_room() {
    let full = after(PROVEN, crowded()).0;
    assert!(matches!(full.0, PortState::Crowded { turned_away: 3, .. }) && full.is_proven());
    assert_eq!(after(full.clone(), crowded()), (full.clone(), Effect::Nothing));
    assert_eq!(after(full, Event::Proven), (PROVEN, Effect::Nothing));
    assert_eq!(after(CLOSED, crowded()), (CLOSED, Effect::Nothing));
}

#[test]
fn a_lost_listener_is_bound_again_at_once() {
    let bound_again = (binding(1), Effect::Bind);
    assert_eq!(after(PROVEN, Event::Lost), bound_again);
    assert_eq!(after(SILENT, Event::Lost), bound_again);
}

#[test]
fn a_proof_renews_when_it_was_proven_and_not_since_when() {
    let later = Terms { now: Timestamp(NOON.0 + 5000), ..TERMS };
    let proven = PROVEN.after(Event::Proven, &later).0;
    let listening = PortState::Listening { since: NOON, proven_at: later.now };
    assert_eq!(proven.0, listening);
    let silent = proven.after(Event::Silent(Silence::Unanswered), &later).0;
    assert_eq!(silent.0, PortState::Silent { since: later.now, why: Silence::Unanswered });
}

#[test]
fn another_holder_is_told_while_it_waits_and_only_then() {
    let other = || Event::CauseChanged(Cause::Orphaned { pid: 7 });
    for port in [waiting(1), taken()] {
        let (after, effect) = after(port, other());
        assert_eq!(after.0.cause(), Some(&Cause::Orphaned { pid: 7 }));
        assert_eq!(effect, Effect::Nothing);
    }
    assert_eq!(after(PROVEN, other()), (PROVEN, Effect::Nothing));
}

proptest! {
    #[test]
    fn only_a_proof_makes_it_proven(attempts in 1..4_u32, events in prop::collection::vec(any_event(), 0..40), last in any_event()) {
        let before = walk_for(attempts, &events);
        let after = after(before.clone(), last.clone()).0;
        if after.is_proven() && before != after {
            let is_plain = matches!(after.0, PortState::Listening { .. });
            prop_assert_eq!(last, if is_plain { Event::Proven } else { crowded() });
            prop_assert!(before.is_held());
        }
    }

    #[test]
    fn a_closed_port_opens_only_when_it_is_wanted(later in prop::collection::vec(any_event(), 0..40)) {
        let by_itself = later.iter().filter(|event| !matches!(event, Event::Open));
        let end = by_itself.fold(CLOSED, |port, event| after(port, event.clone()).0);
        prop_assert_eq!(end, CLOSED);
    }

    #[test]
    fn it_is_never_held_without_having_been_bound(events in prop::collection::vec(any_event(), 0..40), last in any_event()) {
        let before = walk(&events);
        if after(before.clone(), last.clone()).0.is_held() && !before.is_held() {
            prop_assert_eq!(last, Event::Bound);
        }
    }

    #[test]
    fn whatever_waits_has_something_under_way(attempts in 1..4_u32, events in prop::collection::vec(any_event(), 0..40), last in any_event()) {
        let before = walk_for(attempts, &events);
        let (after, effect) = after(before.clone(), last);
        if discriminant(&before.0) != discriminant(&after.0) && !after.is_held() {
            prop_assert_ne!(effect, Effect::Nothing);
            prop_assert_ne!(effect, Effect::Keep);
        }
    }
}
