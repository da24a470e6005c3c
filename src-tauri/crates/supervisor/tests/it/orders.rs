//! Orders, what is asked and answered, and how it ends.

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use wire::{Order, ServiceName};

use crate::desk::{SOON, TOKEN, WATCHING, desk, holder, identity, snapshot};

#[tokio::test]
async fn commands_may_follow_the_token_without_waiting_and_are_answered_in_order() {
    let mut client = desk().await.stranger().await;
    client.say(json!({"type": "auth", "token": TOKEN, "id": 1})).await;
    client.say(json!({"type": "stop", "service": "voice_bridge", "id": "two"})).await;
    client.say(json!({"type": "status", "id": 3})).await;
    client.say(json!({"type": "ping"})).await;
    let answers =
        [client.hear().await, client.hear().await, client.hear().await, client.hear().await];
    assert_eq!(
        answers.each_ref().map(|answer| answer["type"].clone()),
        ["auth_result", "outcome", "status", "pong"]
    );
    assert_eq!(
        answers.each_ref().map(|answer| answer["id"].clone()),
        [json!(1), json!("two"), json!(3), Value::Null]
    );
    assert_eq!(answers[1]["service"]["life"]["life"], "stopped");
    assert_eq!(answers[2]["snapshot"], json!(snapshot("1")));
}

