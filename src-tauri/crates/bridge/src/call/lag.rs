//! By how much sound comes later than it could.
//!
//! The carrier's clock (when a piece was made) and ours (when it came) have no common start. Their difference is smallest for
//! the piece that came quickest; what another's is above that is its lag. The smallest of the last seconds counts, so that
//! two clocks that drift, or a line that has become longer for good, are no lag for ever.

use std::time::Duration;

use tokio::time::Instant;

/// How long the quickest piece counts, at least; at most twice as long.
const WINDOW: Duration = Duration::from_secs(10);

/// Measures the lag of one stream.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    origin: Option<Instant>,
    /// The smallest difference of the window that is over, and of this one.
    quickest: [Option<i64>; 2],
    window_ends: Option<Instant>,
}

impl Lag {
    /// The lag of a piece that was made `at` that time of the carrier's clock and comes `now`.
    pub(crate) fn note(&mut self, at: Duration, now: Instant) -> Duration {
        let origin = *self.origin.get_or_insert(now);
        let difference = milliseconds(now - origin).saturating_sub(milliseconds(at));
        if self.window_ends.is_none_or(|end| now >= end) {
            self.window_ends = Some(now + WINDOW);
            self.quickest = [self.quickest[1], None];
        }
        let quickest = &mut self.quickest[1];
        *quickest = Some(quickest.map_or(difference, |quickest| quickest.min(difference)));
        let least = self.quickest.into_iter().flatten().min().unwrap_or(difference);
        let lag = difference.saturating_sub(least);
        Duration::from_millis(u64::try_from(lag).unwrap_or(0))
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lag of each piece, where each is 20 ms after the one before and comes this many milliseconds after the start.
    fn lags(arrivals: impl IntoIterator<Item = u64>) -> Vec<u128> {
        let (start, mut lag) = (Instant::now(), Lag::default());
        let mut made = Duration::ZERO;
        let measured = arrivals.into_iter().map(|arrival| {
            let measured = lag.note(made, start + Duration::from_millis(arrival));
            made += audio::FRAME;
            measured.as_millis()
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

    proptest::proptest! {
        #[test]
        fn arbitrary_times_never_panic(times in proptest::collection::vec((proptest::num::u64::ANY, 0_u64..1 << 40), 0..20)) {
            let (start, mut lag) = (Instant::now(), Lag::default());
            for (made, arrived) in times {
                lag.note(Duration::from_millis(made), start + Duration::from_millis(arrived));
            }
        }
    }
}
