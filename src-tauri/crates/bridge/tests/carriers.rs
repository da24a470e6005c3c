//! Calls as the other carriers bring them: their own messages, their own coding, their own words for what is sent.

mod caller;

use std::time::Duration;

use audio::g711;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use caller::{Caller, Running, sentence};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use wire::Carrier;

async fn next(caller: &mut Caller) -> Value {
    let message = timeout(Duration::from_secs(30), caller.socket.next()).await;
    let message = message.expect("in time").expect("the call goes on").expect("a message");
    serde_json::from_str(message.to_text().expect("text")).expect("JSON")
}

#[tokio::test]
async fn telnyx_brings_a_law_out_of_turn_and_hears_it_back() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    caller.tell(json!({ "event": "connected", "version": "1.0.0" })).await;
    let format = json!({ "encoding": "PCMA", "sample_rate": 8000, "channels": 1 });
    let start = json!({ "call_control_id": "v2:T1", "from": "+15550100", "media_format": format });
    caller.tell(json!({ "event": "start", "stream_id": "s-1", "start": start })).await;
    let call = bridge.calls_become(|calls| calls.len() == 1).await.remove(0);
    assert_eq!((call.from, call.carrier_id.as_deref()), (Carrier::Telnyx, Some("v2:T1")));
    assert!(!format!("{call:?}").contains("15550100"), "a phone number is shown");
    let spoken = sentence();
    let mut chunks: Vec<(usize, &[i16])> = spoken.chunks(160).enumerate().collect();
    // Every second pair changes places.
    for pair in chunks.chunks_mut(4).filter(|chunk| chunk.len() == 4) {
        pair.swap(1, 2);
    }
    for (number, frame) in chunks {
        let payload = BASE64_STANDARD.encode(g711::a_law::encode(frame));
        let media = json!({
            "track": "inbound", "chunk": (number + 1).to_string(), "timestamp": (number * 20).to_string(),
            "payload": payload,
        });
        caller.tell(json!({ "event": "media", "stream_id": "s-1", "media": media })).await;
    }
    let mut heard = Vec::new();
    loop {
        let message = next(&mut caller).await;
        assert_eq!(message.get("stream_id"), None, "Telnyx is sent no stream_id");
        match message["event"].as_str().expect("an event") {
            "media" => heard.extend(
                BASE64_STANDARD
                    .decode(message["media"]["payload"].as_str().expect("sound"))
                    .expect("base64"),
            ),
            "clear" => heard.clear(),
            "mark" if message["mark"]["name"] == "echo-1" => break,
            "mark" => {}
            event => panic!("Telnyx knows no {event}"),
        }
    }
    // What came back is what was said, as its way through A-law and µ-law leaves it.
    let expected: Vec<u8> =
        g711::encode(&g711::a_law::decode(&g711::a_law::encode(&spoken)).collect::<Vec<_>>());
    let middle = &expected[8_000..16_000];
    assert!(heard.windows(middle.len()).any(|window| window == middle));
    let call = bridge.calls_become(|calls| calls[0].heard.utterances == 1).await.remove(0);
    assert_eq!(call.heard.lost_ms, 0);
}

#[tokio::test]
async fn plivo_is_played_sound_and_tells_what_was_played() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    let format = json!({ "encoding": "audio/x-mulaw", "sampleRate": 8000 });
    let start = json!({ "callId": "c-1", "streamId": "s-1", "mediaFormat": format });
    caller.tell(json!({ "event": "start", "sequenceNumber": 0, "start": start })).await;
    let call = bridge.calls_become(|calls| calls.len() == 1).await.remove(0);
    assert_eq!((call.from, call.carrier_id.as_deref()), (Carrier::Plivo, Some("c-1")));
    let first = next(&mut caller).await;
    assert_eq!((&first["event"], &first["streamId"]), (&json!("playAudio"), &json!("s-1")));
    assert_eq!(first["media"]["contentType"], "audio/x-mulaw");
    caller.tell(json!({ "event": "dtmf", "streamId": "s-1", "dtmf": { "digit": "#" } })).await;
    while next(&mut caller).await["event"] != "clearAudio" {}
    caller.tell(json!({ "event": "dtmf", "streamId": "s-1", "dtmf": { "digit": "3" } })).await;
    let mark = loop {
        let message = next(&mut caller).await;
        if message["event"] == "checkpoint" {
            break message;
        }
    };
    let played = json!({ "event": "playedStream", "streamId": "s-1", "name": mark["name"] });
    caller.tell(played).await;
    // The figures of our sound are shown with the next that is said.
    caller.tell(json!({ "event": "dtmf", "streamId": "s-1", "dtmf": { "digit": "3" } })).await;
    bridge.calls_become(|calls| calls[0].said.round_trip_ms.is_some()).await;
}
