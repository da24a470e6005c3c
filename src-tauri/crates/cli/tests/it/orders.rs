//! What a client of port 9999, and whoever sits at a terminal, can do to the whole program.

use serde_json::{Value, json};

use crate::caller::{Call, Caller};
use crate::client::Client;
use crate::holder::Holder;
use crate::home::{Home, supervisor_listens};

#[test]
fn only_a_holder_that_is_as_it_was_shown_is_ended_for_a_port() {
    let home = Home::new();
    let mut holder = Holder::of(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let mut client = Client::in_control(&home);
    let free = |victims: Value| json!({"type": "free_port", "service": "voice_bridge", "victims": victims});

    let shown = client.ask(free(json!([])));
    assert_eq!(shown["failure"], "unconfirmed", "{shown}");
    let identity = shown["holders"][0]["identity"].clone();
    assert_eq!(identity["pid"], holder.pid());
    let mut another = identity.clone();
    another["began"] = json!("1");
    let refused = client.ask(free(json!([another])));
    assert_eq!(refused["type"], "failure", "{refused}");
    assert!(holder.is_running(), "somebody else was agreed to");

    let freed = client.ask(free(json!([identity])));
    assert_eq!(freed["outcome"], "freed", "{freed}");
    assert!(!holder.is_running());
    assert_eq!(freed["service"]["state"]["state"], "listening", "{freed}");
}

#[test]
fn a_call_that_goes_on_is_seen_and_ended() {
    let Call { home, monitor, .. } = &Call::new();
    let mut client = Client::in_control(home);
    let calls = client.ask(json!({"type": "calls"}));
    assert_eq!((&calls["calls"][0]["id"], &calls["ended_calls"]), (&json!(1), &json!([])));
    let hung_up = client.ask(json!({"type": "hang_up", "call": 1, "id": "x"}));
    assert_eq!(hung_up, json!({"type": "hung_up", "call": 1, "id": "x"}));
    let ended = monitor.until_json(|event| event["type"] == "call_ended");
    assert_eq!(ended["call"]["end"]["by"], "supervisor");
}

#[test]
fn settings_and_log_are_read_as_they_are() {
    let home = Home::new();
    let serve = home.serve();
    let mut client = Client::in_control(&home);
    let settings = client.ask(json!({"type": "settings"}));
    let address = format!("127.0.0.1:{}", home.supervisor);
    assert_eq!(settings["settings"]["supervisor"]["address"], address);
    serve.until("a client has logged in");
    let log = client.ask(json!({"type": "logs", "lines": 1}));
    let last = log["lines"][0].as_str().expect("a line");
    assert!(last.contains("a client has logged in"), "{log}");
    let log = client.ask(json!({"type": "logs"})).to_string();
    assert!(log.contains(&supervisor_listens(&home)), "{log}");
}

#[test]
fn what_port_9999_is_told_can_be_told_at_the_terminal() {
    let home = Home::new();
    assert_eq!(home.run(&["hang-up", "1"]).code, Some(3), "nobody runs");
    let _serve = home.serve();
    let order = |arguments: &[&str], code, told: &str| {
        let ended = home.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}{}", ended.out, ended.err);
        assert!(ended.out.contains(told), "'{told}' is not in\n{}", ended.out);
    };
    order(&["stop", "voice-bridge"], 0, "stopped");
    order(&["restart", "voice-bridge"], 8, "is not running");
    order(&["start", "voice_bridge"], 0, "listening on 127.0.0.1:");
    order(&["restart", "voice-bridge"], 0, "listening on 127.0.0.1:");
    order(&["stop", "microwave"], 8, "does not run");
    order(&["stop-speech"], 0, "0 pieces of speech were silenced.");
    order(&["hang-up", "7"], 8, "there is no call 7");

    let monitor = home.follow(&["monitor", "--json"]);
    monitor.until_json(|event| event["type"] == "subscribed");
    let _caller = Caller::of(&home);
    monitor.until_json(|event| event["type"] == "call_started");
    order(&["hang-up", "1"], 0, "Hung up call 1.");
    let ended = monitor.until_json(|event| event["type"] == "call_ended");
    assert_eq!(ended["call"]["end"]["by"], "supervisor");
}
