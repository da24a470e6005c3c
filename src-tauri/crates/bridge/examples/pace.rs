//! Measures how evenly frames reach many callers at once: `cargo run --release -p bridge --example pace [CALLS]`.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/caller/mod.rs"]
mod caller;

use std::time::Duration;

use bridge::Settings;
use caller::{Caller, FromBridge, Running};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many frames a caller is sent ahead, at once.
const AHEAD: usize = 5;

#[tokio::main]
async fn main() {
    let calls = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(50);
    let bridge = Running::with(Settings { calls, ..Settings::default() }).await;
    let mut callers = JoinSet::new();
    for _ in 0..calls {
        callers.spawn(gaps(bridge.caller().await));
    }
    let mut gaps: Vec<Duration> = callers.join_all().await.into_iter().flatten().collect();
    gaps.sort_unstable();
    let at = |share: f64| gaps[((gaps.len() - 1) as f64 * share) as usize];
    println!(
        "{calls} calls, {} gaps: p1 {:.2?}, p50 {:.2?}, p95 {:.2?}, p99 {:.2?}, most {:.2?}",
        gaps.len(),
        at(0.01),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
}

/// The times between the frames of the announcement, while the caller sends silence as phones do.
async fn gaps(mut caller: Caller) -> Vec<Duration> {
    let mut arrivals = Vec::new();
    while let FromBridge::Sound(_) = caller.hear().await {
        arrivals.push(Instant::now());
        caller.say(&[0; 160]).await;
    }
    arrivals[AHEAD..].windows(2).map(|pair| pair[1] - pair[0]).collect()
}
