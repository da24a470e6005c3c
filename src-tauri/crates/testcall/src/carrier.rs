//! A call as Twilio places it: one WebSocket, JSON in text frames, a frame of sound every 20 ms.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use audio::{FRAME, FRAME_SAMPLES, g711};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tracing::debug;

use crate::playback::Playback;
use crate::script::{Script, Step};

/// How long the other side may take to answer or to read.
const PATIENCE: Duration = Duration::from_secs(5);

/// The account that the calls are placed for. A real one has other digits.
const ACCOUNT: &str = "AC00000000000000000000000000000000";

/// A call in progress.
pub struct Call {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    stream: String,
    call: String,
    secret: Option<String>,
    sent: Sent,
    playback: Playback,
}

/// How much has been sent.
#[derive(Default)]
struct Sent {
    messages: u64,
    frames: u64,
}

/// A call that is over.
#[derive(Debug)]
pub struct Ended {
    pub(crate) script: Script,
    /// All that was heard, in real time.
    pub heard: Vec<i16>,
    /// Why the other side ended the call, if it did.
    pub cut_off: Option<String>,
}

/// Why a call was not taken.
#[derive(Debug)]
pub enum Unanswered {
    /// Nobody listens there.
    Nobody,
    /// Somebody does, but does not want the call.
    Declined(String),
}

/// Why a call could not be seen through.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The other side does what a voice bridge does not.
    #[error("the other side {0}")]
    OtherSide(String),
    /// The connection broke.
    #[error("the connection broke")]
    Connection(#[from] Box<Error>),
}

impl Broken {
    fn says(what: impl Into<String>) -> Self {
        Self::OtherSide(what.into())
    }
}

impl Call {
    /// Dials. Where the bridge asks for a secret, this is what it is shown; these headers go along with the request.
    ///
    /// # Errors
    /// If nobody takes the call.
    pub async fn dial(
        address: SocketAddr,
        secret: Option<String>,
        headers: &[(&str, &str)],
    ) -> Result<Self, Unanswered> {
        let uri = Uri::builder().scheme("ws").authority(address.to_string()).path_and_query("/");
        let uri = uri.build().expect("an address of a socket is an authority");
        let request =
            headers.iter().fold(ClientRequestBuilder::new(uri), |request, (name, value)| {
                request.with_header(*name, *value)
            });
        let socket = match timeout(PATIENCE, connect_async(request)).await {
            Ok(Ok((socket, _))) => socket,
            Ok(Err(Error::Io(_))) => return Err(Unanswered::Nobody),
            Ok(Err(Error::Http(answer))) => {
                let words =
                    answer.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
                return Err(Unanswered::Declined(format!("{} {}", answer.status(), words.trim())));
            }
            Ok(Err(error)) => return Err(Unanswered::Declined(error.to_string())),
            Err(_) => return Err(Unanswered::Declined("no answer within five seconds".to_owned())),
        };
        let since_1970 =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let number = since_1970.as_nanos();
        let (stream, call) = (format!("MZ{number:032x}"), format!("CA{number:032x}"));
        Ok(Self {
            socket,
            stream,
            call,
            secret,
            sent: Sent::default(),
            playback: Playback::default(),
        })
    }

