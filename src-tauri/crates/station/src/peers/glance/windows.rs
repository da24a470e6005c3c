//! Windows has no sockets in its file system that tokio knows.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::path::Path;

use tokio::sync::watch;
use wire::Snapshot;

pub(super) async fn show(
    _data: &Path,
    _snapshots: watch::Receiver<Snapshot>,
) -> io::Result<Infallible> {
    std::future::pending().await
}

#[expect(clippy::unused_async, reason = "the same face as on systems that have it")]
pub(super) async fn ask(_data: &Path) -> io::Result<Vec<u8>> {
    Err(ErrorKind::Unsupported.into())
}
