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

#[test]
fn every_state_has_its_sentence() {
    let soon = Timestamp(NOW.0 + 1_500);
    let states = [
        (Life::Stopped, PortState::Stopped, "stopped"),
        (
            Life::Starting,
            PortState::Binding { attempt: 1, attempts: 5 },
            "binding 127.0.0.1:9998, attempt 1 of 5",
        ),
        (
            Life::Waiting,
            PortState::Waiting { attempt: 2, attempts: 5, next_at: soon, cause: held() },
            "port 9998 is held by python3 (4711); attempt 2 of 5 failed, the next in 2 s",
        ),
        (
            Life::Starting,
            PortState::Proving { since: NOW },
            "bound to 127.0.0.1:9998, waiting for its answer",
        ),
        (
            Life::Running,
            PortState::Listening { since: NOW, proven_at: NOW },
            "listening on 127.0.0.1:9998",
        ),
        (
            Life::Running,
            PortState::Shared { since: NOW, cause: held() },
            "shares port 9998, which also is held by python3 (4711): connections may go astray",
        ),
        (Life::Running, PortState::Silent { since: NOW }, "holds port 9998 but does not answer"),
        (
            Life::Waiting,
            PortState::Taken { attempts: 5, cause: held() },
            "port 9998 is held by python3 (4711)",
        ),
        (
            Life::Waiting,
            PortState::Taken {
                attempts: 5,
                cause: Cause::Hidden { user: Some("root".to_owned()) },
            },
            "port 9998 is held by a program of the user root",
        ),
        (
            Life::Waiting,
            PortState::Taken {
                attempts: 5,
                cause: Cause::Lingering { free_at: Timestamp(NOW.0 + 48_000) },
            },
            "port 9998 still has closing connections of an earlier run, for 48 s",
        ),
        (
            Life::Waiting,
            PortState::Taken { attempts: 5, cause: Cause::Unseen },
            "port 9998 is in use by a program that cannot be seen from here",
        ),
        (
            Life::Waiting,
            PortState::Refused { refusal: Refusal::NoSuchAddress },
            "may not use port 9998: this machine has no such address",
        ),
        (
            Life::Restarting { crashes: 1, next_at: soon, reason: "it panicked".to_owned() },
            PortState::Proving { since: NOW },
            "restarting in 2 s because it panicked",
        ),
        (Life::Stopping, PortState::Stopped, "stopping"),
        (
            Life::Failed { reason: "it panicked".to_owned() },
            PortState::Stopped,
            "failed: it panicked",
        ),
    ];
    for (life, state, sentence) in states {
        assert_eq!(words::state(&bridge(life, state), NOW), sentence);
    }
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
