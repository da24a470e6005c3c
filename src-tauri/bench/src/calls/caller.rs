//! One caller: sends a frame every 20 ms as a carrier does, and notes when frames come back.

use std::f64::consts::TAU;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use audio::{FRAME, Framer, Level, g711};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::fleet::Heard;

/// What a caller does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// Says something, and is silent for a while, again and again.
    Talk,
    /// Is silent but for a short tone every second.
    Click,
}

/// Frames that come sooner after the last than this are sent ahead at a beginning and say nothing of evenness.
const AHEAD: Duration = Duration::from_millis(2);
/// A pause as long as this ends what is said.
const PAUSE: Duration = Duration::from_millis(500);
const LATE: Duration = Duration::from_millis(40);
/// After how many frames a caller begins to speak again, in frames: 12 s.
const CYCLE: usize = 600;
/// Every how many frames there is a click.
const CLICK_EVERY: usize = 50;
/// From this level on a frame counts as a voice, or as a click.
const LOUD: Level = Level::dbfs(-35.0);

/// The recorded voice that the tests share, as base64 of µ-law, and the first of its frames that is loud.
static VOICE: LazyLock<(Vec<String>, usize)> = LazyLock::new(|| {
    const WAV: &[u8] = include_bytes!("../../../crates/audio/tests/data/voice.wav");
    // The samples follow a header of 44 bytes.
    let (samples, _) = WAV[44..].as_chunks::<2>();
    let samples = samples.iter().map(|&bytes| i16::from_le_bytes(bytes));
    let frames: Vec<audio::Frame> = Framer::default().push(samples).collect();
    let loud = frames.iter().position(|frame| Level::of(frame) >= LOUD).unwrap_or(0);
    (frames.iter().map(|frame| BASE64_STANDARD.encode(g711::encode(frame))).collect(), loud)
});
static SILENCE: LazyLock<String> = LazyLock::new(|| BASE64_STANDARD.encode([g711::SILENCE; 160]));
static CLICK: LazyLock<String> = LazyLock::new(|| {
    let wave = |n: i32| ((TAU * f64::from(n) / 8.0).sin() * 12_000.0) as i16;
    BASE64_STANDARD.encode(g711::encode(&(0..160).map(wave).collect::<Vec<_>>()))
});

const STOP: &str = r#"{"event":"stop","stop":{},"streamSid":"MZ1"}"#;

type Socket = WebSocketStream<TcpStream>;

pub(crate) struct Caller {
    socket: Socket,
}

/// What a caller shows to be let in.
#[derive(Clone, Default)]
pub(crate) struct Shown {
    /// Twilio's signature, which goes with the public name.
    pub(crate) signature: Option<String>,
    /// The stream's secret.
    pub(crate) secret: Option<String>,
    /// The public name, where the caller says it.
    pub(crate) host: Option<&'static str>,
}

