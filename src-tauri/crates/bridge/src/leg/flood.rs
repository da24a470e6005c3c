//! How many messages that mean nothing are too many.
//!
//! A few are anybody's: libraries, proxies and next year's protocols send what nobody here knows. A flood of them is a fault
//! or an attack, and costs the other calls.

use std::time::Duration;

use tokio::time::Instant;

use crate::ending::Fault;

/// How many in a second are more than anybody sends who means well.
const MOST: u32 = 200;

/// For how many seconds on end there may be as many.
const SECONDS: u32 = 5;

/// Counts one connection's messages that mean nothing.
#[derive(Debug, Default)]
pub(super) struct Flood {
    second: Option<Instant>,
    in_second: u32,
    full_seconds: u32,
}

impl Flood {
    /// Takes note of a message that came `now`.
    pub(super) fn note(&mut self, now: Instant) -> Result<(), Fault> {
        let second = *self.second.get_or_insert(now);
        let passed = now.duration_since(second).as_secs();
        if passed > 0 {
            let was_full = self.in_second > MOST && passed == 1;
            self.full_seconds = if was_full { self.full_seconds + 1 } else { 0 };
            self.in_second = 0;
            self.second = Some(second + Duration::from_secs(passed));
        }
        self.in_second += 1;
        if self.full_seconds >= SECONDS { Err(Fault::Flood) } else { Ok(()) }
    }

    /// Whether there was any.
    pub(super) fn has_begun(&self) -> bool {
        self.second.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many messages at this pace it is too much, if it is within a minute.
    fn too_much_after(per_second: u32) -> Option<u32> {
        let (start, mut flood) = (Instant::now(), Flood::default());
        (0..60 * per_second).find(|message| {
            flood.note(start + Duration::from_secs(1) * *message / per_second).is_err()
        })
    }

    #[test]
    fn only_more_than_two_hundred_a_second_for_five_seconds_are_a_flood() {
        assert_eq!(too_much_after(50), None);
        assert_eq!(too_much_after(200), None);
        assert_eq!(too_much_after(201), Some(5 * 201));
        assert_eq!(too_much_after(10_000), Some(50_000));
    }

    #[test]
    fn bursts_with_rests_between_them_are_none() {
        let (start, mut flood) = (Instant::now(), Flood::default());
        for burst in 0..20 {
            for message in 0..1_000 {
                let at = Duration::from_secs(6 * burst) + Duration::from_millis(4 * message);
                assert!(flood.note(start + at).is_ok(), "in burst {burst}");
            }
        }
    }
}
