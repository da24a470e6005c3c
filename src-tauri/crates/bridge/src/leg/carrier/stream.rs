//! A carrier's stream as a leg.

use std::borrow::Cow;

use audio::{Rate, g711};
use door::Socket;
use futures_util::StreamExt;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::info;
use wire::Carrier;

use super::coding::Coding;
use super::message::{CarrierEvent, Start, read};
use super::pen::Pen;
use crate::conversation::playout::Mark;
use crate::ending::{Ending, Farewell, Fault};
use crate::leg::flood::Flood;
use crate::leg::interface::{Caller, Event, Hears, Leg, Plays};
use crate::leg::socket::{Reader, Writer, dismiss, send};

pub(crate) struct Unstarted {
    pub(crate) socket: Socket,
    flood: Flood,
}

impl Unstarted {
    pub(crate) fn new(socket: Socket) -> Self {
        Self { socket, flood: Flood::default() }
    }

    /// Reads until the stream starts. Sound and whatever else comes before that is nobody's yet.
    pub(crate) async fn until_start(&mut self) -> Result<Box<Start>, Ending> {
        loop {
            let message = self.socket.next().await;
            let (text, mut room) = (text_of(&message)?, String::new());
            match text.as_deref().map(|text| read(text, &mut room)) {
                Some(CarrierEvent::Start(start)) => return Ok(start.map_err(Fault::from)?),
                Some(CarrierEvent::Stop(_)) => return Err(Ending::HungUp),
                Some(CarrierEvent::Connected) | None => {}
                Some(
                    CarrierEvent::Sound(_)
                    | CarrierEvent::Key(_)
                    | CarrierEvent::Played(_)
                    | CarrierEvent::Complaint(_)
                    | CarrierEvent::Other
                    | CarrierEvent::Odd,
                ) => self.flood.note(Instant::now())?,
            }
        }
    }

    /// What is wrong with a stream that has not started in time.
    pub(crate) fn no_start(&self) -> Fault {
        if self.flood.has_begun() { Fault::OtherThanStart } else { Fault::NoStart }
    }

    pub(crate) fn started(self, start: Start) -> CarrierLeg {
        let Start { carrier, stream, call, coding, account: _, secrets: _ } = start;
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
        let (writer, reader) = self.socket.split();
        CarrierLeg {
            caller,
            hears: Listener {
                reader,
                stream,
                coding,
                may_be_out_of_turn,
                bytes: Vec::new(),
                flood: self.flood,
            },
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
    flood: Flood,
}

impl Hears for Listener {
    async fn hear(&mut self, sound: &mut Vec<i16>) -> Result<Event, Ending> {
        sound.clear();
        let message = self.reader.next().await;
        let Some(text) = text_of(&message)? else { return Ok(Event::Alive) };
        let mut room = String::new();
        let event = match read(&text, &mut room) {
            CarrierEvent::Sound(piece) => {
                let at = piece.at;
                let number = piece.chunk.filter(|_| self.may_be_out_of_turn);
                if piece.decode(&mut self.bytes) {
                    self.coding.decode(&self.bytes, sound);
                    return Ok(Event::Sound { at, number });
                }
                Event::Unreadable { at, number }
            }
            CarrierEvent::Key(key) => return Ok(Event::Key(key)),
            CarrierEvent::Played(name) => match name.parse() {
                Ok(mark) => return Ok(Event::Played(mark)),
                Err(_) => Event::Other,
            },
            // One of another stream doesn't end this one.
            CarrierEvent::Stop(Some(name)) if name != self.stream => Event::Odd,
            CarrierEvent::Stop(_) => return Err(Ending::HungUp),
            CarrierEvent::Complaint(what) => Event::Complaint(what.into_owned()),
            CarrierEvent::Connected | CarrierEvent::Other => Event::Other,
            CarrierEvent::Start(_) | CarrierEvent::Odd => Event::Odd,
        };
        self.flood.note(Instant::now())?;
        Ok(event)
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

/// The text of a message, be it in a text frame or not; pings, pongs and the like have none.
fn text_of(message: &Option<Result<Message, Error>>) -> Result<Option<Cow<'_, str>>, Ending> {
    match message {
        None | Some(Ok(Message::Close(_))) => Err(Ending::HungUp),
        Some(Ok(Message::Text(text))) => Ok(Some(Cow::Borrowed(text))),
        Some(Ok(Message::Binary(bytes))) => Ok(Some(String::from_utf8_lossy(bytes))),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        Some(Err(error)) => Err(Ending::from_error(error)),
    }
}
