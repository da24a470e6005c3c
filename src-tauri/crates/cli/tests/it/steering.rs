//! `monitor`, `suggest`, `say` and `token`.

use crate::home::Home;

/// A recorded voice.
const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");

#[test]
fn a_call_is_watched_from_its_beginning_to_its_end() {
    let home = Home::new();
    let _serve = home.serve();
    let monitor = home.follow(&["monitor", "--json", "--observe"]);
    monitor.until_json(|event| event["type"] == "subscribed");
    let call = home.run(&["call", VOICE]);
    assert_eq!(call.code, Some(0), "{}{}", call.out, call.err);
    let started = monitor.until_json(|event| event["type"] == "call_started");
    assert_eq!((&started["call"]["id"], &started["call"]["from"]), (&1.into(), &"twilio".into()));
    // The line carries sound before the call is over, so its levels are told before its end.
    let levels = monitor.until_json(|event| {
        event["type"] == "levels" && event["calls"][0]["said_dbfs"].as_i64() > Some(-60)
    });
    assert_eq!(levels["calls"][0]["call"], 1);
    let speech = monitor.until_json(|event| event["type"] == "user_speech");
    let duration = speech["duration_ms"].as_u64().expect("a number");
    assert!((200..20_000).contains(&duration), "{duration}");
    let ended = monitor.until_json(|event| event["type"] == "call_ended");
    assert_eq!((&ended["call"]["id"], &ended["call"]["end"]["by"]), (&1.into(), &"caller".into()));
}

#[test]
fn the_view_needs_a_terminal() {
    let monitor = Home::new().run(&["monitor"]);
    assert_eq!(monitor.code, Some(1));
    assert!(monitor.err.contains("--json"), "{}", monitor.err);
}

#[test]
fn words_for_nobody_are_not_called_delivered() {
    let home = Home::new();
    assert_eq!(home.run(&["suggest", "x"]).code, Some(3), "nobody is there to be asked");
    let _serve = home.serve();
    let suggest = home.run(&["suggest", "x", "--call", "99"]);
    assert_eq!(suggest.code, Some(7), "{}", suggest.err);
    assert_eq!(suggest.out, "Not taken: there is no call 99.\n");
    let say = home.run(&["say", "x"]);
    assert_eq!((say.code, say.out.as_str()), (Some(7), "Not said: there is no call.\n"));
}

#[test]
fn a_renewed_token_is_in_force_at_once_and_the_one_before_is_not() {
    let home = Home::new();
    let token = |arguments: &[&str]| {
        let ended = home.run(&[&["token"], arguments].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended.out.trim().to_owned()
    };
    let first = token(&[]);
    assert_eq!(first.len(), 64);
    let second = token(&["--new"]);
    assert_ne!(first, second, "nobody runs, and it is renewed all the same");

    let serve = home.serve();
    let monitor = home.follow(&["monitor", "--json"]);
    monitor.until_json(|event| event["type"] == "subscribed");
    let third = token(&["--new"]);
    assert_ne!(second, third);
    assert_eq!(token(&[]), third);
    // Whoever showed the one before was sent away; with the fresh one they are let in again.
    monitor.until_json(|event| event["type"] == "subscribed");
    assert_ne!(token(&["--role", "observe"]), third);
    drop(serve);
    let log = home.run(&["token", "--new", "--role", "observe"]);
    assert_eq!(log.out.trim().len(), 64);
}
