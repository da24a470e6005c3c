//! The sentences that terminals and the tray show, for every state there is.

use station::words;
use wire::{
    Cause, Ended, Failure, Force, Guard, Holder, HolderKind, Identity, Life, Outcome, PortState,
    Refusal, Service, ServiceName, Timestamp,
};

const NOW: Timestamp = Timestamp(1_000_000);

fn holder(kind: HolderKind, guard: Option<Guard>) -> Holder {
    Holder {
        identity: Identity {
            pid: 4711,
            began: "99".to_owned(),
            executable: Some("/usr/bin/python3.11".to_owned()),
            uid: Some(1000),
        },
        name: "python3".to_owned(),
        command_line: vec!["python3".to_owned(), "zombie.py".to_owned()],
        user: Some("ann".to_owned()),
        started: Some(Timestamp(NOW.0 - 300_000)),
        address: "0.0.0.0:9998".to_owned(),
        kind,
        guard,
    }
}

fn held() -> Cause {
    Cause::Held { holders: vec![holder(HolderKind::Program, None)] }
}

fn bridge(life: Life, state: PortState) -> Service {
    Service::new(ServiceName::VoiceBridge, ([127, 0, 0, 1], 9998).into(), life, state)
}

/// How the voice bridge is told to be.
fn told(life: Life, state: PortState) -> String {
    words::state(&bridge(life, state), NOW)
}

#[test]
fn a_service_with_its_port_is_told_in_one_sentence() {
    let told_running = |state| told(Life::Running, state);
    assert_eq!(
        told_running(PortState::Listening { since: NOW, proven_at: NOW }),
        "listening on 127.0.0.1:9998"
    );
    assert_eq!(
        told_running(PortState::Silent { since: NOW }),
        "holds port 9998 but does not answer"
    );
    assert_eq!(
        told_running(PortState::Shared { since: NOW, cause: held() }),
        "port 9998 is held by python3 (4711) as well as by us: connections may go astray"
    );
    assert_eq!(
        told(Life::Starting, PortState::Proving { since: NOW }),
        "bound to 127.0.0.1:9998, waiting for its answer"
    );
}

#[test]
fn a_service_without_its_port_is_told_with_the_reason() {
    let told_taken = |cause| told(Life::Waiting, PortState::Taken { attempts: 5, cause });
    let next_at = Timestamp(NOW.0 + 1_500);
    assert_eq!(
        told(Life::Waiting, PortState::Waiting { attempt: 2, attempts: 5, next_at, cause: held() }),
        "port 9998 is held by python3 (4711); attempt 2 of 5 failed, the next in 2 s"
    );
    assert_eq!(told_taken(held()), "port 9998 is held by python3 (4711)");
    assert_eq!(
        told_taken(Cause::Hidden { user: Some("root".to_owned()) }),
        "port 9998 is held by a program of the user root"
    );
    assert_eq!(
        told_taken(Cause::Lingering { free_at: Timestamp(NOW.0 + 48_000) }),
        "port 9998 still has closing connections of an earlier run, for 48 s"
    );
    assert_eq!(
        told_taken(Cause::Unseen),
        "port 9998 is in use by a program that cannot be seen from here"
    );
    assert_eq!(
        told(Life::Waiting, PortState::Refused { refusal: Refusal::NoSuchAddress }),
        "may not use port 9998: this machine has no such address"
    );
}

#[test]
fn a_service_that_does_not_serve_is_told_with_the_reason() {
    let reason = || "it panicked".to_owned();
    let restarting =
        Life::Restarting { crashes: 1, next_at: Timestamp(NOW.0 + 1_500), reason: reason() };
    assert_eq!(
        told(restarting, PortState::Proving { since: NOW }),
        "restarting in 2 s because it panicked"
    );
    assert_eq!(told(Life::Failed { reason: reason() }, PortState::Stopped), "failed: it panicked");
    assert_eq!(told(Life::Stopping, PortState::Stopped), "stopping");
    assert_eq!(told(Life::Stopped, PortState::Stopped), "stopped");
    assert_eq!(
        told(Life::Starting, PortState::Binding { attempt: 1, attempts: 5 }),
        "binding 127.0.0.1:9998, attempt 1 of 5"
    );
}

#[test]
fn a_holder_is_described_before_it_is_ended() {
    let lines =
        words::holder(&holder(HolderKind::OlderXswarm, Some(Guard::AnotherUser)), NOW).join("\n");
    assert_eq!(
        lines,
        "program   an older xSwarm Voice, python3 (4711)\n\
         path      /usr/bin/python3.11\n\
         command   python3 zombie.py\n\
         user      ann\n\
         listens   0.0.0.0:9998\n\
         running   for 5 min\n\
         protected it belongs to another user"
    );
}

#[test]
fn what_freeing_led_to_is_one_sentence() {
    let victim = holder(HolderKind::Program, None);
    let ended = vec![Ended { identity: victim.identity, name: victim.name, force: Force::Firm }];
    let service = bridge(Life::Running, PortState::Listening { since: NOW, proven_at: NOW });
    let freed = Outcome::Freed { ended: ended.clone(), took_ms: 412, service };
    assert_eq!(
        words::outcome(&freed, NOW),
        "Ended python3 (4711), by force; port 9998 is listening again after 0.4 s."
    );
    assert_eq!(
        words::failure(&Failure::StillTaken { ended, cause: held() }, NOW),
        "Ended python3 (4711), by force, but the port is held by python3 (4711) again."
    );
    let refused = Failure::Refused { pid: 1, name: "systemd".to_owned(), guard: Guard::System };
    assert_eq!(
        words::failure(&refused, NOW),
        "Will not end systemd (1): it belongs to the operating system."
    );
}
