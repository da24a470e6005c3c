//! What callers can do wrong: what ends a call ends no other, and most of it ends none.

mod caller;

use std::time::Duration;

use bridge::Settings;
use caller::{Caller, FromBridge, Running};
use futures_util::SinkExt;
use serde_json::json;
use testcall::Unanswered;
use tokio_tungstenite::tungstenite::Message;
use wire::EndedBy;

#[tokio::test]
async fn no_odd_message_ends_a_living_call() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    let start = caller.stream.start();
    let other_stream = |event: &str| json!({ "event": event, "streamSid": "MZ-of-another-call" });
    for text in [
        json!({ "type": "ping" }),
        json!([]),
        json!(null),
        json!({ "event": "mark", "mark": { "name": 7 } }),
        json!({ "event": "mark", "mark": "said-1" }),
        json!({ "event": "dtmf", "dtmf": "none" }),
        json!({ "event": "media", "media": { "payload": null } }),
        json!({ "event": "media", "media": { "payload": "?!" } }),
        json!({ "event": "media" }),
        json!({ "event": "error", "payload": "malformed" }),
        json!({ "event": ["stop"] }),
        json!({ "event": "start", "start": { "mediaFormat": { "encoding": "opus" } } }),
        other_stream("stop"),
        other_stream("mark"),
    ] {
        caller.tell(text).await;
    }
    for message in [
        Message::text("{"),
        Message::text(""),
        Message::text(start),
        Message::binary([0xFF; 160].as_slice()),
        Message::Ping("are you there".into()),
    ] {
        caller.send(message).await;
    }
    // JSON in binary frames is read as any other.
    let key = caller.stream.key('3');
    caller.send(Message::binary(key.into_bytes())).await;
    caller.say(&[0; 1_600]).await;
    let has_key = |call: &wire::Call| call.heard.keys == 1 && call.heard.sound_ms > 0;
    let call = bridge.calls_become(|calls| calls.first().is_some_and(has_key)).await.remove(0);
    assert_eq!(call.heard.odd, 16, "{:?}", call.heard);
    assert_eq!(call.heard.lost_ms, 60, "each piece of sound that can't be read is a frame");
}

#[tokio::test]
async fn what_breaks_the_connection_ends_its_own_call_and_no_other() {
    let mut bridge = Running::start().await;
    let mut bystander = bridge.caller().await;
    let mut caller = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 2).await;
    // The bridge may turn away before it has read the whole.
    let _ = caller.socket.send(Message::text("x".repeat(300 * 1024))).await;
    assert_eq!(caller.hear_the_close().await.0, 1009);
    bridge.calls_become(|calls| calls.len() == 1).await;
    bystander.hear_until(FromBridge::Mark("said-1".into())).await;
    let ended = bridge.ended_become(|calls| calls.len() == 1).await;
    let end = ended[0].end.as_ref().expect("it has ended");
    assert!(end.by == EndedBy::Fault && !end.reason.is_empty(), "{end:?}");
    let page = bridge.metrics().await;
    assert!(page.contains("xswarm_calls_ended_total{by=\"fault\"} 1\n"), "{page}");
}

#[tokio::test]
async fn a_flood_of_what_means_nothing_ends_the_call_and_leaves_a_trace() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 1).await;
    let mut clock = tokio::time::interval(Duration::from_millis(10));
    let closed = loop {
        tokio::select! {
            _ = clock.tick() => for _ in 0..5 {
                // Once it is closed, that is to be heard.
                let _ = caller.socket.send(Message::text("{}")).await;
            },
            heard = caller.0.hear() => if let Ok(FromBridge::Closed(closed)) = heard { break closed },
        }
    };
    assert_eq!(closed.code, Some(1008), "{closed}");
    let traces: Vec<_> = bridge.bridge.ledger().all().iter().map(|entry| entry.reason.id).collect();
    assert_eq!(traces, ["flood"]);
}

#[tokio::test]
async fn streams_that_never_start_are_counted_apart_from_calls() {
    let bridge =
        Running::with(Settings { start: Duration::from_millis(50), ..Settings::default() }).await;
    let mut silent = bridge.dial("/").await.expect("the bridge takes the call");
    silent.hear_the_close().await;
    for _ in 0..2 {
        let mut garbled = bridge.dial("/").await.expect("the bridge takes the call");
        garbled.tell(json!({ "event": "start" })).await;
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
async fn what_comes_before_the_start_is_dropped() {
    let bridge = Running::start().await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    caller.say(&[0; 480]).await;
    caller.press('1').await;
    caller.tell(json!([])).await;
    caller.send(Message::binary([0xFF; 160].as_slice())).await;
    caller.start().await;
    caller.hear_until(FromBridge::Mark("said-1".into())).await;
}

#[tokio::test]
async fn who_sends_other_things_than_a_start_is_told_so() {
    let bridge =
        Running::with(Settings { start: Duration::from_millis(50), ..Settings::default() }).await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    caller.say(&[0; 160]).await;
    let reason = "other things than a start, and no start in time".to_owned();
    assert_eq!(caller.hear_the_close().await, (1008, reason));
    let traces: Vec<_> = bridge.bridge.ledger().all().iter().map(|entry| entry.reason.id).collect();
    assert_eq!(traces, ["unreadable_start"]);
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
