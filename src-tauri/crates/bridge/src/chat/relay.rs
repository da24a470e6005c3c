//! A client and a speech model, message by message: nothing is decoded, and nothing changed.

use futures_util::{SinkExt, StreamExt};
use tokio::time::{Duration, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{Farewell, Reader, Writer, next};
use crate::ending::Ending;
use crate::engine::moshi::{Moshi, Session};
use crate::moshi::{Told, error, read};
use crate::roster::Entry;

/// How long either side may take to read what it is sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// Passes on what either says until one of them ends.
pub(super) async fn run(
    moshi: &Moshi,
    query: Option<&str>,
    entry: &Entry,
    reader: &mut Reader,
    writer: &mut Writer,
) -> Farewell {
    let session = tokio::select! {
        session = moshi.begin(query, entry) => session,
        ending = until_gone(reader) => return ending.into(),
    };
    let Some(mut session) = session else {
        let what = "no server of the speech model answers";
        // The client may be gone; then the close finds that, too.
        let _ = writer.send(Message::binary(error(what))).await;
        return Farewell { ending: Ending::Answered, close: Some((CloseCode::Again, what.into())) };
    };
    let Session { reader: from_model, writer: to_model, opening, .. } = &mut session;
    let to_client = async {
        for message in opening.drain(..) {
            if let Err(ending) = send(writer, Message::Binary(message)).await {
                return ending.into();
            }
        }
        loop {
            match from_model.next().await {
                Some(Ok(Message::Binary(message))) => {
                    if let Told::Text(piece) = read(&message) {
                        entry.says(piece);
                    }
                    if let Err(ending) = send(writer, Message::Binary(message)).await {
                        return ending.into();
                    }
                }
                Some(Ok(Message::Close(Some(frame)))) if frame.code.is_allowed() => {
                    let close = Some((frame.code, frame.reason.to_string()));
                    return Farewell { ending: Ending::Answered, close };
                }
                Some(Ok(Message::Close(_))) => return Ending::Answered.into(),
                None | Some(Err(_)) => {
                    let broke = "the connection to the speech model broke".to_owned();
                    return Farewell {
                        ending: Ending::Answered,
                        close: Some((CloseCode::Error, broke)),
                    };
                }
                Some(Ok(
                    Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                )) => {}
            }
        }
    };
    let to_model = async {
        loop {
            let message = match next(reader).await {
                Ok(message) => message,
                Err(ending) => return ending.into(),
            };
            if message.is_empty() {
                continue;
            }
            match timeout(PATIENCE, to_model.send(Message::Binary(message))).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Ending::Answered.into(),
            }
        }
    };
    tokio::select! {
        farewell = to_client => farewell,
        farewell = to_model => farewell,
    }
}

/// Reads while there is nobody to pass anything on to. A client that keeps to the protocol says nothing yet.
async fn until_gone(reader: &mut Reader) -> Ending {
    loop {
        if let Err(ending) = next(reader).await {
            return ending;
        }
    }
}

async fn send(writer: &mut Writer, message: Message) -> Result<(), Ending> {
    match timeout(PATIENCE, writer.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Ending::Gone),
        Err(_) => Err(Ending::Unread),
    }
}
