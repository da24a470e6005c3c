//! By a socket in the file system.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::debug;
use wire::Snapshot;

use crate::socket::{Meeting, go};

const NAME: &str = "status.sock";
const PATIENCE: Duration = Duration::from_secs(1);
/// How long to leave the socket alone after an error that lasts, such as "too many open files".
const PAUSE: Duration = Duration::from_secs(1);
/// More than a snapshot with thousands of calls.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

pub(super) async fn show(
    data: &Path,
    snapshots: watch::Receiver<Snapshot>,
) -> io::Result<Infallible> {
    let meeting = Meeting::open(data, NAME)?;
    loop {
        let mut visitor = match meeting.next().await {
            Ok(visitor) => visitor,
            Err(error) => {
                debug!(%error, "nobody can come to our own socket");
                sleep(PAUSE).await;
                continue;
            }
        };
        let told = serde_json::to_vec(&*snapshots.borrow())?;
        // Whoever doesn't read it doesn't want it.
        let _ = timeout(PATIENCE, visitor.write_all(&told)).await;
    }
}

pub(super) async fn ask(data: &Path) -> io::Result<Vec<u8>> {
    let mut told = Vec::new();
    let asking = async {
        let socket = go(data, NAME).await?;
        socket.take(MOST_BYTES).read_to_end(&mut told).await
    };
    timeout(PATIENCE, asking).await??;
    Ok(told)
}
