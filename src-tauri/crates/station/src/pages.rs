//! What plain HTTP requests get on both ports: `/healthz` for whatever watches over a service, `/metrics` for Prometheus.
//!
//! They are for everybody on this machine, without a token. So they tell how the ports are, and name nobody. Whoever comes from
//! outside learns whether the service is well, and nothing else.

mod health;
mod metrics;

use std::sync::Arc;

use door::reasons::NOT_LOCAL;
use door::{Pages, Provenance, Rejection};
use http::StatusCode;
use tokio::sync::watch;
use wire::{ServiceName, Snapshot};

/// The pages on the port of that service, as the snapshots are.
pub(crate) fn of(service: ServiceName, snapshots: watch::Receiver<Snapshot>) -> Pages {
    Arc::new(move |path, provenance| match (path, provenance) {
        ("/healthz", Provenance::Local) => Ok(Some(health::page(service, &snapshots.borrow()))),
        ("/healthz", Provenance::Outside) => {
            Ok(Some(health::in_short(service, &snapshots.borrow())))
        }
        ("/metrics", Provenance::Local) => Ok(Some(metrics::page(&snapshots.borrow()))),
        ("/metrics", Provenance::Outside) => {
            let text = "metrics are for programs of this machine";
            Err(Rejection::because(StatusCode::FORBIDDEN, text, &NOT_LOCAL))
        }
        _ => Ok(None),
    })
}

#[cfg(test)]
mod tests {
    use wire::{
        Cause, Companion, Crowding, Engine, Holder, HolderKind, Identity, Life, PortState, Service,
        Silence, Timestamp, TurnedAway,
    };

    use super::*;

    const VOICE_BRIDGE: ServiceName = bridge::NAME;
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
            services: vec![
                service(VOICE_BRIDGE, 9998, state),
                service(supervisor::NAME, 9999, LISTENING),
            ],
            turned_away: vec![TurnedAway {
                service: VOICE_BRIDGE,
                whom: "3 streams".to_owned(),
                reason: "no_start".to_owned(),
                because: "they never started".to_owned(),
                cure: "Start.".to_owned(),
                times: 3,
                last_at: Timestamp(61_500),
            }],
            ..Snapshot::new("1.0.0\"\\\n", 7, Timestamp(500), Engine::LineCheck)
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
            program: None,
            started_by: None,
            guard: None,
        };
        PortState::Taken { attempts: 5, cause: Cause::Held { holders: vec![holder] } }
    }

    fn page(path: &str, state: PortState) -> door::Page {
        let (_tx, snapshots) = watch::channel(snapshot(state));
        let page = of(VOICE_BRIDGE, snapshots)(path, Provenance::Local);
        page.expect("this machine may see it").expect("there is such a page")
    }

    #[test]
    fn health_is_good_only_while_the_service_is_proven() {
        let since = Timestamp(1_000);
        let shared =
            |is_intended| PortState::Shared { since, cause: Cause::Exhausted, is_intended };
        let status = |state| page("/healthz", state).status.as_u16();
        assert_eq!(status(LISTENING), 200);
        assert_eq!(status(shared(true)), 200);
        assert_eq!(status(crowded()), 200);
        let silent = PortState::Silent { since, why: Silence::Unanswered };
        for failing in
            [PortState::Stopped, PortState::Proving { since }, shared(false), silent, taken()]
        {
            assert_eq!(status(failing), 503);
        }
    }

    fn crowded() -> PortState {
        let by = vec![Crowding { pid: 4711, name: "secret".to_owned(), connections: 400 }];
        let (since, proven_at) = (Timestamp(1_000), Timestamp(61_500));
        PortState::Crowded { since, proven_at, turned_away: 1240, by }
    }

    #[test]
    fn a_crowded_port_says_so_and_names_nobody() {
        let text = page("/healthz", crowded()).text;
        let state = r#"{"state":"crowded","turned_away":1240,"since":1000,"proven_at":61500}"#;
        assert!(text.contains(state) && !text.contains("4711"), "{text}");
    }

    #[test]
    fn whoever_comes_from_outside_learns_whether_it_is_well_and_nothing_else() {
        let outside = |path, state| {
            let (_tx, snapshots) = watch::channel(snapshot(state));
            of(VOICE_BRIDGE, snapshots)(path, Provenance::Outside)
        };
        for (state, status, text) in
            [(LISTENING, 200, r#"{"status":"ok"}"#), (taken(), 503, r#"{"status":"failing"}"#)]
        {
            let page = outside("/healthz", state).expect("it may be asked").expect("there is one");
            assert_eq!((page.status.as_u16(), &*page.text), (status, text));
        }
        let rejection = outside("/metrics", LISTENING).expect_err("it is not for them");
        assert_eq!((rejection.status.as_u16(), rejection.reason), (403, Some(&NOT_LOCAL)));
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
            "# TYPE xswarm_turned_away_total counter",
            r#"xswarm_turned_away_total{service="voice_bridge",reason="no_start"} 3"#,
        ] {
            assert!(lines.contains(&line), "'{line}' is not in\n{}", metrics.text);
        }
        assert!(metrics.text.ends_with('\n'));
        let states = lines.iter().filter(|line| line.starts_with("xswarm_port_state{")).count();
        assert_eq!(states, 2 * 2 * PortState::WORDS.len());
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
        for state in [LISTENING, crowded(), taken(), PortState::Stopped] {
            let wire = serde_json::to_value(&state).expect("plain data");
            assert_eq!(wire["state"], <&str>::from(&state));
            assert!(PortState::WORDS.contains(&<&str>::from(&state)));
        }
    }
}
