//! Every wait has an end.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Builder;
use tokio::time::timeout;

/// Does that much, or tells that it took longer.
pub(super) fn within<T>(patience: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(soon(patience, work))
}

/// The same, for those who do something else meanwhile.
pub(super) async fn soon<T>(
    patience: Duration,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let done = timeout(patience, work).await;
    done.with_context(|| format!("nothing within {} s", patience.as_secs()))?
}
