//! How visits and the service end, and what goes wrong meanwhile.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use door::{Door, Limits, serve};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use crate::echo::{Echo, SOON, close_code, echo, hear, say, serve_echo};

#[tokio::test]
async fn who_dawdles_over_the_request_is_cut_off() {
    let served =
        serve_echo(Limits { request: Duration::from_millis(100), ..Limits::default() }, SOON).await;
    assert_eq!(served.answer_raw("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n").await, "");
    assert_eq!(served.answer_raw("").await, "");
    let mut visitor = served.client("/").await;
    assert_eq!(served.answer_raw("").await, "", "this takes as long as the deadline");
    say(&mut visitor, "still here").await;
    assert_eq!(hear(&mut visitor).await, Message::text("still here"));
}

#[tokio::test]
async fn a_panic_ends_only_its_own_visit() {
    let served = echo().await;
    let (mut doomed, mut other) = (served.client("/").await, served.client("/").await);
    say(&mut doomed, "panic").await;
    let end = timeout(SOON, doomed.next()).await.expect("the visit ends");
    assert!(end.is_none_or(|message| message.is_err()));
    say(&mut other, "hello").await;
    assert_eq!(hear(&mut other).await, Message::text("hello"));
    served.end().await;
}

#[tokio::test]
async fn an_oversized_message_is_answered_with_1009() {
    let served = serve_echo(Limits { message_bytes: 1000, ..Limits::default() }, SOON).await;
    let mut client = served.client("/").await;
    say(&mut client, &"x".repeat(1000)).await;
    assert!(hear(&mut client).await.is_text());
    say(&mut client, &"x".repeat(200_000)).await;
    assert_eq!(close_code(hear(&mut client).await), 1009);
}

#[tokio::test]
async fn the_end_is_told_to_every_visit_and_waits_for_them() {
    let served = echo().await;
    let mut clients = [served.client("/").await, served.client("/").await];
    let _idle = TcpStream::connect(served.addr).await.expect("somebody listens");
    served.stop.cancel();
    for client in &mut clients {
        assert_eq!(close_code(hear(client).await), 1012);
    }
    drop(clients);
    timeout(SOON / 2, served.ended).await.expect("nobody is waited for in vain").expect("no panic");
}

#[tokio::test]
async fn who_came_in_before_the_end_still_gets_an_answer() {
    let served = echo().await;
    let mut early = TcpStream::connect(served.addr).await.expect("it listens");
    // Connections are taken in the order in which they come: whoever is answered came in after it.
    served.answer("").await;
    served.stop.cancel();
    // When nobody listens any more the visits have been told of the end.
    let closed = async { while TcpStream::connect(served.addr).await.is_ok() {} };
    timeout(SOON, closed).await.expect("it stops listening");
    // On this runtime of one thread each of them has its turn before ours comes again.
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    early.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.expect("it is open");
    let mut answer = String::new();
    let read = timeout(SOON, early.read_to_string(&mut answer)).await.expect("it ends");
    read.expect("it is not reset");
    assert!(answer.starts_with("HTTP/1.1 426"), "{answer}");
}

#[tokio::test]
async fn nobody_is_taken_in_after_the_end_to_be_turned_away() {
    let taken = Arc::new(AtomicU32::new(0));
    let stop = CancellationToken::new();
    stop.cancel();
    // Of two things that are ready, either might come first.
    for _ in 0..32 {
        let count = Arc::clone(&taken);
        let waiting = futures_util::stream::poll_fn(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Poll::Ready(Some(Err(io::Error::other("it waits for the next service"))))
        });
        serve(waiting, Arc::new(Door::default()), Arc::new(Echo), stop.clone(), SOON).await;
    }
    assert_eq!(taken.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn who_does_not_leave_in_time_is_cut_off() {
    let served = serve_echo(Limits::default(), Duration::from_millis(50)).await;
    let mut deaf = served.client("/deaf").await;
    served.stop.cancel();
    timeout(SOON, served.ended).await.expect("the service ends").expect("without a panic");
    assert!(
        timeout(SOON, deaf.next())
            .await
            .expect("the connection ends")
            .is_none_or(|message| message.is_err())
    );
}

#[tokio::test]
async fn accept_errors_neither_end_the_service_nor_spin() {
    let mut asked = 0_u32;
    let (count, counted) = tokio::sync::watch::channel(0);
    let failing = futures_util::stream::poll_fn(move |_| {
        asked += 1;
        count.send_replace(asked);
        Poll::Ready(Some(Err(io::Error::other("too many open files"))))
    });
    let stop = CancellationToken::new();
    let ended =
        tokio::spawn(serve(failing, Arc::new(Door::default()), Arc::new(Echo), stop.clone(), SOON));
    let started = std::time::Instant::now();
    timeout(SOON, counted.clone().wait_for(|count| *count >= 3))
        .await
        .expect("it goes on")
        .expect("it lives");
    assert!(started.elapsed() >= Duration::from_millis(300), "it rests between attempts");
    stop.cancel();
    timeout(SOON, ended).await.expect("it ends").expect("without a panic");
}
