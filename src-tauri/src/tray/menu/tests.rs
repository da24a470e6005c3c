//! What the menu says of services, of what answers calls, and in which order.

use std::net::SocketAddr;

use station::{SUPERVISOR, VOICE_BRIDGE};
use wire::{
    Companion, Crowding, Engine, EngineChoice, Guard, HolderKind, Identity, Life, PortState,
};

use super::*;

const NOON: Timestamp = Timestamp(43_200_000);
const LISTENING: PortState = PortState::Listening { since: NOON, proven_at: NOON };

fn snapshot(life: Life, state: PortState) -> Snapshot {
    snapshot_with(life, state, Vec::new())
}

fn snapshot_with(life: Life, state: PortState, companions: Vec<Companion>) -> Snapshot {
    let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
    Snapshot {
        services: vec![
            Service::new(VOICE_BRIDGE, address(9998), life, state, companions),
            Service::new(SUPERVISOR, address(9999), Life::Running, LISTENING, Vec::new()),
        ],
        ..Snapshot::new("1.0.0", 1, NOON, Engine::LineCheck)
    }
}

fn holder(name: &str, pid: u32, guard: Option<Guard>) -> Holder {
    Holder {
        identity: Identity {
            pid,
            began: "1".to_owned(),
            executable: None,
            uid: None,
            command_digest: None,
        },
        name: name.to_owned(),
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
    }
}

fn waiting(holders: Vec<Holder>) -> Snapshot {
    let next_at = Timestamp(NOON.0 + 2000);
    snapshot(
        Life::Waiting,
        PortState::Waiting { attempt: 2, attempts: 5, next_at, cause: Cause::Held { holders } },
    )
}

fn taken(holders: Vec<Holder>) -> Snapshot {
    snapshot(Life::Waiting, PortState::Taken { attempts: 5, cause: Cause::Held { holders } })
}

/// The menu as people see it: what can't be clicked is in brackets.
fn drawn(snapshot: &Snapshot) -> String {
    let mut snapshot = snapshot.clone();
    words::say(&mut snapshot);
    let line = |line: &MenuLine| match (line.is_enabled, line.is_checked) {
        (true, false) => line.text.clone(),
        (true, true) => format!("[x] {}", line.text),
        (false, _) => format!("({})", line.text),
    };
    let entry = |entry: &Entry| match entry {
        Entry::Rule => "----".to_owned(),
        Entry::Line(own) => line(own),
        Entry::Submenu(own, below) => {
            format!("{} > {}", line(own), below.iter().map(line).collect::<Vec<_>>().join(" | "))
        }
    };
    menu(&snapshot, false, NOON).0.iter().map(entry).collect::<Vec<_>>().join("\n")
}

#[test]
fn all_is_well() {
    assert_eq!(
        drawn(&snapshot(Life::Running, LISTENING)),
        "Voice bridge: listening on 127.0.0.1:9998\n\
         Supervisor: listening on 127.0.0.1:9999\n\
         ----\n\
         Voice bridge > (Start) | Stop | Restart\n\
         Supervisor > (Start) | Stop | Restart\n\
         ----\n\
         Open xSwarm Voice\n\
         Start at login\n\
         ----\n\
         Quit xSwarm Voice"
    );
}

#[test]
fn what_answers_calls_is_checked_and_what_needs_something_first_cannot_be_clicked() {
    let offer = |choice, title: &str, is_chosen, needs: Option<&str>| EngineOffer {
        choice,
        title: title.to_owned(),
        text: String::new(),
        is_chosen,
        needs: needs.map(str::to_owned),
    };
    let one = EngineChoice::One;
    let list = EngineChoice::InTurn(vec![Engine::Moshi, Engine::LineCheck]);
    let mut snapshot = snapshot(Life::Running, LISTENING);
    snapshot.engines = vec![
        offer(one(Engine::LineCheck), "Line check", false, None),
        offer(one(Engine::Moshi), "MOSHI", false, Some("Name a server first.")),
        offer(list, "MOSHI, else Line check", true, None),
    ];
    let menu = drawn(&snapshot);
    let line = "Calls are answered by > Line check | (MOSHI) | [x] MOSHI, else Line check";
    assert!(menu.contains(&format!("\n{line}\n----\nOpen")), "{menu}");
}

#[test]
fn a_zombie_is_named_with_the_attempt_and_the_time_to_the_next() {
    let menu = drawn(&waiting(vec![holder("python3", 4711, None)]));
    let lines: Vec<&str> = menu.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "Voice bridge: port 9998 is held by python3 (4711); attempt 2 of 5 failed, the next in 2 s",
            "Free port 9998… (python3, 4711)",
        ]
    );
    assert!(menu.contains("Voice bridge > Retry now | Stop | (Restart)"), "{menu}");
}

#[test]
fn several_holders_are_counted() {
    let menu =
        drawn(&taken(vec![holder("node", 1, None), holder("sh", 2, None), holder("sh", 3, None)]));
    assert!(menu.contains("Free port 9998… (node, 1 and 2 more)"), "{menu}");
}

