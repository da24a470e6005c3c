//! `monitor`, `suggest`, `say` and `token`.

use serde_json::json;

use crate::caller::Call;
use crate::client::Client;
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
fn watching_goes_on_after_every_restart_of_what_is_watched() {
    let home = Home::new();
    let serve = home.serve();
    let monitor = home.follow(&["monitor", "--json"]);
    for _ in 0..3 {
        monitor.until_json(|event| event["type"] == "subscribed");
        let mut client = Client::in_control(&home);
        let restarted = client.ask(json!({"type": "restart", "service": "supervisor"}));
        assert_eq!(restarted["outcome"], "done", "{restarted}");
    }
    monitor.until_json(|event| event["type"] == "subscribed");
    drop(serve);
    let _another = home.serve();
    monitor.until_json(|event| event["type"] == "subscribed");
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

#[test]
fn words_for_a_call_are_said_in_it_and_what_became_of_them_is_told() {
    let Call { home, monitor, .. } = &Call::new();
    let suggest = home.run(&["suggest", "the Pro plan"]);
    // The line check says what is suggested, so without a voice it can't take it, and says so.
    if suggest.out.starts_with("Not taken: this machine has no voice") {
        assert_eq!(suggest.code, Some(7));
        println!("SKIPPED words_for_a_call_are_said_in_it: this machine has no voice");
        return;
    }
    assert_eq!(suggest.out, "Taken, for call 1.\nDelivered in call 1.\n", "{}", suggest.err);
    assert_eq!(suggest.code, Some(0));
    let delivered = monitor.until_json(|event| event["type"] == "suggestion_delivered");
    assert_eq!((&delivered["text"], &delivered["call"]), (&"the Pro plan".into(), &1.into()));

    let say = home.run(&["say", "good day", "--call", "1"]);
    assert_eq!(say.code, Some(0), "{}{}", say.out, say.err);
    assert!(say.out.contains("Heard in call 1, "), "{}", say.out);
}

#[test]
fn what_a_voice_cannot_say_is_refused_with_the_reason_and_not_called_heard() {
    let Call { home, .. } = &Call::new();
    for text in ["👋", "?!…", "你好"] {
        let say = home.run(&["say", text]);
        if say.out.starts_with("Not said: this machine has no voice") {
            println!("SKIPPED what_a_voice_cannot_say_is_refused: this machine has no voice");
            return;
        }
        // Others than flite can say it.
        if text == "你好" && say.code == Some(0) {
            continue;
        }
        assert_eq!(say.code, Some(7), "{text}: {}{}", say.out, say.err);
        let reason = match text {
            "你好" => "the voice flite can't say \"你\": it reads only Latin letters",
            _ => "there is no word in the text that could be said",
        };
        assert_eq!(say.out, format!("Not said: {reason}.\n"));
    }
    let say = home.run(&["say", "Grüße, café"]);
    assert_eq!(say.code, Some(0), "{}{}", say.out, say.err);
}

#[test]
fn not_even_the_fullest_log_holds_tokens_words_or_numbers() {
    let home = Home::new();
    let ours = "trace,tokio=off,hyper=off,hyper_util=off,mio=off,keeper=info,ports=info";
    let serve = home.start(&["serve", "--log", ours]);
    serve.until("Supervisor WebSocket server listening");
    let token = home.run(&["token"]).out.trim().to_owned();
    let mut client = Client::of(&home);
    for message in [
        json!({"type": "auth", "token": "a guess of mine"}).to_string(),
        format!(r#"{{"type":"auth","token":"{token}""#),
        json!({"type": "auth", "token": token}).to_string(),
        json!({"type": "inject_suggestion", "text": ["nobody's business"]}).to_string(),
        json!({"type": "sms_received", "from": "+15551234567", "to": "+15559876543",
            "message": "nobody's business", "user": "ann"})
        .to_string(),
        json!({"type": "inject_suggestion", "text": "nobody's business", "call": "next"})
            .to_string(),
        json!({"type": "synthesize_text", "text": "nobody's business"}).to_string(),
    ] {
        client.ask(message);
    }
    let mut log = Vec::new();
    while !log.last().is_some_and(|line: &String| line.contains("a client could not steer a call"))
    {
        log.push(serve.next());
    }
    for secret in [&token, "a guess of mine", "nobody's business", "+1555"] {
        let told = log.iter().find(|line| line.contains(secret));
        assert_eq!(told, None);
    }
}

#[test]
fn the_log_tells_which_client_did_what() {
    let home = Home::new();
    let serve = home.serve();
    let mut client = Client::in_control(&home);
    let logged_in = serve.until("a client has logged in");
    let number = logged_in.split("client=").nth(1).and_then(|rest| rest.split(' ').next());
    let client_number = format!("client={}", number.expect("it has a number"));
    for (command, told) in [
        (
            json!({"type": "inject_suggestion", "text": "x", "call": 9}),
            "a client could not steer a call",
        ),
        (
            json!({"type": "synthesize_text", "text": "x", "call": 9}),
            "a client could not steer a call",
        ),
        (json!({"type": "stop_speech"}), "a client has steered a call"),
        (json!({"type": "hang_up", "call": 9}), "a client could not steer a call"),
        (json!({"type": "restart", "service": "voice_bridge"}), "a client gives an order"),
        (json!({"type": "renew_token", "role": "observe"}), "a client has renewed the token"),
    ] {
        client.ask(command);
        let line = serve.until(told);
        assert!(line.contains(&client_number), "{line}");
    }
}
