//! Clients of the MOSHI protocol, whose server the bridge is itself: Opus to sound, and back.
//!
//! A client waits for the handshake before it sends. It comes when there is somebody to talk to. The protocol has neither
//! marks nor a way to take back what was sent.

use audio::opus::{Reader as OpusReader, Writer as OpusWriter};
use audio::{Rate, to_f32, to_i16};
use door::Socket;
use futures_util::StreamExt;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tracing::warn;
use wire::Carrier;

use super::interface::{Caller, Event, Hears, Leg, Plays};
use super::socket::{Reader, Writer, dismiss, send};
use crate::ending::{Ending, Farewell, Fault};
use crate::engine::moshi::protocol::{self, FromModel};

pub(crate) struct MoshiClient {
    hears: Listener,
    plays: Speaker,
}

impl MoshiClient {
    /// A client whose messages are heard, or passed on as they are with a copy of their sound.
    pub(crate) fn new(socket: Socket, is_relayed: bool) -> Self {
        let (writer, reader) = socket.split();
        let opus = Some(Box::default());
        Self {
            hears: Listener { reader, opus, is_relayed },
            plays: Speaker { writer, opus: Box::default() },
        }
    }

    /// Tells the client that there is somebody to talk to.
    pub(crate) async fn greet(&mut self) -> Result<(), Ending> {
        send(&mut self.plays.writer, Message::binary(protocol::handshake())).await
    }
}

impl Leg for MoshiClient {
    type Hears = Listener;
    type Plays = Speaker;

    fn caller(&mut self) -> Caller {
        Caller {
            from: Carrier::Moshi,
            rate: Rate::Wide,
            has_marks: false,
            carrier_id: None,
            stream: None,
        }
    }

    fn halves(&mut self) -> (&mut Listener, &mut Speaker) {
        (&mut self.hears, &mut self.plays)
    }

    async fn end(self, farewell: Farewell) {
        dismiss(self.hears.reader, self.plays.writer, &farewell).await;
    }
}

pub(crate) struct Listener {
    reader: Reader,
    /// Nothing where sound that is passed on as it is could not be read.
    opus: Option<Box<OpusReader>>,
    is_relayed: bool,
}

impl Hears for Listener {
    async fn hear(&mut self, sound: &mut Vec<i16>) -> Result<Event, Ending> {
        sound.clear();
        let message = match self.reader.next().await {
            None | Some(Ok(Message::Close(_))) => return Err(Ending::HungUp),
            Some(Ok(Message::Binary(message))) => message,
            Some(Ok(Message::Text(_))) => return Err(Fault::Text.into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                return Ok(Event::Alive);
            }
            Some(Err(error)) => return Err(Ending::from_error(&error)),
        };
        let mut has_sound = false;
        if let (FromModel::Sound(pages), Some(opus)) = (protocol::read(&message), &mut self.opus) {
            match opus.push(pages) {
                Ok(heard) => *sound = to_i16(&heard),
                Err(garbled) if self.is_relayed => {
                    warn!(%garbled, "what this client says is passed on unheard");
                    self.opus = None;
                }
                Err(garbled) => return Err(Fault::Opus(garbled).into()),
            }
            has_sound = true;
        }
        Ok(match (self.is_relayed, has_sound) {
            (true, _) if message.is_empty() => Event::Alive,
            (true, _) => Event::Message(message),
            (false, true) => Event::Sound { at: None, number: None },
            (false, false) => Event::Other,
        })
    }
}

pub(crate) struct Speaker {
    writer: Writer,
    opus: Box<OpusWriter>,
}

impl Plays for Speaker {
    async fn play(&mut self, frame: &[i16]) -> Result<(), Ending> {
        let pages = self.opus.push(&to_f32(frame));
        if pages.is_empty() {
            return Ok(());
        }
        send(&mut self.writer, Message::binary(protocol::sound(&pages))).await
    }

    async fn pass_on(&mut self, message: Bytes) -> Result<(), Ending> {
        send(&mut self.writer, Message::Binary(message)).await
    }
}
