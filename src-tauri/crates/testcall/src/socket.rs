//! The way to a voice bridge: a WebSocket, why there is none, and how it ends.

#![expect(missing_docs, reason = "what is not explained is named as what it is")]

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// How long the other side may take to answer or to read.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to a voice bridge.
pub type Socket = WebSocketStream<TcpStream>;

/// Why a call was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("nobody listens there")]
    Nobody,
    /// Somebody does, but does not want the call; `status` is that of the answer, if there was one.
    #[error("the call was not taken: {reason}")]
    Declined { status: Option<u16>, reason: String },
}

/// Why a call could not be seen through.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The other side does what a voice bridge does not.
    #[error("the other side {0}")]
    OtherSide(String),
    #[error("the connection broke")]
    Connection(#[from] Box<Error>),
}

impl Broken {
    pub(crate) fn says(what: impl Into<String>) -> Self {
        Self::OtherSide(what.into())
    }
}

/// How the other side ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// With which code, if it has said goodbye.
    pub code: Option<u16>,
    /// Why, if that is known.
    pub reason: String,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, &*self.reason) {
            (None, "") => f.write_str("without a reason"),
            (None, reason) => f.write_str(reason),
            (Some(code), "") => write!(f, "code {code}"),
            (Some(code), reason) => write!(f, "{reason} (code {code})"),
        }
    }
}

/// Connects to that address with this request, whose own host need not be there, and tells why if nobody takes it.
pub async fn connect(
    address: SocketAddr,
    request: impl IntoClientRequest + Unpin,
) -> Result<Socket, Unanswered> {
    let connecting = async {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // As much as a few messages take: what is laid out for every read is cleared for every read.
        let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
        Ok(client_async_with_config(request, stream, Some(config)).await?.0)
    };
    let declined = |status, reason| Unanswered::Declined { status, reason };
    match timeout(PATIENCE, connecting).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(Error::Io(_))) => Err(Unanswered::Nobody),
        Ok(Err(Error::Http(answer))) => {
            let words = answer.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            let reason = format!("{} {}", answer.status(), words.trim());
            Err(declined(Some(answer.status().as_u16()), reason))
        }
        Ok(Err(error)) => Err(declined(None, error.to_string())),
        Err(_) => Err(declined(None, "no answer within five seconds".to_owned())),
    }
}

/// Sends a message, unless nobody reads it.
pub(crate) async fn send(socket: &mut Socket, message: Message) -> Result<(), Broken> {
    let sent = timeout(PATIENCE, socket.send(message)).await;
    Ok(sent.map_err(|_| Broken::says("does not read"))?.map_err(Box::new)?)
}

/// The next message with something in it.
pub(crate) async fn next(socket: &mut Socket) -> Result<Message, Closed> {
    loop {
        let message = match socket.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(Closed { code: None, reason: error.to_string() }),
            None => return Err(Closed { code: None, reason: "the connection ended".to_owned() }),
        };
        match message {
            Message::Text(_) | Message::Binary(_) => return Ok(message),
            Message::Close(frame) => {
                let (code, reason) =
                    frame.map(|frame| (frame.code.into(), frame.reason.to_string())).unzip();
                return Err(Closed { code, reason: reason.unwrap_or_default() });
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
