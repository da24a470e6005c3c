//! What is said of services and offered: once, for whoever shows it.

use station::{SUPERVISOR, VOICE_BRIDGE, words};
use wire::{
    Cause, Companion, Condition, Engine, Face, Guard, Holder, HolderKind, Identity, Life,
    PortState, Refusal, Remedy, Service, ServiceName, Silence, Snapshot, Timestamp,
};

const NOW: Timestamp = Timestamp(1_000_000);

fn held(guard: Option<Guard>) -> Cause {
    let identity = Identity {
        pid: 4711,
        began: "99".to_owned(),
        executable: None,
        uid: None,
        command_digest: None,
    };
    let holder = Holder {
        identity,
        name: "python3".to_owned(),
        command_line: Vec::new(),
        user: None,
        started: None,
        address: "127.0.0.1:9998".to_owned(),
        kind: HolderKind::Program,
        is_frozen: false,
        has_inherited: false,
        program: None,
        started_by: None,
        guard,
    };
    Cause::Held { holders: vec![holder] }
}

fn listening() -> PortState {
    PortState::Listening { since: NOW, proven_at: NOW }
}

fn shared(is_intended: bool) -> PortState {
    PortState::Shared { since: NOW, cause: held(None), is_intended }
}

fn taken(guard: Option<Guard>) -> PortState {
    PortState::Taken { attempts: 5, cause: held(guard) }
}

fn service(name: ServiceName, life: Life, state: PortState) -> Service {
    Service::new(name, ([127, 0, 0, 1], 9998).into(), life, state, Vec::new())
}

fn said(life: Life, state: PortState) -> Service {
    let mut snapshot = whole(vec![service(VOICE_BRIDGE, life, state)]);
    snapshot.services.remove(0)
}

/// A snapshot of these services, with all that is said of it.
fn whole(services: Vec<Service>) -> Snapshot {
    let mut snapshot = Snapshot { services, ..Snapshot::new("1.0.0", 1, NOW, Engine::LineCheck) };
    words::say(&mut snapshot);
    snapshot
}

/// What is offered; what mends something is marked.
fn offered(service: &Service) -> Vec<(Remedy, bool)> {
    service.offers.iter().map(|offer| (offer.remedy, offer.is_cure)).collect()
}

#[test]
fn a_port_that_is_shared_on_purpose_is_not_offered_to_be_freed() {
    let (restart, stop) = ((Remedy::Restart, false), (Remedy::Stop, false));
    let on_purpose = said(Life::Running, shared(true));
    assert_eq!(offered(&on_purpose), [restart, stop]);
    assert!(!words::advice(&on_purpose).concat().contains("free"));
    let astray = said(Life::Running, shared(false));
    assert_eq!(offered(&astray), [(Remedy::Free, true), restart, stop]);
    assert!(words::advice(&astray).concat().contains("`xswarm free 9998`"));
}

#[test]
fn nobody_is_offered_who_must_be_spared() {
    let retry = [(Remedy::Retry, true), (Remedy::Stop, false)];
    assert_eq!(offered(&said(Life::Waiting, taken(Some(Guard::System)))), retry);
    let freed = offered(&said(Life::Waiting, taken(None)));
    assert_eq!(freed, [&[(Remedy::Free, true)], &retry[..]].concat());
}

