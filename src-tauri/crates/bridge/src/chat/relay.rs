//! A client and a speech model, message by message: nothing is changed.

use futures_util::{SinkExt, StreamExt};
use tokio::time::{Duration, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::tap::Tap;
use super::{Farewell, Reader, Writer, next};
use crate::ending::Ending;
use crate::engine::moshi::{FromServer, Moshi, Session, ToServer};
use crate::moshi::{Told, error, read};
use crate::recording::{Side, Tape};
use crate::roster::Entry;

/// How long either side may take to read what it is sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// Passes on what either says until one of them ends.
pub(super) async fn run(
    moshi: &Moshi,
    query: Option<&str>,
    entry: &Entry,
    (reader, writer): (&mut Reader, &mut Writer),
    tape: Option<Tape>,
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
    let said = std::mem::take(opening);
    let (ours, theirs) = (Tap::new(Side::Us, tape.clone()), Tap::new(Side::Caller, tape));
    tokio::select! {
        farewell = to_client(said, from_model, writer, (entry, ours)) => farewell,
        ending = to_server(reader, to_model, theirs) => ending.into(),
    }
}

/// Passes on what the server says: first what it `said` until it was ready, then whatever comes.
async fn to_client(
    said: Vec<Bytes>,
    server: &mut FromServer,
    client: &mut Writer,
    (entry, mut tap): (&Entry, Tap),
) -> Farewell {
    for message in said {
        if let Err(ending) = send(client, Message::Binary(message)).await {
            return ending.into();
        }
    }
    let ended = |code, reason: &str| Farewell {
        ending: Ending::Answered,
        close: Some((code, reason.to_owned())),
    };
    loop {
        match server.next().await {
            Some(Ok(Message::Binary(message))) => {
                match read(&message) {
                    Told::Text(piece) => entry.says(piece),
                    Told::Sound(pages) => tap.hear(pages),
                    Told::Handshake | Told::Error(_) | Told::Other => {}
                }
                if let Err(ending) = send(client, Message::Binary(message)).await {
                    return ending.into();
                }
            }
            Some(Ok(Message::Close(Some(frame)))) if frame.code.is_allowed() => {
                return ended(frame.code, &frame.reason);
            }
            Some(Ok(Message::Close(_))) => return Ending::Answered.into(),
            None | Some(Err(_)) => {
                return ended(CloseCode::Error, "the connection to the speech model broke");
            }
            Some(Ok(
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
            )) => {}
        }
    }
}

/// Passes on what the client says.
async fn to_server(client: &mut Reader, server: &mut ToServer, mut tap: Tap) -> Ending {
    loop {
        let message = match next(client).await {
            Ok(message) => message,
            Err(ending) => return ending,
        };
        if message.is_empty() {
            continue;
        }
        if let Told::Sound(pages) = read(&message) {
            tap.hear(pages);
        }
        match timeout(PATIENCE, server.send(Message::Binary(message))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Ending::Answered,
        }
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