#[tokio::test]
async fn a_subscriber_sees_every_last_state_until_the_subscription_ends() {
    let desk = desk().await;
    let mut client = desk.client().await;
    let answer = client.ask(json!({"type": "subscribe", "kinds": ["status"], "id": 1})).await;
    assert_eq!(answer, json!({"type": "subscribed", "kinds": ["status"], "id": 1}));
    assert_eq!(client.hear().await, json!({"type": "status", "snapshot": snapshot("1")}));
    for version in 2..=50 {
        desk.snapshots.send_replace(snapshot(&version.to_string()));
    }
    while client.hear().await["snapshot"]["version"] != "50" {}
    client.say(json!({"type": "restart", "service": "voice_bridge"})).await;
    desk.snapshots.send_replace(snapshot("51"));
    assert_eq!(
        client.hear().await["snapshot"]["version"],
        "51",
        "also while an order is carried out"
    );

    let mut other = desk.client().await;
    let [subscribe, unsubscribe] =
        [json!(["status"]), json!([])].map(|kinds| json!({"type": "subscribe", "kinds": kinds}));
    other.ask(subscribe).await;
    assert_eq!(other.hear().await["type"], "status");
    other.ask(unsubscribe).await;
    desk.snapshots.send_replace(snapshot("52"));
    assert_eq!(other.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test]
async fn what_answers_calls_is_chosen_by_those_in_control() {
    let desk = desk().await;
    let choose = |engine: Value| json!({"type": "choose_engine", "engine": engine, "id": 1});
    let mut client = desk.client().await;
    let chosen = client.ask(choose(json!("moshi"))).await;
    assert_eq!((&chosen["type"], &chosen["id"]), (&json!("engine_chosen"), &json!(1)));
    assert_eq!((&chosen["engine"], &chosen["sentence"]), (&json!("moshi"), &json!("Kept.")));
    assert_eq!(chosen["server"], Value::Null);
    let server = "ws://127.0.0.1:8998";
    let named = json!({"type": "choose_engine", "engine": "moshi", "server": server});
    assert_eq!(client.ask(named).await["server"], server);
    let refused = client.ask(choose(json!(["moshi", "line_check"]))).await;
    assert_eq!((&refused["type"], &refused["failure"]), (&json!("failure"), &json!("not_chosen")));
    let wrong = client.ask(choose(json!("Moshi"))).await;
    assert_eq!(wrong["code"], "invalid");
    assert!(
        wrong["message"].as_str().is_some_and(|text| text.contains("\"line_check\"")),
        "{wrong}"
    );
    let mut watcher = desk.client_with(WATCHING).await;
    assert_eq!(watcher.ask(choose(json!("moshi"))).await["code"], "forbidden");
}

#[tokio::test]
async fn a_port_is_freed_in_two_steps() {
    let desk = desk().await;
    let mut client = desk.client().await;
    let asked_back = client.ask(json!({"type": "free_port", "service": "voice_bridge"})).await;
    assert_eq!(asked_back["type"], "failure");
    assert_eq!(asked_back["failure"], "unconfirmed");
    assert_eq!(asked_back["holders"], json!([holder()]));
    let victims = [&asked_back["holders"][0]["identity"]];
    let freed = client
        .ask(json!({"type": "free_port", "service": "voice_bridge", "victims": victims, "id": 2}))
        .await;
    assert_eq!(
        (&freed["outcome"], &freed["took_ms"], &freed["id"]),
        (&json!("freed"), &json!(41), &json!(2))
    );
    let expected = [vec![], vec![identity()]]
        .map(|victims| Order::FreePort { service: ServiceName::literal("voice_bridge"), victims });
    assert_eq!(*desk.given.lock().expect("no panic"), expected);
}

#[tokio::test]
async fn what_is_not_offered_or_not_understood_is_said_so() {
    let mut client = desk().await.client().await;
    for command in [
        "sms_received",
        "email_received",
        "claude_code_connect",
        "claude_code_message",
        "claude_code_disconnect",
        "schedule_appointment",
        "schedule_reminder",
        "get_calendar",
        "get_session_status",
    ] {
        let answer = client.ask(json!({"type": command, "text": "hello", "id": command})).await;
        let message =
            format!("{command} is not offered here; it belongs to another part of xSwarm");
        let expected =
            json!({"type": "error", "code": "not_offered", "message": message, "id": command});
        assert_eq!(answer, expected);
    }
    for (message, wrong) in [
        (json!({"type": "make_coffee", "id": 1}), "unknown variant"),
        (json!({"type": "stop", "service": "Web server", "id": 1}), "a service's name is"),
        (json!({"type": "stop", "service": "a".repeat(60_000), "id": 1}), "a service's name is"),
        (json!({"type": "subscribe", "kinds": ["everything"], "id": 1}), "unknown variant"),
    ] {
        let answer = client.ask(message).await;
        assert_eq!((&answer["code"], &answer["id"]), (&json!("invalid"), &json!(1)));
        let text = answer["message"].as_str().expect("a message");
        assert!(text.starts_with(&format!("Invalid message format: {wrong}")), "{text}");
    }
    client.0.send(Message::binary(vec![1, 2, 3])).await.expect("the supervisor reads");
    assert_eq!(
        client.ask(json!({"type": "ping"})).await["type"],
        "pong",
        "binary frames are ignored"
    );
}

#[tokio::test]
async fn a_message_beyond_64_kib_closes_the_connection() {
    let mut client = desk().await.client().await;
    let padding = "x".repeat(63 * 1024);
    assert_eq!(client.ask(json!({"type": "ping", "padding": padding})).await["type"], "pong");
    client.say("x".repeat(64 * 1024 + 1)).await;
    assert_eq!(client.close_code().await, 1009);
}

#[tokio::test]
async fn an_order_to_restart_the_supervisor_itself_is_answered_before_the_end() {
    let desk = desk().await;
    let (mut client, mut other) = (desk.client().await, desk.client().await);
    client.say(json!({"type": "restart", "service": "supervisor", "id": 1})).await;
    other.say(json!({"type": "restart", "service": "voice_bridge", "id": 2})).await;
    timeout(SOON, async {
        while desk.given.lock().expect("no panic").len() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("both are given");
    desk.stop.cancel();
    let answer = client.hear().await;
    assert_eq!(
        (&answer["type"], &answer["outcome"], &answer["id"]),
        (&json!("outcome"), &json!("done"), &json!(1))
    );
    assert_eq!(client.close_code().await, 1012);
    let answer = other.hear().await;
    assert_eq!((&answer["failure"], &answer["id"]), (&json!("ending"), &json!(2)));
    assert_eq!(other.close_code().await, 1012);
    timeout(SOON, desk.ended).await.expect("the service ends").expect("without a panic");
}

#[tokio::test]
async fn settings_and_log_can_be_read() {
    let mut client = desk().await.client().await;
    let answer = client.ask(json!({"type": "settings", "id": 1})).await;
    let expected = json!({"type": "settings", "settings": {"retry": {"attempts": 5}}, "id": 1});
    assert_eq!(answer, expected);
    let answer = client.ask(json!({"type": "logs", "lines": 2})).await;
    let began = "1970-01-01T00:00:00.000000Z";
    let lines = [format!("{began}  INFO keeper: line 1"), format!("{began}  INFO keeper: line 2")];
    assert_eq!(answer["lines"], json!(lines));
    let entry =
        json!({"number": 2, "at": 0, "level": "INFO", "source": "keeper", "text": "line 2"});
    assert_eq!(answer["entries"][1], entry);
    let answer = client.ask(json!({"type": "logs"})).await;
    assert_eq!(answer["lines"].as_array().map(Vec::len), Some(100));
}

#[tokio::test]
async fn however_long_an_answer_or_an_event_is_it_is_sent_whole() {
    let desk = desk().await;
    let mut client = desk.client().await;
    let answer = client.ask(json!({"type": "logs", "lines": 100_000})).await;
    assert_eq!(answer["lines"].as_array().map(Vec::len), Some(100_000));
    desk.with_calls(1..=1000);
    let answer = client.ask(json!({"type": "status"})).await;
    assert_eq!(answer["snapshot"]["calls"].as_array().map(Vec::len), Some(1000));
    client.ask(json!({"type": "subscribe", "kinds": ["status"]})).await;
    assert_eq!(client.hear().await["snapshot"]["calls"].as_array().map(Vec::len), Some(1000));
}

#[tokio::test]
async fn calls_are_listed_and_ended() {
    let desk = desk().await;
    desk.with_calls([1, 2]);
    let mut client = desk.client().await;
    let answer = client.ask(json!({"type": "calls"})).await;
    assert_eq!((&answer["calls"][1]["id"], &answer["ended_calls"]), (&json!(2), &json!([])));
    let answer = client.ask(json!({"type": "hang_up", "call": 1, "id": "x"})).await;
    assert_eq!(answer, json!({"type": "hung_up", "call": 1, "id": "x"}));
    let answer = client.ask(json!({"type": "hang_up", "call": 7})).await;
    let expected =
        json!({"type": "error", "code": "no_such_call", "message": "there is no call 7"});
    assert_eq!(answer, expected);
}
