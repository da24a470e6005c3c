//! What a terminal can do by itself, whether or not a station runs: see who is on a port, and free it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use ports::{BindError, Known, Listener, Sharing};
use wire::{Cause, Ended, Failure, Identity};

use crate::ended::{By, note_all};
use crate::{Access, Running, folders, lock, predecessor, private};

/// What is seen of a port from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Nobody has it.
    Free,
    /// Somebody has it.
    InUse(Cause),
    /// The system would not let us have it.
    Refused(wire::Refusal),
}

/// The xSwarm Voice that runs for this user, if one does.
#[must_use]
pub fn running() -> Option<Running> {
    lock::running(&folders::data()?)
}

/// The token that the xSwarm Voice that runs asks for on port 9999 from those who steer, or who only watch.
///
/// # Errors
/// If it can't be read.
pub fn access_token(access: Access) -> io::Result<String> {
    let tokens = crate::token::load(&data()?)?;
    Ok(match access {
        Access::Control => tokens.control,
        Access::Observe => tokens.observe,
    })
}

/// Makes another token. An xSwarm Voice that runs doesn't learn of it by this; it must be asked for it on port 9999.
///
/// # Errors
/// If it can't be written, or the variable `SUPERVISOR_TOKEN` names it.
pub fn renew_token(access: Access) -> io::Result<String> {
    crate::token::renew(&data()?, access)
}

fn data() -> io::Result<PathBuf> {
    let data = folders::data().ok_or(io::ErrorKind::NotFound)?;
    private::folder(&data)?;
    Ok(data)
}

/// Who is on a port. Needs a tokio runtime.
pub async fn look(address: SocketAddr) -> Sight {
    match cause(address).await {
        // Nobody is found on a free port, either. Only then is it touched, for a moment, to tell the two apart.
        Cause::Unseen { .. } => match Listener::bind(address, Sharing::Exclusive) {
            Ok(_) => Sight::Free,
            Err(BindError::Refused(refusal)) => Sight::Refused(refusal),
            // Somebody may have taken it since nobody was found, such as the xSwarm Voice that was waiting for it.
            Err(BindError::InUse) => Sight::InUse(cause(address).await),
            Err(BindError::Exhausted(_)) => Sight::InUse(Cause::Exhausted),
        },
        // Connections and sockets that don't listen keep an address from some programs, but not always from us.
        cause @ (Cause::Connected { .. } | Cause::Reserved { .. } | Cause::Lingering { .. }) => {
            match Listener::bind(address, Sharing::Exclusive) {
                Ok(_) => Sight::Free,
                Err(_) => Sight::InUse(cause),
            }
        }
        cause @ (Cause::Held { .. }
        | Cause::Hidden { .. }
        | Cause::Orphaned { .. }
        | Cause::Exhausted) => Sight::InUse(cause),
    }
}

async fn cause(address: SocketAddr) -> Cause {
    let known = known();
    let scan = tokio::task::spawn_blocking(move || ports::cause(address, &known));
    scan.await.unwrap_or(Cause::Exhausted)
}

/// Ends the confirmed holders of a port, and makes sure that it is free or has gone to the xSwarm Voice that runs.
///
/// # Errors
/// Tells why it is not.
pub async fn free(address: SocketAddr, victims: &[Identity]) -> Result<Vec<Ended>, Failure> {
    let asked = predecessor::ask_to_quit(victims).await;
    let has_quit = |victim: &Identity| asked.iter().any(|one| one.identity == *victim);
    let victims: Vec<_> = victims.iter().filter(|one| !has_quit(one)).cloned().collect();
    // Where it was the only one, the port may be that of the xSwarm Voice that runs by now.
    let freed = if victims.is_empty() && asked.is_some() {
        Ok(Vec::new())
    } else {
        ports::free(address, &victims, &known()).await
    };
    let more = freed.as_ref().map_or_else(Failure::ended, Vec::as_slice);
    note_all(&[asked.as_slice(), more].concat(), Some(address.port()), By::Terminal).await;
    let ended: Vec<_> = asked.into_iter().chain(freed?).collect();
    match look(address).await {
        Sight::Free => Ok(ended),
        Sight::InUse(cause) if is_ours(&cause) => Ok(ended),
        Sight::InUse(cause) => Err(Failure::StillTaken { ended, cause }),
        Sight::Refused(refusal) => Err(Failure::System { message: refusal.to_string() }),
    }
}

/// Whether the port has gone to the xSwarm Voice that runs, which was waiting for it.
fn is_ours(cause: &Cause) -> bool {
    let Some(running) = running() else { return false };
    let holders = cause.holders();
    !holders.is_empty() && holders.iter().all(|holder| holder.identity == running.identity)
}

fn known() -> Known {
    Known { running: running().map(|running| running.identity), older: None }
}
