//! What is told of a crowded port and of those who were turned away, and that it is not told as well.

use station::doctor::Report;
use station::{SUPERVISOR, VOICE_BRIDGE, services, words};
use wire::{
    Cause, Companion, Condition, Crowding, Engine, Life, PortState, Service, ServiceName, Snapshot,
    Timestamp, TurnedAway,
};

const NOW: Timestamp = Timestamp(100_000_000);
const MINUTE: u64 = 60_000;

fn listening() -> PortState {
    PortState::Listening { since: NOW, proven_at: NOW }
}

fn crowded(turned_away: u32, by: &[(&str, u32, u32)]) -> PortState {
    let by = by.iter().map(|&(name, pid, connections)| Crowding {
        pid,
        name: name.to_owned(),
        connections,
    });
    PortState::Crowded { since: NOW, proven_at: NOW, turned_away, by: by.collect() }
}

fn by_python() -> PortState {
    crowded(1240, &[("python3", 4711, 96)])
}

fn service(name: ServiceName, state: PortState, on_ipv6: PortState) -> Service {
    let port = if name == VOICE_BRIDGE { 9998 } else { 9999 };
    let companion = Companion::new(([0, 0, 0, 0, 0, 0, 0, 1], port).into(), on_ipv6);
    Service::new(name, ([127, 0, 0, 1], port).into(), Life::Running, state, vec![companion])
}

fn bridge(state: PortState) -> Service {
    service(VOICE_BRIDGE, state, listening())
}

fn bridge_on_ipv6(state: PortState) -> Service {
    service(VOICE_BRIDGE, listening(), state)
}

fn snapshot(bridge: Service, turned_away: Vec<TurnedAway>) -> Snapshot {
    let services = vec![bridge, service(SUPERVISOR, listening(), listening())];
    let nothing = Snapshot::new("1.0.0", 1, Timestamp(1), Engine::LineCheck);
    Snapshot { services, turned_away, ..nothing }
}

fn without_secret(service: ServiceName, times: u64, minutes_ago: u64) -> TurnedAway {
    let row = services::all().into_iter().find(|row| row.name == service).expect("its row");
    TurnedAway {
        service,
        whom: row.visitors(times),
        reason: "no_secret".to_owned(),
        because: "they showed no secret".to_owned(),
        cure: "Set the stream's secret in the carrier's settings.".to_owned(),
        times,
        last_at: Timestamp(NOW.0 - minutes_ago * MINUTE),
    }
}

/// The report's findings and lines, of a station that tells this.
async fn doctor(snapshot: Snapshot) -> (Vec<String>, Vec<String>) {
    let report = Report::draw_up(None, Ok(Some(snapshot))).await.expect("there is a home");
    (report.findings.clone(), report.lines(NOW))
}

#[test]
fn a_crowded_port_is_told_with_how_many_and_by_whom() {
    let told = |state| words::state(&bridge(state), NOW);
    assert_eq!(
        told(by_python()),
        "listening on 127.0.0.1:9998, but crowded: 1240 connections were just turned away; \
         python3 (4711) has 96 open"
    );
    assert_eq!(
        told(crowded(1, &[])),
        "listening on 127.0.0.1:9998, but crowded: 1 connection was just turned away"
    );
    let many =
        [("python3", 4711, 60), ("node", 5, 20), ("nc", 6, 2), ("curl", 7, 1), ("wget", 8, 1)];
    assert_eq!(
        told(crowded(2, &many)),
        "listening on 127.0.0.1:9998, but crowded: 2 connections were just turned away; \
         python3 (4711) has 60 open, node (5) has 20, nc (6) has 2"
    );
    assert_eq!(
        words::companions(&bridge_on_ipv6(crowded(3, &[])), NOW),
        ["listening on [::1]:9998, but crowded: 3 connections were just turned away"]
    );
}

#[test]
fn whoever_crowds_a_port_cannot_disguise_itself() {
    let state = crowded(3, &[("\u{1b}[2Jsafe\u{202e}exe\n", 7, 1)]);
    let told =
        words::service(&bridge(state.clone()), NOW) + &words::advice(&bridge(state)).join("");
    assert!(told.contains("\u{fffd}[2Jsafe\u{fffd}exe\u{fffd} (7)"), "{told}");
    assert!(!told.contains(['\u{1b}', '\u{202e}', '\n']), "{told}");
}

#[test]
fn a_crowded_port_is_never_well_at_whatever_address() {
    for crowded in [bridge(by_python()), bridge_on_ipv6(by_python())] {
        assert_eq!(crowded.condition, Condition::NeedsYou);
        assert!(crowded.is_crowded());
        assert_eq!(crowded.clone().uncrowded().condition, Condition::Well);
        let whole = snapshot(crowded, Vec::new());
        assert_eq!(whole.condition(), Condition::NeedsYou);
        assert_eq!(words::summary(&whole), "xSwarm Voice is crowded, no calls");
    }
    assert!(!bridge(listening()).is_crowded());
}

#[test]
fn the_whole_is_said_to_listen_only_where_all_of_it_does() {
    let whole = snapshot(bridge(listening()), Vec::new());
    assert_eq!(words::summary(&whole), "xSwarm Voice is listening, no calls");
    let address = ([127, 0, 0, 1], 9998).into();
    let stopped = PortState::Stopped;
    let off = Service::new(VOICE_BRIDGE, address, Life::Stopped, stopped, Vec::new());
    let whole = snapshot(off, Vec::new());
    assert_eq!(words::summary(&whole), "xSwarm Voice is stopped in part, no calls");
}