#[test]
fn whoever_may_get_our_connections_is_named_and_can_be_ended() {
    let shadowed = |guard| {
        let cause = Cause::Held { holders: vec![holder("python3", 4711, guard)] };
        let state = PortState::Taken { attempts: 5, cause };
        let companion = Companion::new("[::1]:9998".parse().expect("an address"), state);
        drawn(&snapshot_with(Life::Running, LISTENING, vec![companion]))
    };
    let lines = "Voice bridge: listening on 127.0.0.1:9998\n\
                 localhost may lead to python3 (4711), which holds [::1]:9998\n";
    let freed = format!("{lines}Free port 9998… (python3, 4711)\nSupervisor:");
    assert!(shadowed(None).starts_with(&freed), "{}", shadowed(None));
    let spared = format!("{lines}Supervisor:");
    let menu = shadowed(Some(Guard::AnotherUser));
    assert!(menu.starts_with(&spared), "{menu}");
}

#[test]
fn a_crowded_port_is_told_first_and_nobody_is_offered_for_it() {
    let crowded = || PortState::Crowded {
        since: NOON,
        proven_at: NOON,
        turned_away: 1240,
        by: vec![Crowding { pid: 4711, name: "python3".to_owned(), connections: 96 }],
    };
    let crowd = "but crowded: 1240 connections were just turned away; python3 (4711) has 96 open";
    let mut snapshot = snapshot(Life::Running, crowded());
    snapshot.services.reverse();
    let menu = drawn(&snapshot);
    let first = format!("Voice bridge: listening on 127.0.0.1:9998, {crowd}\nSupervisor: ");
    assert!(menu.starts_with(&first), "{menu}");
    assert!(menu.contains("Voice bridge > (Start) | Stop | Restart"), "{menu}");

    let companion = Companion::new("[::1]:9998".parse().expect("an address"), crowded());
    let menu = drawn(&snapshot_with(Life::Running, LISTENING, vec![companion]));
    let lines = format!(
        "Voice bridge: listening on 127.0.0.1:9998\nlistening on [::1]:9998, {crowd}\nSupervisor: "
    );
    assert!(menu.starts_with(&lines), "{menu}");
}

#[test]
fn who_shares_the_port_as_the_settings_allow_is_not_offered() {
    let cause = Cause::Held { holders: vec![holder("node", 1, None)] };
    let shared = PortState::Shared { since: NOON, cause, is_intended: true };
    let menu = drawn(&snapshot(Life::Running, shared));
    assert!(menu.contains("node (1)") && !menu.contains("Free"), "{menu}");
}

#[test]
fn a_third_service_has_its_lines_and_its_submenu() {
    let mut snapshot = snapshot(Life::Running, LISTENING);
    let bell = wire::ServiceName::literal("door_bell");
    let address = SocketAddr::from(([127, 0, 0, 1], 9997));
    let state = PortState::Taken { attempts: 5, cause: Cause::Held { holders: Vec::new() } };
    snapshot.services.push(Service::new(bell, address, Life::Waiting, state, Vec::new()));
    let menu = drawn(&snapshot);
    let lines: Vec<&str> = menu.lines().collect();
    assert!(lines[0].starts_with("Door bell: port 9997 is in use"), "{menu}");
    assert_eq!(lines[1], "Try port 9997 again");
    assert!(menu.contains("\nDoor bell > Retry now | Stop | (Restart)\n"), "{menu}");
}

#[test]
fn one_holder_on_several_addresses_is_named_once() {
    let held = || Cause::Held { holders: vec![holder("node", 1, None)] };
    let taken = || PortState::Taken { attempts: 5, cause: held() };
    let companion = Companion::new("[::1]:9998".parse().expect("an address"), taken());
    let menu = drawn(&snapshot_with(Life::Waiting, taken(), vec![companion]));
    assert!(menu.contains("Free port 9998… (node, 1)"), "{menu}");
}

#[test]
fn whom_we_would_not_end_is_not_offered() {
    let menu =
        drawn(&taken(vec![holder("node", 1, None), holder("systemd", 2, Some(Guard::System))]));
    assert!(!menu.contains("Free"), "{menu}");
    assert!(!drawn(&taken(Vec::new())).contains("Free"));
}

#[test]
fn what_is_wrong_comes_first_with_what_mends_it() {
    let mut snapshot = taken(Vec::new());
    snapshot.services.reverse();
    let menu = drawn(&snapshot);
    let lines: Vec<&str> = menu.lines().collect();
    assert!(lines[0].starts_with("Voice bridge: port 9998"), "{menu}");
    assert_eq!(lines[1], "Try port 9998 again");
    assert!(lines[2].starts_with("Supervisor: listening"), "{menu}");
}

#[test]
fn a_stopped_service_can_only_be_started() {
    let menu = drawn(&snapshot(Life::Stopped, PortState::Stopped));
    assert!(menu.contains("Voice bridge > Start | (Stop) | (Restart)"), "{menu}");
}

#[test]
fn quit_is_never_beside_free() {
    let mut taken = taken(vec![holder("node", 1, None)]);
    words::say(&mut taken);
    let Menu(entries) = menu(&taken, true, NOON);
    let place = |wanted: Id| {
        entries.iter().position(|entry| entry.id() == Some(wanted)).expect("it is there")
    };
    assert!(place(Id::Quit).abs_diff(place(Id::Free(VOICE_BRIDGE))) > 2);
}
