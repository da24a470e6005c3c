//! A client's connection: requests come in, answers go out.

use std::time::Duration;

use door::{Socket, complaint, dismiss};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::protocol::{Answer, Request};

/// How long an answer may wait for a client that doesn't read.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Client {
    socket: Socket,
}

/// The client has left, or must be sent away with this code.
pub(crate) struct Left(Option<CloseCode>);

impl Client {
    pub(crate) fn new(socket: Socket) -> Self {
        Self { socket }
    }

    /// The next request. Nothing is lost if this is dropped while it waits.
    pub(crate) async fn hear(&mut self) -> Result<Request, Left> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(Request::read(&text)),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Left(complaint(&error))),
                None => return Err(Left(None)),
            }
        }
    }

    /// Sends an answer, labelled with the `id` of its request.
    pub(crate) async fn say(&mut self, answer: &Answer, id: Option<&Value>) -> Result<(), Left> {
        let message = Message::text(answer.write(id));
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Left(None)),
            Err(_) => {
                tracing::warn!("a client that does not read was cut off");
                Err(Left(None))
            }
        }
    }

    /// Ends the visit of a client that has left or broken the rules.
    pub(crate) async fn part(self, Left(code): Left) {
        if let Some(code) = code {
            self.dismiss(code, "the message broke the rules").await;
        }
    }

    pub(crate) async fn dismiss(self, code: CloseCode, reason: &str) {
        dismiss(self.socket, code, reason).await;
    }
}
