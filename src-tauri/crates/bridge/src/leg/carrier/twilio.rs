//! Twilio Media Streams: what Twilio is sent, and nothing besides, for it complains of every field that it doesn't expect.
//!
//! Source: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>

use super::pen::{Around, Pen};

/// For the stream with this name, in quotes.
pub(super) fn pen(stream: &str) -> Pen {
    Pen {
        media: Around {
            before: format!(r#"{{"event":"media","streamSid":{stream},"media":{{"payload":""#),
            after: r#""}}"#,
        },
        mark: Around {
            before: format!(r#"{{"event":"mark","streamSid":{stream},"mark":{{"name":"#),
            after: "}}",
        },
        clear: format!(r#"{{"event":"clear","streamSid":{stream}}}"#),
    }
}
