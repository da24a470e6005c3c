//! What is told without being asked: to whom, and to those who read slowly.

use std::time::Duration;

use serde_json::{Value, json};
use supervisor::Settings;
use tokio::time::timeout;
use wire::{
    CallEnd, Crowding, EndedBy, Happening, Life, ModelServer, ModelState, PortState, Timestamp,
};

use crate::desk::{Client, Desk, SOON, TOKEN, call, desk, desk_with, service};

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["type"].as_str()).collect()
}

/// What is heard up to the answer to a ping: events that were caused before it may come after it, so it waits for `last`.
async fn heard_until(client: &mut Client, last: &str) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        events.push(client.hear().await);
        if events.last().is_some_and(|event| event["type"] == last) {
            return events;
        }
    }
}

fn tell(desk: &Desk, happening: Happening) {
    assert!(desk.happenings.send(happening).is_ok(), "the supervisor listens");
}

fn everything_happens(desk: &Desk) {
    desk.with_calls([1]);
    tell(desk, Happening::EngineText { call: 1, text: "I am listening".to_owned() });
    tell(desk, Happening::Utterance { call: 1, duration_ms: 850 });
    tell(desk, Happening::Transcript { call: 1, text: "hello".to_owned() });
}

#[tokio::test]
async fn who_never_subscribes_hears_the_archives_events_only() {
    let desk = desk().await;
    let mut client = desk.client().await;
    everything_happens(&desk);
    let events = heard_until(&mut client, "user_transcription").await;
    assert_eq!(types(&events), ["user_speech", "user_transcription"]);
    assert_eq!((&events[0]["duration_ms"], &events[0]["call"]), (&json!(850), &json!(1)));
    assert_eq!(events[1]["text"], "hello");
}

#[tokio::test]
async fn what_the_engine_says_is_never_called_the_callers() {
    let desk = desk().await;
    let mut client = desk.subscriber(&["words"]).await;
    everything_happens(&desk);
    let events = heard_until(&mut client, "user_transcription").await;
    assert_eq!(types(&events), ["assistant_text", "user_transcription"]);
    assert_eq!(events[0]["text"], "I am listening");
}

