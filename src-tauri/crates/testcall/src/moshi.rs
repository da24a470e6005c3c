//! A client of the MOSHI protocol, which speaks Opus in Ogg, in place of a carrier.

use audio::opus::{Reader, Writer};
use audio::{Downsampler, FRAME_SAMPLES, Upsampler};
use tokio_tungstenite::tungstenite::Message;

use crate::socket::{self, Broken, Closed, Socket};

/// A client. Whatever it says fails if the connection breaks or nobody reads.
pub struct MoshiClient {
    /// The connection.
    pub socket: Socket,
    up: Upsampler,
    writer: Writer,
    reader: Reader,
    down: Downsampler,
}

impl MoshiClient {
    /// One on this connection.
    #[must_use]
    pub fn on(socket: Socket) -> Self {
        let (up, writer) = (Upsampler::default(), Writer::default());
        Self { socket, up, writer, reader: Reader::default(), down: Downsampler::default() }
    }

    /// Says this, telephone sound, all at once.
    pub async fn say(&mut self, samples: &[i16]) -> Result<(), Broken> {
        for frame in samples.chunks(FRAME_SAMPLES) {
            let pages = self.writer.push(&self.up.push(frame));
            if !pages.is_empty() {
                self.send([b"\x01", &pages[..]].concat()).await?;
            }
        }
        Ok(())
    }

    /// Sends a message: its kind, and what is in it.
    pub async fn send(&mut self, message: Vec<u8>) -> Result<(), Broken> {
        socket::send(&mut self.socket, Message::binary(message)).await
    }

    /// The next message.
    ///
    /// # Errors
    /// If the other side has ended it.
    pub async fn next(&mut self) -> Result<Vec<u8>, Closed> {
        loop {
            if let Message::Binary(message) = socket::next(&mut self.socket).await? {
                return Ok(message.into());
            }
        }
    }

    /// The sound in a message's pages, as telephone sound.
    ///
    /// # Errors
    /// If it is no Opus in Ogg.
    pub fn decode(&mut self, pages: &[u8]) -> Result<Vec<i16>, Broken> {
        let sound = self.reader.push(pages);
        let sound = sound.map_err(|_| Broken::says("sends sound that is no Opus in Ogg"))?;
        Ok(self.down.push(&sound))
    }
}