#[test]
fn what_is_worse_than_a_crowd_is_told_in_its_place() {
    let cause = Cause::Unseen { command: "sudo ss".to_owned() };
    let taken = PortState::Taken { attempts: 5, cause };
    let failed = Life::Failed { reason: "it panicked".to_owned() };
    let address = ([127, 0, 0, 1], 9998).into();
    let name = VOICE_BRIDGE;
    for worse in [
        Service::new(name, address, failed, by_python(), Vec::new()),
        Service::new(name, address, Life::Waiting, taken, bridge_on_ipv6(by_python()).companions),
    ] {
        assert_eq!(words::summary(&snapshot(worse, Vec::new())), "xSwarm Voice needs you");
    }
}

#[test]
fn what_is_wrong_is_told_of_the_address_where_it_is() {
    let wrong = |service: &Service| words::wrong(service, NOW).join("\n");
    assert_eq!(
        wrong(&bridge(crowded(3, &[]))),
        "Voice bridge: listening on 127.0.0.1:9998, but crowded: 3 connections were just turned away."
    );
    let on_ipv6 =
        "Voice bridge: listening on [::1]:9998, but crowded: 3 connections were just turned away.";
    assert_eq!(wrong(&bridge_on_ipv6(crowded(3, &[]))), on_ipv6);
    let both = service(VOICE_BRIDGE, by_python(), crowded(3, &[]));
    assert_eq!(wrong(&both).lines().count(), 2);
    assert!(wrong(&both).ends_with(on_ipv6));
}

#[test]
fn those_who_were_turned_away_are_told_with_the_reason_and_the_cure() {
    let told =
        |service, times, minutes| words::turned_away(&without_secret(service, times, minutes), NOW);
    let (bridge, supervisor) = (VOICE_BRIDGE, SUPERVISOR);
    let why = "because they showed no secret. Set the stream's secret in the carrier's settings.";
    assert_eq!(
        told(bridge, 3, 2),
        format!("Turned away: 3 streams to the voice bridge, the last 2 min ago, {why}")
    );
    assert_eq!(
        told(bridge, 1, 2),
        format!("Turned away: 1 stream to the voice bridge, 2 min ago, {why}")
    );
    assert_eq!(
        told(supervisor, 2, 300),
        format!("Turned away: 2 clients of the supervisor, the last 5 h ago, {why}")
    );
    assert_eq!(
        told(supervisor, 1, 0),
        format!("Turned away: 1 client of the supervisor, 0 s ago, {why}")
    );
}

#[tokio::test]
async fn doctor_finds_a_crowd_with_what_to_do_and_never_says_all_well() {
    let (findings, lines) = doctor(snapshot(bridge(by_python()), Vec::new())).await;
    let finding = findings.iter().find(|finding| finding.contains("crowded")).expect("a finding");
    assert!(
        finding.ends_with(
            "Your own commands and test calls still get in. \
             See what python3 (4711) does there, and stop it if it should not."
        ),
        "{finding}"
    );
    assert!(!finding.contains("xSwarm"), "nobody is told to end the app: {finding}");
    assert_ne!(lines.last().map(String::as_str), Some("All well."));
    let on_ipv6 = snapshot(bridge_on_ipv6(crowded(3, &[])), Vec::new());
    let (findings, _) = doctor(on_ipv6).await;
    assert!(findings.iter().any(|finding| finding.contains("[::1]:9998, but crowded")));
    let (findings, _) = doctor(snapshot(bridge(listening()), Vec::new())).await;
    assert!(!findings.iter().any(|finding| finding.contains("crowded")), "{findings:#?}");
}

#[tokio::test]
async fn doctor_finds_who_was_turned_away_within_the_hour_and_lists_the_others() {
    let recent = without_secret(VOICE_BRIDGE, 3, 59);
    let old = without_secret(SUPERVISOR, 2, 60);
    // The report is drawn up by the clock, and read at the moment that it is given.
    let clock = Timestamp::from(std::time::SystemTime::now());
    let shifted = |entry: &TurnedAway| TurnedAway {
        last_at: Timestamp(clock.0 - (NOW.0 - entry.last_at.0)),
        ..entry.clone()
    };
    let told = vec![shifted(&recent), shifted(&old)];
    let report = Report::draw_up(None, Ok(Some(snapshot(bridge(listening()), told))))
        .await
        .expect("there is a home");
    let turned_away: Vec<_> =
        report.findings.iter().filter(|finding| finding.starts_with("Turned away: ")).collect();
    assert_eq!(turned_away.len(), 1, "{turned_away:#?}");
    assert!(turned_away[0].contains("3 streams") && turned_away[0].contains("Set the stream's"));
    let listed = report.lines(clock).join("\n");
    assert!(
        listed.contains("Turned away: 2 clients of the supervisor, the last 60 min ago"),
        "{listed}"
    );
    let json = serde_json::to_value(&report).expect("plain data");
    assert_eq!(json["turned_away"][1]["reason"], "no_secret");
}
