//! An older xSwarm Voice on our ports is asked to quit before it is ended like any other program: so its calls end well,
//! also on Windows, where nothing else asks a program without a window.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::header::SERVER;
use ports::Known;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, Message};
use tracing::{info, warn};
use wire::{Cause, Ended, Force, Holder, Identity};

use crate::handover::GRACE;
use crate::{Settings, folders, lock, token};

/// How long its answer may take. It is on this machine.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the one among the confirmed holders of a port that has the supervisor's port, too, and waits for its end. Tells of
/// it if it has ended; whoever else there is, and one that hangs, is left to be ended.
pub(crate) async fn ask_to_quit(victims: &[Identity]) -> Option<Ended> {
    if victims.is_empty() {
        return None;
    }
    let data = folders::data()?;
    let address = supervisor_address();
    let known = Known { running: lock::running(&data).map(|one| one.identity), older: None };
    let look = tokio::task::spawn_blocking(move || ports::cause(address, &known));
    let holder = sole_holder(look.await.ok()?)?;
    if holder.guard.is_some() || !victims.contains(&holder.identity) {
        return None;
    }
    let pid = holder.identity.pid;
    match timeout(PATIENCE, ask(address, &data)).await {
        Ok(Ok(())) => {}
        Ok(Err(silence)) => {
            info!(pid, %silence, "a holder of the port does not quit when asked, so it is ended");
            return None;
        }
        Err(_) => {
            warn!(pid, "a holder of the port does not answer when asked to quit, so it is ended");
            return None;
        }
    }
    if timeout(GRACE, ports::gone(&holder.identity)).await != Ok(true) {
        warn!(pid, "an older xSwarm Voice agreed to quit and is still there, so it is ended");
        return None;
    }
    info!(pid, "an older xSwarm Voice has quit when asked");
    Some(Ended { identity: holder.identity, name: holder.name, force: Force::Polite })
}

/// Gives those who have ended the credit that they did when asked.
pub(crate) fn credit(ended: &mut [Ended], asked: Option<Ended>) {
    let Some(asked) = asked else { return };
    ended
        .iter_mut()
        .filter(|one| one.identity == asked.identity && one.force == Force::None)
        .for_each(|one| one.force = asked.force);
}

/// Where it would listen: the ports are the same, or it would not be in our way.
fn supervisor_address() -> SocketAddr {
    let settings = folders::config().and_then(|folder| Settings::load(&folder).ok());
    settings.unwrap_or_default().supervisor.address
}

/// The token must not get to anybody else who takes connections there.
fn sole_holder(cause: Cause) -> Option<Holder> {
    match cause {
        Cause::Held { mut holders } if holders.len() == 1 => holders.pop(),
        Cause::Held { .. }
        | Cause::Reserved { .. }
        | Cause::Connected { .. }
        | Cause::Hidden { .. }
        | Cause::Orphaned { .. }
        | Cause::Lingering { .. }
        | Cause::Exhausted
        | Cause::Unseen { .. } => None,
    }
}

/// Why it was not asked, or did not agree.
#[derive(Debug, thiserror::Error)]
enum Silence {
    #[error("it is no xSwarm Voice")]
    Stranger,
    #[error("our own token cannot be read: {0}")]
    NoToken(#[from] std::io::Error),
    #[error("it speaks no WebSocket: {0}")]
    Connection(#[from] tungstenite::Error),
    #[error("it does not accept our token, or knows no `quit`")]
    Refused,
}

async fn ask(address: SocketAddr, data: &Path) -> Result<(), Silence> {
    let (mut socket, welcome) =
        connect_async(format!("ws://{}/", ports::reachable(address))).await?;
    if welcome.headers().get(SERVER).is_none_or(|server| server != door::PRODUCT) {
        return Err(Silence::Stranger);
    }
    let token = token::load(data)?.control;
    for command in [json!({"type": "auth", "token": token}), json!({"type": "quit"})] {
        socket.send(Message::text(command.to_string())).await?;
    }
    while let Some(message) = socket.next().await {
        let answer: Value = serde_json::from_str(message?.to_text()?).unwrap_or_default();
        match answer["type"].as_str() {
            Some("auth_result") if answer["success"] == true => {}
            Some("quitting") => return Ok(()),
            _ => return Err(Silence::Refused),
        }
    }
    Err(Silence::Refused)
}
