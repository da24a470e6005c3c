//! The sound that goes to and fro in a session: 20 ms of µ-law to a packet of Opus, and whatever comes back to frames.
//!
//! The model hears the caller at all times and decides by itself when to speak, so nothing here takes turns. But what it
//! has said and the caller hasn't heard yet is cleared when the caller cuts in.

use std::time::Duration;

use audio::opus::{Reader as OpusReader, Writer as OpusWriter};
use audio::{Downsampler, Upsampler, g711};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::session::{self, Lost, Reader, Writer};
use crate::engine::Mouth;
use crate::hearing::{Ears, Heard};
use crate::moshi::{self, Told};
use crate::roster::Entry;

/// A server that sends nothing for that long, not even the answer to a ping, is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// How often a server is asked whether it is still there. Only empty pings: one server takes what is in them for a message.
const PING: Duration = Duration::from_secs(5);

/// What goes on in one session.
pub(super) struct Talk<'a> {
    mouth: &'a Mouth,
    entry: &'a Entry,
}

impl<'a> Talk<'a> {
    pub(super) fn new(mouth: &'a Mouth, entry: &'a Entry) -> Self {
        Self { mouth, entry }
    }

    /// Goes on until the session ends, and tells why it did.
    pub(super) async fn go_on(
        &self,
        ears: &mut Ears,
        reader: &mut Reader,
        writer: &mut Writer,
    ) -> Lost {
        let ended = tokio::select! {
            ended = self.pass_on(ears, writer) => ended,
            ended = self.hear_back(reader) => ended,
        };
        self.mouth.note_caller(false);
        match ended {
            Ok(never) => match never {},
            Err(lost) => lost,
        }
    }

    /// Sends what the caller says.
    async fn pass_on(&self, ears: &mut Ears, writer: &mut Writer) -> Result<Never, Lost> {
        let (mut up, mut opus) = (Upsampler::default(), OpusWriter::default());
        let mut ping_at = Instant::now() + PING;
        loop {
            let heard = tokio::select! {
                heard = ears.next() => heard,
                () = sleep_until(ping_at) => {
                    session::send(writer, Message::Ping(Bytes::new())).await?;
                    ping_at += PING;
                    continue;
                }
            };
            match heard {
                Heard::Sound(frame) => {
                    let pages = opus.push(&up.push(&frame[..]));
                    if !pages.is_empty() {
                        let message = Message::binary(moshi::sound(&pages));
                        session::send(writer, message).await?;
                    }
                }
                Heard::Started => {
                    self.mouth.note_caller(true);
                    if self.mouth.playout(|playout| playout.is_heard()) {
                        self.mouth.hush();
                    }
                }
                Heard::Ended(_) => self.mouth.note_caller(false),
                Heard::Key(_) => {}
            }
        }
    }

    /// Has the caller hear what the model says.
    async fn hear_back(&self, reader: &mut Reader) -> Result<Never, Lost> {
        let (mut opus, mut down) = (OpusReader::default(), Downsampler::default());
        loop {
            let message = tokio::time::timeout(SILENCE, session::next(reader));
            let message = message.await.unwrap_or(Err(Lost::Silent))?;
            match moshi::read(&message) {
                Told::Sound(pages) => {
                    let sound = opus.push(pages).map_err(Lost::Garbled)?;
                    self.mouth.stream(&g711::encode(&down.push(&sound)));
                }
                Told::Text(piece) => self.entry.says(piece),
                Told::Error(_) => return Err(Lost::Complaint),
                Told::Handshake | Told::Other => {}
            }
        }
    }
}

/// There is no way out but an error.
enum Never {}
