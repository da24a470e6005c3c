//! How evenly frames went out: the times between those that follow one another, counted by the millisecond.

use std::time::Duration;

use audio::FRAME;
use tokio::time::Instant;

/// Longer gaps are all counted as this long.
const LONGEST: usize = 127;

#[derive(Debug)]
pub(crate) struct Gaps {
    counts: Box<[u32; LONGEST + 1]>,
    last: Option<Instant>,
    late: u32,
}

impl Default for Gaps {
    fn default() -> Self {
        Self { counts: Box::new([0; LONGEST + 1]), last: None, late: 0 }
    }
}

impl Gaps {
    /// A frame went out, in a row with the one before.
    pub(crate) fn note(&mut self, now: Instant) {
        let Some(last) = self.last.replace(now) else { return };
        let gap = now.saturating_duration_since(last);
        let milliseconds = usize::try_from((gap + HALF).as_millis()).unwrap_or(LONGEST);
        let count = &mut self.counts[milliseconds.min(LONGEST)];
        *count = count.saturating_add(1);
        self.late += u32::from(gap > 2 * FRAME);
    }

    /// The row is over, or begins: frames sent ahead at its beginning say nothing about evenness.
    pub(crate) fn restart(&mut self) {
        self.last = None;
    }

    pub(crate) fn summary(&self) -> wire::Gaps {
        let total: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let at = |percent: u64| {
            let wanted = (total * percent).div_ceil(100);
            let mut seen = 0;
            let found = self.counts.iter().position(|count| {
                seen += u64::from(*count);
                seen >= wanted && seen > 0
            });
            found.and_then(|milliseconds| u16::try_from(milliseconds).ok()).unwrap_or(0)
        };
        wire::Gaps { p50_ms: at(50), p95_ms: at(95), p99_ms: at(99), late: self.late }
    }
}

const HALF: Duration = Duration::from_micros(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_hundred_gaps_the_worst_are_told() {
        let (mut gaps, mut now) = (Gaps::default(), Instant::now());
        gaps.note(now);
        for number in 0..100 {
            now += Duration::from_millis(match number {
                0..94 => 20,
                94..98 => 30,
                _ => 45,
            });
            gaps.note(now);
        }
        let expected = wire::Gaps { p50_ms: 20, p95_ms: 30, p99_ms: 45, late: 2 };
        assert_eq!(gaps.summary(), expected);
    }

    #[test]
    fn a_pause_between_two_rows_is_no_gap() {
        let (mut gaps, now) = (Gaps::default(), Instant::now());
        gaps.note(now);
        gaps.restart();
        gaps.note(now + Duration::from_secs(5));
        assert_eq!(gaps.summary(), wire::Gaps::default());
    }
}
