//! The sentences that terminals and the tray show, for every state there is.

use station::{VOICE_BRIDGE, words};
use wire::{
    Cause, Companion, Ended, Failure, Force, Guard, Holder, HolderKind, Identity, Life, Mishap,
    Outcome, PortState, Refusal, Service, Silence, Timestamp, Trouble,
};

const NOW: Timestamp = Timestamp(1_000_000);

fn holder(kind: HolderKind, guard: Option<Guard>) -> Holder {
    Holder {
        identity: Identity {
            pid: 4711,
            began: "99".to_owned(),
            executable: Some("/usr/bin/python3.11".to_owned()),
            uid: Some(1000),
            command_digest: None,
        },
        name: "python3".to_owned(),
        command_line: vec!["python3".to_owned(), "zombie.py".to_owned()],
        user: Some("ann".to_owned()),
        started: Some(Timestamp(NOW.0 - 300_000)),
        address: "0.0.0.0:9998".to_owned(),
        kind,
        is_frozen: false,
        has_inherited: false,
        program: None,
        started_by: None,
        guard,
    }
}

/// Another process, with the same facts otherwise.
fn another(name: &str, pid: u32) -> Holder {
    let holder = holder(HolderKind::Program, None);
    let identity = Identity { pid, ..holder.identity };
    Holder { identity, name: name.to_owned(), ..holder }
}

fn held() -> Cause {
    Cause::Held { holders: vec![holder(HolderKind::Program, None)] }
}

fn bridge(life: Life, state: PortState) -> Service {
    bridge_with(life, state, Vec::new())
}

fn bridge_with(life: Life, state: PortState, companions: Vec<Companion>) -> Service {
    Service::new(VOICE_BRIDGE, ([127, 0, 0, 1], 9998).into(), life, state, companions)
}

fn on_ipv6(state: PortState) -> Companion {
    Companion::new("[::1]:9998".parse().expect("an address"), state)
}

fn listening() -> PortState {
    PortState::Listening { since: NOW, proven_at: NOW }
}

fn taken(cause: Cause) -> PortState {
    PortState::Taken { attempts: 5, cause }
}

/// How the voice bridge is told to be.
fn told(life: Life, state: PortState) -> String {
    words::state(&bridge(life, state), NOW)
}

#[test]
fn a_service_with_its_port_is_told_in_one_sentence() {
    let told_running = |state| told(Life::Running, state);
    assert_eq!(told_running(listening()), "listening on 127.0.0.1:9998");
    assert_eq!(
        told_running(PortState::Silent { since: NOW, why: Silence::Unanswered }),
        "holds port 9998, but the service does not take its connections"
    );
    assert_eq!(
        told_running(PortState::Shared { since: NOW, cause: held(), is_intended: false }),
        "port 9998 is held by python3 (4711) as well as by us: connections may go astray"
    );
    assert_eq!(
        told_running(PortState::Shared { since: NOW, cause: held(), is_intended: true }),
        "listening on 127.0.0.1:9998; port 9998 is held by python3 (4711) as well, as the settings allow"
    );
    assert_eq!(
        told(Life::Starting, PortState::Proving { since: NOW }),
        "bound to 127.0.0.1:9998, waiting for its answer"
    );
}

