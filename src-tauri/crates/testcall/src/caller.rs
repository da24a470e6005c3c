//! Somebody who calls, by way of a carrier.

use std::net::SocketAddr;

use audio::{FRAME, FRAME_SAMPLES, Frame};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::dialect::{FromBridge, Stream};
use crate::socket::{self, Broken, Closed, Socket, Unanswered, connect};

/// A caller. Whatever it does fails if the connection breaks or nobody reads, and what it hears if a carrier would not
/// understand it.
#[derive(Debug)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub struct Caller {
    pub socket: Socket,
    pub stream: Stream,
}

impl Caller {
    /// Connects, as [`connect`] does. The stream has not started yet.
    pub async fn dial(
        address: SocketAddr,
        request: impl IntoClientRequest + Unpin,
        stream: Stream,
    ) -> Result<Self, Unanswered> {
        Ok(Self { socket: connect(address, request).await?, stream })
    }

    /// Starts the stream.
    pub async fn start(&mut self) -> Result<(), Broken> {
        if let Some(connected) = self.stream.connected() {
            self.send(connected).await?;
        }
        let start = self.stream.start();
        self.send(start).await
    }

    /// Says this in frames of 20 ms, all at once: a bridge counts time in samples.
    pub async fn say(&mut self, samples: &[i16]) -> Result<(), Broken> {
        for frame in samples.chunks(FRAME_SAMPLES) {
            let media = self.stream.media(frame);
            self.send(media).await?;
        }
        Ok(())
    }

    /// Sends a message.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), Broken> {
        socket::send(&mut self.socket, message.into()).await
    }

    /// What is heard next.
    pub async fn hear(&mut self) -> Result<FromBridge, Broken> {
        loop {
            match socket::next(&mut self.socket).await {
                Ok(Message::Text(text)) => return self.stream.read(&text),
                Ok(_) => {}
                Err(closed) => return Ok(FromBridge::Closed(closed)),
            }
        }
    }

    /// Stays on the line until the other side ends the call, and tells how it did. What it plays is taken as played at once.
    pub async fn stay(mut self, mut says: impl FnMut(u64) -> Frame) -> Result<Closed, Broken> {
        let (mut clock, mut frame) = (clock(), 0);
        loop {
            tokio::select! {
                _ = clock.tick() => {
                    // If nobody reads any more, the end is to be heard.
                    let _ = self.say(&says(frame)).await;
                    frame += 1;
                }
                heard = self.hear() => match heard? {
                    FromBridge::Mark(name) => {
                        let played = self.stream.played(&name);
                        let _ = self.send(played).await;
                    }
                    FromBridge::Closed(closed) => return Ok(closed),
                    FromBridge::Sound(_) | FromBridge::Clear => {}
                },
            }
        }
    }
}

/// Ticks for each frame of sound. A late one is made up for, so that a call keeps the time of the clock on the wall.
pub(crate) fn clock() -> Interval {
    let mut clock = interval(FRAME);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    clock
}
