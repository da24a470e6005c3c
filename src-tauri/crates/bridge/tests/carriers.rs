//! Calls as the other carriers bring them: their own messages, their own coding, their own words for what is sent.

mod caller;

use audio::g711;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use caller::{FromBridge, Running, sentence};
use futures_util::StreamExt;
use serde_json::json;
use testcall::{Dialect, Stream};
use tokio_tungstenite::tungstenite::Message;
use wire::Carrier;

#[tokio::test]
async fn telnyx_brings_a_law_out_of_turn_and_hears_it_back() {
    let mut bridge = Running::start().await;
    let stream = Stream::new(Dialect::Telnyx, "s-1", "v2:T1");
    let mut caller =
        bridge.dial_as(format!("ws://{}/", bridge.address), stream).await.expect("it is taken");
    let start = caller.stream.start().replace("PCMU", "PCMA");
    caller.send(start).await;
    let call = bridge.calls_become(|calls| calls.len() == 1).await.remove(0);
    assert_eq!((call.from, call.carrier_id.as_deref()), (Carrier::Telnyx, Some("v2:T1")));
    let spoken = sentence();
    let coded = |frame| BASE64_STANDARD.encode(g711::a_law::encode(frame));
    let media = spoken.chunks(160).map(|frame| caller.stream.coded(&coded(frame)));
    let mut messages: Vec<String> = media.collect();
    // Every second pair changes places.
    for pair in messages.chunks_mut(4).filter(|chunk| chunk.len() == 4) {
        pair.swap(1, 2);
    }
    for message in messages {
        caller.send(message).await;
    }
    let mut heard = Vec::new();
    loop {
        match caller.hear().await {
            FromBridge::Sound(sound) => heard.extend(sound),
            FromBridge::Clear => heard.clear(),
            FromBridge::Mark(name) if name == "echo-1" => break,
            FromBridge::Mark(_) => {}
            FromBridge::Closed(closed) => panic!("{closed}"),
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
async fn the_number_of_who_calls_is_shown_to_nobody() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
    let start = json!({ "call_control_id": "v2:T1", "from": "+15550100" });
    caller.tell(json!({ "event": "start", "stream_id": "s-1", "start": start })).await;
    let call = bridge.calls_become(|calls| calls.len() == 1).await.remove(0);
    assert!(!format!("{call:?}").contains("15550100"), "a phone number is shown");
}

#[tokio::test]
async fn plivo_is_played_sound_and_tells_what_was_played() {
    let mut bridge = Running::start().await;
    let mut caller = bridge.caller_as(Stream::new(Dialect::Plivo, "s-1", "c-1")).await;
    let call = bridge.calls_become(|calls| calls.len() == 1).await.remove(0);
    assert_eq!((call.from, call.carrier_id.as_deref()), (Carrier::Plivo, Some("c-1")));
    let Ok(Message::Text(first)) = caller.socket.next().await.expect("the call goes on") else {
        panic!("no text")
    };
    assert!(first.contains(r#""contentType":"audio/x-mulaw""#), "{first}");
    caller.press('#').await;
    caller.hear_until(FromBridge::Clear).await;
    caller.press('3').await;
    caller.hear_out().await;
    // The figures of our sound are shown with the next that is said.
    caller.press('3').await;
    bridge.calls_become(|calls| calls[0].said.round_trip_ms.is_some()).await;
}