impl Caller {
    /// A caller whose stream has started.
    pub(crate) async fn dial(bridge: SocketAddr, shown: &Shown) -> Result<Self> {
        let stream = TcpStream::connect(bridge).await.context("the bridge is not there")?;
        stream.set_nodelay(true)?;
        // As much as a few messages take: what is laid out for every read is cleared for every read.
        let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        let mut request = format!("ws://{bridge}/").into_client_request()?;
        if let Some(host) = shown.host {
            request.headers_mut().insert("host", HeaderValue::from_static(host));
        }
        if let Some(signature) = &shown.signature {
            request.headers_mut().insert("x-twilio-signature", signature.parse()?);
        }
        let (mut socket, _) = client_async_with_config(request, stream, Some(config))
            .await
            .context("the bridge does not take the call")?;
        let secret = shown.secret.as_ref().map(|secret| format!(r#""secret":"{secret}""#));
        let start = format!(
            r#"{{"event":"start","sequenceNumber":"1","start":{{"accountSid":"AC1","streamSid":"MZ1",
            "callSid":"CA1","tracks":["inbound"],"mediaFormat":{{"encoding":"audio/x-mulaw","sampleRate":8000,
            "channels":1}},"customParameters":{{{}}}}},"streamSid":"MZ1"}}"#,
            secret.unwrap_or_default()
        );
        socket.send(Message::text(start)).await?;
        Ok(Self { socket })
    }

    /// Waits for the first frame of sound, and hangs up.
    pub(crate) async fn hears_something(mut self) -> Result<()> {
        while let Some(message) = self.socket.next().await {
            let message = message?;
            if let Message::Close(frame) = &message {
                bail!("the bridge has ended the call: {frame:?}");
            }
            if matches!(&message, Message::Text(text) if is_media(text)) {
                return Ok(self.socket.send(Message::text(STOP)).await?);
            }
        }
        bail!("the bridge has ended the call")
    }

    /// Follows the script until that time, and notes what comes back.
    pub(super) async fn talk(
        mut self,
        script: Script,
        nth: usize,
        begin: Instant,
        end: Instant,
    ) -> Result<Heard> {
        let mut ear = Ear {
            script,
            told: None,
            answered: None,
            last: None,
            heard: Heard { calls: 1, ..Heard::default() },
        };
        let (mut number, mut due) = (0, begin);
        let mut alarm = pin!(sleep_until(due));
        loop {
            tokio::select! {
                // What has come is noted before anything is sent.
                biased;
                message = self.socket.next() => match message {
                    Some(Ok(message)) if !message.is_close() => ear.note(&message, Instant::now()),
                    // A call may be ended a little before the end of them all.
                    _ if Instant::now() + PAUSE >= end => return Ok(ear.heard),
                    _ => bail!("the bridge has ended a call"),
                },
                () = alarm.as_mut() => {
                    if due >= end {
                        self.socket.send(Message::text(STOP)).await?;
                        return Ok(ear.heard);
                    }
                    let (payload, is_beginning) = script.payload(number, nth);
                    if is_beginning {
                        ear.told = Some(Instant::now());
                    }
                    self.socket.send(media(number, payload)).await?;
                    number += 1;
                    due += FRAME;
                    alarm.as_mut().reset(due);
                }
            }
        }
    }
}

impl Script {
    /// What is sent in this frame, and whether a voice, or a click, begins in it.
    fn payload(self, number: usize, nth: usize) -> (&'static str, bool) {
        let (voice, loud) = &*VOICE;
        match self {
            Self::Talk => {
                let place = (number + nth * 37) % CYCLE;
                (voice.get(place).unwrap_or(&SILENCE), place == *loud)
            }
            Self::Click if number % CLICK_EVERY == CLICK_EVERY - 1 => (&CLICK, true),
            Self::Click => (&SILENCE, false),
        }
    }
}

/// The message that brings a frame.
fn media(number: usize, payload: &str) -> Message {
    Message::text(format!(
        r#"{{"event":"media","sequenceNumber":"{}","media":{{"track":"inbound","chunk":"{}","timestamp":"{}","payload":"{payload}"}},"streamSid":"MZ1"}}"#,
        number + 2,
        number + 1,
        number * 20,
    ))
}

/// Notes when frames come.
struct Ear {
    script: Script,
    /// When the last voice, or click, began.
    told: Option<Instant>,
    /// The one that has been answered already.
    answered: Option<Instant>,
    /// When the last frame came.
    last: Option<Instant>,
    heard: Heard,
}

impl Ear {
    fn note(&mut self, message: &Message, now: Instant) {
        let Message::Text(text) = message else { return };
        if is_media(text) {
            if let Some(last) = self.last.replace(now) {
                let gap = now - last;
                if gap > AHEAD && gap < PAUSE {
                    self.heard.gaps.push(gap);
                    self.heard.late += usize::from(gap > LATE);
                }
            }
            if self.script == Script::Click && self.told != self.answered && is_loud(text) {
                self.heard.clicks.extend(self.told.map(|began| now - began));
                self.answered = self.told;
            }
        } else {
            self.last = None;
            if text.contains(r#""clear""#) && self.told != self.answered {
                // A voice that begins while nothing is to be heard clears nothing; what comes later is another matter.
                let taken = self.told.map(|began| now - began);
                self.heard.cuts.extend(taken.filter(|taken| *taken < PAUSE));
                self.answered = self.told;
            }
        }
    }
}

fn is_media(text: &str) -> bool {
    text.starts_with(r#"{"event":"media""#)
}

fn is_loud(text: &str) -> bool {
    let payload = text.split(r#""payload":""#).nth(1).and_then(|rest| rest.split('"').next());
    let bytes =
        payload.and_then(|payload| BASE64_STANDARD.decode(payload).ok()).unwrap_or_default();
    Level::of(&g711::decode(&bytes).collect::<Vec<_>>()) >= LOUD
}
