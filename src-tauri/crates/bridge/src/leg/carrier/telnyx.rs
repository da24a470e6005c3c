//! Telnyx media streaming: what Telnyx is sent.
//!
//! A stream must have been asked for with `stream_bidirectional_mode=rtp`, or its caller hears nothing. What is sent is
//! µ-law also where A-law comes in: that is what `stream_bidirectional_codec` says unless told otherwise, while what comes in
//! is by default coded as the call is, which outside North America is mostly A-law. No message names the former.
//!
//! Source: <https://developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket>

use super::pen::{Around, Pen};

/// For the one stream of a connection: what is sent names none.
pub(super) fn pen() -> Pen {
    Pen {
        media: Around {
            before: r#"{"event":"media","media":{"payload":""#.to_owned(),
            after: r#""}}"#,
        },
        mark: Around { before: r#"{"event":"mark","mark":{"name":"#.to_owned(), after: "}}" },
        clear: r#"{"event":"clear"}"#.to_owned(),
    }
}
