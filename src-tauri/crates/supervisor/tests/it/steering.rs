//! Suggestions and speech, and what clients are told of them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use supervisor::Settings;
use tokio::task::yield_now;
use tokio::time::timeout;
use wire::steering::{CallOutcome, CutShort, Fate, Priority, Reason, Refused, Whom};
use wire::{Happening, Timestamp};

use crate::desk::{HEARD, SOON, TOKEN, desk, desk_with};

fn suggestion(text: &str) -> Value {
    json!({"type": "inject_suggestion", "text": text})
}

/// Without what is another every time.
fn timeless(mut message: Value) -> Value {
    let timestamp = message["timestamp"].take();
    assert!(timestamp.as_str().is_some_and(|text| text.ends_with('Z')), "{timestamp}");
    message.as_object_mut().expect("it is an object").remove("timestamp");
    message
}

#[tokio::test]
async fn a_suggestion_is_taken_for_the_call_that_goes_on_in_the_archives_words() {
    let desk = desk().await;
    desk.with_calls([7]);
    let mut client = desk.client().await;
    let message = json!({"type": "inject_suggestion", "text": "the Pro plan", "priority": "high"});
    let expected = json!(
        {"type": "suggestion_applied", "text": "the Pro plan", "suggestion": 1, "call": 7}
    );
    assert_eq!(timeless(client.ask(message).await), expected);
    let suggested = desk.switchboard.suggested.lock().unwrap();
    let (whom, text, priority, _) = &suggested[0];
    assert_eq!((*whom, text.as_str(), *priority), (Whom::Call(7), "the Pro plan", Priority::High));
}

#[tokio::test]
async fn a_suggestion_never_lands_in_a_call_by_chance() {
    let desk = desk().await;
    let mut client = desk.client().await;
    assert_eq!(client.ask(suggestion("for whoever comes")).await.get("call"), None);
    desk.with_calls([3, 4]);
    let answer = client.ask(suggestion("for whom?")).await;
    let reason = "several calls go on (3, 4); say which is meant";
    assert_eq!(
        answer,
        json!({"type": "suggestion_rejected", "reason": reason, "code": "ambiguous", "can_speak": false})
    );
    for call in [json!(4), json!("next")] {
        let message = json!({"type": "inject_suggestion", "text": "clear", "call": call});
        assert_eq!(client.ask(message).await["type"], "suggestion_applied");
    }
    let suggested = desk.switchboard.suggested.lock().unwrap();
    let whom: Vec<Whom> = suggested.iter().map(|(whom, ..)| *whom).collect();
    assert_eq!(whom, [Whom::Next, Whom::Call(4), Whom::Next]);
}

#[tokio::test]
async fn what_became_of_a_suggestion_is_told_to_who_labelled_it_and_to_subscribers() {
    let desk = desk().await;
    desk.with_calls([7]);
    let mut subscriber = desk.subscriber(&["suggestions"]).await;
    let mut client = desk.client().await;
    let fates = [
        Fate::Delivered { call: 7, at: Timestamp(1_762_616_418_000) },
        Fate::Failed { call: Some(7), why: Refused::new(Reason::Interrupted, "the caller cut in") },
        Fate::Expired,
    ];
    let told = [
        json!({"type": "suggestion_delivered", "suggestion": 1, "text": "x", "call": 7}),
        json!({"type": "suggestion_failed", "suggestion": 2, "text": "x", "call": 7,
            "reason": "the caller cut in", "code": "interrupted"}),
        json!({"type": "suggestion_expired", "suggestion": 3, "text": "x"}),
    ];
    for (fate, mut told) in fates.into_iter().zip(told) {
        let message = json!({"type": "inject_suggestion", "text": "x", "id": "mine"});
        assert_eq!(client.ask(message).await["id"], "mine");
        desk.decide(fate);
        assert_eq!(timeless(subscriber.hear().await), told);
        told["id"] = json!("mine");
        assert_eq!(timeless(client.hear().await), told);
    }
    // Who gives no label is a client of the archive, and knows nothing of fates.
    client.ask(suggestion("y")).await;
    desk.decide(Fate::Expired);
    assert_eq!(subscriber.hear().await["text"], "y");
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test]
async fn each_client_is_limited_for_itself_and_high_priority_is_too() {
    let desk = desk_with(Settings::default(), TOKEN).await;
    let (mut one, mut other) = (desk.client().await, desk.client().await);
    let urgent = || json!({"type": "inject_suggestion", "text": "x", "priority": "high"});
    assert_eq!(one.ask(urgent()).await["type"], "suggestion_applied");
    let rejected = json!({
        "type": "suggestion_rejected",
        "reason": "Rate limited. Wait 2000 ms between suggestions.",
        "code": "rate_limited",
        "can_speak": false,
    });
    assert_eq!(one.ask(urgent()).await, rejected);
    assert_eq!(other.ask(suggestion("x")).await["type"], "suggestion_applied");
}

