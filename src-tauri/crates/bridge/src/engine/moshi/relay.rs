//! A client and a model, message by message: nothing is changed, and what they say is heard along.

use std::collections::VecDeque;

use audio::opus::Reader as OpusReader;
use audio::to_i16;
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Duration, timeout};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tracing::warn;

use super::protocol::{self, FromModel};
use super::servers::{Servers, Session};
use super::session::{self, Reader, Writer};
use super::vigil::Vigil;
use crate::conversation::ears::{EarEvent, Ears};
use crate::conversation::mouth::Mouth;
use crate::ending::Farewell;
use crate::engine::interface::Conversation;
use crate::roster::Entry;

/// How much of what a client says before the server is ready is kept, in bytes: some ten seconds of sound.
const LONGEST_KEPT: usize = 64 * 1024;
/// How much of that comes before the sound itself, at most: the head of it, in a message or in several.
const LONGEST_HEAD: usize = 4 * 1024;
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
    let mut kept = Kept::default();
    let Some(mut session) = begin(servers, query, &mut ears, &mut kept, entry).await else {
        let reason = "no server of the speech model answers";
        mouth.pass_on(protocol::error(reason).into(), Vec::new()).await;
        mouth.passed_on().await;
        return farewell(CloseCode::Again, reason);
    };
    let said = std::mem::take(&mut session.opening);
    // Nothing of ours is said on this line.
    let vigil = Vigil::new(session.server, entry, None);
    let (writer, reader) = session.connection.halves();
    let farewell = tokio::select! {
        // What has come is heard before anybody is blamed that nothing has.
        biased;
        farewell = to_client(said, reader, (&mouth, entry), &vigil) => {
            session.was_quick();
            farewell
        }
        () = to_server(kept, &mut ears, writer, &vigil) => None,
        // What this model has heard no other knows.
        lost = vigil.keep(|| false) => {
            let server = &*session.server.address.authority;
            warn!(server, %lost, "the session with the speech model is given up");
            let reason = "the speech model has stopped answering";
            mouth.pass_on(protocol::error(reason).into(), Vec::new()).await;
            farewell(CloseCode::Again, reason)
        }
    };
    mouth.passed_on().await;
    farewell
}

fn farewell(code: CloseCode, reason: &str) -> Option<Farewell> {
    Some(Farewell { code: code.into(), reason: reason.to_owned() })
}

/// A session with what the client has asked for. What the client says until there is one is kept.
async fn begin<'a>(
    servers: &'a Servers,
    query: Option<&str>,
    ears: &mut Ears,
    kept: &mut Kept,
    entry: &Entry,
) -> Option<Session<'a>> {
    let note = |server| entry.note_model(server);
    let session = tokio::select! {
        session = servers.first_free(query, &note) => session,
        () = kept.hear(ears) => None,
    };
    if session.is_none() {
        entry.note_unanswered();
    }
    session
}

/// Passes on what the server says: first what it `said` until it was ready, then whatever comes.
async fn to_client(
    said: Vec<Bytes>,
    server: &mut Reader,
    (mouth, entry): (&Mouth, &Entry),
    vigil: &Vigil<'_>,
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
                    FromModel::Text(piece) => {
                        vigil.words();
                        entry.says(piece);
                    }
                    FromModel::Sound(pages) => {
                        match opus.as_mut().map(|opus| opus.push(pages)) {
                            Some(Ok(heard)) => sound = to_i16(&heard),
                            Some(Err(garbled)) => {
                                warn!(%garbled, "what this model says is passed on unheard");
                                opus = None;
                            }
                            None => {}
                        }
                        vigil.sound(&sound);
                    }
                    FromModel::Handshake | FromModel::Error(_) | FromModel::Other => vigil.comes(),
                }
                vigil.until_taken(mouth.pass_on(message, sound)).await;
            }
            Some(Ok(Message::Close(Some(frame)))) if frame.code.is_allowed() => {
                return farewell(frame.code, &frame.reason);
            }
            Some(Ok(Message::Close(_))) => return None,
            None | Some(Err(_)) => {
                let reason = "the connection to the speech model broke";
                return farewell(CloseCode::Error, reason);
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => vigil.is_there(),
            Some(Ok(Message::Text(_) | Message::Frame(_))) => vigil.comes(),
        }
    }
}

/// What a client says before there is a server to hear it. Where it is too much, what came after the first of it goes: that has
/// the head of the client's sound, without which nobody can read the rest.
#[derive(Default)]
struct Kept {
    messages: VecDeque<Bytes>,
    bytes: usize,
}

impl Kept {
    /// Keeps what is heard. Never ends.
    async fn hear(&mut self, ears: &mut Ears) {
        loop {
            let EarEvent::Message(message) = ears.next().await else { continue };
            self.bytes += message.len();
            self.messages.push_back(message);
            while self.bytes > LONGEST_KEPT && self.messages.len() > 1 {
                let mut bytes = 0;
                let is_behind_head = |message: &Bytes| {
                    bytes += message.len();
                    bytes > LONGEST_HEAD
                };
                let first = self.messages.iter().position(is_behind_head).unwrap_or(1).max(1);
                self.bytes -= self.messages.remove(first).map_or(0, |message| message.len());
            }
        }
    }
}

/// Passes on what the client has said and says, until the server doesn't take it any more.
async fn to_server(
    Kept { mut messages, .. }: Kept,
    ears: &mut Ears,
    server: &mut Writer,
    vigil: &Vigil<'_>,
) {
    loop {
        let message = match messages.pop_front() {
            Some(message) => message,
            None => tokio::select! {
                heard = ears.next() => match heard {
                    EarEvent::Message(message) => message,
                    EarEvent::Sound { .. }
                    | EarEvent::Started
                    | EarEvent::Ended(_)
                    | EarEvent::Key(_) => continue,
                },
                () = vigil.asks() => {
                    if !matches!(timeout(PATIENCE, session::ask(server)).await, Ok(Ok(()))) {
                        return;
                    }
                    continue;
                }
            },
        };
        let is_sound = matches!(protocol::read(&message), FromModel::Sound(_));
        if !matches!(timeout(PATIENCE, server.send(Message::Binary(message))).await, Ok(Ok(()))) {
            return;
        }
        if is_sound {
            vigil.sent();
        }
    }
}
