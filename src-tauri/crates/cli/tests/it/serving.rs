//! `serve`, `voice-bridge`, `supervisor`.

use serde_json::Value;

use crate::holder::Holder;
use crate::home::{Home, bridge_listens, supervisor_listens};

#[test]
fn serve_runs_both_services_and_status_tells_of_them() {
    let home = Home::new();
    let serve = home.serve();
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    for sentence in [
        format!("process {}", serve.child.id()),
        format!("Voice bridge: listening on 127.0.0.1:{}", home.bridge),
        format!("Supervisor: listening on 127.0.0.1:{}", home.supervisor),
        "Calls: no calls".to_owned(),
    ] {
        assert!(status.out.contains(&sentence), "'{sentence}' is not in\n{}", status.out);
    }
    let status: Value = serde_json::from_str(&home.run(&["status", "--json"]).out).expect("JSON");
    for (at, port) in [(0, home.bridge), (1, home.supervisor)] {
        let service = &status["services"][at];
        assert_eq!((&service["port"], &service["condition"]), (&port.into(), &"well".into()));
        assert_eq!(service["state"]["state"], "listening");
    }
}

#[test]
fn each_service_runs_alone_and_prints_the_promised_line() {
    let home = Home::new();
    {
        let bridge = home.start(&["voice-bridge"]);
        bridge.until(&bridge_listens(&home));
        let status = home.run(&["status"]);
        let told = format!("process {}", bridge.child.id());
        assert!(status.out.contains(&told), "it tells without the supervisor: {}", status.out);
        assert!(!status.out.contains("Supervisor:"), "{}", status.out);
    }
    let supervisor = home.start(&["supervisor"]);
    supervisor.until(&supervisor_listens(&home));
    assert_eq!(home.run(&["status"]).code, Some(0));
}

#[test]
fn a_second_one_says_who_runs_already_and_ends_with_its_own_code() {
    let home = Home::new();
    let first = home.serve();
    for command in ["serve", "voice-bridge", "supervisor"] {
        let second = home.run(&[command]);
        assert_eq!(second.code, Some(4), "{}", second.err);
        let who = format!("already running as `xswarm serve`, as process {}", first.child.id());
        assert!(second.err.contains(&who), "{}", second.err);
    }
}

#[test]
fn one_that_cannot_hand_its_ports_over_is_asked_to_quit_by_the_one_that_takes_over() {
    let home = Home::new();
    let mut first = home.serve();
    // As on Windows, where there is none.
    let _ = std::fs::remove_file(home.path("handover"));
    let second = home.start(&["serve", "--take-over"]);
    first.until("a client of the supervisor asked for it");
    assert_eq!(first.child.wait().expect("it is our child").code(), Some(0));
    second.until(&bridge_listens(&home));
    let record = std::fs::read_to_string(home.path("ended.jsonl")).expect("it is written down");
    assert!(record.contains(r#""force":"polite""#) && record.contains("successor"), "{record}");
}

#[test]
fn a_held_port_is_never_called_listening_and_heals_when_it_is_let_go() {
    let home = Home::new();
    let holder = Holder::of(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let watch = home.follow(&["status", "--watch", "--json"]);
    let waiting = watch.until_json(|status| {
        let bridge = &status["services"][0];
        assert_ne!(bridge["state"]["state"], "listening");
        assert_ne!(bridge["condition"], "well");
        bridge["state"]["state"] == "waiting"
    });
    let cause = &waiting["services"][0]["state"]["cause"];
    assert_eq!(cause["holders"][0]["identity"]["pid"], holder.pid());
    let status = home.run(&["status"]);
    assert!(status.out.contains(&format!("({})", holder.pid())), "{}", status.out);
    assert!(status.out.contains(&format!("xswarm free {}", home.bridge)), "{}", status.out);

    drop(holder);
    let healed = watch.until_json(|status| status["services"][0]["condition"] == "well");
    assert_eq!(healed["services"][0]["state"]["state"], "listening");
    serve.until(&bridge_listens(&home));
}

#[test]
fn when_the_attempts_are_used_up_the_port_is_taken_and_by_whom_is_said() {
    let home = Home::with("attempts = 1");
    let holder = Holder::of(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let watch = home.follow(&["status", "--watch", "--json"]);
    let taken = watch.until_json(|status| status["services"][0]["state"]["state"] == "taken");
    assert_eq!(taken["services"][0]["condition"], "needs_you");
    let cause = &taken["services"][0]["state"]["cause"];
    assert_eq!(cause["holders"][0]["identity"]["pid"], holder.pid());
}

#[test]
fn services_that_listen_everywhere_are_reached_from_here_as_ever() {
    let home = Home::new();
    home.set(&format!(
        "[voice_bridge]\naddress = \"0.0.0.0:{}\"\nalso = [\"::\"]\npublic_url = \"https://voice.example.org\"\n\
         [supervisor]\naddress = \"0.0.0.0:{}\"\nalso = []\n",
        home.bridge, home.supervisor
    ));
    let _serve = home.serve();
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(status.out.contains("0.0.0.0"), "{}", status.out);
}