    /// Sees the call through: listens, speaks the voice, listens, hangs up. Whoever drops it hangs up at once.
    ///
    /// # Errors
    /// If the other side is no voice bridge, or the connection breaks while something is said.
    pub async fn talk(mut self, voice: &[[i16; FRAME_SAMPLES]]) -> Result<Ended, Broken> {
        let mut script = Script::new(voice.len());
        self.introduce().await?;
        let mut clock = interval(FRAME);
        // A late frame is made up for, so that the call keeps the time of the clock on the wall.
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let cut_off = loop {
            tokio::select! {
                _ = clock.tick() => {
                    let played = self.playback.play();
                    for name in &played.marks {
                        self.send(json!({"event": "mark", "mark": {"name": name}})).await?;
                    }
                    match script.next(&played) {
                        Step::Listen => self.speak(&[0; FRAME_SAMPLES]).await?,
                        Step::Speak(frame) => self.speak(&voice[frame]).await?,
                        Step::HangUp => {
                            self.hang_up().await?;
                            break None;
                        }
                    }
                }
                message = self.socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.hear(&text)?,
                    Some(Ok(Message::Close(frame))) => break Some(reason(frame)),
                    Some(Ok(other)) => debug!(length = other.len(), "a message that is no text"),
                    Some(Err(error)) => break Some(error.to_string()),
                    None => break Some("the connection ended".to_owned()),
                }
            }
        };
        Ok(Ended { script, heard: self.playback.into_heard(), cut_off })
    }

    async fn introduce(&mut self) -> Result<(), Broken> {
        self.send_raw(json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
            .await?;
        let parameters = match &self.secret {
            Some(secret) => json!({ "secret": secret }),
            None => json!({}),
        };
        let start = json!({
            "accountSid": ACCOUNT,
            "streamSid": self.stream,
            "callSid": self.call,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        });
        self.send(json!({"event": "start", "start": start})).await
    }

    async fn speak(&mut self, frame: &[i16; FRAME_SAMPLES]) -> Result<(), Broken> {
        let payload = STANDARD.encode(g711::encode(frame));
        let at = FRAME.as_millis() as u64 * self.sent.frames;
        self.sent.frames += 1;
        let chunk = self.sent.frames.to_string();
        let media = json!({"track": "inbound", "chunk": chunk, "timestamp": at.to_string(), "payload": payload});
        self.send(json!({"event": "media", "media": media})).await
    }

    fn hear(&mut self, text: &str) -> Result<(), Broken> {
        let message: Value =
            serde_json::from_str(text).map_err(|_| Broken::says("sends what is not JSON"))?;
        match message["event"].as_str() {
            Some(_) if message["streamSid"] != self.stream.as_str() => {
                return Err(Broken::says(format!("sends a message for another stream: {text}")));
            }
            Some("media") => {
                let payload = message["media"]["payload"]
                    .as_str()
                    .ok_or_else(|| Broken::says("sends sound without sound"))?;
                let bytes = STANDARD
                    .decode(payload)
                    .map_err(|_| Broken::says("sends sound that is not base64"))?;
                self.playback.queue(g711::decode(&bytes));
            }
            Some("mark") => {
                let name = message["mark"]["name"]
                    .as_str()
                    .ok_or_else(|| Broken::says("sends a mark without a name"))?;
                self.playback.mark(name.to_owned());
            }
            Some("clear") => self.playback.clear(),
            _ => return Err(Broken::says(format!("is no voice bridge, for it says {text}"))),
        }
        Ok(())
    }

    async fn hang_up(&mut self) -> Result<(), Broken> {
        let stop = json!({"accountSid": ACCOUNT, "callSid": self.call});
        self.send(json!({"event": "stop", "stop": stop})).await?;
        let farewell = async {
            self.socket.close(None).await?;
            while self.socket.next().await.is_some_and(|message| message.is_ok()) {}
            Ok::<_, Error>(())
        };
        // The call is over, whether or not the other side says goodbye.
        let _ = timeout(PATIENCE, farewell).await;
        Ok(())
    }

    /// Sends a message of this stream with its number.
    async fn send(&mut self, mut message: Value) -> Result<(), Broken> {
        self.sent.messages += 1;
        message["sequenceNumber"] = self.sent.messages.to_string().into();
        message["streamSid"] = self.stream.as_str().into();
        self.send_raw(message).await
    }

    async fn send_raw(&mut self, message: Value) -> Result<(), Broken> {
        let sent = timeout(PATIENCE, self.socket.send(Message::text(message.to_string()))).await;
        sent.map_err(|_| Broken::says("does not read"))?.map_err(Box::new)?;
        Ok(())
    }
}

fn reason(frame: Option<CloseFrame>) -> String {
    match frame {
        Some(CloseFrame { code, reason }) if reason.is_empty() => format!("code {code}"),
        Some(CloseFrame { code, reason }) => format!("{reason} (code {code})"),
        None => "without a reason".to_owned(),
    }
}
