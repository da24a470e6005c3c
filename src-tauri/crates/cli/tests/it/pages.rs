//! The pages for plain HTTP on both ports.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::holder::Holder;
use crate::home::{Home, supervisor_listens};

/// The status and the text of a page.
fn get(port: u16, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a fresh connection");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, text) = answer.split_once("\r\n\r\n").expect("an answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.expect("a status"), text.to_owned())
}

#[test]
fn both_ports_tell_of_their_health_and_of_all_figures() {
    let home = Home::new();
    let _serve = home.serve();
    home.follow(&["status", "--watch", "--json"]).until_json(|status| {
        [0, 1].into_iter().all(|at| status["services"][at]["condition"] == "well")
    });
    for (port, service) in [(home.bridge, "voice_bridge"), (home.supervisor, "supervisor")] {
        let (status, health) = get(port, "/healthz");
        let health: Value = serde_json::from_str(&health).expect("JSON");
        assert_eq!(
            (status, &health["status"], &health["service"]),
            (200, &"ok".into(), &service.into())
        );
        assert_eq!(health["state"]["state"], "listening");
        let (status, metrics) = get(port, "/metrics");
        assert_eq!(status, 200);
        for each in ["voice_bridge", "supervisor"] {
            let up = format!("xswarm_service_up{{service=\"{each}\"}} 1\n");
            assert!(metrics.contains(&up), "{metrics}");
        }
        assert_eq!([get(port, "/healthz/else").0, get(port, "/").0], [404, 426]);
    }
}

#[test]
fn figures_tell_of_a_service_that_cannot_tell_itself() {
    let home = Home::new();
    let holder = Holder::of(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let watch = home.follow(&["status", "--watch", "--json"]);
    watch.until_json(|status| status["services"][0]["state"]["state"] == "waiting");
    let (_, metrics) = get(home.supervisor, "/metrics");
    let address = format!("127.0.0.1:{}", home.bridge);
    for line in [
        r#"xswarm_service_up{service="voice_bridge"} 0"#.to_owned(),
        format!(
            r#"xswarm_port_state{{service="voice_bridge",address="{address}",state="waiting"}} 1"#
        ),
    ] {
        assert!(metrics.lines().any(|told| told == line), "'{line}' is not in\n{metrics}");
    }
    assert!(!metrics.contains(&holder.pid().to_string()), "{metrics}");
}

#[test]
fn a_log_that_nobody_reads_holds_nothing_up() {
    let home = Home::new();
    let _serve = home.start_unheard(&["serve", "--log", "debug"]);
    home.follow(&["status", "--watch", "--json"])
        .until_json(|status| status["services"][1]["condition"] == "well");
    // Each request that is turned away is a line in the log, and a pipe holds some hundred of them.
    for _ in 0..1_500 {
        assert_eq!(get(home.supervisor, "/elsewhere").0, 404);
    }
}
