//! By how much sound comes later than it could.
//!
//! The carrier's clock (when a piece was made) and ours (when it came) have no common start. Their difference is smallest for
//! the piece that came quickest; what another's is above that is its lag. The smallest of the last seconds counts, so that
//! two clocks that drift, or a line that has become longer for good, are no lag for ever.

use std::time::Duration;

use tokio::time::Instant;

/// How long the quickest piece counts, at least; at most twice as long.
const WINDOW: Duration = Duration::from_secs(10);

/// Measures the lag of one stream. Differences are in microseconds, and may be below zero.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    /// The smallest difference of the window that is over, and of this one.
    quickest: [Option<i128>; 2],
    window_ends: Option<Instant>,
}

impl Lag {
    /// By how much more this is than the smallest of the last seconds.
    pub(super) fn above_least(&self, difference: i128) -> i128 {
        let least = self.quickest.into_iter().flatten().min();
        difference - least.unwrap_or(difference)
    }

    /// Takes a piece that comes `now`, so much later by our clock than it was made by the carrier's. Returns its lag.
    pub(super) fn note(&mut self, difference: i128, now: Instant) -> Duration {
        if self.window_ends.is_none_or(|end| now >= end) {
            self.window_ends = Some(now + WINDOW);
            self.quickest = [self.quickest[1], None];
        }
        let quickest = &mut self.quickest[1];
        *quickest = Some(quickest.map_or(difference, |quickest| quickest.min(difference)));
        Duration::from_micros(u64::try_from(self.above_least(difference)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lag of each piece, where each is 20 ms after the one before and comes this many milliseconds after the start.
    fn lags(arrivals: impl IntoIterator<Item = u64>) -> Vec<u128> {
        let (start, mut lag) = (Instant::now(), Lag::default());
        let measured = arrivals.into_iter().zip(0_i128..).map(|(arrival, piece)| {
            let difference = i128::from(arrival) * 1_000 - piece * 20_000;
            lag.note(difference, start + Duration::from_millis(arrival)).as_millis()
        });
        measured.collect()
    }

    #[test]
    fn a_burst_after_a_stall_lags_less_and_less() {
        assert_eq!(
            lags([0, 20, 40, 160, 160, 160, 160, 160, 160, 180]),
            [0, 0, 0, 100, 80, 60, 40, 20, 0, 0]
        );
    }

    #[test]
    fn a_line_that_has_become_longer_does_not_lag_for_ever() {
        let longer = (0..1_500).map(|piece| piece * 20 + if piece < 100 { 0 } else { 70 });
        let lags = lags(longer);
        assert_eq!((lags[99], lags[100], lags[400]), (0, 70, 70));
        assert_eq!(lags.last(), Some(&0));
    }

    #[test]
    fn sound_that_comes_ahead_of_its_time_does_not_lag() {
        assert_eq!(lags([0, 0, 0, 0]), [0, 0, 0, 0]);
    }
}
