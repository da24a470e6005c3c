//! What carriers are sent: they are alike but for what is around the sound.
//!
//! Sources: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>,
//! <https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket>,
//! <https://www.plivo.com/docs/voice/audio-streaming/audio-streaming>

use base64::Engine as _;
use wire::Carrier;

use super::coding::BASE64;

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
    /// For the stream of this name.
    pub(crate) fn new(carrier: Carrier, stream: &str) -> Self {
        let stream = quoted(stream);
        match carrier {
            // A client of the MOSHI protocol comes by another path and never gets here; Twilio's way is the widespread one.
            Carrier::Twilio | Carrier::Moshi => Self::twilio(&stream),
            Carrier::Telnyx => Self::telnyx(),
            Carrier::Plivo => Self::plivo(&stream),
        }
    }

    /// Nothing besides, for Twilio complains of every field that it doesn't expect.
    fn twilio(stream: &str) -> Self {
        let media = format!(r#"{{"event":"media","streamSid":{stream},"media":{{"payload":""#);
        let mark = format!(r#"{{"event":"mark","streamSid":{stream},"mark":{{"name":"#);
        Self {
            media: Around { before: media, after: r#""}}"# },
            mark: Around { before: mark, after: "}}" },
            clear: format!(r#"{{"event":"clear","streamSid":{stream}}}"#),
        }
    }

    /// For the one stream of a connection: what is sent names none.
    ///
    /// A stream must have been asked for with `stream_bidirectional_mode=rtp`, or its caller hears nothing. What is sent is
    /// µ-law also where A-law comes in: that is what `stream_bidirectional_codec` says unless told otherwise, while what comes
    /// in is by default coded as the call is, which outside North America is mostly A-law. No message names the former.
    fn telnyx() -> Self {
        let media = r#"{"event":"media","media":{"payload":""#.to_owned();
        let mark = r#"{"event":"mark","mark":{"name":"#.to_owned();
        Self {
            media: Around { before: media, after: r#""}}"# },
            mark: Around { before: mark, after: "}}" },
            clear: r#"{"event":"clear"}"#.to_owned(),
        }
    }

    /// Plivo's marks are called checkpoints, and their echo `playedStream`.
    fn plivo(stream: &str) -> Self {
        let media = format!(
            r#"{{"event":"playAudio","streamId":{stream},"media":{{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":""#
        );
        let mark = format!(r#"{{"event":"checkpoint","streamId":{stream},"name":"#);
        Self {
            media: Around { before: media, after: r#""}}"# },
            mark: Around { before: mark, after: "}" },
            clear: format!(r#"{{"event":"clearAudio","streamId":{stream}}}"#),
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