#[test]
fn a_service_without_its_port_is_told_with_the_reason() {
    let told_taken = |cause| told(Life::Waiting, taken(cause));
    let next_at = Timestamp(NOW.0 + 1_500);
    assert_eq!(
        told(Life::Waiting, PortState::Waiting { attempt: 2, attempts: 5, next_at, cause: held() }),
        "port 9998 is held by python3 (4711); attempt 2 of 5 failed, the next in 2 s"
    );
    assert_eq!(told_taken(held()), "port 9998 is held by python3 (4711)");
    assert_eq!(
        told_taken(Cause::Hidden { user: Some("root".to_owned()), command: "sudo ss".to_owned() }),
        "port 9998 is held by a program of the user root"
    );
    assert_eq!(
        told_taken(Cause::Lingering { free_at: Timestamp(NOW.0 + 48_000) }),
        "port 9998 still has closing connections of an earlier run, for 48 s"
    );
    assert_eq!(
        told_taken(Cause::Unseen { command: "sudo ss".to_owned() }),
        "port 9998 is in use by a program that cannot be seen from here"
    );
    assert_eq!(
        told(Life::Waiting, PortState::Refused { refusal: Refusal::NoSuchAddress }),
        "may not use port 9998: this machine has no such address"
    );
    let refusal = Refusal::Reserved { from: 9950, to: 10049 };
    assert_eq!(
        told(Life::Waiting, PortState::Refused { refusal }),
        "may not use port 9998: the system has reserved the ports 9950 to 10049"
    );
}

#[test]
fn what_is_on_a_port_without_listening_is_told_apart() {
    let told_taken = |cause| told(Life::Waiting, taken(cause));
    let holders = || vec![holder(HolderKind::Program, None)];
    assert_eq!(
        told_taken(Cause::Reserved { holders: holders() }),
        "port 9998 is reserved by python3 (4711), which does not listen there"
    );
    assert_eq!(
        told_taken(Cause::Connected { holders: holders() }),
        "port 9998 is used by python3 (4711) as its own end of a connection"
    );
    assert_eq!(
        told_taken(Cause::Orphaned { pid: 4711 }),
        "port 9998 is held by a program that process 4711 started before it ended"
    );
    assert_eq!(
        told_taken(Cause::Exhausted),
        "port 9998 cannot be had: xSwarm Voice is out of file descriptors or buffers"
    );
}

#[test]
fn all_who_must_end_are_named_and_why() {
    let told_held = |holders| words::in_use(&Cause::Held { holders }, NOW);
    let heir = |name, pid| Holder { has_inherited: true, ..another(name, pid) };
    let first = || holder(HolderKind::Program, None);
    assert_eq!(
        told_held(vec![first(), heir("sleep", 4712)]),
        "is held by python3 (4711) and sleep (4712), which inherited it: both must end"
    );
    assert_eq!(
        told_held(vec![first(), heir("sh", 4712), heir("sleep", 4713)]),
        "is held by python3 (4711), sh (4712) and sleep (4713); sh (4712) and sleep (4713) inherited it: all must end"
    );
    assert_eq!(
        told_held(vec![Holder { is_frozen: true, ..first() }]),
        "is held by python3 (4711), which is frozen: it accepts but never answers"
    );
    assert_eq!(
        told_held(vec![first(), Holder { is_frozen: true, ..another("node", 5) }]),
        "is held by python3 (4711) and node (5); node (5) is frozen"
    );
    let elsewhere = Holder { address: "[::1]:9998".to_owned(), ..first() };
    assert_eq!(told_held(vec![first(), elsewhere]), "is held by python3 (4711)");
}

#[test]
fn whoever_takes_connections_for_localhost_is_named() {
    let shadowed = bridge_with(Life::Running, listening(), vec![on_ipv6(taken(held()))]);
    assert_eq!(
        words::companions(&shadowed, NOW),
        ["localhost may lead to python3 (4711), which holds [::1]:9998"]
    );
    let shared = PortState::Shared { since: NOW, cause: held(), is_intended: false };
    assert_eq!(
        words::companion(&on_ipv6(shared), NOW),
        "localhost may lead to python3 (4711), which shares [::1]:9998 with us"
    );
    let two = Cause::Held { holders: vec![holder(HolderKind::Program, None), another("sh", 7)] };
    assert_eq!(
        words::companion(&on_ipv6(taken(two)), NOW),
        "localhost may lead to python3 (4711) and sh (7), which hold [::1]:9998"
    );
    let far = Companion::new("127.0.0.2:9998".parse().expect("an address"), taken(held()));
    assert_eq!(
        words::companion(&far, NOW),
        "127.0.0.2:9998 may lead to python3 (4711), which holds it"
    );
}

