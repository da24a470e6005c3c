//! A conversation with another xSwarm Voice of this machine, over its supervisor's port.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, ClientRequestBuilder, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wire::protocol::{self, Command, Kind, Message};
use wire::{Identity, Snapshot};

use crate::installation::token::access_token;
use crate::peers::sight::{is_held_only_by, running};
use crate::settings::Section;
use crate::{Access, Settings, peers::handshake};

/// How long an answer may take. The one who answers is on this machine.
const PATIENCE: Duration = Duration::from_secs(3);

/// A conversation with an xSwarm Voice.
pub struct Conversation {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    port: u16,
    asked: u64,
}

/// Why a conversation came to nothing.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub enum Misheard {
    #[error("the supervisor's token cannot be read")]
    NoToken(#[source] io::Error),
    /// It was shown in vain.
    #[error(
        "the xSwarm Voice that runs (process {pid}) does not accept this token; \
         is SUPERVISOR_TOKEN the same here and there?"
    )]
    Rejected { pid: u32 },
    #[error(
        "the xSwarm Voice that runs (process {pid}) has no place left, not even for its own commands"
    )]
    NoPlace { pid: u32 },
    /// The connection broke while we said something.
    #[error("the connection broke")]
    Broken(#[source] tungstenite::Error),
    #[error("the connection ended without an answer")]
    Ended,
    #[error("port {0} gives no answer")]
    Silent(u16),
    #[error("the answer is not JSON")]
    Gibberish(#[source] serde_json::Error),
    /// It says something in a way that we don't know.
    #[error("the xSwarm Voice that runs is of another version")]
    Foreign(#[source] serde_json::Error),
}

impl Conversation {
    /// [`begin`](Self::begin)s one with the xSwarm Voice that runs, as somebody who steers.
    pub async fn with_whoever_runs(settings: &Settings) -> Result<Option<Self>, Misheard> {
        let Some(running) = running() else { return Ok(None) };
        Self::with_process(settings, &running.identity, Access::Control).await
    }

    /// [`begin`](Self::begin)s one with this process at whichever of the supervisor's addresses it is found, if it is at one.
    pub async fn with_process(
        settings: &Settings,
        process: &Identity,
        access: Access,
    ) -> Result<Option<Self>, Misheard> {
        for address in settings.addresses(Section::Supervisor) {
            if let Some(conversation) = Self::begin(address, process, access).await? {
                return Ok(Some(conversation));
            }
        }
        Ok(None)
    }

    /// Begins one with this process, or tells that it is not there to talk with. An error means that somebody is there. Our token
    /// is shown to nobody else: from the start to the one that has our lock, so that there is a place for us when all others are
    /// taken, and to another not before it has said that it is an xSwarm Voice.
    pub async fn begin(
        address: SocketAddr,
        process: &Identity,
        access: Access,
    ) -> Result<Option<Self>, Misheard> {
        if !is_held_only_by(process, address).await {
            return Ok(None);
        }
        let token = access_token(access).map_err(Misheard::NoToken)?;
        let has_our_lock = running().is_some_and(|running| running.identity.is(process));
        let request = request(address, has_our_lock.then_some(&token));
        let (socket, welcome) = match timeout(PATIENCE, connect_async(request)).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(tungstenite::Error::Http(refusal))) => {
                return match refusal.status() {
                    StatusCode::UNAUTHORIZED => Err(Misheard::Rejected { pid: process.pid }),
                    StatusCode::SERVICE_UNAVAILABLE => Err(Misheard::NoPlace { pid: process.pid }),
                    _ => Ok(None),
                };
            }
            Ok(Err(_)) | Err(_) => return Ok(None),
        };
        if !handshake::is_ours(welcome.headers()) {
            return Ok(None);
        }
        let mut conversation = Self { socket, port: address.port(), asked: 0 };
        let welcome = conversation.ask(&Command::Auth { token }).await?;
        let Message::AuthResult { success: true, .. } = welcome else {
            return Err(Misheard::Rejected { pid: process.pid });
        };
        Ok(Some(conversation))
    }

    /// How everything is.
    pub async fn status(&mut self) -> Result<Snapshot, Misheard> {
        let Message::Status { snapshot } = self.ask(&Command::Status).await? else {
            return Err(Misheard::Ended);
        };
        Ok(snapshot)
    }

    /// Asks to be told of these kinds of events. The first `status` is how everything is at the moment.
    pub async fn subscribe(&mut self, kinds: &[Kind]) -> Result<(), Misheard> {
        self.ask(&Command::Subscribe { kinds: kinds.to_vec() }).await.map(drop)
    }

    /// How everything is after the next change, or nothing at the end of the conversation.
    pub async fn next_status(&mut self) -> Result<Option<Snapshot>, Misheard> {
        while let Some(heard) = self.hear().await? {
            if heard.0["type"] == "status"
                && let Message::Status { snapshot } = heard.message()?
            {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }

    /// Says this and waits for the answer. Events that come before it are passed over.
    pub async fn ask(&mut self, question: &Command) -> Result<Message, Misheard> {
        let dialogue = async {
            let label = self.say(question).await?;
            self.answer(label).await?.ok_or(Misheard::Ended)
        };
        timeout(PATIENCE, dialogue).await.unwrap_or(Err(Misheard::Silent(self.port)))
    }

    /// Says this, and gives the `id` that all that comes of it carries.
    pub async fn say(&mut self, question: &Command) -> Result<u64, Misheard> {
        self.asked += 1;
        let message = protocol::write(question, Some(&self.asked.into()));
        self.socket.send(Frame::text(message)).await.map_err(Misheard::Broken)?;
        Ok(self.asked)
    }

    /// What comes next of what was said under that label, or nothing at the end of the conversation. Cancel-safe.
    pub async fn answer(&mut self, label: u64) -> Result<Option<Message>, Misheard> {
        while let Some(heard) = self.hear().await? {
            if heard.0["id"] == label {
                return heard.message().map(Some);
            }
        }
        Ok(None)
    }

    /// The next that is told, or nothing at the end of the conversation. Cancel-safe.
    pub async fn hear(&mut self) -> Result<Option<Received>, Misheard> {
        while let Some(Ok(frame)) = self.socket.next().await {
            let Frame::Text(text) = frame else { continue };
            return serde_json::from_str(&text)
                .map(|json| Some(Received(json)))
                .map_err(Misheard::Gibberish);
        }
        Ok(None)
    }
}

/// Something that was told, as it came: another version may tell what this one doesn't know.
pub struct Received(Value);

impl Received {
    /// What it is, if it is one of the messages that we know.
    pub fn message(&self) -> Result<Message, Misheard> {
        Message::deserialize(&self.0).map_err(Misheard::Foreign)
    }
}

impl fmt::Display for Received {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

fn request(address: SocketAddr, token: Option<&String>) -> ClientRequestBuilder {
    let address = ports::reachable(address);
    let uri = Uri::builder().scheme("ws").authority(address.to_string()).path_and_query("/");
    let uri = uri.build().expect("an address of a socket is an authority");
    let request = ClientRequestBuilder::new(uri);
    token.into_iter().fold(request, |request, token| request.with_header(door::TOKEN_HEADER, token))
}
