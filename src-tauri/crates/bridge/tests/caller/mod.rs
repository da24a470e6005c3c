//! A caller as Twilio brings it: the real messages over a real WebSocket, to a bridge on a port of its own.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    reason = "the bridge is handed a plain listener here, and tasks end with their test"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use audio::g711;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bridge::{Bridge, Settings};
use door::{Page, Provenance, Rejection};
use futures_util::{SinkExt, StreamExt, stream};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;
use wire::{Call, Engine, Life, PortState, Service, ServiceName, Snapshot, Timestamp};

/// Nothing that a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A bridge that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) calls: watch::Receiver<Vec<Call>>,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinHandle<()>,
    pub(crate) bridge: Arc<Bridge>,
    _snapshots: watch::Sender<Snapshot>,
}

impl Running {
    pub(crate) async fn with(settings: Settings) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (snapshots, watched) = watch::channel(all_is_well(address));
        let bridge = Bridge::new(watched, Arc::new(page), None, settings);
        let (calls, stop) = (bridge.calls(), CancellationToken::new());
        let connections = stream::unfold(listener, |listener| async move {
            Some((listener.accept().await.map(|(connection, _)| connection), listener))
        });
        let served = tokio::spawn(Arc::clone(&bridge).serve(Box::pin(connections), stop.clone()));
        Self { address, calls, stop, served, bridge, _snapshots: snapshots }
    }

    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    /// A caller whose stream has started.
    pub(crate) async fn caller(&self) -> Caller {
        let mut caller = self.dial("/").await.expect("the bridge takes the call");
        caller.start().await;
        caller
    }

    /// A caller that has said nothing yet.
    pub(crate) async fn dial(&self, path: &str) -> Result<Caller, Box<Error>> {
        let connection = TcpStream::connect(self.address).await.expect("the bridge listens");
        connection.set_nodelay(true).expect("a fresh connection");
        let (socket, _) = client_async(format!("ws://{}{path}", self.address), connection).await?;
        Ok(Caller { socket, media: 0 })
    }

    /// Waits until the calls are like that.
    pub(crate) async fn calls_become(&mut self, like: impl FnMut(&Vec<Call>) -> bool) -> Vec<Call> {
        let calls = timeout(PATIENCE, self.calls.wait_for(like)).await.expect("the calls in time");
        calls.expect("the bridge lives").clone()
    }
}

impl Running {
    /// What it counts, as its page tells.
    pub(crate) async fn metrics(&self) -> String {
        let mut connection = TcpStream::connect(self.address).await.expect("the bridge listens");
        let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        connection.write_all(request).await.expect("it reads");
        let mut page = String::new();
        connection.read_to_string(&mut page).await.expect("it answers");
        page
    }

    /// Waits until the calls that ended are like that.
    pub(crate) async fn ended_become(&self, like: impl FnMut(&Vec<Call>) -> bool) -> Vec<Call> {
        let mut ended = self.bridge.ended_calls();
        let calls = timeout(PATIENCE, ended.wait_for(like)).await.expect("the calls in time");
        calls.expect("the bridge lives").clone()
    }
}

/// The one page beside the calls.
fn page(path: &str, _: Provenance) -> Result<Option<Page>, Rejection> {
    let (status, content_type) = (StatusCode::OK, "text/plain");
    Ok((path == "/metrics").then(|| Page { status, content_type, text: "# else\n".into() }))
}

/// A state of affairs in which both services listen.
fn all_is_well(address: SocketAddr) -> Snapshot {
    let since = Timestamp(1_700_000_000_000);
    let listening = PortState::Listening { since, proven_at: since };
    let services = [bridge::NAME, ServiceName::literal("supervisor")]
        .map(|name| Service::new(name, address, Life::Running, listening.clone(), Vec::new()))
        .to_vec();
    Snapshot { services, ..Snapshot::new("0.0.0", std::process::id(), since, Engine::LineCheck) }
}

/// What a caller hears.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Sound(Vec<u8>),
    Mark(String),
    Clear,
    Closed { code: u16, reason: String },
}

/// A caller.
pub(crate) struct Caller {
    pub(crate) socket: WebSocketStream<TcpStream>,
    media: u64,
}

pub(crate) const STREAM: &str = "MZ0123456789abcdef0123456789abcdef";

impl Caller {
    /// A caller on a connection of its own making.
    pub(crate) fn on(socket: WebSocketStream<TcpStream>) -> Self {
        Self { socket, media: 0 }
    }

    pub(crate) async fn start(&mut self) {
        self.tell(json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" })).await;
        self.tell(json!({
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": "AC0123456789abcdef0123456789abcdef",
                "streamSid": STREAM,
                "callSid": "CA0123456789abcdef0123456789abcdef",
                "tracks": ["inbound"],
                "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
                "customParameters": { "FirstName": "Jane" },
            },
            "streamSid": STREAM,
        }))
        .await;
    }

