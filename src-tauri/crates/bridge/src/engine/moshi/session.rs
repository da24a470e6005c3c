//! One session with a server: how it is opened, and what goes to and fro.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::address::Address;
use super::tls::{self, Wire};
use crate::moshi::{Told, read};

/// The largest message that a server may send: far more than a second of sound.
const LARGEST_MESSAGE: usize = 256 * 1024;
/// How much may wait for a server that reads slowly.
const WRITE_BUFFER: usize = 64 * 1024;

/// A server's WebSocket.
pub(crate) type Socket = WebSocketStream<Wire>;
pub(super) type Reader = SplitStream<Socket>;
pub(super) type Writer = SplitSink<Socket, Message>;

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

/// Opens a WebSocket to this server.
pub(super) async fn open(address: &Address, patience: Duration) -> Result<Socket, Lost> {
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
        let request = address.url.as_str();
        let opened = client_async_with_config(request, wire, Some(config)).await;
        opened.map(|(socket, _)| socket).map_err(|error| Lost::Refused(Box::new(error)))
    });
    opened.await.unwrap_or(Err(Lost::Slow))
}

/// Waits until the server is ready. Some tell of their model first.
pub(super) async fn until_ready(reader: &mut Reader) -> Result<(), Lost> {
    loop {
        let message = next(reader).await?;
        match read(&message) {
            Told::Handshake => return Ok(()),
            Told::Error(_) => return Err(Lost::Complaint),
            Told::Sound(_) | Told::Text(_) | Told::Other => {}
        }
    }
}

/// The next binary message; whatever else comes is empty.
pub(super) async fn next(reader: &mut Reader) -> Result<tungstenite::Bytes, Lost> {
    match reader.next().await {
        None | Some(Ok(Message::Close(_))) => Err(Lost::Closed),
        Some(Ok(Message::Binary(message))) => Ok(message),
        Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
            Ok(tungstenite::Bytes::new())
        }
        Some(Err(tungstenite::Error::ConnectionClosed)) => Err(Lost::Closed),
        Some(Err(error)) => Err(Lost::Broken(Box::new(error))),
    }
}

pub(super) async fn send(writer: &mut Writer, message: Message) -> Result<(), Lost> {
    writer.send(message).await.map_err(|error| Lost::Broken(Box::new(error)))
}
