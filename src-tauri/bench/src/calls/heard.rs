//! What callers hear.

use std::time::Duration;

/// What callers have heard, all together.
#[derive(Default)]
pub(crate) struct Heard {
    /// How many of them were taken.
    pub(crate) calls: usize,
    pub(super) lasted: Duration,
    /// The times between frames that follow one another.
    pub(crate) gaps: Vec<Duration>,
    /// How many frames came more than 40 ms after the last.
    pub(crate) late: usize,
    /// From the beginning of a voice, where something is to be heard, to the `clear`.
    pub(super) cuts: Vec<Duration>,
    /// From a click to its echo.
    pub(super) clicks: Vec<Duration>,
}

impl Heard {
    /// Adds what others have heard at the same time.
    pub(super) fn add(&mut self, others: Self) {
        self.calls += others.calls;
        self.gaps.extend(others.gaps);
        self.late += others.late;
        self.cuts.extend(others.cuts);
        self.clicks.extend(others.clicks);
    }
}
