//! Real sockets, real processes: what the crate says of them and does to them.
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "what is skipped is told, and the processes of the tests talk to them over their output"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "these tests need listeners that are not ours, made as other programs make them"
)]

mod freeing;
mod holder;
#[cfg(target_os = "linux")]
mod linux;
mod listening;
mod naming;
#[cfg(unix)]
mod unix;
mod waiting;

use std::future::Future;
use std::time::Duration;

/// What a test waits for happens within this time, or never.
const DEADLINE: Duration = Duration::from_secs(10);

async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, event).await.expect("it should have happened by now")
}

/// Tells that a test can't be run here.
fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}
