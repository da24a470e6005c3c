//! Who comes in, who doesn't, and what each is answered.

use door::{Door, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::echo::{SOON, UPGRADE, echo, hear, say, serve_behind, serve_echo};

#[tokio::test]
async fn a_visitor_is_let_in_and_heard() {
    let served = echo().await;
    let mut client = served.client("/any/path?x=1").await;
    say(&mut client, "hello").await;
    assert_eq!(hear(&mut client).await, Message::text("hello"));
    served.end().await;
}

#[tokio::test]
async fn web_pages_of_foreign_origins_are_turned_away() {
    let served = echo().await;
    let answer = served
        .answer(&format!("Host: 127.0.0.1\r\nOrigin: https://evil.example\r\n{UPGRADE}"))
        .await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let answer = served.answer(&format!("Host: 127.0.0.1\r\nOrigin: null\r\n{UPGRADE}")).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn a_foreign_name_that_points_here_is_turned_away() {
    let served = echo().await;
    let answer = served.answer(&format!("Host: evil.example:9998\r\n{UPGRADE}")).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let answer = served.answer(UPGRADE).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_request_that_is_no_websocket_is_told_so() {
    let served = echo().await;
    let answer = served.answer("Host: localhost\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 426 ") && answer.contains("WebSocket only"), "{answer}");
    let old = UPGRADE.replace("Version: 13", "Version: 8");
    let answer = served.answer(&format!("Host: localhost\r\n{old}")).await;
    assert!(
        answer.starts_with("HTTP/1.1 426 ") && answer.contains("sec-websocket-version: 13"),
        "{answer}"
    );
    let broken = UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "x");
    let answer = served.answer(&format!("Host: localhost\r\n{broken}")).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let answer =
        served.answer_raw("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    let answer = served.answer_raw("nonsense\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_page_is_handed_out_to_plain_requests_that_pass_the_same_checks() {
    let served = serve_echo(Limits { connections: 1, ..Limits::default() }, SOON).await;
    let _head = served.client("/").await;
    let get = |headers: &str| format!("GET /healthz?x=1 HTTP/1.1\r\n{headers}\r\n");
    let page = served.answer_raw(&get("Host: localhost\r\n")).await;
    assert!(page.starts_with("HTTP/1.1 503 ") && page.ends_with("\r\n\r\n{}"), "{page}");
    for header in [
        "content-type: application/json",
        "cache-control: no-store",
        "connection: close",
        "server: xSwarm-Voice",
    ] {
        assert!(page.contains(header), "'{header}' is not in\n{page}");
    }
    let foreign = served.answer_raw(&get("Host: evil.example\r\n")).await;
    assert!(foreign.starts_with("HTTP/1.1 403 "), "{foreign}");
    let foreign =
        served.answer_raw(&get("Host: localhost\r\nOrigin: https://evil.example\r\n")).await;
    assert!(foreign.starts_with("HTTP/1.1 403 "), "{foreign}");
    let head = served.answer_raw("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 503 ") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(head.contains("content-length: 2\r\n"), "{head}");
    let nowhere = served.answer_raw("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(nowhere.starts_with("HTTP/1.1 404 "), "{nowhere}");
    let visit = served.answer_raw(&get(&format!("Host: localhost\r\n{UPGRADE}"))).await;
    assert!(visit.starts_with("HTTP/1.1 503 ") && visit.contains("places are taken"), "{visit}");
}

#[tokio::test]
async fn a_listed_origin_is_let_in_and_the_house_may_still_refuse() {
    let served = echo().await;
    let friend = format!("Host: localhost\r\nOrigin: https://friend.example\r\n{UPGRADE}");
    let answer = served.answer_raw(&format!("GET /private HTTP/1.1\r\n{friend}\r\n")).await;
    assert!(
        answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("there is nothing here\n"),
        "{answer}"
    );
    let mut stream = TcpStream::connect(served.addr).await.expect("somebody listens");
    stream
        .write_all(format!("GET / HTTP/1.1\r\n{friend}\r\n").as_bytes())
        .await
        .expect("the service reads");
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.expect("an answer");
    assert_eq!(&status, b"HTTP/1.1 101");
}

#[tokio::test]
async fn where_only_this_machine_is_let_in_nobody_else_is() {
    let public_host = Some("voice.example.org".to_owned());
    let door = Door { public_host, only_this_machine: true, ..Door::default() };
    let served = serve_behind(door, SOON).await;
    let ask = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\n{headers}\r\n");
    for headers in
        ["Host: Voice.Example.org\r\n", "Host: localhost\r\nX-Forwarded-For: 1.2.3.4\r\n"]
    {
        for request in [ask("/", &format!("{headers}{UPGRADE}")), ask("/healthz", headers)] {
            let answer = served.answer_raw(&request).await;
            assert!(answer.starts_with("HTTP/1.1 403 "), "{request}{answer}");
        }
    }
    assert_eq!(served.turned_away(), [("only_this_machine", 4)]);
    drop(served.client("/").await);
}

#[tokio::test]
async fn the_house_is_told_where_a_request_comes_from() {
    let public_host = Some("voice.example.org".to_owned());
    let served = serve_behind(Door { public_host, ..Door::default() }, SOON).await;
    for (headers, expected) in [
        ("Host: 127.0.0.1\r\n", "Local"),
        ("Host: VOICE.example.org\r\n", "Outside"),
        ("Host: 127.0.0.1\r\nForwarded: for=1.2.3.4\r\n", "Outside"),
    ] {
        let answer = served.answer_raw(&format!("GET /whence HTTP/1.1\r\n{headers}\r\n")).await;
        assert!(answer.ends_with(&format!("\r\n\r\n{expected}")), "{answer}");
    }
    let target = "GET http://voice.Example.org/whence HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let answer = served.answer_raw(target).await;
    assert!(answer.ends_with("Outside"), "{answer}");
}

#[tokio::test]
async fn whoever_is_turned_away_is_noted_with_the_reason_and_an_answer_is_none() {
    let served = echo().await;
    for headers in [
        "Host: 127.0.0.1\r\nOrigin: https://evil.example\r\n",
        "Host: evil.example\r\n",
        "Host: user@127.0.0.1\r\n",
    ] {
        let answer = served.answer(headers).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    let broken = UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "x");
    served.answer(&format!("Host: localhost\r\n{broken}")).await;
    assert!(served.answer("Host: localhost\r\n").await.starts_with("HTTP/1.1 426 "));
    let mut turned_away = served.turned_away();
    turned_away.sort_unstable();
    let expected = [("broken_handshake", 1), ("foreign_host", 2), ("foreign_origin", 1)];
    assert_eq!(turned_away, expected);
}
