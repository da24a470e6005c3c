//! Who gets in at the bridge's door, whom it keeps out, and the trace that they leave.

mod caller;

use bridge::{Outside, PublicUrl, Secret, Settings};
use caller::{Caller, FromBridge, Running, STREAM, signed, twilio};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The signature of `wss://voice.example.org/` with the token `12345`, as `openssl dgst -sha1 -hmac` makes it.
const SIGNATURE: &str = "wwFXnfAN18DKPEuO6OIjWALUuzo=";
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \
                       dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn outside() -> Outside {
    Outside {
        url: PublicUrl::try_from("https://voice.example.org".to_owned()).expect("an address"),
        auth_token: Some(Secret::new("12345")),
        secret: Secret::new("open-sesame-0123"),
    }
}

async fn public() -> Running {
    Running::with(Settings { outside: Some(outside()), ..Settings::default() }).await
}

/// The status of the answer to this request.
async fn status(bridge: &Running, target: &str, headers: &str) -> String {
    let mut status = [0; 12];
    ask(bridge, target, headers).await.read_exact(&mut status).await.expect("it answers");
    String::from_utf8_lossy(&status[9..]).into_owned()
}

/// The whole answer to this request, which is not to be let in.
async fn answer(bridge: &Running, target: &str, headers: &str) -> String {
    let mut answer = String::new();
    ask(bridge, target, headers).await.read_to_string(&mut answer).await.expect("it answers");
    answer
}

async fn ask(bridge: &Running, target: &str, headers: &str) -> TcpStream {
    let mut connection = TcpStream::connect(bridge.address).await.expect("the bridge listens");
    let request = format!("GET {target} HTTP/1.1\r\n{headers}\r\n");
    connection.write_all(request.as_bytes()).await.expect("it reads");
    connection
}

/// The status of the answer to a client that asks for a WebSocket with this `Host` and these further headers.
async fn upgrade(bridge: &Running, target: &str, host: &str, headers: &str) -> String {
    status(bridge, target, &format!("Host: {host}\r\n{UPGRADE}{headers}")).await
}

fn turned_away(bridge: &Running) -> Vec<(&'static str, u64)> {
    bridge.bridge.ledger().all().iter().map(|entry| (entry.reason.id, entry.times)).collect()
}

#[tokio::test]
async fn moshi_clients_come_from_this_machine_however_the_public_name_is_spelt() {
    let bridge = public().await;
    for (target, host) in [
        ("/api/chat", "voice.example.org"),
        ("/api/chat", "Voice.Example.org"),
        ("/api/chat", "VOICE.EXAMPLE.ORG:443"),
        ("/api/chat", "user@voice.example.org"),
        ("/api/chat", "voice.example.org."),
        ("http://voice.Example.org/api/chat", "127.0.0.1"),
        ("http://voice.example.org:9998/api/chat", "localhost:9998"),
    ] {
        assert_eq!(upgrade(&bridge, target, host, "").await, "403", "{target} at {host}");
    }
    for header in [
        "X-Forwarded-For: 203.0.113.7",
        "Forwarded: for=203.0.113.7",
        "CF-Connecting-IP: 203.0.113.7",
        "X-Real-IP: 203.0.113.7",
        "Via: 1.1 proxy",
        "x-forwarded-proto: https",
    ] {
        let header = format!("{header}\r\n");
        assert_eq!(upgrade(&bridge, "/api/chat", "127.0.0.1", &header).await, "403", "{header}");
    }
    for host in ["127.0.0.1:9998", "LOCALHOST", "[::1]:9998"] {
        assert_eq!(upgrade(&bridge, "/api/chat", host, "").await, "101", "{host}");
    }
    assert!(turned_away(&bridge).contains(&("not_local", 11)), "{:?}", turned_away(&bridge));
}

#[tokio::test]
async fn a_voice_is_the_plain_name_of_a_file() {
    let bridge = Running::start().await;
    for (query, expected) in [
        ("voice_prompt=../../../../etc/passwd", "400"),
        ("voice_prompt=..%2f..%2fetc%2fpasswd", "400"),
        ("voice_prompt=%2Fetc%2Fpasswd", "400"),
        ("voice_prompt=C:%5Cwindows", "400"),
        ("text_prompt=x&voice_prompt=NATF2.pt&voice_prompt=..", "400"),
        ("voice%5Fprompt=..%2Fx", "400"),
        ("voice_prompt=a%00b", "400"),
        ("voice_prompt=NATF2.pt&text_prompt=Be+kind%2F..%2F", "101"),
        ("voice_prompt=", "101"),
    ] {
        let target = format!("/api/chat?{query}");
        assert_eq!(upgrade(&bridge, &target, "localhost", "").await, expected, "{query}");
    }
}

