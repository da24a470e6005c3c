//! One caller: sends a frame every 20 ms as a carrier does, and notes when frames come back.

use std::f64::consts::TAU;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Result, bail};
use audio::{FRAME, Level, g711};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_util::{SinkExt, StreamExt};
use testcall::{Dialect, Stream};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};

use super::heard::Heard;

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

/// The recorded voice, as base64 of µ-law, and the first of its frames that is loud.
static VOICE: LazyLock<(Vec<String>, usize)> = LazyLock::new(|| {
    let frames = testcall::frames(&testcall::voice());
    let loud = frames.iter().position(|frame| Level::of(frame) >= LOUD).unwrap_or(0);
    (frames.iter().map(|frame| BASE64_STANDARD.encode(g711::encode(frame))).collect(), loud)
});
static SILENCE: LazyLock<String> = LazyLock::new(|| BASE64_STANDARD.encode([g711::SILENCE; 160]));
static CLICK: LazyLock<String> = LazyLock::new(|| {
    let wave = |n: i32| ((TAU * f64::from(n) / 8.0).sin() * 12_000.0) as i16;
    BASE64_STANDARD.encode(g711::encode(&(0..160).map(wave).collect::<Vec<_>>()))
});

pub(crate) struct Caller(testcall::Caller);

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
        let host = shown.host.map_or_else(|| bridge.to_string(), str::to_owned);
        let mut request = ClientRequestBuilder::new(format!("ws://{host}/").parse()?);
        if let Some(signature) = &shown.signature {
            request = request.with_header("x-twilio-signature", signature);
        }
        let stream = Stream::new(Dialect::Twilio, "MZ1", "CA1").showing(shown.secret.clone());
        let mut caller = testcall::Caller::dial(bridge, request, stream).await?;
        caller.start().await?;
        Ok(Self(caller))
    }

    /// Waits for the first frame of sound, and hangs up.
    pub(crate) async fn hears_something(mut self) -> Result<()> {
        loop {
            match self.0.hear().await? {
                testcall::FromBridge::Sound(_) => return self.hang_up().await,
                testcall::FromBridge::Closed(closed) => {
                    bail!("the bridge has ended the call: {closed}")
                }
                testcall::FromBridge::Mark(_) | testcall::FromBridge::Clear => {}
            }
        }
    }

    async fn hang_up(&mut self) -> Result<()> {
        let stop = self.0.stream.stop();
        Ok(self.0.send(stop).await?)
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
                message = self.0.socket.next() => match message {
                    Some(Ok(message)) if !message.is_close() => ear.note(&message, Instant::now()),
                    // A call may be ended a little before the end of them all.
                    _ if Instant::now() + PAUSE >= end => return Ok(ear.heard),
                    _ => bail!("the bridge has ended a call"),
                },
                () = alarm.as_mut() => {
                    if due >= end {
                        self.hang_up().await?;
                        return Ok(ear.heard);
                    }
                    let (payload, is_beginning) = script.payload(number, nth);
                    if is_beginning {
                        ear.told = Some(Instant::now());
                    }
                    let media = self.0.stream.coded(payload);
                    self.0.socket.send(Message::text(media)).await?;
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
