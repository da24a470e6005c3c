//! A carrier's stream as a leg.

use audio::{Rate, g711};
use door::Socket;
use futures_util::StreamExt;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tracing::info;
use wire::Carrier;

use super::coding::Coding;
use super::message::{CarrierEvent, Start, read};
use super::pen::Pen;
use crate::conversation::playout::Mark;
use crate::ending::{Ending, Farewell, Fault, Garbled};
use crate::leg::interface::{Caller, Event, Hears, Leg, Plays};
use crate::leg::socket::{Reader, Writer, dismiss, send};

pub(crate) struct Unstarted(pub(crate) Socket);

impl Unstarted {
    pub(crate) async fn until_start(&mut self) -> Result<Box<Start>, Ending> {
        loop {
            let Some(text) = text_of(self.0.next().await)? else { continue };
            match read(&text).map_err(Fault::from)?.told {
                // Every message that we send has it, and there are fifty a second.
                CarrierEvent::Start(start) if start.stream.chars().count() > wire::LONGEST_NAME => {
                    return Err(Fault::from(Garbled::LongStream).into());
                }
                CarrierEvent::Start(start) => return Ok(start),
                CarrierEvent::Connected | CarrierEvent::Complaint(_) | CarrierEvent::Other => {}
                CarrierEvent::Stop => return Err(Ending::HungUp),
                CarrierEvent::Sound(_) | CarrierEvent::Key(_) | CarrierEvent::Played(_) => {
                    return Err(Fault::BeforeStart.into());
                }
            }
        }
    }

    pub(crate) fn started(self, start: Start) -> CarrierLeg {
        let Start { carrier, stream, call, coding, secret: _ } = start;
        info!(?coding, "the stream started");
        let caller = Caller {
            from: carrier,
            rate: Rate::Telephone,
            has_marks: true,
            carrier_id: call,
            stream: Some(stream.clone()),
        };
        let pen = Pen::new(carrier, &stream);
        let may_be_out_of_turn = carrier == Carrier::Telnyx;
        let (writer, reader) = self.0.split();
        CarrierLeg {
            caller,
            hears: Listener { reader, stream, coding, may_be_out_of_turn, bytes: Vec::new() },
            plays: Speaker { writer, pen, bytes: Vec::new() },
        }
    }
}

pub(crate) struct CarrierLeg {
    caller: Caller,
    hears: Listener,
    plays: Speaker,
}

impl Leg for CarrierLeg {
    type Hears = Listener;
    type Plays = Speaker;

    fn caller(&mut self) -> Caller {
        // What has served its purpose is not kept for as long as the call lasts.
        let (carrier_id, stream) = (self.caller.carrier_id.take(), self.caller.stream.take());
        Caller { carrier_id, stream, ..self.caller.clone() }
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
    stream: String,
    coding: Coding,
    may_be_out_of_turn: bool,
    /// The bytes of the piece that is being heard; kept, so that no piece needs memory of its own.
    bytes: Vec<u8>,
}

impl Hears for Listener {
    async fn hear(&mut self, sound: &mut Vec<i16>) -> Result<Event, Ending> {
        sound.clear();
        let Some(text) = text_of(self.reader.next().await)? else { return Ok(Event::Alive) };
        let message = read(&text).map_err(Fault::from)?;
        if matches!(message.told, CarrierEvent::Start(_)) {
            return Err(Fault::StartedTwice.into());
        }
        if message.stream.is_some_and(|stream| stream != self.stream) {
            return Err(Fault::AnotherStream.into());
        }
        Ok(match message.told {
            CarrierEvent::Sound(piece) => {
                piece.decode(&mut self.bytes).map_err(Fault::from)?;
                match self.coding {
                    Coding::MuLaw => sound.extend(g711::decode(&self.bytes)),
                    Coding::ALaw => sound.extend(g711::a_law::decode(&self.bytes)),
                }
                let number = piece.chunk.filter(|_| self.may_be_out_of_turn);
                Event::Sound { at: piece.at, number }
            }
            CarrierEvent::Key(key) => Event::Key(key),
            CarrierEvent::Played(name) => name.parse().map_or(Event::Alive, Event::Played),
            CarrierEvent::Stop => return Err(Ending::HungUp),
            CarrierEvent::Complaint(what) => Event::Complaint(what.into_owned()),
            CarrierEvent::Start(_) | CarrierEvent::Connected | CarrierEvent::Other => Event::Other,
        })
    }
}

pub(crate) struct Speaker {
    writer: Writer,
    pen: Pen,
    bytes: Vec<u8>,
}

impl Plays for Speaker {
    async fn play(&mut self, frame: &[i16]) -> Result<(), Ending> {
        self.bytes.clear();
        self.bytes.extend(frame.iter().map(|&sample| g711::encoded(sample)));
        send(&mut self.writer, Message::text(self.pen.media(&self.bytes))).await
    }

    async fn mark(&mut self, mark: Mark) -> Result<(), Ending> {
        send(&mut self.writer, Message::text(self.pen.mark(&mark.to_string()))).await
    }

    async fn clear(&mut self) -> Result<(), Ending> {
        send(&mut self.writer, Message::text(self.pen.clear())).await
    }
}

/// The text of a message; pings, pongs and the like have none.
fn text_of(message: Option<Result<Message, Error>>) -> Result<Option<Utf8Bytes>, Ending> {
    match message {
        None | Some(Ok(Message::Close(_))) => Err(Ending::HungUp),
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Binary(_))) => Err(Fault::Binary.into()),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        Some(Err(error)) => Err(Ending::from_error(&error)),
    }
}
