//! `engine`: what answers calls, told and chosen, and what the settings say of it.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::caller::Caller;
use crate::client::Client;
use crate::home::{Home, Running, supervisor_listens};

/// A file as somebody has written it.
const BY_HAND: &str = "# mine\nengine = \"line_check\" # for the evening\n";

const UNTIL_QUIT: &str = "holds until xSwarm Voice quits";

fn settings(home: &Home) -> String {
    std::fs::read_to_string(home.path("settings.toml")).expect("it is there")
}

fn rewrite(home: &Home, from: &str, to: &str) {
    let (before, after) = (settings(home), settings(home).replace(from, to));
    assert_ne!(before, after, "{from} is there");
    home.set(&after);
}

/// Gives the command, which must end so and say this.
fn engine(home: &Home, arguments: &[&str], code: i32, told: &str) {
    let ended = home.run(&[&["engine"], arguments].concat());
    let said = ended.out + &ended.err;
    assert_eq!(ended.code, Some(code), "{arguments:?}: {said}");
    assert!(said.contains(told), "'{told}' is not in\n{said}");
}

/// What answers the next call, as it is told to programs.
fn chosen(home: &Home) -> Value {
    let told = home.run(&["engine", "--json"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    serde_json::from_str::<Value>(&told.out).expect("JSON")["engine"].clone()
}

fn follow(home: &Home) -> Running {
    home.follow(&["status", "--watch", "--json"])
}

fn notes(status: &Value) -> Vec<&str> {
    let notes = status["notes"].as_array().into_iter().flatten();
    notes.filter_map(|note| note["note"].as_str()).collect()
}

#[test]
fn what_is_chosen_answers_the_next_call_and_is_kept_with_the_comments_of_the_file() {
    let home = Home::new();
    home.set_further(BY_HAND);
    // A model that lets every call wait.
    let model = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = model.local_addr().expect("it is bound");
    rewrite(&home, "[retry]", &format!("[moshi]\nservers = [\"ws://{address}\"]\n[retry]"));
    let serve = home.serve();
    engine(&home, &[], 0, "* line-check");
    let monitor = home.follow(&["monitor", "--json"]);
    monitor.until_json(|event| event["type"] == "subscribed");
    let first = Caller::of(&home);
    monitor.until_json(|event| event["type"] == "call_started");
    let kept = format!("answered by MOSHI. Kept in {}.", home.path("settings.toml"));
    engine(&home, &["moshi"], 0, &kept);
    let changed = monitor.until_json(|event| event["type"] == "engine_changed");
    assert_eq!(changed["engine"], "moshi");
    let second = Caller::of(&home);
    let begun = monitor.until_json(|event| event["type"] == "call_started");
    assert_eq!((&begun["call"]["id"], &begun["call"]["engine"]), (&json!(2), &json!("moshi")));
    let calls = Client::in_control(&home).ask(json!({"type": "calls"}));
    assert_eq!(calls["calls"][0]["engine"], "line_check", "the first goes on as it was");
    let by_hand = BY_HAND.replace("line_check", "moshi");
    assert!(settings(&home).contains(&by_hand), "{}", settings(&home));
    assert_eq!(chosen(&home), "moshi");

    drop((first, second));
    let successor = home.start(&["serve", "--take-over"]);
    serve.rest();
    successor.until("listening");
    follow(&home).until_json(|status| status["engine"] == "moshi");
    drop(successor);
    let _again = home.serve();
    assert_eq!(chosen(&home), "moshi");
}

#[test]
fn a_list_is_chosen_by_port_9999_and_kept_as_a_list() {
    let home = Home::new();
    let _serve = home.serve();
    let mut client = Client::in_control(&home);
    let list = json!(["moshi", "line_check"]);
    let answer = client.ask(json!({"type": "choose_engine", "engine": list, "id": 7}));
    assert_eq!((&answer["type"], &answer["id"]), (&json!("engine_chosen"), &json!(7)));
    assert_eq!((&answer["engine"], &answer["unkept"]), (&list, &Value::Null));
    assert!(
        settings(&home).contains("engine = [\"moshi\", \"line_check\"]\n"),
        "{}",
        settings(&home)
    );
    let shown = client.ask(json!({"type": "settings"}));
    assert_eq!(shown["settings"]["voice_bridge"]["engine"], list, "it is what is in force");
    assert_eq!(chosen(&home), list);
    engine(&home, &["line-check"], 0, "answered by the line check. Kept in ");
    engine(&home, &[], 0, "moshi line-check");
    engine(&home, &["moshi", "line-check"], 0, "MOSHI, and where it can't by the line check");
    engine(&home, &["moshi", "moshi"], 8, "name each engine only once");
    engine(&home, &["telephone"], 2, "line-check, moshi");
    assert_eq!(chosen(&home), list);
}

#[test]
fn what_has_no_server_is_not_chosen() {
    let home = Home::new();
    rewrite(&home, "[retry]", "[moshi]\nservers = []\n[retry]");
    let _serve = home.serve();
    let before = settings(&home);
    engine(&home, &["moshi"], 8, "Name a server in the setting moshi.servers first.");
    assert_eq!((chosen(&home), settings(&home)), (json!("line_check"), before));
    rewrite(&home, "servers = []", "servers = [\"ws://127.0.0.1:9\"]");
    engine(&home, &["moshi"], 0, "answered by MOSHI. Kept in ");
}

#[test]
fn with_a_file_that_cannot_be_read_it_holds_until_quit_and_says_so() {
    let home = Home::new();
    let good = settings(&home);
    rewrite(&home, "[retry]", "[retry]\nfirst_delay 2");
    let (bad, serve) = (settings(&home), home.start(&["serve"]));
    serve.until(&supervisor_listens(&home));
    engine(&home, &["moshi"], 0, UNTIL_QUIT);
    engine(&home, &["moshi"], 0, "can't be read");
    assert_eq!((chosen(&home), settings(&home)), (json!("moshi"), bad));
    let status = follow(&home).until_json(|status| status["engine"] == "moshi");
    assert!(notes(&status).contains(&"engine_not_kept"), "{status}");
    let remarks = status["remarks"].to_string();
    assert!(remarks.contains("was chosen until xSwarm Voice quits"), "{remarks}");

    home.set(&good);
    let kept = format!("Kept in {}", home.path("settings.toml"));
    engine(&home, &["moshi"], 0, &kept);
    let mended = follow(&home);
    mended.until_json(|status| !notes(status).contains(&"engine_not_kept"));
    drop(serve);
    let _again = home.serve();
    assert_eq!(chosen(&home), "moshi");
}

#[test]
fn what_could_not_be_kept_is_gone_after_a_restart_and_not_taken_back_before() {
    let home = Home::new();
    let path = home.path("settings.toml");
    let mut permissions = std::fs::metadata(&path).expect("it is there").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("it is ours");
    let (before, serve) = (settings(&home), home.serve());
    engine(&home, &["moshi"], 0, "the file is read-only");
    let list = ["moshi", "line-check"];
    engine(&home, &list, 0, UNTIL_QUIT);
    assert_eq!((chosen(&home), settings(&home)), (json!(["moshi", "line_check"]), before));
    engine(&home, &["line-check"], 0, "Kept in ");
    engine(&home, &["moshi"], 0, UNTIL_QUIT);
    drop(serve);
    let _again = home.serve();
    assert_eq!(chosen(&home), "line_check");
}

#[test]
fn who_changes_the_file_by_hand_is_followed_and_told_what_takes_a_restart() {
    let home = Home::new();
    home.set_further(BY_HAND);
    let serve = home.serve();
    let watch = follow(&home);
    rewrite(&home, "\"line_check\"", "\"moshi\"");
    let status = watch.until_json(|status| status["engine"] == "moshi");
    assert_eq!(notes(&status), [""; 0], "{status}");

    rewrite(&home, "attempts = 3", "attempts = 4");
    let status = watch.until_json(|status| notes(status).contains(&"restart_needed"));
    assert_eq!(status["remarks"], json!(["Saved, but needs a restart: retry.attempts."]));
    let doctor = home.run(&["doctor"]);
    assert!(doctor.out.contains("needs a restart: retry.attempts."), "{}", doctor.out);
    rewrite(&home, "attempts = 4", "attempts = 3");
    watch.until_json(|status| notes(status).is_empty());

    rewrite(&home, "\"moshi\"", "\"Moshi\"");
    let status = watch.until_json(|status| notes(status).contains(&"restart_needed"));
    assert_eq!(status["engine"], "moshi", "what can't be read changes nothing");
    assert!(status["remarks"].to_string().contains("have an error by now: line "), "{status}");

    rewrite(&home, "\"Moshi\"", "\"line_check\"");
    rewrite(&home, "attempts = 3", "attempts = 4");
    let status = watch.until_json(|status| status["engine"] == "line_check");
    assert_eq!(notes(&status), ["restart_needed"]);
    drop(serve);
    let _again = home.serve();
    watch.until_json(|status| status["engine"] == "line_check" && notes(status).is_empty());
}

#[test]
fn where_nobody_runs_it_is_written_for_the_next_start() {
    let home = Home::new();
    engine(
        &home,
        &[],
        3,
        "No xSwarm Voice answers. By the settings, calls are answered by the line check.",
    );
    let kept = format!("calls are answered by MOSHI. Kept in {}.", home.path("settings.toml"));
    engine(&home, &["moshi"], 0, &kept);
    let _serve = home.serve();
    assert_eq!(chosen(&home), "moshi");
}
