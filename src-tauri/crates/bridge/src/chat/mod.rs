//! Calls of MOSHI clients, which come to `/api/chat`: the bridge is a server of the protocol itself.
//!
//! | file | what it holds |
//! |---|---|
//! | `relay` | a client and a speech model, message by message |
//! | `check` | a client and the line check, which hears and speaks telephone sound |
//! | `tap` | the recording of what is passed on |
//!
//! A client waits for the handshake before it sends. It comes when there is somebody to talk to.

mod check;
mod relay;
mod tap;

use door::reasons::NOT_LOCAL;
use door::{Provenance, Rejection, RequestHead, Socket};
use futures_util::StreamExt;
use futures_util::stream::{SplitSink, SplitStream};
use http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, info_span};
use wire::Carrier;

use crate::Bridge;
use crate::ending::{Ending, Fault};
use crate::line::Line;
use crate::reasons::{BAD_PROMPT, MODEL_BUSY};

/// What a client says of the voice that it wants: the name of a file on the model's server.
const VOICE: &str = "voice_prompt";

/// Clients come to this path.
pub(crate) const CHAT: &str = "/api/chat";

type Reader = SplitStream<Socket>;
type Writer = SplitSink<Socket, Message>;

/// Lets in who comes from this machine, as long as there is somebody to talk to.
pub(crate) fn admit(bridge: &Bridge, head: &RequestHead) -> Result<(), Rejection> {
    let refused = |status, text, reason| Err(Rejection::because(status, text, reason));
    if head.provenance != Provenance::Local {
        let text = "MOSHI clients are taken from this machine only";
        return refused(StatusCode::FORBIDDEN, text, &NOT_LOCAL);
    }
    let mut asked = form_urlencoded::parse(head.query.as_deref().unwrap_or_default().as_bytes());
    if asked.any(|(name, value)| name == VOICE && !is_file_name(&value)) {
        let text = "voice_prompt must be the plain name of a file";
        return refused(StatusCode::BAD_REQUEST, text, &BAD_PROMPT);
    }
    if bridge.engine.moshi().is_some_and(|moshi| moshi.is_busy()) {
        let text = "the speech model is busy with another call; try again later";
        return refused(StatusCode::SERVICE_UNAVAILABLE, text, &MODEL_BUSY);
    }
    Ok(())
}

/// Whether it names a file and no folder. Servers put it behind the path of a folder of theirs, unchecked.
fn is_file_name(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
    !text.starts_with('.') && text.len() <= 128 && text.chars().all(is_plain)
}

/// How a client's call ended, and with what the connection is closed.
struct Farewell {
    ending: Ending,
    /// The close of the server, where it is to be passed on.
    close: Option<(CloseCode, String)>,
}

impl From<Ending> for Farewell {
    fn from(ending: Ending) -> Self {
        Self { ending, close: None }
    }
}

/// Holds one call until either side hangs up or `stop` is cancelled.
pub(crate) async fn hold(
    socket: Socket,
    head: RequestHead,
    bridge: &Bridge,
    stop: CancellationToken,
) {
    let (mut writer, mut reader) = socket.split();
    let line = Line { is_relayed: bridge.engine.moshi().is_some(), ..Line::default() };
    let engine = bridge.engine.engine();
    let entry = bridge.roster.enter(Carrier::Moshi, None, engine, line.clone());
    let span = info_span!("call", id = entry.id(), from = ?Carrier::Moshi);
    async {
        info!("the call began");
        let recordings = bridge.settings.recordings.as_ref();
        let (tape, written) = recordings.map(|them| them.begin(entry.id())).unzip();
        let talk = async {
            let sides = (&mut reader, &mut writer);
            match bridge.engine.moshi() {
                Some(moshi) => {
                    let query = head.query.as_deref();
                    relay::run(moshi, query, &entry, sides, tape).await
                }
                None => check::run(bridge, &entry, &line, sides, tape).await.into(),
            }
        };
        let Farewell { ending, close } = tokio::select! {
            () = stop.cancelled() => Ending::Stopping.into(),
            () = line.hang_up.cancelled() => Ending::Steered.into(),
            () = tokio::time::sleep(bridge.settings.longest) => Ending::TooLong.into(),
            farewell = talk => farewell,
        };
        info!(%ending, "the call ended");
        line.mouth.playout(crate::playout::Playout::finish);
        entry.close(ending.by(), ending.to_string());
        drop(entry);
        if !matches!(ending, Ending::Gone)
            && let Ok(socket) = writer.reunite(reader)
        {
            let (code, reason) = close.unwrap_or_else(|| (ending.code(), ending.to_string()));
            door::dismiss(socket, code, &reason).await;
        }
        if let Some(written) = written {
            // What went wrong there was told there.
            let _ = written.await;
        }
    }
    .instrument(span)
    .await;
}

/// The next message of the client. Whatever isn't binary is empty; text is a fault.
async fn next(reader: &mut Reader) -> Result<Bytes, Ending> {
    match reader.next().await {
        None | Some(Ok(Message::Close(_))) => Err(Ending::HungUp),
        Some(Ok(Message::Binary(message))) => Ok(message),
        Some(Ok(Message::Text(_))) => Err(Fault::Text.into()),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Bytes::new()),
        Some(Err(error)) => Err(Ending::from_error(&error)),
    }
}
