//! Messages that are sent a few at a time, each few of them read before the next are sent.

use std::time::Duration;

use anyhow::Context;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::tally::Tally;
use crate::figures::{Count, Row};

/// After how many messages at most a client waits until they were read: many of them end the connection, and what is sent
/// after them is read by nobody.
pub(super) const BURST: usize = 4;
/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) type Client = WebSocketStream<TcpStream>;

/// What came of so many messages.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) messages: usize,
    pub(super) connections: usize,
    /// How often an answer was awaited, and how often none came.
    pub(super) read: Tally,
    pub(super) bursts: usize,
}

impl Sent {
    pub(super) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.connections += other.connections;
        self.bursts += other.bursts;
        self.read.add(other.read);
    }

    /// Sends one, and tells whether the connection took it.
    pub(super) async fn send(&mut self, client: &mut Client, message: Message) -> bool {
        let is_sent = timeout(PATIENCE, client.send(message)).await.is_ok_and(|sent| sent.is_ok());
        self.messages += usize::from(is_sent);
        is_sent
    }

    /// Waits until all that was sent has been read, and tells whether the connection is still there.
    pub(super) async fn await_reading(&mut self, client: &mut Client) -> bool {
        self.bursts += 1;
        let read = timeout(PATIENCE, until_read(client)).await;
        let is_open = matches!(read, Ok(true));
        self.read.note(read.map(drop).context("a burst was neither read nor refused"));
        is_open
    }

    /// Whether nobody is let in, or read, any more.
    pub(super) fn is_hopeless(&self) -> bool {
        self.read.is_hopeless()
    }

    /// The lines for it.
    pub(super) fn rows(self, what: &str, planned: usize) -> Vec<Row> {
        vec![
            Count::new(what, self.messages, planned).exactly(planned).into(),
            self.read.row("  bursts of them that were read within 20 s, or refused", self.bursts),
            Count::new("  connections that it took", self.connections, self.connections).into(),
        ]
    }
}

async fn until_read(client: &mut Client) -> bool {
    if client.send(Message::Ping(Vec::new().into())).await.is_err() {
        return false;
    }
    while let Some(Ok(message)) = client.next().await {
        if message.is_pong() {
            return true;
        }
    }
    false
}
