//! What clients of port 9999 see, with real WebSockets.

#![allow(
    clippy::disallowed_methods,
    reason = "a plain listener on port 0 stands for the keeper's; tasks end with the test"
)]

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, Stream, StreamExt};
use serde_json::{Value, json};
use supervisor::{Orders, Settings, Supervisor};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;
use wire::{
    Engine, Failure, Holder, HolderKind, Identity, Life, Order, Outcome, PortState, Service,
    ServiceName, Snapshot, Timestamp,
};

const SOON: Duration = Duration::from_secs(10);
const TOKEN: &str = "a private token";

struct Connections(TcpListener);

impl Stream for Connections {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_accept(cx).map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}

struct Desk {
    addr: SocketAddr,
    snapshots: watch::Sender<Snapshot>,
    given: Arc<Mutex<Vec<Order>>>,
    stop: CancellationToken,
    ended: JoinHandle<()>,
}

fn service(name: ServiceName, life: Life) -> Service {
    let state = if life == Life::Running {
        PortState::Listening { since: Timestamp(1), proven_at: Timestamp(2) }
    } else {
        PortState::Stopped
    };
    Service::new(name, SocketAddr::from(([127, 0, 0, 1], 9998)), life, state, Vec::new())
}

fn snapshot(version: &str) -> Snapshot {
    Snapshot {
        version: version.to_owned(),
        pid: 7,
        started: Timestamp(1),
        services: ServiceName::ALL.map(|name| service(name, Life::Running)).to_vec(),
        engine: Engine::LineCheck,
        calls: Vec::new(),
        ended_calls: Vec::new(),
        notes: Vec::new(),
    }
}

fn identity() -> Identity {
    Identity {
        pid: 4711,
        began: "77".to_owned(),
        executable: Some("/usr/bin/zombie".to_owned()),
        uid: Some(1000),
    }
}

fn holder() -> Holder {
    Holder {
        identity: identity(),
        name: "zombie".to_owned(),
        command_line: vec!["zombie".to_owned()],
        user: Some("ann".to_owned()),
        started: None,
        address: "127.0.0.1:9998".to_owned(),
        kind: HolderKind::Program,
        is_frozen: false,
        has_inherited: false,
        started_by: None,
        guard: None,
    }
}

/// Starts and stops at once, never ends a restart, and asks back before it frees a port.
fn obey(order: &Order) -> Option<Result<Outcome, Failure>> {
    match order {
        Order::Start { service: name } => {
            Some(Ok(Outcome::Done { service: service(*name, Life::Running) }))
        }
        Order::Stop { service: name } => {
            Some(Ok(Outcome::Done { service: service(*name, Life::Stopped) }))
        }
        Order::Restart { .. } => None,
        Order::FreePort { service: name, victims } if *victims == [identity()] => {
            Some(Ok(Outcome::Freed {
                ended: Vec::new(),
                took_ms: 41,
                service: service(*name, Life::Running),
            }))
        }
        Order::FreePort { .. } => Some(Err(Failure::Unconfirmed { holders: vec![holder()] })),
    }
}

async fn desk_with(settings: Settings, token: &str) -> Desk {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (snapshots, watched) = watch::channel(snapshot("1"));
    let given = Arc::new(Mutex::new(Vec::new()));
    let notebook = Arc::clone(&given);
    let orders: Orders = Arc::new(move |order| {
        let result = obey(&order);
        notebook.lock().expect("no panic").push(order);
        async move {
            match result {
                Some(result) => result,
                None => std::future::pending().await,
            }
        }
        .boxed()
    });
    let stop = CancellationToken::new();
    let supervisor =
        Supervisor::new(token.to_owned(), watched, orders, Arc::new(|_| None), settings);
    let ended = tokio::spawn(supervisor.serve(Connections(listener), stop.clone()));
    Desk { addr, snapshots, given, stop, ended }
}

async fn desk() -> Desk {
    desk_with(Settings::default(), TOKEN).await
}

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Desk {
    async fn stranger(&self) -> Client {
        Client(connect_async(format!("ws://{}/", self.addr)).await.expect("the door opens").0)
    }

    async fn client(&self) -> Client {
        let mut client = self.stranger().await;
        let welcome = client.ask(json!({"type": "auth", "token": TOKEN})).await;
        assert_eq!(welcome["success"], true);
        client
    }
}

impl Client {
    async fn say(&mut self, message: impl ToString) {
        self.0.send(Message::text(message.to_string())).await.expect("the supervisor reads");
    }

    async fn next(&mut self) -> Message {
        timeout(SOON, self.0.next())
            .await
            .expect("something comes")
            .expect("not the end")
            .expect("no error")
    }

