//! Callers of a bridge on a port of its own, who believe in the test: whatever breaks ends it.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    reason = "the bridge is handed a plain listener here, and tasks end with their test"
)]

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use audio::correlation;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bridge::{Additions, Bridge, Settings};
use door::{Page, Provenance, Rejection};
use futures_util::stream;
use http::StatusCode;
use serde_json::{Value, json};
use testcall::{Closed, Dialect, Stream, Unanswered};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_util::sync::CancellationToken;
use wire::{Call, Engine, Life, PortState, Service, ServiceName, Snapshot, Timestamp};

pub(crate) use testcall::{FromBridge, voice};

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
        Self::with_more(settings, Additions::default()).await
    }

    pub(crate) async fn with_more(settings: Settings, additions: Additions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (snapshots, watched) = watch::channel(all_is_well(address));
        let bridge = Bridge::new(watched, Arc::new(page), None, settings, additions);
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
        self.caller_as(twilio()).await
    }

    /// A caller that has said nothing yet.
    pub(crate) async fn dial(&self, path: &str) -> Result<Caller, Unanswered> {
        self.dial_as(format!("ws://{}{path}", self.address), twilio()).await
    }

    /// The same with this request and this stream.
    pub(crate) async fn dial_as(
        &self,
        request: impl IntoClientRequest + Unpin,
        stream: Stream,
    ) -> Result<Caller, Unanswered> {
        testcall::Caller::dial(self.address, request, stream).await.map(Caller)
    }

    /// The same with a stream that has started.
    pub(crate) async fn caller_as(&self, stream: Stream) -> Caller {
        let request = format!("ws://{}/", self.address);
        let mut caller = self.dial_as(request, stream).await.expect("the bridge takes the call");
        caller.start().await;
        caller
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

pub(crate) const STREAM: &str = "MZ0123456789abcdef0123456789abcdef";

/// A stream of Twilio's.
pub(crate) fn twilio() -> Stream {
    Stream::new(Dialect::Twilio, STREAM, "CA0123456789abcdef0123456789abcdef")
}

/// A request to this address that shows this signature of Twilio's.
pub(crate) fn signed(url: &str, signature: &str) -> ClientRequestBuilder {
    ClientRequestBuilder::new(url.parse().expect("an address"))
        .with_header("x-twilio-signature", signature)
}

/// A caller.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) testcall::Caller);

impl Deref for Caller {
    type Target = testcall::Caller;

    fn deref(&self) -> &testcall::Caller {
        &self.0
    }
}

impl DerefMut for Caller {
    fn deref_mut(&mut self) -> &mut testcall::Caller {
        &mut self.0
    }
}

impl Caller {
    pub(crate) async fn start(&mut self) {
        self.0.start().await.expect("the call goes on");
    }

    pub(crate) async fn tell(&mut self, message: Value) {
        self.send(message.to_string()).await;
    }

    pub(crate) async fn send(&mut self, message: impl Into<Message>) {
        self.0.send(message).await.expect("the call goes on");
    }

    /// Says this in frames of 20 ms, all at once: the bridge counts time in samples.
    pub(crate) async fn say(&mut self, samples: &[i16]) {
        self.0.say(samples).await.expect("the call goes on");
    }

    /// Says this in one message, with no more in it than must be there.
    pub(crate) async fn say_at_once(&mut self, samples: &[i16]) {
        let payload = BASE64_STANDARD.encode(audio::g711::encode(samples));
        self.tell(json!({ "event": "media", "media": { "payload": payload } })).await;
    }

    pub(crate) async fn press(&mut self, digit: char) {
        let key = self.stream.key(digit);
        self.send(key).await;
    }

    pub(crate) async fn hang_up(&mut self) {
        let stop = self.stream.stop();
        self.send(stop).await;
    }

    /// What is heard next. A mark is echoed at once.
    pub(crate) async fn hear(&mut self) -> FromBridge {
        let heard = timeout(PATIENCE, self.0.hear()).await.expect("something is heard in time");
        let heard = heard.expect("the carrier understands it");
        if let FromBridge::Mark(name) = &heard {
            let played = self.stream.played(name);
            self.send(played).await;
        }
        heard
    }

    /// The sound that is heard until this comes, in frames of 20 ms.
    pub(crate) async fn hear_until(&mut self, end: FromBridge) -> Vec<u8> {
        let mut sound = Vec::new();
        loop {
            match self.hear().await {
                FromBridge::Sound(frame) => {
                    assert_eq!(frame.len(), 160, "every frame has 20 ms");
                    sound.extend(frame);
                }
                heard @ (FromBridge::Mark(_) | FromBridge::Clear | FromBridge::Closed(_)) => {
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
                FromBridge::Sound(frame) => sound.extend(frame),
                FromBridge::Clear => sound.clear(),
                FromBridge::Mark(_) => return sound,
                FromBridge::Closed(closed) => panic!("{closed}"),
            }
        }
    }

    /// The code and the reason with which the call is closed.
    pub(crate) async fn hear_the_close(&mut self) -> (u16, String) {
        loop {
            if let FromBridge::Closed(Closed { code, reason }) = self.hear().await {
                return (code.expect("it says goodbye"), reason);
            }
        }
    }
}

/// The recorded voice with a second of silence after it.
pub(crate) fn sentence() -> Vec<i16> {
    let mut sentence = voice();
    sentence.extend([0; 8_000]);
    sentence
}

/// How like what was said is to the part of what was heard that is most like it, from -1 to 1. What was cut off at the
/// beginning is left out.
pub(crate) fn likeness(said: &[i16], heard: &[i16]) -> f64 {
    // A second of speech is enough to find where it is.
    let sample = &said[4_000..said.len().min(12_000)];
    let latest = heard.len().saturating_sub(said.len()) + 4_000;
    let found = (0..=latest).map(|offset| (offset, correlation(sample, &heard[offset..])));
    let (offset, _) = found.max_by(|one, other| one.1.total_cmp(&other.1)).expect("one, at least");
    match offset.checked_sub(4_000) {
        Some(start) => correlation(said, &heard[start..]),
        None => correlation(&said[4_000 - offset..], heard),
    }
}
