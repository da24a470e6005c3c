//! A supervisor on a port of its own, with a switchboard that does what a test says, and clients with real WebSockets.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use door::Ledger;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, Stream, StreamExt};
use serde_json::{Value, json};
use supervisor::{Archives, Calls, Settings, Speech, Steering, Supervisor, Tokens};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;
use wire::steering::{CutShort, Fate, Priority, Reason, Refused, Whom};
use wire::{
    Call, CallPhase, Carrier, Engine, EngineChoice, EngineChosen, EngineOrder, Failure, Gaps,
    Happening, Heard, Holder, HolderKind, Identity, Life, LogLevel, LogLine, Order, Outcome,
    PortState, Said, Service, ServiceName, Snapshot, Timestamp,
};

pub(crate) const SOON: Duration = Duration::from_secs(10);
pub(crate) const TOKEN: &str = "a private token";
pub(crate) const WATCHING: &str = "a token for watching";

struct Connections(TcpListener);

impl Stream for Connections {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_accept(cx).map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}

/// A supervisor at work.
pub(crate) struct Desk {
    pub(crate) addr: SocketAddr,
    pub(crate) snapshots: watch::Sender<Snapshot>,
    pub(crate) happenings: broadcast::Sender<Happening>,
    pub(crate) given: Arc<Mutex<Vec<Order>>>,
    pub(crate) switchboard: Arc<Switchboard>,
    pub(crate) asked_to_quit: Arc<AtomicBool>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) stop: CancellationToken,
    pub(crate) ended: JoinHandle<()>,
}

type Suggested = (Whom, String, Priority, oneshot::Sender<Fate>);
type Spoken = (u64, String, oneshot::Sender<Result<Duration, CutShort>>);

/// How much of a piece of speech is heard by the time it is silenced.
pub(crate) const HEARD: Duration = Duration::from_millis(700);

/// Stands for the voice bridge: it takes what it is told, and a test says what becomes of it.
#[derive(Default)]
pub(crate) struct Switchboard {
    pub(crate) suggested: Mutex<Vec<Suggested>>,
    pub(crate) spoken: Mutex<Vec<Spoken>>,
    pub(crate) refuses: Mutex<Option<Refused>>,
    /// Whether its voice takes for ever.
    pub(crate) is_slow: AtomicBool,
}

impl Calls for Switchboard {
    fn suggest(
        &self,
        whom: Whom,
        text: &str,
        priority: Priority,
    ) -> Result<BoxFuture<'static, Fate>, Refused> {
        if let Some(refused) = self.refuses.lock().expect("no panic").clone() {
            return Err(refused);
        }
        let (tx, rx) = oneshot::channel();
        self.suggested.lock().expect("no panic").push((whom, text.to_owned(), priority, tx));
        Ok(rx.map(|fate| fate.unwrap_or(Fate::Expired)).boxed())
    }

    fn speak(
        &self,
        call: u64,
        text: String,
        silenced: CancellationToken,
    ) -> BoxFuture<'static, Result<Speech, Refused>> {
        let refused = self.refuses.lock().expect("no panic").clone();
        let (tx, rx) = oneshot::channel();
        self.spoken.lock().expect("no panic").push((call, text, tx));
        if self.is_slow.load(Ordering::Relaxed) {
            return std::future::pending().boxed();
        }
        let end = async move {
            tokio::select! {
                end = rx => end.expect("the test says how it ends"),
                () = silenced.cancelled() => {
                    let why = Refused::new(Reason::Interrupted, "it was taken back");
                    Err(CutShort { after: Some(HEARD), why })
                }
            }
        };
        let speech = Speech { length: Duration::from_millis(1234), end: end.boxed() };
        async move { refused.map_or(Ok(speech), Err) }.boxed()
    }

    fn named(&self, name: &str) -> Option<u64> {
        name.strip_prefix("MZ").and_then(|number| number.parse().ok())
    }

    fn hang_up(&self, call: u64) -> Result<(), Refused> {
        if call == 1 { Ok(()) } else { Err(Refused::no_such_call(call)) }
    }
}

pub(crate) fn service(name: ServiceName, life: Life) -> Service {
    let state = if life == Life::Running {
        PortState::Listening { since: Timestamp(1), proven_at: Timestamp(2) }
    } else {
        PortState::Stopped
    };
    Service::new(name, SocketAddr::from(([127, 0, 0, 1], 9998)), life, state, Vec::new())
}

pub(crate) fn snapshot(version: &str) -> Snapshot {
    let names = [ServiceName::literal("voice_bridge"), supervisor::NAME];
    Snapshot {
        services: names.map(|name| service(name, Life::Running)).to_vec(),
        ..Snapshot::new(version, 7, Timestamp(1), Engine::LineCheck)
    }
}

pub(crate) fn call(id: u64) -> Call {
    Call {
        id,
        from: Carrier::Twilio,
        carrier_id: Some(format!("CA{id}")),
        engine: Engine::LineCheck,
        since: Timestamp(3),
        phase: CallPhase::Quiet,
        echoes: 0,
        heard: Heard {
            level_dbfs: -100,
            sound_ms: 0,
            lost_ms: 0,
            lag_ms: 0,
            utterances: 0,
            keys: 0,
            dropped: 0,
            odd: 0,
            steps: 0,
        },
        said: Said {
            level_dbfs: -100,
            sound_ms: 0,
            clears: 0,
            gaps: Gaps::default(),
            round_trip_ms: None,
        },
        model: None,
        words: None,
        end: None,
        not_offered: Vec::new(),
    }
}