#[tokio::test]
async fn who_has_unsubscribed_hears_nothing_at_all() {
    let desk = desk().await;
    let mut client = desk.subscriber(&[]).await;
    let mut other = desk.client().await;
    everything_happens(&desk);
    heard_until(&mut other, "user_transcription").await;
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test]
async fn strangers_hear_of_nothing() {
    let desk = desk().await;
    let mut stranger = desk.stranger().await;
    let mut client = desk.client().await;
    everything_happens(&desk);
    heard_until(&mut client, "user_transcription").await;
    assert_eq!(stranger.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test]
async fn a_calls_beginning_its_levels_and_its_end_are_told() {
    let desk = desk().await;
    let mut client = desk.subscriber(&["calls", "levels"]).await;
    desk.with_calls([1]);
    let events = heard_until(&mut client, "levels").await;
    assert_eq!(types(&events), ["call_started", "levels"]);
    assert_eq!(events[0]["call"]["id"], 1);
    desk.snapshots.send_modify(|snapshot| snapshot.calls[0].heard.level_dbfs = -20);
    let levels = client.hear().await;
    let line = json!({"call": 1, "phase": "quiet", "heard_dbfs": -20, "said_dbfs": -100});
    assert_eq!(levels["calls"], json!([line]));

    let mut ended = call(1);
    let by = EndedBy::Caller;
    ended.end = Some(CallEnd { at: Timestamp(9), by, reason: "the caller hung up".to_owned() });
    // For a moment it is in both lists, and another begins and ends unseen.
    desk.snapshots.send_modify(|snapshot| snapshot.ended_calls = vec![call(2), ended]);
    desk.snapshots.send_modify(|snapshot| snapshot.calls.clear());
    let mut events = Vec::new();
    while events.len() < 3 {
        let event = client.hear().await;
        if event["type"] != "levels" {
            events.push((event["type"].clone(), event["call"]["id"].clone()));
            assert!(event["call"]["id"] != 1 || event["call"]["end"]["by"] == "caller");
        }
    }
    let expected = [("call_started", 2), ("call_ended", 1), ("call_ended", 2)];
    assert_eq!(events, expected.map(|(kind, id)| (json!(kind), json!(id))));
}

#[tokio::test]
async fn a_service_that_changes_is_told_and_one_that_is_proven_again_is_not() {
    let desk = desk().await;
    let mut client = desk.subscriber(&["services"]).await;
    desk.snapshots.send_modify(|snapshot| {
        let (since, proven_at) = (Timestamp(1), Timestamp(99));
        snapshot.services[0].state = PortState::Listening { since, proven_at };
    });
    desk.snapshots.send_modify(|snapshot| {
        snapshot.services[1] = service(supervisor::NAME, Life::Stopping);
    });
    let event = client.hear().await;
    assert_eq!(
        (&event["type"], &event["service"]["name"]),
        (&json!("service_changed"), &json!("supervisor"))
    );
}

#[tokio::test]
async fn a_crowd_is_told_and_that_others_are_in_it_is_not() {
    let desk = desk().await;
    let mut client = desk.subscriber(&["services"]).await;
    let crowded = |proven_at, turned_away| PortState::Crowded {
        since: Timestamp(5),
        proven_at: Timestamp(proven_at),
        turned_away,
        by: vec![Crowding { pid: turned_away, name: "nc".to_owned(), connections: 9 }],
    };
    desk.snapshots.send_modify(|snapshot| snapshot.services[0].state = crowded(5, 1240));
    let event = client.hear().await;
    assert_eq!(event["service"]["state"]["turned_away"], 1240);
    desk.snapshots.send_modify(|snapshot| snapshot.services[0].state = crowded(10, 3));
    desk.snapshots.send_modify(|snapshot| {
        snapshot.services[1] = service(supervisor::NAME, Life::Stopping);
    });
    assert_eq!(client.hear().await["service"]["name"], "supervisor");
}

#[tokio::test]
async fn the_states_of_a_calls_speech_model_are_told() {
    let desk = desk().await;
    desk.with_calls([1]);
    let mut client = desk.subscriber(&["engine"]).await;
    for state in [ModelState::Connecting, ModelState::Queued] {
        let model = ModelServer { server: "127.0.0.1:8998".to_owned(), state };
        desk.snapshots.send_modify(|snapshot| snapshot.calls[0].model = Some(model.clone()));
        let event = client.hear().await;
        assert_eq!((&event["type"], &event["call"]), (&json!("model_changed"), &json!(1)));
        assert_eq!(event["model"], json!(model));
    }
}

#[tokio::test]
async fn who_reads_slowly_loses_the_oldest_and_is_told_how_many() {
    let settings = Settings { events: 8, ..Settings::default() };
    let desk = desk_with(settings, TOKEN).await;
    let mut slow = desk.client().await;
    let mut quick = desk.client().await;
    let text = "x".repeat(60_000);
    let all = 400;
    for number in 0..all {
        // A quick client sees to it that nothing is lost on the way to the newsroom.
        tell(&desk, Happening::Transcript { call: number, text: text.clone() });
        assert_eq!(quick.hear().await["call"], number);
    }
    let (mut heard, mut lost, mut last) = (0, 0, None);
    while last != Some(all - 1) {
        let event = slow.hear().await;
        match event["type"].as_str() {
            Some("lagged") => lost += event["lost"].as_u64().expect("a number"),
            _ => {
                heard += 1;
                last = event["call"].as_u64();
            }
        }
    }
    assert_eq!(heard + lost, all);
    assert!(lost > 0, "more fits between us than can be sent");
}

#[tokio::test]
async fn what_happened_too_fast_to_be_told_is_counted_too() {
    let desk = desk().await;
    let (mut words, mut calls) =
        (desk.subscriber(&["words"]).await, desk.subscriber(&["calls"]).await);
    // Nobody else has a turn meanwhile, on this runtime of one thread, and there is room for 64.
    for call in 1..=100 {
        tell(&desk, Happening::EngineText { call, text: "hm".to_owned() });
    }
    assert_eq!(words.hear().await, json!({"type": "lagged", "lost": 36}));
    assert_eq!(words.hear().await["call"], 37);
    assert_eq!(calls.ask(json!({"type": "ping"})).await["type"], "pong", "it has lost nothing");
}

#[tokio::test]
async fn another_engine_is_told() {
    let desk = desk().await;
    let mut client = desk.subscriber(&["engine"]).await;
    desk.snapshots.send_modify(|snapshot| snapshot.engine = wire::Engine::Moshi);
    let event = client.hear().await;
    assert_eq!((&event["type"], &event["engine"]), (&json!("engine_changed"), &json!("moshi")));
}

#[tokio::test]
async fn who_reads_nothing_is_cut_off_in_the_end() {
    let stall = Duration::from_millis(200);
    let desk = desk_with(Settings { stall, ..Settings::default() }, TOKEN).await;
    let silent = desk.client().await;
    let mut quick = desk.client().await;
    let text = "x".repeat(60_000);
    let cut_off = async {
        loop {
            tell(&desk, Happening::Transcript { call: 1, text: text.clone() });
            quick.hear().await;
            let stream = match silent.0.get_ref() {
                tokio_tungstenite::MaybeTlsStream::Plain(stream) => stream,
                _ => unreachable!("there is no TLS here"),
            };
            // What was sent before is still there to be read; that the other side has gone shows when writing.
            if stream.try_write(&[0x89, 0x80, 0, 0, 0, 0]).is_err() {
                break;
            }
        }
    };
    timeout(SOON, cut_off).await.expect("it is cut off");
}