#[tokio::test]
async fn only_so_many_suggestions_of_a_client_may_wait() {
    let desk = desk().await;
    let mut client = desk.client().await;
    for _ in 0..5 {
        assert_eq!(client.ask(suggestion("x")).await["type"], "suggestion_applied");
    }
    let answer = client.ask(suggestion("x")).await;
    assert_eq!(
        (&answer["reason"], &answer["code"]),
        (&"Queue full (5/5)".into(), &"queue_full".into())
    );
    assert_eq!(desk.client().await.ask(suggestion("x")).await["type"], "suggestion_applied");

    let mut subscriber = desk.subscriber(&["suggestions"]).await;
    desk.decide(Fate::Expired);
    subscriber.hear().await;
    assert_eq!(client.ask(suggestion("x")).await["type"], "suggestion_applied");
}

#[tokio::test]
async fn an_engine_that_takes_no_text_says_so_and_offers_speech() {
    let desk = desk().await;
    desk.with_calls([7]);
    let mut client = desk.client().await;
    let refused = Refused {
        reason: Reason::EngineTakesNoText,
        text: "the engine of this call takes no text".to_owned(),
        can_speak: true,
    };
    *desk.switchboard.refuses.lock().unwrap() = Some(refused);
    let expected = json!({
        "type": "suggestion_rejected",
        "reason": "the engine of this call takes no text",
        "code": "engine_takes_no_text",
        "can_speak": true,
    });
    assert_eq!(client.ask(suggestion("x")).await, expected);
    let answer = client.ask(suggestion("  ")).await;
    assert_eq!(answer["code"], "empty");
    let message = json!({"type": "inject_suggestion", "text": "x", "priority": "urgent"});
    assert_eq!(client.ask(message).await["type"], "error", "there is no such priority");
}

#[tokio::test]
async fn text_is_said_to_a_caller_and_its_real_end_is_told() {
    let desk = desk().await;
    desk.with_calls([7]);
    let mut client = desk.client().await;
    let started = client
        .ask(json!({"type": "synthesize_text", "text": "hello", "stream_sid": null, "id": 1}))
        .await;
    let expected = json!(
        {"type": "synthesis_started", "text": "hello", "call": 7, "speech": 1, "length_ms": 1234, "id": 1}
    );
    assert_eq!(timeless(started), expected);
    let (call, text, end) = desk.switchboard.spoken.lock().unwrap().remove(0);
    assert_eq!((call, text.as_str()), (7, "hello"));
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong", "nobody waits for it");
    end.send(Ok(Duration::from_millis(1300))).expect("somebody wants to know");
    let expected = json!(
        {"type": "synthesis_complete", "text": "hello", "duration_ms": 1300, "call": 7, "speech": 1, "id": 1}
    );
    assert_eq!(timeless(client.hear().await), expected);
}

#[tokio::test]
async fn speech_that_is_not_heard_to_its_end_is_never_called_complete() {
    let desk = desk().await;
    desk.with_calls([7]);
    let mut client = desk.client().await;
    let speak = json!({"type": "synthesize_text", "text": "hello"});
    assert_eq!(client.ask(speak.clone()).await["type"], "synthesis_started");
    let (.., end) = desk.switchboard.spoken.lock().unwrap().remove(0);
    let why = Refused::new(Reason::Interrupted, "somebody cut in");
    let cut = CutShort { after: Some(Duration::from_millis(400)), why };
    end.send(Err(cut)).expect("somebody wants to know");
    let mut expected = json!({
        "type": "synthesis_failed",
        "text": "hello",
        "error": "somebody cut in",
        "code": "interrupted",
        "heard_ms": 400,
        "call": 7,
        "speech": 1,
    });
    assert_eq!(timeless(client.hear().await), expected);

    assert_eq!(client.ask(speak.clone()).await["type"], "synthesis_started");
    let (.., end) = desk.switchboard.spoken.lock().unwrap().remove(0);
    let why = Refused::new(Reason::CallEnded, "the call ended");
    end.send(Err(CutShort { after: None, why })).expect("somebody wants to know");
    let failed = client.hear().await;
    assert_eq!((&failed["code"], failed.get("heard_ms")), (&json!("call_ended"), None));

    *desk.switchboard.refuses.lock().unwrap() =
        Some(Refused::new(Reason::NoVoice, "this machine has no voice"));
    expected["error"] = json!("this machine has no voice");
    expected["code"] = json!("no_voice");
    expected["heard_ms"] = json!(0);
    expected["speech"] = json!(3);
    assert_eq!(timeless(client.ask(speak).await), expected);
}

