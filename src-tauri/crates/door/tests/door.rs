//! Who comes in, who doesn't, and how a service ends, with real sockets.

#![allow(
    clippy::disallowed_methods,
    reason = "a plain listener on port 0 stands for the keeper's; tasks end with the test"
)]

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use door::{
    Admission, Door, House, Ledger, Limits, Page, Place, Refusal, Socket, TOKEN_HEADER, Visitor,
    complaint, dismiss, send_off, serve,
};
use futures_util::{SinkExt, Stream, StreamExt};
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_secs(10);

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Says everything back, panics at `panic`, stays for ever at the path `/deaf`, takes whoever comes to `/stranger` for one
/// until it says something, and has pages.
struct Echo;

impl House for Echo {
    fn admit(&self, visitor: &Visitor) -> Result<Admission, Refusal> {
        match &*visitor.path {
            "/private" => Err(Refusal::new(StatusCode::NOT_FOUND, "there is nothing here")),
            "/stranger" => Ok(Admission::Stranger),
            _ => Ok(Admission::Known),
        }
    }

    fn answer(&self, visitor: &Visitor, _form: Option<&[u8]>) -> Result<Option<Page>, Refusal> {
        let text = match &*visitor.path {
            "/healthz" => "{}".to_owned(),
            "/whence" => format!("{:?}", visitor.provenance),
            _ => return Ok(None),
        };
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Ok(Some(Page { status, content_type: "application/json", text }))
    }

    async fn receive(
        self: Arc<Self>,
        visitor: Visitor,
        mut socket: Socket,
        place: Place,
        stop: CancellationToken,
    ) {
        if visitor.path == "/deaf" {
            std::future::pending::<()>().await;
        }
        loop {
            let message = tokio::select! {
                () = stop.cancelled() => return dismiss(socket, CloseCode::Restart, "ending").await,
                () = place.must_make_way() => return send_off(socket, CloseCode::Again, "crowded"),
                message = socket.next() => message,
            };
            match message {
                Some(Ok(Message::Text(text))) => {
                    assert_ne!(text.as_str(), "panic", "asked for");
                    if place.settle().is_err() {
                        return send_off(socket, CloseCode::Again, "full");
                    }
                    socket.send(Message::Text(text)).await.expect("the client reads");
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    if let Some(code) = complaint(&error) {
                        dismiss(socket, code, "not like this").await;
                    }
                    return;
                }
                None => return,
            }
        }
    }
}

struct Connections(TcpListener);

impl Stream for Connections {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_accept(cx).map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}

struct Served {
    addr: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<()>,
    ledger: Arc<Ledger>,
}

async fn serve_echo(limits: Limits, drain: Duration) -> Served {
    let origins = vec!["https://friend.example".to_owned()];
    serve_behind(Door { origins, limits, ..Door::default() }, drain).await
}

async fn serve_behind(door: Door, drain: Duration) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (stop, ledger) = (CancellationToken::new(), Arc::clone(&door.ledger));
    let ended = tokio::spawn(serve(
        Connections(listener),
        Arc::new(door),
        Arc::new(Echo),
        stop.clone(),
        drain,
    ));
    Served { addr, stop, ended, ledger }
}

async fn echo() -> Served {
    serve_echo(Limits::default(), SOON).await
}

impl Served {
    async fn client(&self, path: &str) -> Client {
        connect_async(format!("ws://{}{path}", self.addr)).await.expect("the door opens").0
    }

    /// The whole answer to a request with these headers.
    async fn answer(&self, headers: &str) -> String {
        self.answer_raw(&format!("GET / HTTP/1.1\r\n{headers}\r\n")).await
    }

    async fn answer_raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.addr).await.expect("somebody listens");
        stream.write_all(request.as_bytes()).await.expect("the service reads");
        let mut answer = String::new();
        timeout(SOON, stream.read_to_string(&mut answer))
            .await
            .expect("the answer ends")
            .expect("it is text");
        answer
    }

    /// For what people were turned away, and how often.
    fn turned_away(&self) -> Vec<(&'static str, u64)> {
        self.ledger.all().iter().map(|entry| (entry.reason.id, entry.times)).collect()
    }

    async fn end(self) {
        self.stop.cancel();
        timeout(SOON, self.ended).await.expect("the service ends").expect("without a panic");
    }
}

async fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.expect("the service reads");
}

async fn hear(client: &mut Client) -> Message {
    timeout(SOON, client.next()).await.expect("an answer").expect("not the end").expect("no error")
}

fn close_code(message: Message) -> u16 {
    let Message::Close(Some(frame)) = message else { panic!("not a close: {message:?}") };
    frame.code.into()
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \
                       dGhlIHNhbXBsZSBub25jZQ==\r\n";

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
    let _visitor = served.client("/").await;
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
    let is_our_token: door::IsOurToken = Arc::new(|shown| shown == "our own token");
    let door = Door {
        is_our_token: Some(is_our_token),
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