#[tokio::test]
async fn without_a_public_address_nobody_comes_in_through_a_proxy() {
    let bridge = Running::start().await;
    for header in ["X-Forwarded-For: 203.0.113.7\r\n", "Via: 1.1 ngrok\r\n", "CF-Ray: 1\r\n"] {
        assert_eq!(upgrade(&bridge, "/", "127.0.0.1:9998", header).await, "403", "{header}");
    }
    assert_eq!(turned_away(&bridge), [("no_public_url", 3)]);
    assert_eq!(upgrade(&bridge, "/", "127.0.0.1:9998", "").await, "101");
    let stream_secret = Some(Secret::new("open-sesame-0123"));
    let bridge = Running::with(Settings { stream_secret, ..Settings::default() }).await;
    let proxied = "X-Forwarded-For: 203.0.113.7\r\n";
    assert_eq!(upgrade(&bridge, "/", "127.0.0.1:9998", proxied).await, "101", "it shows it later");
    let mut silent = bridge.dial("/").await.expect("it may still show the secret");
    silent.tell(json!({ "event": "start", "start": { "streamSid": STREAM } })).await;
    assert_eq!(silent.hear_the_close().await.0, 1008);
    let mut call = shows_the_secret(&bridge).await;
    assert!(matches!(call.hear().await, FromBridge::Sound(_)));
}

#[tokio::test]
async fn a_plain_request_for_nothing_is_told_so_and_a_library_that_names_an_origin_comes_in() {
    let bridge = Running::start().await;
    for (path, expected) in [
        ("/nowhere", "404"),
        ("/", "426"),
        ("/api/chat", "426"),
        ("/api", "404"),
        ("/metrics", "200"),
    ] {
        assert_eq!(status(&bridge, path, "Host: localhost\r\n").await, expected, "{path}");
    }
    for path in ["/", "/api/chat"] {
        let own = "Origin: http://127.0.0.1:9998\r\n";
        assert_eq!(upgrade(&bridge, path, "127.0.0.1:9998", own).await, "101");
        let other = "Origin: http://127.0.0.1:3000\r\n";
        assert_eq!(upgrade(&bridge, path, "127.0.0.1:9998", other).await, "403");
    }
    assert_eq!(upgrade(&bridge, "/stream", "localhost", "").await, "404");
    let page = format!("Host: localhost:9998\r\n{UPGRADE}Origin: http://localhost:8998\r\n");
    let answer = answer(&bridge, "/api/chat", &page).await;
    assert!(answer.contains("add it to `origins` in the settings"), "{answer}");
    let mut turned_away = turned_away(&bridge);
    turned_away.sort_unstable();
    assert_eq!(turned_away, [("foreign_origin", 3), ("no_such_path", 1)]);
}

