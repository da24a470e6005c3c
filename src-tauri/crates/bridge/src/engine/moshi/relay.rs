//! A client and a model, message by message: nothing is changed, and what they say is heard along.

use audio::opus::Reader as OpusReader;
use audio::to_i16;
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Duration, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tracing::warn;
use wire::ModelState;

use super::protocol::{self, FromModel};
use super::servers::{Servers, Session};
use super::session::{Reader, Writer};
use crate::conversation::ears::{EarEvent, Ears};
use crate::conversation::mouth::Mouth;
use crate::ending::Farewell;
use crate::engine::interface::Conversation;
use crate::roster::Entry;

/// How long a server may take to read what it is sent.
const PATIENCE: Duration = Duration::from_secs(10);

/// Passes on what either says until one of them ends, and returns what the server said last.
pub(super) async fn run(
    servers: &Servers,
    query: Option<&str>,
    conversation: Conversation<'_>,
) -> Option<Farewell> {
    let Conversation { mut ears, mouth, entry, .. } = conversation;
    ears.leave_out_sound();
    let Some(mut session) = begin(servers, query, &mut ears, entry).await else {
        let reason = "no server of the speech model answers";
        mouth.pass_on(protocol::error(reason).into(), Vec::new()).await;
        mouth.passed_on().await;
        return farewell(CloseCode::Again, reason);
    };
    let said = std::mem::take(&mut session.opening);
    let farewell = tokio::select! {
        farewell = to_client(said, &mut session.reader, &mouth, entry) => farewell,
        () = to_server(&mut ears, &mut session.writer) => None,
    };
    mouth.passed_on().await;
    farewell
}

fn farewell(code: CloseCode, reason: &str) -> Option<Farewell> {
    Some(Farewell { code: code.into(), reason: reason.to_owned() })
}

/// A session with what the client has asked for. A client that keeps to the protocol says nothing until there is one.
async fn begin<'a>(
    servers: &'a Servers,
    query: Option<&str>,
    ears: &mut Ears,
    entry: &Entry,
) -> Option<Session<'a>> {
    let note = |server| entry.note_model(server);
    let session = tokio::select! {
        session = servers.first_free(query, &note) => session,
        () = ears.overhear() => None,
    };
    match &session {
        Some(session) => entry.note_model(session.server.shown(ModelState::Ready)),
        None => entry.note_unanswered(),
    }
    session
}

/// Passes on what the server says: first what it `said` until it was ready, then whatever comes.
async fn to_client(
    said: Vec<Bytes>,
    server: &mut Reader,
    mouth: &Mouth,
    entry: &Entry,
) -> Option<Farewell> {
    for message in said {
        mouth.pass_on(message, Vec::new()).await;
    }
    let mut opus = Some(OpusReader::default());
    loop {
        match server.next().await {
            Some(Ok(Message::Binary(message))) => {
                let mut sound = Vec::new();
                match protocol::read(&message) {
                    FromModel::Text(piece) => entry.says(piece),
                    FromModel::Sound(pages) => match opus.as_mut().map(|opus| opus.push(pages)) {
                        Some(Ok(heard)) => sound = to_i16(&heard),
                        Some(Err(garbled)) => {
                            warn!(%garbled, "what this model says is passed on unheard");
                            opus = None;
                        }
                        None => {}
                    },
                    FromModel::Handshake | FromModel::Error(_) | FromModel::Other => {}
                }
                mouth.pass_on(message, sound).await;
            }
            Some(Ok(Message::Close(Some(frame)))) if frame.code.is_allowed() => {
                return farewell(frame.code, &frame.reason);
            }
            Some(Ok(Message::Close(_))) => return None,
            None | Some(Err(_)) => {
                let reason = "the connection to the speech model broke";
                return farewell(CloseCode::Error, reason);
            }
            Some(Ok(
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
            )) => {}
        }
    }
}

/// Passes on what the client says, until the server doesn't take it any more.
async fn to_server(ears: &mut Ears, server: &mut Writer) {
    loop {
        let EarEvent::Message(message) = ears.next().await else { continue };
        if !matches!(timeout(PATIENCE, server.send(Message::Binary(message))).await, Ok(Ok(()))) {
            return;
        }
    }
}
