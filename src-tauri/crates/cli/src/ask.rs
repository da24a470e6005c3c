//! Talks with the xSwarm Voice that runs, over port 9999.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use station::{Access, Running, Settings, Sight};
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
    asked: u64,
}

impl Conversation {
    /// Begins one as somebody who steers, or tells that nobody is there to talk with.
    pub(crate) async fn with_whoever_runs(settings: &Settings) -> Result<Option<Self>> {
        match station::running() {
            Some(running) => {
                Self::begin(settings.supervisor.address, &running, Access::Control).await
            }
            None => Ok(None),
        }
    }

    /// Begins one, or tells that nobody is there to talk with.
    pub(crate) async fn begin(
        address: SocketAddr,
        running: &Running,
        access: Access,
    ) -> Result<Option<Self>> {
        if !holds(running, address).await {
            return Ok(None);
        }
        let token =
            station::access_token(access).context("the supervisor's token cannot be read")?;
        let Ok(Ok((socket, _))) =
            timeout(PATIENCE, connect_async(format!("ws://{}/", station::reachable(address))))
                .await
        else {
            return Ok(None);
        };
        let mut conversation = Self { socket, asked: 0 };
        let welcome = conversation.ask(json!({"type": "auth", "token": token})).await?;
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
        snapshot(self.ask(json!({"type": "status"})).await?)
    }

    /// Asks to be told of these kinds of events. The first `status` is how everything is at the moment.
    pub(crate) async fn subscribe(&mut self, kinds: &[&str]) -> Result<()> {
        self.ask(json!({"type": "subscribe", "kinds": kinds})).await.map(drop)
    }

    /// How everything is after the next change, or nothing at the end of the conversation.
    pub(crate) async fn next_status(&mut self) -> Result<Option<Snapshot>> {
        while let Some(message) = self.hear().await? {
            if message["type"] == "status" {
                return snapshot(message).map(Some);
            }
        }
        Ok(None)
    }

    /// Says this and waits for the answer. Events that come before it are passed over.
    pub(crate) async fn ask(&mut self, question: Value) -> Result<Value> {
        let dialogue = async {
            let label = self.say(question).await?;
            while let Some(message) = self.hear().await? {
                if message["id"] == label {
                    return Ok(message);
                }
            }
            bail!("the connection ended without an answer")
        };
        timeout(PATIENCE, dialogue).await.context("port 9999 gives no answer")?
    }

    /// Says this, and gives the `id` that all that comes of it carries.
    pub(crate) async fn say(&mut self, mut question: Value) -> Result<u64> {
        self.asked += 1;
        question["id"] = json!(self.asked);
        let message = Message::text(question.to_string());
        self.socket.send(message).await.context("the connection broke")?;
        Ok(self.asked)
    }

    /// The next message, or nothing at the end of the conversation. Cancel-safe.
    pub(crate) async fn hear(&mut self) -> Result<Option<Value>> {
        while let Some(Ok(message)) = self.socket.next().await {
            let Message::Text(text) = message else { continue };
            return serde_json::from_str(&text).map(Some).context("the answer is not JSON");
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
