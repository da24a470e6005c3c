//! Moments that nobody has chosen.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::time::Duration;

/// Some time of that range, all equally likely.
pub(crate) fn time_within(range: Range<Duration>) -> Duration {
    // The keys of every hasher are random, and so is what it makes of nothing.
    let share = RandomState::new().hash_one(()) as f64 / u64::MAX as f64;
    range.start + (range.end - range.start).mul_f64(share)
}

/// Lets that much time pass.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement begins at a moment, not at a fact, or the facts would choose the moment"
)]
pub(crate) fn pass(time: Duration) {
    std::thread::sleep(time);
}