#[test]
fn what_is_offered_fits_what_a_service_does() {
    let proving = PortState::Proving { since: NOW };
    let reason = || "it panicked".to_owned();
    let restarting = Life::Restarting { crashes: 1, next_at: NOW, reason: reason() };
    let silent = PortState::Silent { since: NOW, why: Silence::Unanswered };
    let refused = PortState::Refused { refusal: Refusal::NotPermitted };
    let (start, stop) = ((Remedy::Start, false), (Remedy::Stop, false));
    let retry = |is_cure| (Remedy::Retry, is_cure);
    for (life, state, wanted) in [
        (Life::Stopped, PortState::Stopped, vec![start]),
        (Life::Starting, proving.clone(), vec![stop]),
        (Life::Running, listening(), vec![(Remedy::Restart, false), stop]),
        (Life::Running, silent, vec![(Remedy::Restart, true), stop]),
        (Life::Waiting, refused, vec![retry(true), stop]),
        (restarting, proving, vec![retry(false), stop]),
        (Life::Stopping, PortState::Stopped, vec![]),
        (Life::Failed { reason: reason() }, PortState::Stopped, vec![(Remedy::Start, true), stop]),
    ] {
        assert_eq!(offered(&said(life.clone(), state)), wanted, "{life:?}");
    }
}

#[test]
fn what_ticks_in_a_sentence_is_left_open() {
    let next_at = Timestamp(NOW.0 + 3_000);
    let waiting = PortState::Waiting { attempt: 2, attempts: 5, next_at, cause: held(None) };
    let service = said(Life::Waiting, waiting);
    let json = serde_json::to_value(&service.sentence).expect("plain data");
    let text = json[0].as_str().expect("its beginning").to_owned() + json[1].as_str().unwrap_or("");
    assert!(text.starts_with("port 9998 is held by python3 (4711)"), "{json}");
    assert_eq!(json.as_array().and_then(|pieces| pieces.last()), Some(&next_at.0.into()));
    let at = |milliseconds| service.sentence.at(Timestamp(NOW.0 + milliseconds));
    assert!(at(0).ends_with("the next in 3 s") && at(2_000).ends_with("the next in 1 s"));
    assert!(service.sentence.ticks() && !said(Life::Running, listening()).sentence.ticks());
}

#[test]
fn a_service_of_which_connections_go_astray_is_partly_reachable() {
    let mut bridge = service(VOICE_BRIDGE, Life::Running, listening());
    let further = Companion::new("[::1]:9998".parse().expect("an address"), taken(None));
    bridge = Service::new(
        bridge.name,
        ([127, 0, 0, 1], 9998).into(),
        bridge.life,
        bridge.state,
        vec![further],
    );
    let snapshot = whole(vec![bridge, service(SUPERVISOR, Life::Running, listening())]);
    let [bridge, _] = snapshot.services.as_slice() else { panic!("two services") };
    assert_eq!((bridge.face, &*bridge.word), (Face::Partial, "Partly reachable"));
    assert_eq!(
        bridge.companions[0].sentence.at(NOW),
        "localhost may lead to python3 (4711), which holds [::1]:9998"
    );
    assert_eq!(bridge.companions[0].condition, Condition::NeedsYou);
    assert_eq!(snapshot.sentence, "The voice bridge is only partly reachable.");
    assert_eq!((snapshot.condition, &*snapshot.word), (Condition::NeedsYou, "Needs you"));
}

#[test]
fn the_whole_is_told_in_one_sentence_however_many_services_there_are() {
    let well = |name| service(name, Life::Running, listening());
    let off = |name| service(name, Life::Stopped, PortState::Stopped);
    let bell = ServiceName::literal("door_bell");
    for (services, sentence) in [
        (vec![], "This xSwarm Voice runs no services."),
        (vec![well(VOICE_BRIDGE)], "The voice bridge is listening."),
        (vec![well(VOICE_BRIDGE), well(SUPERVISOR)], "Both services are listening."),
        (vec![well(VOICE_BRIDGE), well(SUPERVISOR), well(bell)], "All services are listening."),
        (
            vec![off(VOICE_BRIDGE), well(SUPERVISOR), well(bell)],
            "The voice bridge is stopped; the supervisor is listening; the door bell is listening.",
        ),
        (
            vec![well(VOICE_BRIDGE), service(bell, Life::Waiting, taken(None))],
            "The door bell cannot have its port.",
        ),
    ] {
        assert_eq!(whole(services).sentence, sentence);
    }
}
