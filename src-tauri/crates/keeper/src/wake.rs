//! Noticing that the machine has slept. No clock that tasks wait by runs on during a sleep, the one on the wall does: when
//! it has got ahead, the machine slept, or somebody has set it, which is no harm.

use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::message::Mail;

/// How often the clocks are compared; this bounds how late a wake-up is noticed.
const LOOK: Duration = Duration::from_secs(1);
/// By how much the clock on the wall must have got ahead. Less than this is drift, or its being set right.
const SLEPT: Duration = Duration::from_millis(1500);

/// Tells the keeper's task whenever the machine has slept, for as long as the task lives.
pub(crate) async fn watch(tx: mpsc::Sender<Mail>) {
    let mut clocks = Clocks::read();
    loop {
        sleep(LOOK).await;
        let current = Clocks::read();
        if current.has_slept_since(clocks) && tx.send(Mail::Woken).await.is_err() {
            return;
        }
        clocks = current;
    }
}

#[derive(Clone, Copy)]
struct Clocks {
    steady: Instant,
    wall: SystemTime,
}

impl Clocks {
    fn read() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    fn has_slept_since(self, earlier: Self) -> bool {
        let steady = self.steady.saturating_duration_since(earlier.steady);
        // A clock that was set back has not slept.
        let wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        wall > steady + SLEPT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slept(steady: u64, wall: u64) -> bool {
        let start = Clocks::read();
        let later = Clocks {
            steady: start.steady + Duration::from_secs(steady),
            wall: start.wall + Duration::from_secs(wall),
        };
        later.has_slept_since(start)
    }

    #[test]
    fn a_wall_clock_that_got_ahead_tells_of_a_sleep() {
        assert!(slept(1, 3600));
        assert!(slept(0, 2));
    }

    #[test]
    fn clocks_that_agree_tell_of_none() {
        assert!(!slept(1, 1));
        assert!(!slept(1, 2));
        assert!(!slept(5, 0));
    }
}
