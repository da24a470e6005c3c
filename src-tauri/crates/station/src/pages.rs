//! What plain HTTP requests get on both ports: `/healthz` for whatever watches over a service, `/metrics` for Prometheus.
//!
//! They are for everybody on this machine, without a token. So they tell how the ports are, and name nobody.

mod health;
mod metrics;

use std::sync::Arc;

use door::Pages;
use tokio::sync::watch;
use wire::{PortState, Service, ServiceName, Snapshot};

/// The pages on the port of that service, as the snapshots are.
pub(crate) fn of(service: ServiceName, snapshots: watch::Receiver<Snapshot>) -> Pages {
    Arc::new(move |path| match path {
        "/healthz" => Some(health::page(service, &snapshots.borrow())),
        "/metrics" => Some(metrics::page(&snapshots.borrow())),
        _ => None,
    })
}

/// The words for a port's state.
const STATES: [&str; 9] = [
    "stopped",
    "binding",
    "waiting",
    "proving",
    "listening",
    "shared",
    "silent",
    "taken",
    "refused",
];

fn word(state: &PortState) -> &'static str {
    match state {
        PortState::Stopped => "stopped",
        PortState::Binding { .. } => "binding",
        PortState::Waiting { .. } => "waiting",
        PortState::Proving { .. } => "proving",
        PortState::Listening { .. } => "listening",
        PortState::Shared { .. } => "shared",
        PortState::Silent { .. } => "silent",
        PortState::Taken { .. } => "taken",
        PortState::Refused { .. } => "refused",
    }
}

/// Whether the service answers at the address that it must have, as far as the last proof goes.
fn is_up(service: &Service) -> bool {
    match service.state {
        PortState::Listening { .. } | PortState::Shared { is_intended: true, .. } => true,
        PortState::Stopped
        | PortState::Binding { .. }
        | PortState::Waiting { .. }
        | PortState::Proving { .. }
        | PortState::Shared { is_intended: false, .. }
        | PortState::Silent { .. }
        | PortState::Taken { .. }
        | PortState::Refused { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use wire::{Cause, Companion, Engine, Holder, HolderKind, Identity, Life, Silence, Timestamp};

    use super::*;

    const LISTENING: PortState =
        PortState::Listening { since: Timestamp(1_000), proven_at: Timestamp(61_500) };

    fn snapshot(state: PortState) -> Snapshot {
        let on_ipv6 =
            |port: u16, state| Companion::new(([0, 0, 0, 0, 0, 0, 0, 1], port).into(), state);
        let service = |name, port, state| {
            let companions = vec![on_ipv6(port, taken())];
            Service::new(name, ([127, 0, 0, 1], port).into(), Life::Running, state, companions)
        };
        Snapshot {
            version: "1.0.0\"\\\n".to_owned(),
            pid: 7,
            started: Timestamp(500),
            services: vec![
                service(ServiceName::VoiceBridge, 9998, state),
                service(ServiceName::Supervisor, 9999, LISTENING),
            ],
            engine: Engine::LineCheck,
            calls: Vec::new(),
            ended_calls: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn taken() -> PortState {
        let holder = Holder {
            identity: Identity {
                pid: 4711,
                began: "1".to_owned(),
                executable: Some("/home/ann/secret".to_owned()),
                uid: None,
                command_digest: None,
            },
            name: "secret".to_owned(),
            command_line: vec!["--token=secret".to_owned()],
            user: Some("ann".to_owned()),
            started: None,
            address: "127.0.0.1:9998".to_owned(),
            kind: HolderKind::Program,
            is_frozen: false,
            has_inherited: false,
            started_by: None,
            guard: None,
        };
        PortState::Taken { attempts: 5, cause: Cause::Held { holders: vec![holder] } }
    }

    fn page(path: &str, state: PortState) -> door::Page {
        let (_tx, snapshots) = watch::channel(snapshot(state));
        of(ServiceName::VoiceBridge, snapshots)(path).expect("there is such a page")
    }

    #[test]
    fn health_is_good_only_while_the_service_is_proven() {
        let since = Timestamp(1_000);
        let shared =
            |is_intended| PortState::Shared { since, cause: Cause::Exhausted, is_intended };
        let status = |state| page("/healthz", state).status.as_u16();
        assert_eq!(status(LISTENING), 200);
        assert_eq!(status(shared(true)), 200);
        let silent = PortState::Silent { since, why: Silence::Unanswered };
        for failing in
            [PortState::Stopped, PortState::Proving { since }, shared(false), silent, taken()]
        {
            assert_eq!(status(failing), 503);
        }
    }

    #[test]
    fn the_health_of_a_service_is_told_with_each_of_its_addresses() {
        let health: serde_json::Value =
            serde_json::from_str(&page("/healthz", LISTENING).text).expect("JSON");
        let expected = serde_json::json!({
            "status": "ok",
            "service": "voice_bridge",
            "address": "127.0.0.1:9998",
            "state": { "state": "listening", "since": 1000, "proven_at": 61500 },
            "companions": [
                { "address": "[::1]:9998", "state": { "state": "taken", "cause": "held" }, "is_shadowed": true }
            ],
        });
        assert_eq!(health, expected);
    }

    #[test]
    fn metrics_are_written_in_prometheus_own_format() {
        let metrics = page("/metrics", LISTENING);
        assert_eq!(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
        let lines: Vec<&str> = metrics.text.lines().collect();
        for line in [
            "# TYPE xswarm_port_state gauge",
            r#"xswarm_build_info{version="1.0.0\"\\\n"} 1"#,
            "xswarm_start_time_seconds 0.5",
            r#"xswarm_service_up{service="voice_bridge"} 1"#,
            r#"xswarm_port_state{service="voice_bridge",address="127.0.0.1:9998",state="listening"} 1"#,
            r#"xswarm_port_state{service="voice_bridge",address="127.0.0.1:9998",state="taken"} 0"#,
            r#"xswarm_port_state{service="voice_bridge",address="[::1]:9998",state="taken"} 1"#,
            r#"xswarm_last_proof_timestamp_seconds{service="voice_bridge",address="127.0.0.1:9998"} 61.5"#,
            "xswarm_calls 0",
        ] {
            assert!(lines.contains(&line), "'{line}' is not in\n{}", metrics.text);
        }
        assert!(metrics.text.ends_with('\n'));
        let states = lines.iter().filter(|line| line.starts_with("xswarm_port_state{")).count();
        assert_eq!(states, 2 * 2 * STATES.len());
    }

    #[test]
    fn neither_page_names_anybody() {
        for path in ["/healthz", "/metrics"] {
            let text = page(path, taken()).text;
            for secret in ["secret", "ann", "4711"] {
                assert!(!text.contains(secret), "'{secret}' is in\n{text}");
            }
        }
    }

    #[test]
    fn the_words_for_states_are_those_of_the_wire() {
        for state in [LISTENING, taken(), PortState::Stopped] {
            let wire = serde_json::to_value(&state).expect("plain data");
            assert_eq!(wire["state"], word(&state));
            assert!(STATES.contains(&word(&state)));
        }
    }
}
