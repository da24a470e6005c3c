//! One session with a server: how it is opened, and what goes to and fro.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::task::TaskTracker;

use super::address::Address;
use super::protocol::{FromModel, read};
use super::tls::{self, Wire};

/// The largest message that a server may send: far more than a second of sound.
pub(crate) const LARGEST_MESSAGE: usize = 256 * 1024;
/// How much may wait for a server that reads slowly: the largest message of a client's, and sound.
const WRITE_BUFFER: usize = LARGEST_MESSAGE + 64 * 1024;

/// How many messages a server may send before it is ready.
const BEFORE_READY: usize = 16;

/// How long a server may take to hear that it is left.
const PATIENCE: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<Wire>;
pub(crate) type Reader = SplitStream<Socket>;
pub(crate) type Writer = SplitSink<Socket, Message>;

/// A WebSocket to a server. Wherever it is let go, the server is told so.
pub(crate) struct Connection {
    halves: Option<(Writer, Reader)>,
    partings: TaskTracker,
}

impl Connection {
    fn new(socket: Socket, partings: TaskTracker) -> Self {
        Self { halves: Some(socket.split()), partings }
    }

    /// Both directions.
    pub(crate) fn halves(&mut self) -> (&mut Writer, &mut Reader) {
        let (writer, reader) = self.halves.as_mut().expect("they are taken when it is let go");
        (writer, reader)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Where the program ends there is nobody to wait for the answer.
        let Ok(runtime) = Handle::try_current() else { return };
        if let Some((writer, reader)) = self.halves.take()
            && let Ok(socket) = writer.reunite(reader)
        {
            self.partings.spawn_on(part(socket), &runtime);
        }
    }
}

/// The closing handshake of RFC 6455, 7.1.2: what still comes is read, or the connection would be reset under the goodbye.
async fn part(mut socket: Socket) {
    let parting = async {
        // An error means that it has gone, or has said goodbye first: then its answer waits to be sent.
        let _ = socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await;
        let _ = socket.flush().await;
        while let Some(Ok(_)) = socket.next().await {}
    };
    let _ = timeout(PATIENCE, parting).await;
}

/// Why there is no session, or none any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    #[error("the server cannot be reached")]
    Unreachable(#[source] std::io::Error),
    #[error("the server took too long to be connected")]
    Slow,
    #[error("the server's encryption is not as it should be")]
    Tls(#[source] std::io::Error),
    #[error("the server refuses the WebSocket")]
    Refused(#[source] Box<tungstenite::Error>),
    #[error("the server was not ready in time; it may be busy with another client")]
    NotReady,
    #[error("the server closed the session")]
    Closed,
    #[error("the connection to the server broke")]
    Broken(#[source] Box<tungstenite::Error>),
    #[error("the server says that something went wrong")]
    Complaint,
    #[error("the server sends no sound that can be understood: {0}")]
    Garbled(audio::opus::Garbled),
    #[error("the server is silent")]
    Silent,
}

/// Opens a WebSocket to this server, with what a client has asked for or else with what the settings ask for.
pub(super) async fn open(
    address: &Address,
    query: Option<&str>,
    patience: Duration,
    partings: &TaskTracker,
) -> Result<Connection, Lost> {
    let opened = timeout(patience, async {
        let stream = TcpStream::connect(&*address.authority).await.map_err(Lost::Unreachable)?;
        // Sound goes out in small messages, which must not wait for one another.
        stream.set_nodelay(true).map_err(Lost::Unreachable)?;
        let wire = tls::wire(stream, address).await.map_err(Lost::Tls)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(LARGEST_MESSAGE))
            .max_frame_size(Some(LARGEST_MESSAGE));
        let opened = client_async_with_config(address.asked_with(query), wire, Some(config)).await;
        let opened = opened.map_err(|error| Lost::Refused(Box::new(error)));
        opened.map(|(socket, _)| Connection::new(socket, partings.clone()))
    });
    opened.await.unwrap_or(Err(Lost::Slow))
}

/// Waits until the server is ready, and returns what it said so far. Some tell of their model first.
pub(super) async fn until_ready(reader: &mut Reader) -> Result<Vec<Bytes>, Lost> {
    let mut said = Vec::new();
    loop {
        let Came::Message(message) = next(reader).await? else { continue };
        let told = read(&message);
        let is_ready = told == FromModel::Handshake;
        if matches!(told, FromModel::Error(_)) || said.len() >= BEFORE_READY {
            return Err(Lost::Complaint);
        }
        if !message.is_empty() {
            said.push(message);
        }
        if is_ready {
            return Ok(said);
        }
    }
}

/// What comes from a server.
pub(super) enum Came {
    Message(Bytes),
    /// It was asked whether it is there and answers, or asks the same of us.
    Sign,
    /// Something that the protocol hasn't.
    Other,
}

/// What comes next.
pub(super) async fn next(reader: &mut Reader) -> Result<Came, Lost> {
    match reader.next().await {
        None | Some(Ok(Message::Close(_))) => Err(Lost::Closed),
        Some(Ok(Message::Binary(message))) => Ok(Came::Message(message)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Came::Sign),
        Some(Ok(Message::Text(_) | Message::Frame(_))) => Ok(Came::Other),
        Some(Err(tungstenite::Error::ConnectionClosed)) => Err(Lost::Closed),
        Some(Err(error)) => Err(Lost::Broken(Box::new(error))),
    }
}

/// Lets go by whatever comes, until nothing does any more.
pub(super) async fn until_lost(reader: &mut Reader) -> Lost {
    loop {
        if let Err(lost) = next(reader).await {
            return lost;
        }
    }
}

/// Asks a server whether it is there. Only empty pings: one server takes what is in them for a message.
pub(super) async fn ask(writer: &mut Writer) -> Result<(), Lost> {
    send(writer, Message::Ping(Bytes::new())).await
}

pub(super) async fn send(writer: &mut Writer, message: Message) -> Result<(), Lost> {
    writer.send(message).await.map_err(|error| Lost::Broken(Box::new(error)))
}
