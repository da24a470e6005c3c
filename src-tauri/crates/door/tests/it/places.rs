//! Who has which place, and who makes way.

use std::sync::Arc;

use door::{Bearer, Door, Limits, TOKEN_HEADER};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::echo::{Client, SOON, UPGRADE, close_code, hear, say, serve_behind, serve_echo};

#[tokio::test]
async fn one_visit_more_than_the_limit_gets_503_until_a_place_is_free() {
    let served = serve_echo(Limits { connections: 2, ..Limits::default() }, SOON).await;
    let (_first, mut second) = (served.client("/").await, served.client("/").await);
    let answer = served.answer(&format!("Host: localhost\r\n{UPGRADE}")).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    second.close(None).await.expect("it is open");
    while second.next().await.is_some_and(|message| message.is_ok()) {}
    let third = async { while connect_async(format!("ws://{}/", served.addr)).await.is_err() {} };
    timeout(SOON, third).await.expect("the place is given away again");
}

#[tokio::test]
async fn strangers_who_say_nothing_keep_nobody_out_who_shows_who_it_is() {
    let served = serve_echo(Limits { connections: 1, ..Limits::default() }, SOON).await;
    let mut idle: Vec<Client> = Vec::new();
    for _ in 0..256 {
        idle.push(served.client("/stranger").await);
    }
    let mut first = idle.remove(0);
    // Whoever has waited longest makes way: first for a connection without a request, then for one that is known at once.
    let _half_open = TcpStream::connect(served.addr).await.expect("somebody listens");
    assert_eq!(close_code(hear(&mut first).await), 1013);
    let mut known = served.client("/").await;
    say(&mut known, "hello").await;
    assert_eq!(hear(&mut known).await, Message::text("hello"));
    assert_eq!(served.turned_away(), [("made_way", 2)]);
    assert_eq!(served.ledger.for_want_of_place(), 2);
    // The others stay, and the only place is taken.
    let request = format!("GET /stranger HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}\r\n");
    assert!(served.answer_raw(&request).await.starts_with("HTTP/1.1 503 "));
    let last = idle.last_mut().expect("there are many");
    say(last, "hello").await;
    assert_eq!(close_code(hear(last).await), 1013, "it shows who it is in vain");
    drop(known);
    let settled = async {
        loop {
            let Ok((mut late, _)) = connect_async(format!("ws://{}/stranger", served.addr)).await
            else {
                continue;
            };
            say(&mut late, "hello").await;
            if hear(&mut late).await.is_text() {
                break;
            }
        }
    };
    timeout(SOON, settled).await.expect("the place is given away again");
}

#[tokio::test]
async fn a_stranger_that_has_shown_who_it_is_never_makes_way() {
    let served = serve_echo(Limits { connections: 2, ..Limits::default() }, SOON).await;
    let mut settled = served.client("/stranger").await;
    say(&mut settled, "hello").await;
    assert!(hear(&mut settled).await.is_text());
    let mut crowd = Vec::new();
    for _ in 0..600 {
        crowd.push(TcpStream::connect(served.addr).await.expect("somebody listens"));
    }
    // All of them have been taken in when somebody who came later is.
    drop(served.client("/").await);
    say(&mut settled, "still here").await;
    assert_eq!(hear(&mut settled).await, Message::text("still here"));
    assert!(served.ledger.for_want_of_place() >= 600 - 256);
}

#[tokio::test]
async fn places_are_kept_for_our_own_programs() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let bearer_of: door::BearerOf = Arc::new(|shown| match shown {
        "our own token" => Some(Bearer::Owner),
        "a guest's token" => Some(Bearer::Guest),
        _ => None,
    });
    let door = Door {
        bearer_of: Some(bearer_of),
        public_host: Some("voice.example.org".to_owned()),
        limits,
        ..Door::default()
    };
    let served = serve_behind(door, SOON).await;
    let _only = served.client("/").await;
    let upgrade = |host: &str, header: &str| {
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n{UPGRADE}{header}\r\n")
    };
    for (host, header, expected) in [
        ("localhost", "", 503),
        ("localhost", "Authorization: Bearer our own token\r\n", 503),
        ("voice.example.org", "xswarm-token: our own token\r\n", 503),
        ("localhost", "xswarm-token: our own token\r\nVia: x\r\n", 503),
        ("localhost", "xswarm-token: a guest's token\r\n", 503),
        ("localhost", "xswarm-token: a guess\r\n", 401),
        ("localhost", "xswarm-token:\r\n", 401),
        ("localhost", "xswarm-token: \u{fc}\r\n", 401),
    ] {
        let answer = served.answer_raw(&upgrade(host, header)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{header}: {answer}");
    }
    assert!(served.turned_away().contains(&("wrong_token", 3)));
    let mut ours = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(served.addr).await.expect("somebody listens");
        let request = upgrade("localhost", &format!("{TOKEN_HEADER}: our own token\r\n"));
        stream.write_all(request.as_bytes()).await.expect("the service reads");
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.expect("an answer");
        assert_eq!(&status, b"HTTP/1.1 101");
        ours.push(stream);
    }
    let request = upgrade("localhost", &format!("{TOKEN_HEADER}: our own token\r\n"));
    assert!(served.answer_raw(&request).await.starts_with("HTTP/1.1 503 "), "not without end");
}
