//! Any JSON value in the place of any field of what carriers send, among good sound at the carrier's pace.
//!
//! Ten thousand messages; with `XSWARM_LONG_TESTS=1` three hundred thousand, over more calls.

mod caller;

use std::time::Duration;

use caller::{Caller, FromBridge, Running, sentence};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use testcall::{Dialect, Stream};
use tokio_tungstenite::tungstenite::Message;

/// How many messages a call is sent, of which each comes with a piece of good sound.
const EACH: usize = 500;

/// Anything that JSON can say.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12_f64).prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[A-Za-z0-9+/=]{0,40}".prop_map(Value::from),
        prop_oneof![
            Just("secret"),
            Just("start"),
            Just("stop"),
            Just("media"),
            Just("inbound"),
            Just("outbound")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let name = prop_oneof![
            "[a-z_]{0,8}",
            Just("name".to_owned()),
            Just("payload".to_owned()),
            Just("value".to_owned())
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// What this carrier sends beside sound, and a message of next year.
fn templates(stream: &mut Stream) -> Vec<Value> {
    let [media, key, played, stop] =
        [stream.media(&[0; 160]), stream.key('1'), stream.played("said-1"), stream.stop()];
    let mut all: Vec<Value> = [media, key, played, stop]
        .iter()
        .map(|text| serde_json::from_str(text).expect("JSON"))
        .collect();
    all.push(json!({ "event": "next-year", "news": { "of": [1] }, "streamSid": "MZ1" }));
    all
}

/// The paths of all fields of this message, those in objects of it included.
fn fields(message: &Value, path: &str) -> Vec<String> {
    let entries = message.as_object().into_iter().flatten();
    entries
        .flat_map(|(name, value)| {
            let here = format!("{path}/{name}");
            let mut found = fields(value, &here);
            found.push(here);
            found
        })
        .collect()
}

/// A message of the carrier's with another value in one of its fields; nothing where that would be a stop, or the key at which
/// the line check hangs up.
fn odd(runner: &mut TestRunner, templates: &[Value]) -> Option<Value> {
    let mut message = prop::sample::select(templates.to_vec()).new_tree(runner).ok()?.current();
    let field = prop::sample::select(fields(&message, "")).new_tree(runner).ok()?.current();
    let value = any_json().new_tree(runner).ok()?.current();
    *message.pointer_mut(&field)? = value;
    let is_star = |key: &Value| key.as_str().is_some_and(|key| key.trim() == "*");
    let hangs_up = is_star(&message["dtmf"]) || is_star(&message["dtmf"]["digit"]);
    (message["event"] != "stop" && !hangs_up).then_some(message)
}

/// A call that is sent all this at the pace of its carrier, in a text frame or in a binary one. Good sound is heard to the end.
async fn endures(mut caller: Caller, messages: Vec<Value>) {
    let (said, mut clock) = (sentence(), tokio::time::interval(audio::FRAME));
    let mut frames = said.chunks_exact(160).cycle();
    for (nth, message) in messages.into_iter().enumerate() {
        loop {
            tokio::select! {
                biased;
                _ = clock.tick() => break,
                heard = caller.hear() => if let FromBridge::Closed(closed) = heard {
                    panic!("{closed}, before {message}");
                },
            }
        }
        let text = message.to_string();
        if nth % 4 == 0 {
            caller.send(text.into_bytes()).await;
        } else {
            caller.send(text).await;
        }
        caller.say(frames.next().expect("an endless voice")).await;
    }
    caller.hang_up().await;
    assert_eq!(caller.hear_the_close().await.0, 1000);
}

async fn a_carrier_may_send_anything(dialect: Dialect) {
    let is_long = std::env::var_os("XSWARM_LONG_TESTS").is_some();
    let calls = if is_long { 200 } else { 7 };
    let bridge = Running::with(bridge::Settings { calls, ..bridge::Settings::default() }).await;
    let mut runner = TestRunner::default();
    let mut all = FuturesUnordered::new();
    for _ in 0..calls {
        let mut stream = Stream::new(dialect, "MZ1", "CA1");
        let templates = templates(&mut stream);
        let mut messages = Vec::new();
        while messages.len() < EACH {
            messages.extend(odd(&mut runner, &templates));
        }
        let caller = bridge.caller_as(Stream::new(dialect, "MZ1", "CA1")).await;
        all.push(endures(caller, messages));
    }
    while all.next().await.is_some() {}
    let ended = bridge.ended_become(|ended| ended.len() >= calls.min(8)).await;
    for call in &ended {
        // The voice is 20 ms of every 20 ms.
        let sound = Duration::from_millis(call.heard.sound_ms);
        let said = audio::FRAME * EACH as u32;
        assert!(sound >= said, "{sound:?} of {said:?} were heard, and {} were odd", call.heard.odd);
        assert!(call.heard.odd > 0 && call.heard.utterances > 0, "{:?}", call.heard);
    }
}

#[tokio::test]
async fn twilio_may_send_anything() {
    a_carrier_may_send_anything(Dialect::Twilio).await;
}

#[tokio::test]
async fn telnyx_may_send_anything() {
    a_carrier_may_send_anything(Dialect::Telnyx).await;
}

#[tokio::test]
async fn plivo_may_send_anything() {
    a_carrier_may_send_anything(Dialect::Plivo).await;
}

#[tokio::test]
async fn a_start_may_hold_anything_in_any_place() {
    let bridge = Running::start().await;
    let mut runner = TestRunner::default();
    let tries = if std::env::var_os("XSWARM_LONG_TESTS").is_some() { 30_000 } else { 600 };
    let mut refused = 0;
    for nth in 0..tries {
        let dialect = [Dialect::Twilio, Dialect::Telnyx, Dialect::Plivo][nth % 3];
        let text = Stream::new(dialect, "MZ1", "CA1").start();
        let mut start: Value = serde_json::from_str(&text).expect("JSON");
        let fields = prop::sample::select(fields(&start, "")).new_tree(&mut runner).expect("one");
        let field = fields.current();
        if field == "/event" {
            continue;
        }
        let value = any_json().new_tree(&mut runner).expect("one").current();
        *start.pointer_mut(&field).expect("it is there") = value.clone();
        let mut caller = bridge.dial("/").await.expect("the bridge takes the call");
        caller.send(start.to_string()).await;
        // What is said names the stream as it was told, which may be another than the caller's.
        if let Some(Ok(Message::Close(closed))) = caller.socket.next().await {
            refused += 1;
            let names_another = field.contains("ormat") || field == "/start";
            let names_no_stream = field.to_lowercase().contains("stream");
            let readable = value.is_string() || value.is_number() || value.is_object();
            assert!(
                (names_another && readable) || names_no_stream,
                "{field} = {value}: {closed:?}"
            );
        }
    }
    assert!(refused < tries / 4, "{refused} of {tries} were refused");
}
