//! `status` where nobody answers, and with bad settings.

use std::net::TcpListener;

use serde_json::Value;

use crate::caller::Caller;
use crate::holder::Holder;
use crate::home::{Home, bridge_listens};

#[test]
fn without_an_xswarm_it_says_so_and_looks_at_the_ports_itself() {
    let home = Home::new();
    let holder = Holder::of(home.bridge);
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(3));
    assert!(status.out.starts_with("No xSwarm Voice is running.\n"), "{}", status.out);
    assert!(status.out.contains(&format!("port {} is held by ", home.bridge)), "{}", status.out);
    assert!(status.out.contains(&format!("({})", holder.pid())), "{}", status.out);
    assert!(status.out.contains(&format!("port {} is free", home.supervisor)), "{}", status.out);

    let status = home.run(&["status", "--json"]);
    assert_eq!(status.code, Some(3));
    let status: Value = serde_json::from_str(&status.out).expect("JSON");
    assert_eq!(
        (&status["ports"][0]["sight"], &status["ports"][1]["sight"]),
        (&"in_use".into(), &"free".into())
    );
    assert_eq!(status["ports"][0]["cause"]["holders"][0]["identity"]["pid"], holder.pid());
}

#[test]
fn for_which_server_a_call_waits_is_told() {
    let home = Home::new();
    // It takes connections and never answers.
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let server = silent.local_addr().expect("it has one");
    home.set_further(&format!("engine = \"moshi\"\n[moshi]\nservers = [\"ws://{server}\"]"));
    let _serve = home.serve();
    let watch = home.follow(&["status", "--watch"]);
    let _caller = Caller::of(&home);
    watch.until(&format!("Call 1 asks the speech model at {server}."));
}

#[test]
fn watching_begins_before_there_is_anything_to_see() {
    let home = Home::new();
    let watch = home.follow(&["status", "--watch"]);
    watch.until("No xSwarm Voice is running.");
    let serve = home.serve();
    watch.until(&format!("Voice bridge: listening on 127.0.0.1:{}", home.bridge));
    drop(serve);
    watch.until(&format!("port {} is free", home.bridge));
}

#[test]
fn an_error_in_the_settings_is_told_with_its_line_and_the_rest_is_used() {
    let home = Home::with("attempts = \"many\"");
    let status = home.run(&["status"]);
    let told = "line 7: retry.attempts must be a whole number, such as 5, not \"many\"";
    assert!(status.err.contains(told), "{}", status.err);
    for port in [home.bridge, home.supervisor] {
        assert!(status.out.contains(&format!("port {port} ")), "{}", status.out);
    }
}

#[test]
fn one_that_has_only_its_further_address_is_found_there() {
    let home = Home::new();
    let _foreign = Holder::of(home.supervisor);
    let serve = home.start(&["serve"]);
    serve.until(&bridge_listens(&home));
    let answered = |words: &[&str]| {
        let ended = home.run(words);
        assert!(ended.out.contains(&format!("process {}", serve.child.id())), "{}", ended.out);
        assert!(!ended.out.contains("does not answer"), "{}", ended.out);
    };
    // The bind at the further address may still be under way.
    home.follow(&["status", "--watch", "--json"])
        .until_json(|status| status["pid"] == serve.child.id());
    answered(&["status"]);
    answered(&["doctor"]);
}

#[test]
fn a_foreign_program_on_the_supervisors_port_is_not_shown_the_token() {
    let home = Home::new();
    let foreign = Holder::eavesdropping(home.supervisor);
    let bridge = home.start(&["voice-bridge"]);
    bridge.until(&bridge_listens(&home));
    let status = home.run(&["status"]);
    assert!(!status.err.contains("token"), "nobody there was asked: {}", status.err);
    home.run(&["free", &home.supervisor.to_string(), "--yes"]);
    assert_eq!(foreign.into_report(), "a client is let in\n", "and is shown no token");
}
