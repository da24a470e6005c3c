//! A conversation with a station over its supervisor's port, by which it is followed and given orders.

use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message as Frame, WebSocket};
use wire::protocol::{self, Command, Kind, Message};
use wire::{Service, ServiceName};

/// The service that is followed.
const VOICE_BRIDGE: ServiceName = ServiceName::literal("voice_bridge");

/// Far beyond anything that could still be called a measurement.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Conversation {
    socket: WebSocket<TcpStream>,
}

/// A station's voice bridge as it is shown, and when that was.
pub(crate) type Sight = (Instant, Service);

impl Conversation {
    pub(crate) fn begin(address: SocketAddr, token: &str) -> Result<Self> {
        Self::begin_within(address, token, PATIENCE)
    }

    /// One with a supervisor that takes no longer than this for any answer.
    pub(crate) fn begin_within(
        address: SocketAddr,
        token: &str,
        patience: Duration,
    ) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, patience)
            .context("the supervisor is not there")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        let (socket, _) = tungstenite::client(format!("ws://{address}/"), stream)
            .map_err(|error| anyhow!("the supervisor does not open a conversation: {error}"))?;
        let mut conversation = Self { socket };
        let welcome = conversation.ask(&Command::Auth { token: token.to_owned() })?;
        let is_taken = matches!(welcome, Message::AuthResult { success: true, .. });
        ensure!(is_taken, "the supervisor does not take its own token");
        Ok(conversation)
    }

    /// Restarts the voice bridge, and returns when that is done.
    pub(crate) fn restart(&mut self) -> Result<()> {
        let answer = self.ask(&Command::Restart { service: VOICE_BRIDGE })?;
        ensure!(matches!(answer, Message::Outcome(_)), "the restart was answered with {answer:?}");
        Ok(())
    }

    /// How everything is, as it is told: also in words that this program doesn't know.
    pub(crate) fn status(&mut self) -> Result<Value> {
        const ID: &str = "status";
        self.say(&Command::Status, Some(&json!(ID)))?;
        // What happens meanwhile is told as well.
        loop {
            let mut answer = self.hear()?.1;
            if answer["id"] == ID {
                return Ok(answer["snapshot"].take());
            }
        }
    }

    /// Everything that is shown of the voice bridge from here on. The last stays readable after the station has ended.
    pub(crate) fn follow(mut self) -> Result<Receiver<Sight>> {
        self.say(&Command::Subscribe { kinds: vec![Kind::Status] }, None)?;
        // Nothing may change for as long as it likes.
        self.socket.get_ref().set_read_timeout(None)?;
        let (tx, sights) = sync_channel(1024);
        std::thread::spawn(move || {
            // It ends with the station, and with the one who looks.
            let _ = self.pass_on(&tx);
        });
        Ok(sights)
    }

    fn pass_on(&mut self, tx: &SyncSender<Sight>) -> Result<()> {
        loop {
            let (when, told) = self.hear()?;
            let Message::Status { snapshot } = serde_json::from_value(told)? else { continue };
            // The very first may be from a moment at which no service had been started.
            if let Some(bridge) = snapshot.service(VOICE_BRIDGE) {
                tx.send((when, bridge.clone()))?;
            }
        }
    }

    fn ask(&mut self, question: &Command) -> Result<Message> {
        self.say(question, None)?;
        Ok(serde_json::from_value(self.hear()?.1)?)
    }

    fn say(&mut self, command: &Command, id: Option<&Value>) -> Result<()> {
        Ok(self.socket.send(Frame::text(protocol::write(command, id)))?)
    }

    fn hear(&mut self) -> Result<(Instant, Value)> {
        loop {
            match self.socket.read()? {
                Frame::Text(text) => return Ok((Instant::now(), serde_json::from_str(&text)?)),
                Frame::Close(_) => bail!("the supervisor has ended the conversation"),
                Frame::Binary(_) | Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => {}
            }
        }
    }
}

/// The first sight of which this holds.
pub(crate) fn until(sights: &Receiver<Sight>, is_it: impl Fn(&Service) -> bool) -> Result<Sight> {
    let deadline = Instant::now() + PATIENCE;
    let mut last = None;
    loop {
        match sights.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok((when, bridge)) if is_it(&bridge) => return Ok((when, bridge)),
            Ok((_, bridge)) => last = Some(bridge),
            Err(_) => bail!("the voice bridge did not become what was expected; it is {last:?}"),
        }
    }
}