    pub(crate) async fn tell(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.expect("the call goes on");
    }

    /// Sends this sound in frames of 20 ms, all at once: the bridge counts time in samples.
    pub(crate) async fn say(&mut self, samples: &[i16]) {
        for frame in samples.chunks(160) {
            self.media += 1;
            let media = json!({
                "event": "media",
                "sequenceNumber": (self.media + 1).to_string(),
                "media": {
                    "track": "inbound",
                    "chunk": self.media.to_string(),
                    "timestamp": ((self.media - 1) * 20).to_string(),
                    "payload": BASE64_STANDARD.encode(g711::encode(frame)),
                },
                "streamSid": STREAM,
            });
            self.tell(media).await;
        }
    }

    /// Sends this sound in one message, with no more in it than must be there.
    pub(crate) async fn say_at_once(&mut self, samples: &[i16]) {
        let payload = BASE64_STANDARD.encode(g711::encode(samples));
        self.tell(json!({ "event": "media", "media": { "payload": payload } })).await;
    }

    /// Leaves out that many frames, as a line does that loses them.
    pub(crate) fn lose(&mut self, frames: u64) {
        self.media += frames;
    }

    pub(crate) async fn press(&mut self, digit: char) {
        let dtmf = json!({ "track": "inbound_track", "digit": digit.to_string() });
        self.tell(
            json!({ "event": "dtmf", "streamSid": STREAM, "sequenceNumber": "5", "dtmf": dtmf }),
        )
        .await;
    }

    pub(crate) async fn hang_up(&mut self) {
        let stop = json!({ "accountSid": "AC", "callSid": "CA" });
        self.tell(
            json!({ "event": "stop", "sequenceNumber": "9", "stop": stop, "streamSid": STREAM }),
        )
        .await;
    }

    /// What is heard next. A mark is echoed at once.
    pub(crate) async fn hear(&mut self) -> Heard {
        let text = loop {
            let message = timeout(PATIENCE, self.socket.next());
            match message.await.expect("something is heard in time") {
                Some(Ok(Message::Text(text))) => break text,
                Some(Ok(Message::Pong(_))) => {}
                Some(Ok(Message::Close(Some(frame)))) => {
                    let reason = frame.reason.to_string();
                    return Heard::Closed { code: frame.code.into(), reason };
                }
                other => panic!("neither text nor a close with a code: {other:?}"),
            }
        };
        let message: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(message["streamSid"], STREAM);
        match message["event"].as_str().expect("an event") {
            "media" => {
                let payload = message["media"]["payload"].as_str().expect("a payload");
                Heard::Sound(BASE64_STANDARD.decode(payload).expect("base64"))
            }
            "mark" => {
                let name = message["mark"]["name"].as_str().expect("a name").to_owned();
                self.tell(json!({ "event": "mark", "sequenceNumber": "7", "streamSid": STREAM, "mark": { "name": name } }))
                    .await;
                Heard::Mark(name)
            }
            "clear" => Heard::Clear,
            event => panic!("Twilio would complain of the event '{event}'"),
        }
    }

    /// The sound that is heard until this comes, in frames of 20 ms.
    pub(crate) async fn hear_until(&mut self, end: Heard) -> Vec<u8> {
        let mut sound = Vec::new();
        loop {
            match self.hear().await {
                Heard::Sound(frame) => {
                    assert_eq!(frame.len(), 160, "every frame has 20 ms");
                    sound.extend(frame);
                }
                heard @ (Heard::Mark(_) | Heard::Clear | Heard::Closed { .. }) => {
                    assert_eq!(heard, end);
                    return sound;
                }
            }
        }
    }

    /// The next thing that is said as a whole; what was cleared before it doesn't count.
    pub(crate) async fn hear_out(&mut self) -> Vec<u8> {
        let mut sound = Vec::new();
        loop {
            match self.hear().await {
                Heard::Sound(frame) => sound.extend(frame),
                Heard::Clear => sound.clear(),
                Heard::Mark(_) => return sound,
                closed @ Heard::Closed { .. } => panic!("{closed:?}"),
            }
        }
    }

    /// The code and the reason with which the call is closed.
    pub(crate) async fn hear_the_close(&mut self) -> (u16, String) {
        loop {
            if let Heard::Closed { code, reason } = self.hear().await {
                return (code, reason);
            }
        }
    }
}

/// The recorded human voice that all tests share.
pub(crate) fn voice() -> Vec<i16> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");
    let mut recording = hound::WavReader::open(path).expect("the recording");
    recording.samples().map(|sample| sample.expect("a sample")).collect()
}

/// That voice with a second of silence after it.
pub(crate) fn sentence() -> Vec<i16> {
    let mut sentence = voice();
    sentence.extend([0; 8_000]);
    sentence
}
