//! Clients of the MOSHI protocol, whose server the bridge is itself: Opus to sound, and back.
//!
//! A client is sent what clients expect of a model: sound without a pause, and the words that are spoken in it. It waits for the handshake before it sends. It comes when there is somebody to talk to. The protocol has neither
//! marks nor a way to take back what was sent.

use audio::opus::{Reader as OpusReader, Writer as OpusWriter};
use audio::{Rate, to_f32, to_i16};
use door::Socket;
use futures_util::StreamExt;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tracing::debug;
use wire::Carrier;

use super::flood::Flood;
use super::interface::{Caller, Event, Hears, Leg, Plays};
use super::socket::{Reader, Writer, dismiss, send};
use crate::ending::{Ending, Farewell};
use crate::engine::moshi::protocol::{self, FromModel};

pub(crate) struct MoshiClient {
    hears: Listener,
    plays: Speaker,
}

impl MoshiClient {
    /// A client whose messages are heard, or passed on as they are with a copy of their sound.
    pub(crate) fn new(socket: Socket, is_relayed: bool) -> Self {
        let (writer, reader) = socket.split();
        Self {
            hears: Listener { reader, opus: Box::default(), is_relayed, flood: Flood::default() },
            plays: Speaker { writer, opus: Box::default(), is_relayed },
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
    opus: Box<OpusReader>,
    is_relayed: bool,
    flood: Flood,
}

impl Hears for Listener {
    async fn hear(&mut self, sound: &mut Vec<i16>) -> Result<Event, Ending> {
        sound.clear();
        let message = match self.reader.next().await {
            None | Some(Ok(Message::Close(_))) => return Err(Ending::HungUp),
            Some(Ok(Message::Binary(message))) => message,
            Some(Ok(Message::Text(_))) => return self.meaningless(Event::Odd),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                return Ok(Event::Alive);
            }
            Some(Err(error)) => return Err(Ending::from_error(&error)),
        };
        let heard = if let FromModel::Sound(pages) = protocol::read(&message) {
            Some(self.opus.push(pages))
        } else {
            None
        };
        match (heard, self.is_relayed) {
            (_, true) if message.is_empty() => return Ok(Event::Alive),
            (Some(Ok(heard)), _) => *sound = to_i16(&heard),
            (Some(Err(garbled)), is_relayed) => {
                debug!(%garbled, "a piece of a client's sound can't be read");
                // One that has stumbled reads no more.
                *self.opus = OpusReader::default();
                if !is_relayed {
                    return self.meaningless(Event::Unreadable { at: None, number: None });
                }
            }
            (None, true) => {}
            (None, false) => return self.meaningless(Event::Other),
        }
        Ok(if self.is_relayed {
            Event::Message(message)
        } else {
            Event::Sound { at: None, number: None }
        })
    }
}

impl Listener {
    fn meaningless(&mut self, event: Event) -> Result<Event, Ending> {
        self.flood.note(Instant::now())?;
        Ok(event)
    }
}

pub(crate) struct Speaker {
    writer: Writer,
    opus: Box<OpusWriter>,
    is_relayed: bool,
}

impl Plays for Speaker {
    fn fills_pauses(&self) -> bool {
        !self.is_relayed
    }

    async fn show(&mut self, word: &str) -> Result<(), Ending> {
        send(&mut self.writer, Message::binary(protocol::word(word))).await
    }

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
