//! The sound that goes to and fro in a session: 20 ms of µ-law to a packet of Opus, and whatever comes back to frames.
//!
//! The model hears the caller at all times and decides by itself when to speak, so nothing here takes turns. But what it
//! has said and the caller hasn't heard yet is cleared when the caller cuts in.

use std::time::{Duration, SystemTime};

use audio::opus::{Reader as OpusReader, Writer as OpusWriter};
use audio::{Downsampler, Upsampler, g711};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use wire::{Happening, Speaker, Words};

use super::session::{self, Lost, Reader, Writer};
use crate::engine::Mouth;
use crate::hearing::{Ears, Heard};
use crate::moshi::{self, Told};
use crate::roster::Entry;

/// A server that sends nothing for that long, not even the answer to a ping, is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// How often a server is asked whether it is still there. Only empty pings: one server takes what is in them for a message.
const PING: Duration = Duration::from_secs(5);
/// How much of what the model said last is shown, in characters.
const SHOWN: usize = 240;
/// A pause this long ends what the model says.
const SENTENCE: Duration = Duration::from_secs(3);

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
        let mut sentence = Sentence::default();
        loop {
            let message = tokio::time::timeout(SILENCE, session::next(reader));
            let message = message.await.unwrap_or(Err(Lost::Silent))?;
            match moshi::read(&message) {
                Told::Sound(pages) => {
                    let sound = opus.push(pages).map_err(Lost::Garbled)?;
                    self.mouth.stream(&g711::encode(&down.push(&sound)));
                }
                Told::Text(piece) => {
                    let text = sentence.add(piece, Instant::now()).to_owned();
                    let at = SystemTime::now().into();
                    let words = Words { by: Speaker::Engine, text, at };
                    self.entry.note(|call| call.words = Some(words));
                    let (call, text) = (self.entry.id(), piece.to_owned());
                    self.entry.tell(Happening::EngineText { call, text });
                }
                Told::Error(_) => return Err(Lost::Complaint),
                Told::Handshake | Told::Other => {}
            }
        }
    }
}

/// There is no way out but an error.
enum Never {}

/// What the model says, put together from its pieces.
#[derive(Default)]
struct Sentence {
    text: String,
    last: Option<Instant>,
}

impl Sentence {
    fn add(&mut self, piece: &str, now: Instant) -> &str {
        if self.last.is_some_and(|last| now.duration_since(last) >= SENTENCE) {
            self.text.clear();
        }
        self.last = Some(now);
        self.text.push_str(piece);
        let length = self.text.chars().count();
        if let Some((start, _)) = self.text.char_indices().nth(length.saturating_sub(SHOWN)) {
            self.text.drain(..start);
        }
        self.text.trim_start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_words_and_a_pause_ends_them() {
        let mut sentence = Sentence::default();
        let start = Instant::now();
        assert_eq!(sentence.add(" Hel", start), "Hel");
        assert_eq!(sentence.add("lo", start + Duration::from_millis(80)), "Hello");
        assert_eq!(sentence.add(" you", start + Duration::from_secs(1)), "Hello you");
        assert_eq!(sentence.add(" Well", start + Duration::from_secs(5)), "Well");
    }

    #[test]
    fn of_a_long_speech_the_end_is_shown() {
        let mut sentence = Sentence::default();
        let start = Instant::now();
        for _ in 0..1_000 {
            sentence.add("ä", start);
        }
        assert_eq!(sentence.add("z", start), "ä".repeat(SHOWN - 1) + "z");
    }
}
