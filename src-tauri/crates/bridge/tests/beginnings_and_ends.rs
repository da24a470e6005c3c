//! What is said before the other side is ready, and how both sides part: nothing is lost, and nobody goes without a goodbye.

mod caller;
mod fake_moshi;
mod moshi_client;

use std::time::Duration;

use bridge::{MoshiSettings, Settings};
use caller::{FromBridge, Running, twilio};
use fake_moshi::{FakeMoshi, Habits};
use futures_util::{SinkExt, StreamExt};
use moshi_client::MoshiClient;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};
use wire::{Call, ModelState};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_a_client_says_before_the_model_is_ready_reaches_it_first() {
    for ready_after in [None, Some(Duration::from_millis(300))] {
        let (tells, mut told) = mpsc::channel(256);
        let habits = Habits { ready_after, tells: Some(tells), ..Habits::default() };
        let (_server, bridge) = answered_by(vec![habits], |_| {}).await;
        let mut client = MoshiClient::of(&bridge, "/api/chat").await;
        for part in ["one", "two", "three"] {
            client.send([b"\x01", part.as_bytes()].concat()).await.expect("the call goes on");
        }
        for part in ["one", "two", "three"] {
            let (_, pages) = next(&mut told).await;
            assert_eq!(String::from_utf8_lossy(&pages), part, "ready after {ready_after:?}");
        }
    }
}

#[tokio::test]
async fn of_what_is_too_much_to_keep_the_first_and_the_last_are_kept() {
    let Waiting { mut client, mut told, .. } = Waiting::new().await;
    for part in 0..40 {
        client.send([&[1, part][..], &[0; 3_998]].concat()).await.expect("the call goes on");
    }
    let mut kept = Vec::new();
    while kept.last() != Some(&39) {
        kept.push(next(&mut told).await.1[0]);
    }
    assert_eq!(kept[0], 0, "the head of the sound");
    assert_eq!(kept[1..], (40 - (kept.len() as u8 - 1)..40).collect::<Vec<_>>());
    assert!(kept.len() >= 16, "64 KiB are kept: {kept:?}");
}

#[tokio::test]
async fn the_head_of_the_sound_is_kept_wherever_it_stands() {
    let Waiting { mut client, mut told, .. } = Waiting::new().await;
    for head in ["OggS OpusHead", "OggS OpusTags"] {
        client.send([b"\x01", head.as_bytes()].concat()).await.expect("the call goes on");
    }
    for _ in 0..100 {
        client.send([&[1; 1_000][..]].concat()).await.expect("the call goes on");
    }
    for head in ["OggS OpusHead", "OggS OpusTags"] {
        assert_eq!(String::from_utf8_lossy(&next(&mut told).await.1), head);
    }
}

#[tokio::test]
async fn a_message_as_large_as_may_be_is_passed_on() {
    let habits = Habits { answers_at_once: true, ..Habits::default() };
    let (_server, bridge) = answered_by(vec![habits], |_| {}).await;
    let mut client = MoshiClient::of(&bridge, "/api/chat").await;
    assert_eq!(client.next().await.expect("its handshake"), [0]);
    for length in [60_000, 66_000, 200_000, 262_000] {
        let message = [&[1], &vec![b'z'; length][..]].concat();
        client.send(message.clone()).await.expect("the call goes on");
        assert!(client.next().await == Ok(message), "{length} bytes come back");
    }
}

#[tokio::test]
async fn a_client_that_says_goodbye_is_answered() {
    let (_server, with_model) = answered_by(vec![Habits::default()], |_| {}).await;
    for (bridge, path) in [
        (Running::start().await, "/"),
        (Running::start().await, "/api/chat"),
        (with_model, "/api/chat"),
    ] {
        for has_started in [false, true] {
            let mut caller = bridge.dial(path).await.expect("it is let in");
            if has_started && path == "/" {
                caller.start().await;
            }
            let bye = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            caller.socket.send(Message::Close(Some(bye))).await.expect("the call goes on");
            let mut answer = None;
            while let Some(message) = next_of(&mut caller.socket).await {
                if let Ok(Message::Close(frame)) = message {
                    answer = frame.map(|frame| u16::from(frame.code));
                }
            }
            assert_eq!(answer, Some(1000), "at {path}, started: {has_started}");
        }
    }
}

