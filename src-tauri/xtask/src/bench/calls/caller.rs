//! One caller: sends a frame every 20 ms as a carrier does, and notes when frames come back.

use std::f64::consts::TAU;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use audio::{FRAME, Framer, Level, g711};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

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
    const WAV: &[u8] = include_bytes!("../../../../crates/audio/tests/data/voice.wav");
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

type Socket = WebSocketStream<TcpStream>;

pub(super) struct Caller {
    socket: Socket,
}

impl Caller {
    /// A caller whose stream has started.
    pub(super) async fn dial(bridge: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(bridge).await.context("the bridge is not there")?;
        stream.set_nodelay(true)?;
        let (mut socket, _) = client_async(format!("ws://{bridge}/"), stream)
            .await
            .context("the bridge does not take the call")?;
        let start = r#"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1",
            "callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,
            "channels":1},"customParameters":{}},"streamSid":"MZ1"}"#;
        socket.send(Message::text(start)).await?;
        Ok(Self { socket })
    }

    /// Follows the script until that time.
    pub(super) async fn talk(
        self,
        script: Script,
        nth: usize,
        begin: Instant,
        end: Instant,
    ) -> Result<Heard> {
        let (mut writer, mut reader) = self.socket.split();
        let (told, telling) = tokio::sync::watch::channel(None);
        let (said, heard) = tokio::join!(
            say(&mut writer, script, nth, begin, end, told),
            hear(&mut reader, script, end, telling)
        );
        said?;
        heard
    }
}

/// Sends a frame every 20 ms. Tells when a voice, or a click, begins.
async fn say(
    writer: &mut SplitSink<Socket, Message>,
    script: Script,
    nth: usize,
    begin: Instant,
    end: Instant,
    told: tokio::sync::watch::Sender<Option<Instant>>,
) -> Result<()> {
    let (voice, loud) = &*VOICE;
    for number in 0.. {
        let due = begin + FRAME * number;
        if due >= end {
            break;
        }
        sleep_until(due).await;
        let number = number as usize;
        let place = (number + nth * 37) % CYCLE;
        let payload = match script {
            Script::Talk => {
                if place == *loud {
                    told.send_replace(Some(Instant::now()));
                }
                voice.get(place).unwrap_or(&SILENCE)
            }
            Script::Click if number % CLICK_EVERY == CLICK_EVERY - 1 => {
                told.send_replace(Some(Instant::now()));
                &CLICK
            }
            Script::Click => &SILENCE,
        };
        let message = format!(
            r#"{{"event":"media","sequenceNumber":"{}","media":{{"track":"inbound","chunk":"{}","timestamp":"{}","payload":"{payload}"}},"streamSid":"MZ1"}}"#,
            number + 2,
            number + 1,
            number * 20,
        );
        writer.send(Message::text(message)).await?;
    }
    writer.send(Message::text(r#"{"event":"stop","stop":{},"streamSid":"MZ1"}"#)).await?;
    Ok(())
}

/// Notes when frames come.
async fn hear(
    reader: &mut SplitStream<Socket>,
    script: Script,
    end: Instant,
    telling: tokio::sync::watch::Receiver<Option<Instant>>,
) -> Result<Heard> {
    let mut heard = Heard::default();
    let mut last: Option<Instant> = None;
    let mut answered = None;
    loop {
        let message = match timeout_at(end, reader.next()).await {
            Err(_) => return Ok(heard),
            Ok(Some(Ok(message))) if !message.is_close() => message,
            // The caller's own farewell may be answered a little before the end.
            Ok(_) if Instant::now() + PAUSE >= end => return Ok(heard),
            Ok(_) => bail!("the bridge has ended a call"),
        };
        let now = Instant::now();
        let Message::Text(text) = message else { continue };
        if text.contains(r#""media""#) {
            if let Some(last) = last.replace(now) {
                let gap = now - last;
                if gap > AHEAD && gap < PAUSE {
                    heard.gaps.push(gap);
                    heard.late += usize::from(gap > LATE);
                }
            }
            let began = *telling.borrow();
            if script == Script::Click && began != answered && is_loud(&text) {
                heard.clicks.extend(began.map(|began| now - began));
                answered = began;
            }
        } else if text.contains(r#""clear""#) {
            last = None;
            let began = *telling.borrow();
            if began != answered {
                // A voice that begins while nothing is to be heard clears nothing; what comes later is another matter.
                let taken = began.map(|began| now - began);
                heard.cuts.extend(taken.filter(|taken| *taken < PAUSE));
                answered = began;
            }
        } else {
            last = None;
        }
    }
}

fn is_loud(text: &str) -> bool {
    let payload = text.split(r#""payload":""#).nth(1).and_then(|rest| rest.split('"').next());
    let bytes =
        payload.and_then(|payload| BASE64_STANDARD.decode(payload).ok()).unwrap_or_default();
    Level::of(&g711::decode(&bytes).collect::<Vec<_>>()) >= LOUD
}
