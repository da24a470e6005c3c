//! What callers may take of the bridge, and that whoever takes more harms nobody else.

mod caller;

use std::time::Duration;

use bridge::Settings;
use caller::{Caller, FromBridge, Running, STREAM};
use futures_util::SinkExt;
use testcall::{Dialect, Stream};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, interval};
use tokio_tungstenite::tungstenite::Message;
use wire::EndedBy;

#[tokio::test]
async fn a_call_that_lasts_too_long_is_ended_and_says_so() {
    let longest = Duration::from_millis(300);
    let bridge = Running::with(Settings { longest, ..Settings::default() }).await;
    let mut caller = bridge.caller().await;
    let reason = "the longest time for a call is over".to_owned();
    assert_eq!(caller.hear_the_close().await, (1008, reason));
    let ended = bridge.ended_become(|calls| calls.len() == 1).await.remove(0);
    assert_eq!(ended.end.map(|end| end.by), Some(EndedBy::Limit));

    let page = bridge.metrics().await;
    assert!(page.contains("# else\n"), "{page}");
    assert!(page.contains("xswarm_calls_ended_total{by=\"limit\"} 1\n"), "{page}");
}

#[tokio::test]
async fn a_caller_who_sends_a_byte_at_a_time_is_given_up_like_one_who_sends_nothing() {
    let idle = Duration::from_millis(500);
    let bridge = Running::with(Settings { idle, ..Settings::default() }).await;
    let mut dawdler = bridge.caller().await;
    // A text frame of 120 bytes whose bytes come one by one, as they would for minutes.
    let raw = dawdler.socket.get_mut();
    raw.write_all(&[0x81, 0x80 | 120, 0, 0, 0, 0]).await.expect("the call goes on");
    let mut clock = interval(Duration::from_millis(50));
    let began = Instant::now();
    let sent = async {
        for _ in 0..120 {
            clock.tick().await;
            if raw.write_all(b" ").await.is_err() {
                return;
            }
        }
    };
    let given_up = bridge.ended_become(|calls| calls.len() == 1);
    let ended = tokio::select! {
        ended = given_up => ended,
        () = sent => panic!("the whole message was sent in {:?}", began.elapsed()),
    };
    assert_eq!(ended[0].end.as_ref().map(|end| end.by), Some(EndedBy::Limit));
}

#[tokio::test]
async fn a_caller_who_never_reads_is_given_up_and_the_others_hear_on() {
    let idle = Duration::from_secs(2);
    let bridge = Running::with(Settings { idle, ..Settings::default() }).await;
    let mut bystander = bridge.caller().await;
    let mut deaf = bridge.caller().await;
    // Every ping asks for an answer that nobody reads, until nothing fits between the two any more.
    let payload = vec![0; 125];
    let flood = async {
        loop {
            if deaf.socket.send(Message::Ping(payload.clone().into())).await.is_err() {
                return;
            }
        }
    };
    let listening = async {
        loop {
            assert!(!matches!(bystander.hear().await, FromBridge::Closed { .. }));
            bystander.say(&[0; 160]).await;
        }
    };
    let ended = tokio::select! {
        ended = bridge.ended_become(|calls| calls.len() == 1) => ended,
        () = async { flood.await; std::future::pending().await } => unreachable!(),
        () = listening => unreachable!(),
    };
    let (id, end) = (ended[0].id, ended[0].end.clone().expect("it has ended"));
    assert_eq!((id, end.by, &*end.reason), (2, EndedBy::Limit, "what is sent is not read"));
}

#[tokio::test]
async fn ten_mebibytes_in_one_message_end_their_own_call_and_no_other() {
    let mut bridge = Running::start().await;
    let mut bystander = bridge.caller().await;
    let mut flooder = bridge.caller().await;
    bridge.calls_become(|calls| calls.len() == 2).await;
    // The bridge turns away before it has read the whole.
    let _ = flooder.socket.send(Message::text("x".repeat(10 << 20))).await;
    let calls = bridge.calls_become(|calls| calls.len() == 1).await;
    assert_eq!(calls[0].id, 1);
    bystander.hear_until(FromBridge::Mark("said-1".into())).await;
}

/// A caller whose stream starts with these names.
async fn named(bridge: &Running, stream: &str, call: &str) -> Caller {
    bridge.caller_as(Stream::new(Dialect::Twilio, stream, call)).await
}

#[tokio::test]
async fn of_endless_names_for_calls_the_beginnings_are_kept_live_and_afterwards() {
    let mut bridge = Running::start().await;
    let long = "C".repeat(250_000);
    let wide = "\u{65e5}".repeat(60_000);
    let whole = "C".repeat(wire::LONGEST_NAME);
    let mut callers = Vec::new();
    for (at, name) in [long.as_str(), &wide, &whole, ""].into_iter().enumerate() {
        callers.push(named(&bridge, STREAM, name).await);
        bridge.calls_become(|calls| calls.len() == at + 1).await;
    }
    let names = |calls: &[wire::Call]| -> Vec<String> {
        calls.iter().map(|call| call.carrier_id.clone().unwrap_or_default()).collect()
    };
    let shown = names(&bridge.calls_become(|calls| calls.len() == 4).await);
    assert!(shown.iter().all(|name| name.chars().count() <= wire::LONGEST_NAME), "{shown:?}");
    assert!(shown[0].starts_with("CCC") && shown[0].ends_with('…'));
    assert!(shown[1].starts_with('\u{65e5}') && shown[1].ends_with('…'));
    assert_eq!((shown[2].as_str(), shown[3].as_str()), (whole.as_str(), ""));
    for caller in &mut callers {
        caller.hang_up().await;
    }
    let ended = names(&bridge.ended_become(|calls| calls.len() == 4).await);
    assert!(ended.iter().all(|name| name.chars().count() <= wire::LONGEST_NAME), "{ended:?}");
}

#[tokio::test]
async fn a_stream_without_a_name_that_could_go_into_every_answer_is_refused() {
    let mut bridge = Running::start().await;
    let mut endless = named(&bridge, &"S".repeat(120_000), "CA1").await;
    assert_eq!(endless.hear_the_close().await.0, 1007);
    let mut longer = named(&bridge, &"S".repeat(wire::LONGEST_NAME + 1), "CA1").await;
    assert_eq!(longer.hear_the_close().await.0, 1007);
    let _longest = named(&bridge, &"S".repeat(wire::LONGEST_NAME), "CA1").await;
    bridge.calls_become(|calls| calls.len() == 1).await;
}
