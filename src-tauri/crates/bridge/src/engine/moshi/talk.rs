//! The sound that goes to and fro in a session: 20 ms to a packet of Opus, and whatever comes back to frames.
//!
//! The model hears the caller at all times and decides by itself when to speak, so nothing here takes turns.

use std::convert::Infallible;
use std::time::Duration;

use audio::opus::{Reader as OpusReader, Writer as OpusWriter};
use audio::{Converter, Rate, to_f32, to_i16};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::protocol::{self, FromModel};
use super::session::{self, Lost, Reader, Writer};
use crate::conversation::ears::{EarEvent, Ears};
use crate::conversation::mouth::Mouth;
use crate::engine::interface::Conversation;
use crate::roster::Entry;

/// A server that sends nothing for that long, not even the answer to a ping, is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// How often a server is asked whether it is still there. Only empty pings: one server takes what is in them for a message.
const PING: Duration = Duration::from_secs(5);

/// Goes on until the session ends, and tells why it did.
pub(super) async fn talk(
    conversation: &mut Conversation<'_>,
    reader: &mut Reader,
    writer: &mut Writer,
) -> Lost {
    let Conversation { ears, mouth, entry, .. } = conversation;
    let Err(lost) = tokio::select! {
        ended = pass_on(ears, writer) => ended,
        ended = hear_back(reader, mouth, entry) => ended,
    };
    lost
}

async fn pass_on(ears: &mut Ears, writer: &mut Writer) -> Result<Infallible, Lost> {
    let (mut up, mut opus) = (None, OpusWriter::default());
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
            EarEvent::Sound { samples, rate } => {
                let up = up.get_or_insert_with(|| Converter::new(rate, Rate::Wide));
                let pages = opus.push(&to_f32(&up.push(&samples)));
                if !pages.is_empty() {
                    let message = Message::binary(protocol::sound(&pages));
                    session::send(writer, message).await?;
                }
            }
            EarEvent::Message(_) | EarEvent::Started | EarEvent::Ended(_) | EarEvent::Key(_) => {}
        }
    }
}

/// Has the caller hear what the model says.
async fn hear_back(reader: &mut Reader, mouth: &Mouth, entry: &Entry) -> Result<Infallible, Lost> {
    let mut opus = OpusReader::default();
    loop {
        let message = tokio::time::timeout(SILENCE, session::next(reader));
        let message = message.await.unwrap_or(Err(Lost::Silent))?;
        match protocol::read(&message) {
            FromModel::Sound(pages) => {
                let sound = opus.push(pages).map_err(Lost::Garbled)?;
                mouth.stream(&to_i16(&sound), Rate::Wide);
            }
            FromModel::Text(piece) => entry.says(piece),
            FromModel::Error(_) => return Err(Lost::Complaint),
            FromModel::Handshake | FromModel::Other => {}
        }
    }
}
