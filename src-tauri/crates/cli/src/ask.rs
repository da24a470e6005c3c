//! Asks the xSwarm Voice that runs how it is, over port 9999.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use station::{Access, Running, Sight};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wire::Snapshot;

/// How long an answer may take. The one who answers is on this machine.
const PATIENCE: Duration = Duration::from_secs(3);

/// A conversation with the xSwarm Voice that runs.
pub(crate) struct Conversation {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Conversation {
    /// Begins one, or tells that nobody is there to talk with.
    pub(crate) async fn begin(address: SocketAddr, running: &Running) -> Result<Option<Self>> {
        if !holds(running, address).await {
            return Ok(None);
        }
        let token =
            station::token(Access::Control).context("the supervisor's token cannot be read")?;
        let Ok(Ok((socket, _))) =
            timeout(PATIENCE, connect_async(format!("ws://{address}/"))).await
        else {
            return Ok(None);
        };
        let mut conversation = Self { socket };
        let welcome =
            conversation.ask(&json!({"type": "auth", "token": token}), "auth_result").await?;
        if welcome["success"] != true {
            bail!(
                "the xSwarm Voice that runs (process {}) does not accept this token; \
                 is SUPERVISOR_TOKEN the same here and there?",
                running.identity.pid
            );
        }
        Ok(Some(conversation))
    }

    /// How everything is.
    pub(crate) async fn status(&mut self) -> Result<Snapshot> {
        snapshot(self.ask(&json!({"type": "status"}), "status").await?)
    }

    /// Asks to be told of every change. The first that is told is how everything is at the moment.
    pub(crate) async fn subscribe(&mut self) -> Result<()> {
        self.ask(&json!({"type": "subscribe", "kinds": ["status"]}), "subscribed").await.map(drop)
    }

    /// How everything is after the next change, or nothing at the end of the conversation.
    pub(crate) async fn next_status(&mut self) -> Result<Option<Snapshot>> {
        match self.hear("status").await? {
            Some(message) => snapshot(message).map(Some),
            None => Ok(None),
        }
    }

    async fn ask(&mut self, question: &Value, answer: &str) -> Result<Value> {
        let dialogue = async {
            self.socket
                .send(Message::text(question.to_string()))
                .await
                .context("the connection broke")?;
            self.hear(answer).await?.context("the connection ended without an answer")
        };
        timeout(PATIENCE, dialogue).await.context("port 9999 gives no answer")?
    }

    async fn hear(&mut self, kind: &str) -> Result<Option<Value>> {
        while let Some(Ok(message)) = self.socket.next().await {
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).context("the answer is not JSON")?;
            if message["type"] == kind {
                return Ok(Some(message));
            }
            bail!("expected the answer '{kind}', got {text}");
        }
        Ok(None)
    }
}

fn snapshot(mut message: Value) -> Result<Snapshot> {
    serde_json::from_value(message["snapshot"].take())
        .context("the xSwarm Voice that runs is of another version")
}

/// The token is shown only to the process that holds the lock, for another may have taken its port.
async fn holds(running: &Running, address: SocketAddr) -> bool {
    match station::look(address).await {
        Sight::InUse(cause) => {
            let holders = cause.holders();
            !holders.is_empty() && holders.iter().all(|holder| holder.identity == running.identity)
        }
        Sight::Free | Sight::Refused(_) => false,
    }
}
