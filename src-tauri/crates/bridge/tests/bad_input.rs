//! What callers can do wrong, and that it ends their own call and no other.

mod caller;

use std::time::Duration;

use bridge::Settings;
use caller::{Caller, FromBridge, Running};
use serde_json::json;
use testcall::Unanswered;
use tokio_tungstenite::tungstenite::Message;
use wire::EndedBy;

#[tokio::test]
async fn what_cannot_be_understood_ends_its_own_call_and_no_other() {
    let mut bridge = Running::start().await;
    let mut bystander = bridge.caller().await;
    let mistakes = [
        (Message::text("{"), 1007),
        (Message::text("[1, 2]"), 1007),
        (Message::text(r#"{"event":"media","media":{"payload":"?!"}}"#), 1007),
        (Message::text(r#"{"event":"media"}"#), 1007),
        (Message::text(r#"{"event":"stop","streamSid":"MZ-of-another-call"}"#), 1008),
        (
            Message::text(r#"{"event":"start","streamSid":"MZ0123456789abcdef0123456789abcdef"}"#),
            1008,
        ),
        (Message::binary([0; 160].as_slice()), 1003),
        (Message::text("x".repeat(300 * 1024)), 1009),
    ];
    for (mistake, expected) in mistakes {
        let what: String = mistake.to_string().chars().take(40).collect();
        let mut caller = bridge.caller().await;
        bridge.calls_become(|calls| calls.len() == 2).await;
        // The bridge may turn away before it has read the whole.
        let _ = futures_util::SinkExt::send(&mut caller.socket, mistake).await;
        assert_eq!(caller.hear_the_close().await.0, expected, "after {what}");
        bridge.calls_become(|calls| calls.len() == 1).await;
    }
    bystander.hear_until(FromBridge::Mark("said-1".into())).await;
    let ended = bridge.ended_become(|calls| calls.len() == 8).await;
    let ends: Vec<_> = ended.iter().filter_map(|call| call.end.as_ref()).collect();
    assert!(ends.iter().all(|end| end.by == EndedBy::Fault && !end.reason.is_empty()), "{ends:?}");
    let page = bridge.metrics().await;
    assert!(page.contains("xswarm_calls_ended_total{by=\"fault\"} 8\n"), "{page}");
}

#[tokio::test]
async fn streams_that_never_start_are_counted_apart_from_calls() {
    let bridge =
        Running::with(Settings { start: Duration::from_millis(50), ..Settings::default() }).await;
    let mut silent = bridge.dial("/").await.expect("the bridge takes the call");
    silent.hear_the_close().await;
    for _ in 0..2 {
        let mut garbled = bridge.dial("/").await.expect("the bridge takes the call");
        garbled.say(&[0; 160]).await;
        garbled.hear_the_close().await;
    }
    let page = bridge.metrics().await;
    assert!(page.contains("xswarm_streams_not_started_total{by=\"fault\"} 3\n"), "{page}");
    assert!(!page.contains("xswarm_calls_ended_total{"), "{page}");
}

#[tokio::test]
async fn what_is_merely_unknown_is_ignored() {
    let bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    caller.tell(json!({ "event": "something-of-next-year", "streamSid": caller::STREAM })).await;
    caller.tell(json!({ "event": "mark", "mark": { "name": "never-sent" } })).await;
    caller.send(Message::Ping("are you there".into())).await;
    caller.hear_until(FromBridge::Mark("said-1".into())).await;
}

#[tokio::test]
async fn a_stream_must_start_with_start() {
    let bridge = Running::start().await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    caller.say(&[0; 160]).await;
    assert_eq!(caller.hear_the_close().await, (1008, "sound, key or mark before start".into()));
}

#[tokio::test]
async fn a_format_that_is_not_ours_is_refused() {
    let bridge = Running::start().await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    let format = json!({ "encoding": "audio/x-l16", "sampleRate": 16000, "channels": 1 });
    caller
        .tell(json!({ "event": "start", "streamSid": "MZ1", "start": { "mediaFormat": format } }))
        .await;
    assert_eq!(caller.hear_the_close().await.0, 1003);
}

#[tokio::test]
async fn who_never_starts_is_not_waited_for() {
    let bridge =
        Running::with(Settings { start: Duration::from_millis(50), ..Settings::default() }).await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    assert_eq!(caller.hear_the_close().await, (1008, "no start in time".into()));
}

#[tokio::test]
async fn a_caller_who_sends_nothing_any_more_is_given_up() {
    let mut bridge =
        Running::with(Settings { idle: Duration::from_millis(200), ..Settings::default() }).await;
    let mut caller = bridge.caller().await;
    assert_eq!(caller.hear_the_close().await, (1008, "no message for too long".into()));
    bridge.calls_become(Vec::is_empty).await;
}

#[tokio::test]
async fn one_call_too_many_is_refused_before_it_begins() {
    let mut bridge = Running::with(Settings { calls: 2, ..Settings::default() }).await;
    let mut first = bridge.caller().await;
    let mut second = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 2).await;
    assert_eq!(status(bridge.dial("/").await), Some(503));
    first.hang_up().await;
    first.hear_the_close().await;
    drop(first);
    bridge.calls_become(|calls| calls.len() == 1).await;
    assert!(matches!(second.hear().await, FromBridge::Sound(_)));
}

#[tokio::test]
async fn phone_streams_are_taken_at_their_path_only() {
    let bridge = Running::start().await;
    assert_eq!(status(bridge.dial("/elsewhere").await), Some(404));
}

#[tokio::test]
async fn a_bridge_that_stops_says_so_to_its_callers_and_ends() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 1).await;
    bridge.stop.cancel();
    assert_eq!(caller.hear_the_close().await, (1001, "the voice bridge is stopping".into()));
    drop(caller);
    bridge.served.await.expect("the bridge ends in peace");
    assert!(bridge.calls.borrow().is_empty());
}

fn status(dialled: Result<Caller, Unanswered>) -> Option<u16> {
    match dialled {
        Err(Unanswered::Declined { status, .. }) => status,
        other => panic!("neither taken nor refused: {other:?}"),
    }
}
