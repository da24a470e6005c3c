//! What is seen of a port from outside, whether or not a station runs.

use std::net::SocketAddr;

use ports::{BindError, Known, Listener, Sharing};
use wire::{Cause, Identity};

use crate::{Running, installation::folders, installation::lock, peers::handshake};

/// What is seen of a port from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub enum Sight {
    Free,
    InUse(Cause),
    Refused(wire::Refusal),
}

/// The xSwarm Voice that runs for this user, if one does.
pub fn running() -> Option<Running> {
    lock::running(&folders::data()?)
}

/// Who is on a port. Needs a tokio runtime.
pub async fn look(address: SocketAddr) -> Sight {
    match cause_at(address).await {
        // Nobody is found on a free port, either, and connections and sockets that don't listen keep an address from some
        // programs, but not always from us. Only then is it touched, for a moment, to tell.
        Cause::Unseen { .. }
        | Cause::Connected { .. }
        | Cause::Reserved { .. }
        | Cause::Lingering { .. } => match Listener::bind(address, Sharing::Exclusive) {
            Ok(_) => Sight::Free,
            Err(BindError::Refused(refusal)) => Sight::Refused(refusal),
            // Somebody may have taken it since, such as the xSwarm Voice that was waiting for it.
            Err(BindError::InUse) => Sight::InUse(cause_at(address).await),
            Err(BindError::Exhausted(_)) => Sight::InUse(Cause::Exhausted),
        },
        cause @ (Cause::Held { .. }
        | Cause::Hidden { .. }
        | Cause::Orphaned { .. }
        | Cause::Claimed { .. }
        | Cause::Exhausted) => Sight::InUse(cause),
    }
}

/// Whether the kernel names this process, and nobody else, as the one that listens there. Another may have taken its port, or
/// share it.
pub(crate) async fn is_held_only_by(process: &Identity, address: SocketAddr) -> bool {
    match look(address).await {
        Sight::InUse(cause) => cause.is_held_only_by(process),
        Sight::Free | Sight::Refused(_) => false,
    }
}

/// Who is on a port, without touching it.
pub(crate) async fn cause_at(address: SocketAddr) -> Cause {
    let known = known();
    let scan = tokio::task::spawn_blocking(move || ports::cause(address, &known));
    scan.await.unwrap_or(Cause::Exhausted)
}

/// Whom we know among those who may be there.
pub(crate) fn known() -> Known {
    Known {
        running: running().map(|running| running.identity),
        older: None,
        handshake: Some(handshake::is_one_of_us),
        ..Known::default()
    }
}
