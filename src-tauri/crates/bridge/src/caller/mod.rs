//! The wire formats of those who bring calls.
//!
//! | file | what it holds |
//! |---|---|
//! | `message` | what all phone carriers send alike: JSON in text frames |
//! | `loose` | values that some write as numbers and some as text |
//! | `order` | sound that a carrier may send out of turn |
//! | `twilio`, `telnyx`, `plivo` | what each is sent |
//!
//! A carrier is known by its `start`: each names the stream in a way of its own.

mod loose;
mod message;
mod order;
mod plivo;
mod telnyx;
mod twilio;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use wire::Carrier;

pub(crate) use message::{Garbled, Sound, Start, Told, read};
pub(crate) use order::{Order, Piece};

/// Takes base64 with and without its padding, and writes it with.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How the sound on a line is coded, both at 8 kHz on one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Coding {
    #[default]
    MuLaw,
    ALaw,
}

/// Writes what a carrier understands, for one stream.
///
/// A message is the same each time but for its sound, so what is around it is made once.
#[derive(Debug)]
pub(crate) struct Pen {
    media: Around,
    mark: Around,
    clear: String,
}

/// What comes before and after the part that differs.
#[derive(Debug)]
struct Around {
    before: String,
    after: &'static str,
}

impl Pen {
    /// For a stream of this carrier.
    pub(crate) fn new(carrier: Carrier, stream: &str) -> Self {
        match carrier {
            // A client of the MOSHI protocol comes by another path and never gets here; Twilio's way is the widespread one.
            Carrier::Twilio | Carrier::Moshi => twilio::pen(&quoted(stream)),
            Carrier::Telnyx => telnyx::pen(),
            Carrier::Plivo => plivo::pen(&quoted(stream)),
        }
    }

    /// The message that has the carrier play this sound, µ-law at 8 kHz, after all that it was sent before.
    pub(crate) fn media(&self, sound: &[u8]) -> String {
        let Around { before, after } = &self.media;
        let mut text =
            String::with_capacity(before.len() + sound.len().div_ceil(3) * 4 + after.len());
        text.push_str(before);
        BASE64.encode_string(sound, &mut text);
        text.push_str(after);
        text
    }

    /// The message that has the carrier tell when all that it was sent before has been played.
    pub(crate) fn mark(&self, name: &str) -> String {
        let Around { before, after } = &self.mark;
        format!("{before}{}{after}", quoted(name))
    }

    /// The message that has the carrier forget what it hasn't played yet.
    pub(crate) fn clear(&self) -> String {
        self.clear.clone()
    }
}

/// This text as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