pub(crate) fn identity() -> Identity {
    Identity {
        pid: 4711,
        began: "77".to_owned(),
        executable: Some("/usr/bin/zombie".to_owned()),
        uid: Some(1000),
        command_digest: None,
    }
}

pub(crate) fn holder() -> Holder {
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
        program: None,
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

/// Keeps one engine, and takes no list.
fn chosen(EngineOrder { engine, server }: EngineOrder) -> Result<EngineChosen, Failure> {
    match engine {
        EngineChoice::One(_) => {
            let (path, sentence) = ("settings.toml".to_owned(), "Kept.".to_owned());
            Ok(EngineChosen { engine, server, path, unkept: None, sentence })
        }
        EngineChoice::InTurn(_) => Err(Failure::NotChosen { why: "no lists here".to_owned() }),
    }
}

pub(crate) async fn desk_with(settings: Settings, token: &str) -> Desk {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    let (snapshots, watched) = watch::channel(snapshot("1"));
    let given = Arc::new(Mutex::new(Vec::new()));
    let notebook = Arc::clone(&given);
    let switchboard = Arc::new(Switchboard::default());
    let asked_to_quit = Arc::new(AtomicBool::new(false));
    let happenings = broadcast::Sender::new(64);
    let renew = Arc::new(|role| Ok(format!("a fresh token to {role:?}")));
    let ledger = Arc::<Ledger>::default();
    let supervisor = Supervisor {
        tokens: Arc::new(Tokens::new(token.to_owned(), WATCHING.to_owned(), renew)),
        happenings: happenings.clone(),
        orders: Arc::new(move |order| {
            let result = obey(&order);
            notebook.lock().expect("no panic").push(order);
            async move {
                match result {
                    Some(result) => result,
                    None => std::future::pending().await,
                }
            }
            .boxed()
        }),
        choose: Arc::new(|engine| async move { chosen(engine) }.boxed()),
        quit: Arc::new({
            let asked = Arc::clone(&asked_to_quit);
            move || asked.store(true, Ordering::Relaxed)
        }),
        steering: Arc::new(Steering::new(
            Arc::clone(&switchboard) as Arc<dyn Calls>,
            watched.clone(),
        )),
        snapshots: watched,
        archives: Archives {
            settings: Arc::new(|| json!({"retry": {"attempts": 5}})),
            log: Arc::new(|lines| (1..).take(lines).map(line).collect()),
        },
        pages: Arc::new(|_, _| Ok(None)),
        ledger: Arc::clone(&ledger),
        settings,
    };
    let stop = CancellationToken::new();
    let ended = tokio::spawn(Arc::new(supervisor).serve(Connections(listener), stop.clone()));
    Desk { addr, snapshots, happenings, given, switchboard, asked_to_quit, ledger, stop, ended }
}

/// With no pause between suggestions, for tests that aren't about it.
pub(crate) async fn desk() -> Desk {
    let suggestion_interval = Duration::ZERO;
    desk_with(Settings { suggestion_interval, ..Settings::default() }, TOKEN).await
}

pub(crate) struct Client(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Desk {
    pub(crate) async fn stranger(&self) -> Client {
        Client(connect_async(format!("ws://{}/", self.addr)).await.expect("the door opens").0)
    }

    pub(crate) async fn client(&self) -> Client {
        self.client_with(TOKEN).await
    }

    pub(crate) async fn client_with(&self, token: &str) -> Client {
        let mut client = self.stranger().await;
        let welcome = client.ask(json!({"type": "auth", "token": token})).await;
        assert_eq!(welcome["success"], true);
        client
    }

    /// With a client that has subscribed to these kinds.
    pub(crate) async fn subscriber(&self, kinds: &[&str]) -> Client {
        let mut client = self.client().await;
        let answer = client.ask(json!({"type": "subscribe", "kinds": kinds})).await;
        assert_eq!(answer, json!({"type": "subscribed", "kinds": kinds}));
        client
    }

    pub(crate) fn with_calls(&self, ids: impl IntoIterator<Item = u64>) {
        let calls = ids.into_iter().map(call).collect();
        self.snapshots.send_modify(|snapshot| snapshot.calls = calls);
    }

    /// Says what became of the suggestion that was taken first of those that wait.
    pub(crate) fn decide(&self, fate: Fate) {
        let (.., tx) = self.switchboard.suggested.lock().expect("no panic").remove(0);
        tx.send(fate).expect("somebody wants to know");
    }
}

impl Client {
    pub(crate) async fn say(&mut self, message: impl ToString) {
        self.0.send(Message::text(message.to_string())).await.expect("the supervisor reads");
    }

    /// The next message; pings are answered by the library.
    pub(crate) async fn next(&mut self) -> Message {
        let message = async {
            loop {
                let message = self.0.next().await.expect("not the end").expect("no error");
                if !message.is_ping() {
                    return message;
                }
            }
        };
        timeout(SOON, message).await.expect("something comes")
    }

    pub(crate) async fn hear(&mut self) -> Value {
        serde_json::from_str(self.next().await.to_text().expect("text")).expect("JSON")
    }

    pub(crate) async fn ask(&mut self, message: Value) -> Value {
        self.say(message).await;
        self.hear().await
    }

    pub(crate) async fn close_code(&mut self) -> u16 {
        let message = self.next().await;
        let Message::Close(Some(frame)) = message else { panic!("not a close: {message:?}") };
        frame.code.into()
    }
}

fn line(number: u32) -> LogLine {
    let (level, source) = (LogLevel::Info, "keeper".to_owned());
    LogLine { number, at: Timestamp(0), level, source, text: format!("line {number}") }
}
