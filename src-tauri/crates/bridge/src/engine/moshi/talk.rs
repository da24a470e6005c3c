//! The sound that goes to and fro in a session: 20 ms to a packet of Opus, and whatever comes back to frames.
//!
//! The model hears the caller at all times and decides by itself when to speak, so nothing here takes turns.

use std::convert::Infallible;

use audio::opus::{Reader as OpusReader, Writer as OpusWriter};
use audio::{Converter, Rate, to_f32, to_i16};
use tokio_tungstenite::tungstenite::Message;

use super::protocol::{self, FromModel};
use super::session::{self, Came, Lost, Reader, Writer};
use super::vigil::Vigil;
use crate::conversation::ears::{EarEvent, Ears};
use crate::conversation::mouth::Mouth;
use crate::engine::interface::Conversation;
use crate::roster::Entry;

/// Goes on until the session ends, and tells why it did.
pub(super) async fn talk(
    conversation: &mut Conversation<'_>,
    (writer, reader): (&mut Writer, &mut Reader),
    vigil: &Vigil<'_>,
    has_another: impl Fn() -> bool,
) -> Lost {
    let Conversation { ears, mouth, entry, .. } = conversation;
    let Err(lost) = tokio::select! {
        // What has come is heard before anybody is blamed that nothing has.
        biased;
        ended = hear_back(reader, mouth, entry, vigil) => ended,
        ended = pass_on(ears, writer, vigil) => ended,
        lost = vigil.keep(has_another) => Err(lost),
    };
    lost
}

async fn pass_on(
    ears: &mut Ears,
    writer: &mut Writer,
    vigil: &Vigil<'_>,
) -> Result<Infallible, Lost> {
    let (mut up, mut opus) = (None, OpusWriter::default());
    loop {
        let heard = tokio::select! {
            heard = ears.next() => heard,
            () = vigil.asks() => {
                session::ask(writer).await?;
                continue;
            }
        };
        match heard {
            EarEvent::Sound { samples, rate } if vigil.wants_sound() => {
                let up = up.get_or_insert_with(|| Converter::new(rate, Rate::Wide));
                let pages = opus.push(&to_f32(&up.push(&samples)));
                if !pages.is_empty() {
                    let message = Message::binary(protocol::sound(&pages));
                    session::send(writer, message).await?;
                }
                vigil.sent();
            }
            EarEvent::Sound { .. }
            | EarEvent::Message(_)
            | EarEvent::Started
            | EarEvent::Ended(_)
            | EarEvent::Key(_) => {}
        }
    }
}

/// Has the caller hear what the model says.
async fn hear_back(
    reader: &mut Reader,
    mouth: &Mouth,
    entry: &Entry,
    vigil: &Vigil<'_>,
) -> Result<Infallible, Lost> {
    let mut opus = OpusReader::default();
    loop {
        let message = match session::next(reader).await? {
            Came::Message(message) => message,
            Came::Sign => {
                vigil.is_there();
                continue;
            }
            Came::Other => {
                vigil.comes();
                continue;
            }
        };
        match protocol::read(&message) {
            FromModel::Sound(pages) => {
                let sound = to_i16(&opus.push(pages).map_err(Lost::Garbled)?);
                vigil.sound(&sound);
                mouth.stream(&sound, Rate::Wide);
            }
            FromModel::Text(piece) => {
                vigil.words();
                entry.says(piece);
            }
            FromModel::Error(_) => return Err(Lost::Complaint),
            FromModel::Handshake | FromModel::Other => vigil.comes(),
        }
    }
}
