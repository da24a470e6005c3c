//! A client of the MOSHI protocol, which speaks Opus in Ogg and comes without a carrier.

#![allow(dead_code, reason = "each test file uses a part of it")]

use audio::opus::{Reader, Writer};
use audio::{Converter, FRAME_SAMPLES, Rate, to_f32, to_i16};
use futures_util::{SinkExt, StreamExt};
use testcall::Socket;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::caller::Running;

/// A client.
pub(crate) struct MoshiClient {
    socket: Socket,
    up: Converter,
    writer: Writer,
    reader: Reader,
    down: Converter,
}

impl MoshiClient {
    /// One that has come to this bridge.
    pub(crate) async fn of(bridge: &Running, path: &str) -> Self {
        let url = format!("ws://{}{path}", bridge.address);
        let socket = testcall::connect(bridge.address, url).await;
        Self {
            socket: socket.expect("the bridge takes clients"),
            up: Converter::new(Rate::Telephone, Rate::Wide),
            writer: Writer::default(),
            reader: Reader::default(),
            down: Converter::new(Rate::Wide, Rate::Telephone),
        }
    }

    /// Says this, telephone sound, all at once.
    pub(crate) async fn say(&mut self, samples: &[i16]) -> Result<(), Error> {
        for frame in samples.chunks(FRAME_SAMPLES) {
            let pages = self.writer.push(&to_f32(&self.up.push(frame)));
            if !pages.is_empty() {
                self.send([b"\x01", &pages[..]].concat()).await?;
            }
        }
        Ok(())
    }

    /// Sends a message: its kind, and what is in it.
    pub(crate) async fn send(&mut self, message: Vec<u8>) -> Result<(), Error> {
        self.socket.send(Message::binary(message)).await
    }

    /// Sends what the protocol has not: text.
    pub(crate) async fn send_text(&mut self, text: &str) -> Result<(), Error> {
        self.socket.send(Message::text(text)).await
    }

    /// The next message, or the code with which the other side has ended the call, if it has said one.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, Option<u16>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(message))) => return Ok(message.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(other)) => panic!("the protocol has no {other:?}"),
                None | Some(Err(_)) => return Err(None),
            }
        }
    }

    /// The sound in a message's pages, as telephone sound.
    pub(crate) fn decode(&mut self, pages: &[u8]) -> Vec<i16> {
        let sound = to_i16(&self.reader.push(pages).expect("it is Opus in Ogg"));
        self.down.push(&sound).into_owned()
    }

    pub(crate) async fn hang_up(&mut self) {
        self.socket.close(None).await.expect("the call goes on");
    }
}