#[tokio::test]
async fn whoever_is_turned_away_leaves_a_trace_without_a_name_number_or_secret() {
    let bridge = public().await;
    let mut expected = Vec::new();
    for (start, reason) in [
        (json!({ "streamSid": STREAM, "mediaFormat": { "encoding": "opus" } }), "unknown_sound"),
        (
            json!({ "streamSid": STREAM, "customParameters": { "secret": "+15550100" } }),
            "no_secret",
        ),
        (json!({ "callSid": "CA-no-stream" }), "unreadable_start"),
    ] {
        let mut caller = bridge.dial("/").await.expect("it may still show the secret");
        caller.tell(json!({ "event": "start", "start": start })).await;
        caller.hear_the_close().await;
        expected.push((reason, 1));
    }
    let signature = "X-Twilio-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n";
    let wrong = signed("ws://voice.example.org/", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let mut caller = bridge.dial_as(wrong, twilio()).await.expect("it may still show the secret");
    caller.start().await;
    caller.hear_the_close().await;
    let twiml = format!("Host: voice.example.org\r\n{signature}");
    assert_eq!(status(&bridge, "/twiml", &twiml).await, "403");
    expected.push(("wrong_signature", 2));
    let mut found = turned_away(&bridge);
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let told = format!("{:?}", bridge.bridge.ledger().all());
    for secret in ["5550100", "open-sesame", "12345", STREAM, "CA-no"] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn the_call_that_is_one_too_many_leaves_a_trace() {
    let bridge = Running::with(Settings { calls: 1, ..Settings::default() }).await;
    let _only = bridge.caller().await;
    assert!(bridge.dial("/").await.is_err());
    assert_eq!(turned_away(&bridge), [("no_place", 1)]);
    assert_eq!(bridge.bridge.ledger().for_want_of_place(), 1);
}

/// A stream that shows the secret.
async fn shows_the_secret(bridge: &Running) -> Caller {
    bridge.caller_as(twilio().showing(Some("open-sesame-0123".to_owned()))).await
}

/// A stream that Twilio has signed.
async fn is_signed(bridge: &Running) -> Caller {
    let request = signed("ws://voice.example.org/", SIGNATURE);
    let mut caller = bridge.dial_as(request, twilio()).await.expect("there is a place");
    caller.start().await;
    caller
}

#[tokio::test]
async fn idle_strangers_keep_no_call_out_that_shows_who_it_is() {
    let bridge =
        Running::with(Settings { outside: Some(outside()), calls: 2, ..Settings::default() });
    let bridge = bridge.await;
    let mut strangers = Vec::new();
    for _ in 0..300 {
        strangers.push(bridge.dial("/").await.expect("a stranger may come"));
    }
    let mut calls = [shows_the_secret(&bridge).await, is_signed(&bridge).await];
    for call in &mut calls {
        assert!(matches!(call.hear().await, FromBridge::Sound(_)));
    }
    // Only now are as many calls going on as there may be.
    assert!(bridge.dial("/").await.is_err());
    let (code, reason) = strangers[0].hear_the_close().await;
    assert_eq!((code, &*reason), (1013, "too many others came before it started"));
    assert!(bridge.bridge.ledger().for_want_of_place() > 300 - 256);
}

#[tokio::test]
async fn clients_that_need_show_nothing_leave_half_of_the_places_to_calls_that_must() {
    let settings = Settings { outside: Some(outside()), calls: 4, ..Settings::default() };
    let bridge = Running::with(settings).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.extend(bridge.dial("/api/chat").await.ok());
    }
    assert_eq!(clients.len(), 2);
    let mut calls = [shows_the_secret(&bridge).await, is_signed(&bridge).await];
    for call in &mut calls {
        assert!(matches!(call.hear().await, FromBridge::Sound(_)));
    }
}

#[tokio::test]
async fn what_carriers_do_wrong_most_often_leaves_a_trace() {
    let bridge = public().await;
    let post = "POST / HTTP/1.1\r\nHost: voice.example.org\r\nContent-Length: 0\r\n\r\n";
    for (request, reason) in [
        (post, "not_taken"),
        ("GET / HTTP/1.1\r\nHost: voice.example.org\r\n\r\n", "no_upgrade"),
        ("\u{16}\u{3}\u{1}\u{2}\r\n\r\n", "bad_request"),
        ("GET / HTTP/1.1\r\n\r\n", "bad_request"),
        ("PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n\r\n", "bad_request"),
    ] {
        let mut connection = TcpStream::connect(bridge.address).await.expect("it listens");
        connection.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = Vec::new();
        // What it says to what is no request matters to nobody.
        let _ = connection.read_to_end(&mut answer).await;
        assert!(turned_away(&bridge).iter().any(|(id, _)| *id == reason), "{request}");
    }
    let closed = Running::start().await;
    assert_eq!(status(&closed, "/twiml", "Host: localhost\r\n").await, "404");
    assert_eq!(turned_away(&closed), [("no_twiml", 1)]);
    assert_eq!(status(&closed, "/", "Host: localhost\r\n").await, "426");
    assert_eq!(
        turned_away(&closed).len(),
        1,
        "whoever looks at it in a browser is not turned away"
    );
}

#[tokio::test]
async fn where_only_this_machine_comes_in_neither_signature_nor_secret_helps() {
    let outside = Some(outside());
    let settings = Settings { outside, only_this_machine: true, ..Settings::default() };
    let bridge = Running::with(settings).await;
    let signature = format!("X-Twilio-Signature: {SIGNATURE}\r\n");
    assert_eq!(upgrade(&bridge, "/", "voice.example.org", &signature).await, "403");
    let secret = "/twiml?secret=open-sesame-0123";
    assert_eq!(status(&bridge, secret, "Host: voice.example.org\r\n").await, "403");
    assert_eq!(turned_away(&bridge), [("only_this_machine", 2)]);
    let mut call = shows_the_secret(&bridge).await;
    assert!(matches!(call.hear().await, FromBridge::Sound(_)), "this machine comes in");
}
