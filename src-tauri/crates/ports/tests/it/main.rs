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
#[cfg(target_os = "linux")]
mod guise;
#[cfg(unix)]
mod handover;
mod holder;
#[cfg(target_os = "linux")]
mod linux;
mod listening;
mod naming;
mod orders;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod rules;
#[cfg(target_os = "linux")]
mod sandbox;
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

/// Tells that the test that calls this can't be run here, in the words by which skipped tests are counted.
fn skipped(reason: &str) {
    let thread = std::thread::current();
    println!("SKIPPED {}: {reason}", thread.name().unwrap_or("a test"));
}