#[tokio::test]
async fn speech_is_stopped_piece_by_piece_or_a_call_at_a_time() {
    let desk = desk().await;
    let mut client = desk.client().await;
    let mut other = desk.client().await;
    for (speech, call) in [(1, 7), (2, 7), (3, 8)] {
        let speak = json!({"type": "synthesize_text", "text": "hello", "call": call});
        assert_eq!(client.ask(speak).await["speech"], speech);
    }
    let stopped = |stopped: u32| json!({"type": "speech_stopped", "stopped": stopped});
    assert_eq!(other.ask(json!({"type": "stop_speech", "speech": 1})).await, stopped(1));
    let expected = json!({
        "type": "synthesis_failed",
        "text": "hello",
        "error": "it was stopped",
        "code": "stopped",
        "heard_ms": HEARD.as_millis(),
        "call": 7,
        "speech": 1,
    });
    assert_eq!(timeless(client.hear().await), expected, "it tells how much was really heard");
    assert_eq!(other.ask(json!({"type": "stop_speech", "call": 8})).await, stopped(1));
    assert_eq!(client.hear().await["speech"], 3);
    assert_eq!(other.ask(json!({"type": "stop_speech"})).await, stopped(1));
    assert_eq!(client.hear().await["speech"], 2);
    assert_eq!(other.ask(json!({"type": "stop_speech"})).await, stopped(0));
}

#[tokio::test]
async fn speech_is_stopped_while_the_voice_is_still_at_work() {
    let desk = desk().await;
    desk.with_calls([7]);
    desk.switchboard.is_slow.store(true, Ordering::Relaxed);
    let (mut client, mut other) = (desk.client().await, desk.client().await);
    client.say(json!({"type": "synthesize_text", "text": "hello"})).await;
    let stop = || json!({"type": "stop_speech", "call": 7});
    while other.ask(stop()).await["stopped"] == 0 {}
    let failed = client.hear().await;
    assert_eq!((&failed["code"], &failed["heard_ms"]), (&json!("stopped"), &json!(0)));

    // Whoever leaves meanwhile leaves nothing behind.
    client.say(json!({"type": "synthesize_text", "text": "hello"})).await;
    timeout(SOON, async {
        while desk.switchboard.spoken.lock().unwrap().len() < 2 {
            yield_now().await;
        }
    })
    .await
    .expect("the voice is at work");
    desk.stop.cancel();
    let failed = client.hear().await;
    assert_eq!(failed["code"], "stopped", "nor does the end of the service wait for the voice");
    assert_eq!(client.close_code().await, 1012);
}

#[tokio::test]
async fn a_call_is_spoken_to_by_its_own_name_and_by_that_of_its_stream() {
    let desk = desk().await;
    desk.with_calls([7, 8]);
    let mut client = desk.client().await;
    for (name, call) in [("CA7", 7), ("MZ8", 8)] {
        let speak = json!({"type": "synthesize_text", "text": "hello", "stream_sid": name});
        assert_eq!(client.ask(speak).await["call"], call, "{name}");
    }
}

#[tokio::test]
async fn text_for_nobody_is_said_to_nobody() {
    let desk = desk().await;
    let mut client = desk.client().await;
    let code = async |client: &mut crate::desk::Client, message: Value| {
        let answer = client.ask(message).await;
        assert_eq!(answer["type"], "synthesis_failed");
        answer["code"].clone()
    };
    let speak = || json!({"type": "synthesize_text", "text": "hello"});
    assert_eq!(code(&mut client, speak()).await, "no_such_call");
    desk.with_calls([1, 2]);
    assert_eq!(code(&mut client, speak()).await, "ambiguous");
    let unknown = json!({"type": "synthesize_text", "text": "hello", "stream_sid": "CA3"});
    assert_eq!(code(&mut client, unknown).await, "no_such_call");
    assert!(desk.switchboard.spoken.lock().unwrap().is_empty());
    for _ in 0..4 {
        let named = json!({"type": "synthesize_text", "text": "hello", "call": 2});
        assert_eq!(client.ask(named).await["type"], "synthesis_started");
    }
    let named = json!({"type": "synthesize_text", "text": "hello", "call": 2});
    assert_eq!(code(&mut client, named).await, "queue_full");
}

#[tokio::test]
async fn what_becomes_of_a_suggestion_that_came_from_elsewhere_is_told_too() {
    let desk = desk().await;
    let mut subscriber = desk.subscriber(&["suggestions"]).await;
    let at = Timestamp(1_762_616_418_000);
    let end = Ok(CallOutcome::Delivered { suggestion: 9, call: 7, at });
    let text = "the Pro plan".to_owned();
    assert!(desk.happenings.send(Happening::SuggestionEnded { text, end }).is_ok(), "it listens");
    let expected = json!({
        "type": "suggestion_delivered",
        "suggestion": 9,
        "text": "the Pro plan",
        "call": 7,
        "timestamp": "2025-11-08T15:40:18.000000Z",
    });
    assert_eq!(subscriber.hear().await, expected);
}