    async fn hear(&mut self) -> Value {
        serde_json::from_str(self.next().await.to_text().expect("text")).expect("JSON")
    }

    async fn ask(&mut self, message: Value) -> Value {
        self.say(message).await;
        self.hear().await
    }

    async fn close_code(&mut self) -> u16 {
        let message = self.next().await;
        let Message::Close(Some(frame)) = message else { panic!("not a close: {message:?}") };
        frame.code.into()
    }
}

#[tokio::test]
async fn the_token_opens_the_door_in_the_words_of_the_earlier_protocol() {
    let mut client = desk().await.stranger().await;
    client.say(r#"{"type":"auth","token":"a private token"}"#).await;
    assert_eq!(
        client.next().await,
        Message::text(
            r#"{"type":"auth_result","success":true,"message":"Authenticated successfully"}"#
        )
    );
    client.say(r#"{"type":"ping"}"#).await;
    assert_eq!(client.next().await, Message::text(r#"{"type":"pong"}"#));
}

#[tokio::test]
async fn commands_may_follow_the_token_without_waiting_and_are_answered_in_order() {
    let mut client = desk().await.stranger().await;
    client.say(json!({"type": "auth", "token": TOKEN, "id": 1})).await;
    client.say(json!({"type": "stop", "service": "voice_bridge", "id": "two"})).await;
    client.say(json!({"type": "status", "id": 3})).await;
    client.say(json!({"type": "ping"})).await;
    let answers =
        [client.hear().await, client.hear().await, client.hear().await, client.hear().await];
    assert_eq!(
        answers.each_ref().map(|answer| answer["type"].clone()),
        ["auth_result", "outcome", "status", "pong"]
    );
    assert_eq!(
        answers.each_ref().map(|answer| answer["id"].clone()),
        [json!(1), json!("two"), json!(3), Value::Null]
    );
    assert_eq!(answers[1]["service"]["life"]["life"], "stopped");
    assert_eq!(answers[2]["snapshot"], json!(snapshot("1")));
}

#[tokio::test]
async fn strangers_get_pong_and_refusals_and_nothing_else() {
    let desk = desk().await;
    let mut client = desk.stranger().await;
    assert_eq!(
        client.ask(json!({"type": "ping", "id": 9})).await,
        json!({"type": "pong", "id": 9})
    );
    desk.snapshots.send_replace(snapshot("2"));
    for kind in [json!({"type": "status"}), json!({"type": "subscribe", "kinds": ["status"]})] {
        let refusal =
            json!({"type": "error", "code": "not_authenticated", "message": "Not authenticated"});
        assert_eq!(client.ask(kind).await, refusal);
    }
    for nonsense in ["nonsense", "[]", r#"{"type":"secret_command"}"#, r#"{"type":"auth"}"#] {
        client.say(nonsense).await;
        let refusal =
            json!({"type": "error", "code": "invalid", "message": "Invalid message format"});
        assert_eq!(client.hear().await, refusal);
    }
    let stop = json!({"type": "stop", "service": "voice_bridge"});
    assert_eq!(client.ask(stop).await["code"], "not_authenticated");
    assert_eq!(*desk.given.lock().expect("no panic"), []);
}

#[tokio::test]
async fn the_third_wrong_token_ends_the_visit() {
    let mut client = desk().await.stranger().await;
    for wrong in ["", "A PRIVATE TOKEN", "dev-token-12345"] {
        let answer = client.ask(json!({"type": "auth", "token": wrong})).await;
        assert_eq!(
            answer,
            json!({"type": "auth_result", "success": false, "message": "Invalid authentication token"})
        );
    }
    assert_eq!(client.close_code().await, 4401);
}

#[tokio::test]
async fn the_published_token_opens_nothing_even_where_it_is_set() {
    let mut client = desk_with(Settings::default(), "dev-token-12345").await.stranger().await;
    let answer = client.ask(json!({"type": "auth", "token": "dev-token-12345"})).await;
    assert_eq!(answer["success"], false);
}

#[tokio::test]
async fn who_shows_no_token_in_time_is_sent_away() {
    let desk =
        desk_with(Settings { login: Duration::from_millis(100), ..Settings::default() }, TOKEN)
            .await;
    let mut client = desk.client().await;
    assert_eq!(
        desk.stranger().await.close_code().await,
        4401,
        "this takes as long as the deadline"
    );
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong", "who is in stays in");
}

#[tokio::test]
async fn a_subscriber_sees_every_last_state_until_the_subscription_ends() {
    let desk = desk().await;
    let mut client = desk.client().await;
    let answer = client.ask(json!({"type": "subscribe", "kinds": ["status"], "id": 1})).await;
    assert_eq!(answer, json!({"type": "subscribed", "kinds": ["status"], "id": 1}));
    assert_eq!(client.hear().await, json!({"type": "status", "snapshot": snapshot("1")}));
    for version in 2..=50 {
        desk.snapshots.send_replace(snapshot(&version.to_string()));
    }
    while client.hear().await["snapshot"]["version"] != "50" {}
    client.say(json!({"type": "restart", "service": "voice_bridge"})).await;
    desk.snapshots.send_replace(snapshot("51"));
    assert_eq!(
        client.hear().await["snapshot"]["version"],
        "51",
        "also while an order is carried out"
    );

    let mut other = desk.client().await;
    let [subscribe, unsubscribe] =
        [json!(["status"]), json!([])].map(|kinds| json!({"type": "subscribe", "kinds": kinds}));
    other.ask(subscribe).await;
    assert_eq!(other.hear().await["type"], "status");
    other.ask(unsubscribe).await;
    desk.snapshots.send_replace(snapshot("52"));
    assert_eq!(other.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test]
async fn a_port_is_freed_in_two_steps() {
    let desk = desk().await;
    let mut client = desk.client().await;
    let asked_back = client.ask(json!({"type": "free_port", "service": "voice_bridge"})).await;
    assert_eq!(asked_back["type"], "failure");
    assert_eq!(asked_back["failure"], "unconfirmed");
    assert_eq!(asked_back["holders"], json!([holder()]));
    let victims = [&asked_back["holders"][0]["identity"]];
    let freed = client
        .ask(json!({"type": "free_port", "service": "voice_bridge", "victims": victims, "id": 2}))
        .await;
    assert_eq!(
        (&freed["outcome"], &freed["took_ms"], &freed["id"]),
        (&json!("freed"), &json!(41), &json!(2))
    );
    let expected = [vec![], vec![identity()]]
        .map(|victims| Order::FreePort { service: ServiceName::VoiceBridge, victims });
    assert_eq!(*desk.given.lock().expect("no panic"), expected);
}

#[tokio::test]
async fn what_is_not_offered_or_not_understood_is_said_so() {
    let mut client = desk().await.client().await;
    for command in [
        "inject_suggestion",
        "synthesize_text",
        "sms_received",
        "get_calendar",
        "get_session_status",
    ] {
        let answer = client.ask(json!({"type": command, "text": "hello", "id": command})).await;
        assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("not_offered")));
        assert_eq!(answer["id"], command);
    }
    for message in [
        json!({"type": "make_coffee", "id": 1}),
        json!({"type": "stop", "service": "web_server", "id": 1}),
        json!({"type": "subscribe", "kinds": ["everything"], "id": 1}),
    ] {
        let answer = client.ask(message).await;
        assert_eq!((&answer["code"], &answer["id"]), (&json!("invalid"), &json!(1)));
        let text = answer["message"].as_str().expect("a message");
        assert!(text.starts_with("Invalid message format: unknown variant"), "{text}");
    }
    client.0.send(Message::binary(vec![1, 2, 3])).await.expect("the supervisor reads");
    assert_eq!(
        client.ask(json!({"type": "ping"})).await["type"],
        "pong",
        "binary frames are ignored"
    );
}

#[tokio::test]
async fn a_message_beyond_64_kib_closes_the_connection() {
    let mut client = desk().await.client().await;
    let padding = "x".repeat(63 * 1024);
    assert_eq!(client.ask(json!({"type": "ping", "padding": padding})).await["type"], "pong");
    client.say("x".repeat(64 * 1024 + 1)).await;
    assert_eq!(client.close_code().await, 1009);
}

#[tokio::test]
async fn an_order_to_restart_the_supervisor_itself_is_answered_before_the_end() {
    let desk = desk().await;
    let (mut client, mut other) = (desk.client().await, desk.client().await);
    client.say(json!({"type": "restart", "service": "supervisor", "id": 1})).await;
    other.say(json!({"type": "restart", "service": "voice_bridge", "id": 2})).await;
    timeout(SOON, async {
        while desk.given.lock().expect("no panic").len() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("both are given");
    desk.stop.cancel();
    let answer = client.hear().await;
    assert_eq!(
        (&answer["type"], &answer["outcome"], &answer["id"]),
        (&json!("outcome"), &json!("done"), &json!(1))
    );
    assert_eq!(client.close_code().await, 1012);
    let answer = other.hear().await;
    assert_eq!((&answer["failure"], &answer["id"]), (&json!("ending"), &json!(2)));
    assert_eq!(other.close_code().await, 1012);
    timeout(SOON, desk.ended).await.expect("the service ends").expect("without a panic");
}