#[test]
fn a_further_address_is_told_like_the_first_unless_all_is_stopped() {
    let with = |state| bridge_with(Life::Running, listening(), vec![on_ipv6(state)]);
    assert_eq!(words::companions(&with(PortState::Stopped), NOW), [""; 0]);
    assert_eq!(words::companions(&with(listening()), NOW), ["listening on [::1]:9998"]);
    let absent = PortState::Refused { refusal: Refusal::NoSuchAddress };
    assert_eq!(
        words::companions(&with(absent), NOW),
        ["may not use [::1]:9998: this machine has no such address"]
    );
    let silent = PortState::Silent { since: NOW, why: Silence::Unreachable };
    assert_eq!(
        words::companions(&with(silent), NOW),
        ["holds [::1]:9998, but no connection gets through to it"]
    );
}

#[test]
fn what_went_wrong_is_told_with_its_age() {
    let told = |what| words::trouble(&Trouble { at: Timestamp(NOW.0 - 300_000), what }, NOW);
    let address = || "127.0.0.1:9998".to_owned();
    assert_eq!(
        told(Mishap::InUse { address: address(), cause: held() }),
        "5 min ago: 127.0.0.1:9998 held by python3 (4711)"
    );
    assert_eq!(
        told(Mishap::Silent { address: address(), why: Silence::OutOfDescriptors }),
        "5 min ago: no answer on 127.0.0.1:9998: there are no file descriptors left to take connections with"
    );
    assert_eq!(
        told(Mishap::Lost { address: address() }),
        "5 min ago: lost the listener on 127.0.0.1:9998, and made it again"
    );
    assert_eq!(
        told(Mishap::Crashed { reason: "it panicked".to_owned() }),
        "5 min ago: ended by itself: it panicked"
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
    let known = Holder {
        is_frozen: true,
        has_inherited: true,
        started_by: Some("systemd (1)".to_owned()),
        ..holder(HolderKind::OlderXswarm, Some(Guard::AnotherUser))
    };
    let lines = words::holder(&known, NOW).join("\n");
    assert_eq!(
        lines,
        "program   an older xSwarm Voice, python3 (4711)\n\
         path      /usr/bin/python3.11\n\
         command   python3 zombie.py\n\
         user      ann\n\
         address   0.0.0.0:9998\n\
         running   for 5 min\n\
         parent    systemd (1)\n\
         socket    inherited, so all who have it must end\n\
         state     frozen: it accepts connections but never answers them\n\
         protected it belongs to another user"
    );
}

#[test]
fn what_freeing_led_to_is_one_sentence() {
    let victim = holder(HolderKind::Program, None);
    let ended = vec![Ended { identity: victim.identity, name: victim.name, force: Force::Firm }];
    let service = bridge(Life::Running, listening());
    let freed = Outcome::Freed { ended: ended.clone(), took_ms: 412, service };
    assert_eq!(
        words::outcome(&freed, NOW),
        "Ended python3 (4711), by force; port 9998 is listening again after 0.4 s."
    );
    let still_taken = |holder| {
        let cause = Cause::Held { holders: vec![holder] };
        words::failure(&Failure::StillTaken { ended: ended.clone(), cause }, NOW)
    };
    assert_eq!(
        still_taken(another("node", 5)),
        "Ended python3 (4711), by force, but the port is held by node (5) again."
    );
    assert_eq!(
        still_taken(another("python3", 4822)),
        "Ended python3 (4711), by force, but it came back as process 4822."
    );
    let started_by = Some("supervisord (12)".to_owned());
    assert_eq!(
        still_taken(Holder { started_by, ..another("python3", 4822) }),
        "Ended python3 (4711), by force, but it came back as process 4822, started by supervisord (12), \
         which may start it again."
    );
    let halfway = Failure::Changed { pid: 5 }.after(ended.clone());
    assert_eq!(halfway.ended(), ended);
    assert_eq!(
        words::failure(&halfway, NOW),
        "Ended python3 (4711), by force, but then: Process 5 is no longer the program that was confirmed, and was not ended."
    );
    let refused = Failure::Refused { pid: 1, name: "systemd".to_owned(), guard: Guard::System };
    assert_eq!(
        words::failure(&refused, NOW),
        "Will not end systemd (1): it belongs to the operating system."
    );
}

#[test]
fn a_program_cannot_disguise_itself_or_steer_the_terminal() {
    let disguised = Holder {
        command_line: vec!["sh".to_owned(), "\u{1b}[2Jnothing".to_owned()],
        ..another("safe\u{202e}exe\n", 7)
    };
    assert_eq!(words::name(&disguised), "safe\u{fffd}exe\u{fffd} (7)");
    let lines = words::holder(&disguised, NOW).join("");
    assert!(lines.contains("sh \u{fffd}[2Jnothing") && !lines.contains('\u{1b}'), "{lines}");
}

#[test]
fn whatever_comes_from_outside_is_plain_wherever_it_is_told() {
    const SLY: &str = "a\u{202e}b\u{200b}c\u{61c}d\u{feff}e\u{e0061}f\u{1b}[2J\ng";
    const PLAIN: &str = "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}[2J\u{fffd}g";
    let sly = || SLY.to_owned();
    let mut known = holder(HolderKind::Program, None);
    (known.name, known.user, known.started_by) = (sly(), Some(sly()), Some(sly()));
    (known.identity.executable, known.command_line) = (Some(sly()), vec![sly()]);
    let described = words::holder(&known, NOW);
    assert_eq!(described.iter().filter(|line| line.contains(PLAIN)).count(), 5, "{described:?}");

    let ended = vec![Ended { identity: known.identity.clone(), name: sly(), force: Force::Polite }];
    let told = [
        words::names([&known]),
        words::in_use(&Cause::Held { holders: vec![known.clone()] }, NOW),
        words::in_use(&Cause::Hidden { user: Some(sly()), command: String::new() }, NOW),
        words::state(&bridge(Life::Failed { reason: sly() }, PortState::Stopped), NOW),
        words::trouble(&Trouble { at: NOW, what: Mishap::Crashed { reason: sly() } }, NOW),
        words::state(
            &bridge(
                Life::Waiting,
                PortState::Refused { refusal: Refusal::Other { message: sly() } },
            ),
            NOW,
        ),
        words::note(&wire::Note::SettingsUnreadable {
            path: sly(),
            problem: String::new(),
            effect: wire::SettingsEffect::SetAside,
        }),
        words::model(1, &wire::ModelServer { server: sly(), state: wire::ModelState::Queued }),
        words::failure(&Failure::Survived { pid: 7, name: sly() }, NOW),
        words::failure(&Failure::System { message: sly() }, NOW),
        words::failure(&Failure::StillTaken { ended: ended.clone(), cause: held() }, NOW),
        words::ended_all(&ended),
    ];
    for text in told {
        // A sentence begins with a capital.
        let text = text.replacen("A\u{fffd}b", "a\u{fffd}b", 1);
        assert!(text.contains(PLAIN), "{text:?}");
        assert!(words::plain(&text) == text, "{text:?}");
    }
}

#[test]
fn who_had_gone_already_is_not_said_to_have_been_ended() {
    let ended = |pid, force| {
        let victim = another("sleep", pid);
        Ended { identity: victim.identity, name: victim.name, force }
    };
    let (asked, forced, gone) =
        (ended(5, Force::Polite), ended(6, Force::Firm), ended(7, Force::None));
    assert_eq!(words::ended_all(&[]), "Nobody had to be ended");
    assert_eq!(
        words::ended_all(std::slice::from_ref(&gone)),
        "Nobody had to be ended; sleep (7) had gone already"
    );
    assert_eq!(
        words::ended_all(&[asked, gone, forced]),
        "Ended sleep (5) and sleep (6), by force; sleep (7) had gone already"
    );
}
