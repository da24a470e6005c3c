//! Plivo audio streaming: what Plivo is sent. Its marks are called checkpoints, and their echo `playedStream`.
//!
//! Source: <https://www.plivo.com/docs/voice/audio-streaming/audio-streaming>

use super::pen::{Around, Pen};

/// For the stream with this name, in quotes.
pub(super) fn pen(stream: &str) -> Pen {
    Pen {
        media: Around {
            before: format!(
                r#"{{"event":"playAudio","streamId":{stream},"media":{{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":""#
            ),
            after: r#""}}"#,
        },
        mark: Around {
            before: format!(r#"{{"event":"checkpoint","streamId":{stream},"name":"#),
            after: "}",
        },
        clear: format!(r#"{{"event":"clearAudio","streamId":{stream}}}"#),
    }
}
