//! The snapshot, told at a socket of our own: by it the commands see how everything is where the supervisor's port is not to be
//! had. Only this user can come to it, so it asks for no token, and it takes no orders.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::path::PathBuf;

use tokio::sync::watch;
use tracing::warn;
use wire::Snapshot;

use crate::{installation::folders, running};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Tells whoever comes how everything is, until it is dropped. What keeps it from that is not worth failing for.
pub(crate) async fn show(data: PathBuf, snapshots: watch::Receiver<Snapshot>) {
    let Err(error) = system::show(&data, snapshots).await;
    warn!(%error, "how everything is cannot be told at a socket of our own");
}

/// How everything is, as the xSwarm Voice that runs for this user tells at its own socket; nothing if it tells nothing there, or
/// none runs.
pub async fn glance() -> Option<Snapshot> {
    let (data, running) = (folders::data()?, running()?);
    let told = system::ask(&data).await.ok()?;
    let snapshot: Snapshot = serde_json::from_slice(&told).ok()?;
    (snapshot.pid == running.identity.pid).then_some(snapshot)
}
