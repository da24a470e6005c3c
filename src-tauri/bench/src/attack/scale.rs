//! How much there is of everything.

use std::time::Duration;

/// So many, or a hundredth of them where it is only to be seen that all of it runs.
pub(super) fn many(count: usize) -> usize {
    if is_quick() { count.div_ceil(100).max(2) } else { count }
}

/// How long an attack lasts that has a length: a minute, or as many seconds as `XSWARM_BENCH_SECONDS` says.
pub(super) fn long() -> Duration {
    let said = std::env::var("XSWARM_BENCH_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(said.unwrap_or(if is_quick() { 6 } else { 60 }))
}

fn is_quick() -> bool {
    std::env::var_os("XSWARM_BENCH_QUICK").is_some_and(|value| value == "1")
}