#[tokio::test]
async fn a_server_is_told_when_a_call_ends_whoever_ends_it() {
    let (tells, mut left) = mpsc::channel(8);
    let habits = Habits { left: Some(tells), hums: true, ..Habits::default() };
    let (_server, mut bridge) = answered_by(vec![habits], |_| {}).await;
    for way in 0..4 {
        let mut caller = bridge.caller().await;
        bridge.calls_become(is(ModelState::Ready)).await;
        match way {
            0 => caller.hang_up().await,
            1 => drop(caller),
            2 => {
                let id = bridge.calls.borrow()[0].id;
                bridge.bridge.hang_up(id).expect("it goes on");
            }
            _ => bridge.stop.cancel(),
        }
        let code = timeout(PATIENCE, left.recv()).await;
        assert_eq!(code, Ok(Some(Some(1000))), "way {way}");
        bridge.calls_become(Vec::is_empty).await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_a_model_keeps_it_waiting_leaves_the_model_too() {
    let (tells, mut left) = mpsc::channel(8);
    let ready_after = Some(PATIENCE);
    let habits = Habits { left: Some(tells), ready_after, ..Habits::default() };
    let (_server, mut bridge) = answered_by(vec![habits], |_| {}).await;
    let caller = bridge.caller().await;
    bridge.calls_become(is(ModelState::Queued)).await;
    drop(caller);
    assert_eq!(next(&mut left).await, Some(1000));
}

#[tokio::test]
async fn a_server_that_is_slow_is_left_at_once_and_the_next_call_goes_to_who_was_ready() {
    let (tells, mut left) = mpsc::channel(8);
    let slow = |seconds| Habits {
        ready_after: Some(Duration::from_secs(seconds)),
        left: Some(tells.clone()),
        ..Habits::default()
    };
    let (servers, mut bridge) = answered_by(vec![slow(30), slow(4)], |_| {}).await;
    let first = bridge.caller().await;
    assert_eq!(next(&mut left).await, Some(1000), "the first is let go when its time is up");
    bridge.calls_become(is(ModelState::Ready)).await;
    drop(first);
    next(&mut left).await;
    bridge.calls_become(Vec::is_empty).await;
    let began = Instant::now();
    let _second = bridge.caller().await;
    let calls = bridge.calls_become(is(ModelState::Ready)).await;
    let model = calls[0].model.as_ref().expect("there is one");
    assert_eq!(model.server, servers[1].address.to_string());
    assert!(began.elapsed() < Duration::from_secs(7), "nobody waits for the first again");
}

#[tokio::test]
async fn a_subprotocol_that_is_asked_for_is_answered() {
    let bridge = Running::start().await;
    for (asked, answered) in [("audio.jambonz.org", "audio.jambonz.org"), ("media, other", "media")]
    {
        let url = format!("ws://{}/", bridge.address).parse().expect("an address");
        let request = ClientRequestBuilder::new(url).with_sub_protocol(asked);
        let mut caller = bridge.dial_as(request, twilio()).await.expect(answered);
        caller.start().await;
        assert!(matches!(caller.hear().await, FromBridge::Sound(_)));
    }
}

/// A client that waits for a server, which is ready after a second.
struct Waiting {
    client: MoshiClient,
    /// What the server hears.
    told: mpsc::Receiver<(usize, Vec<u8>)>,
    _bridge: Running,
    _server: Vec<FakeMoshi>,
}

impl Waiting {
    async fn new() -> Self {
        let (tells, told) = mpsc::channel(256);
        let ready_after = Some(Duration::from_secs(1));
        let habits = Habits { ready_after, tells: Some(tells), ..Habits::default() };
        let (server, mut bridge) = answered_by(vec![habits], |_| {}).await;
        let client = MoshiClient::of(&bridge, "/api/chat").await;
        bridge.calls_become(|calls| calls.len() == 1).await;
        Self { client, told, _bridge: bridge, _server: server }
    }
}

async fn answered_by(
    habits: Vec<Habits>,
    change: impl FnOnce(&mut MoshiSettings),
) -> (Vec<FakeMoshi>, Running) {
    let mut servers = Vec::new();
    for habits in habits {
        servers.push(FakeMoshi::with(habits).await);
    }
    let urls = servers.iter().map(FakeMoshi::url).collect();
    let mut moshi = MoshiSettings { servers: urls, ..MoshiSettings::default() };
    change(&mut moshi);
    let bridge = Running::with(Settings { moshi: Some(moshi), ..Settings::default() }).await;
    (servers, bridge)
}

fn is(state: ModelState) -> impl FnMut(&Vec<Call>) -> bool {
    move |calls| {
        calls.iter().any(|call| call.model.as_ref().is_some_and(|model| model.state == state))
    }
}

async fn next<T>(told: &mut mpsc::Receiver<T>) -> T {
    timeout(PATIENCE, told.recv()).await.expect("in time").expect("the server lives")
}

async fn next_of<S: StreamExt + Unpin>(stream: &mut S) -> Option<S::Item> {
    timeout(PATIENCE, stream.next()).await.expect("in time")
}
