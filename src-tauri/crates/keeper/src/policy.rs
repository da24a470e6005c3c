//! How patient the keeper is.

use std::time::Duration;

/// How patient the keeper is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Attempts to bind a port that is in use.
    pub retry: Retry,
    /// How often a listener is proven. One that is in doubt is proven five times as often.
    pub proof_interval: Duration,
    /// How long the service may take to answer a probe.
    pub probe_deadline: Duration,
    /// How long a service may take to finish what it has begun before it is ended.
    pub stop_limit: Duration,
    /// How often a service may end by itself, before it is given up, without having been stable in between.
    pub most_crashes: u32,
    /// The rest after the first crash; it doubles with each.
    pub first_rest: Duration,
    /// The longest rest after a crash.
    pub longest_rest: Duration,
    /// After this time without a crash the crashes are forgotten.
    pub stable_after: Duration,
}

/// Attempts to bind a port that is in use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    /// How many attempts, at least 1.
    pub attempts: u32,
    /// The wait after the first.
    pub first_delay: Duration,
    /// How the waits grow.
    pub growth: Growth,
    /// The longest wait.
    pub longest_delay: Duration,
    /// By which part of itself, from 0 to 1, a wait may be longer or shorter, so that two programs that wait for one
    /// another don't keep in step.
    pub jitter: f64,
}

/// How waits grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// By the first delay each time: 1, 2, 3, 4 s.
    Linear,
    /// Twofold each time: 1, 2, 4, 8 s.
    Exponential,
}

impl Default for Retry {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            attempts: 5,
            first_delay: second,
            growth: Growth::Linear,
            longest_delay: 30 * second,
            jitter: 0.0,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            proof_interval: Duration::from_secs(5),
            probe_deadline: Duration::from_millis(750),
            stop_limit: Duration::from_secs(5),
            most_crashes: 5,
            first_rest: Duration::from_millis(500),
            longest_rest: Duration::from_secs(30),
            stable_after: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// The wait after attempt `attempt`, which counts from 1, with a jitter of its own each time.
    pub fn delay(&self, attempt: u32) -> Duration {
        let either_way = fastrand::f64().mul_add(2.0, -1.0);
        self.even_delay(attempt).mul_f64((1.0 + self.jitter * either_way).clamp(0.0, 2.0))
    }

    fn even_delay(&self, attempt: u32) -> Duration {
        let factor = match self.growth {
            Growth::Linear => attempt,
            Growth::Exponential => 2_u32.saturating_pow(attempt.saturating_sub(1)),
        };
        self.first_delay.saturating_mul(factor).min(self.longest_delay)
    }
}

impl Policy {
    /// The rest after crash number `crashes`, which counts from 1.
    pub fn rest(&self, crashes: u32) -> Duration {
        let factor = 2_u32.saturating_pow(crashes.saturating_sub(1));
        self.first_rest.saturating_mul(factor).min(self.longest_rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_waits_are_one_two_three_and_four_seconds() {
        let waits: Vec<u64> =
            (1..5).map(|attempt| Retry::default().delay(attempt).as_secs()).collect();
        assert_eq!(waits, [1, 2, 3, 4]);
    }

    #[test]
    fn waits_never_exceed_their_ceiling() {
        for growth in [Growth::Linear, Growth::Exponential] {
            let retry = Retry { growth, ..Retry::default() };
            assert_eq!(retry.delay(u32::MAX), retry.longest_delay);
        }
    }

    #[test]
    fn exponential_waits_double() {
        let retry = Retry {
            growth: Growth::Exponential,
            first_delay: Duration::from_millis(250),
            ..Retry::default()
        };
        let waits: Vec<_> = [1, 3, 50].map(|attempt| retry.delay(attempt).as_millis()).into();
        assert_eq!(waits, [250, 1000, 30_000]);
    }

    #[test]
    fn jitter_stays_within_its_part() {
        let retry = Retry { jitter: 0.3, ..Retry::default() };
        let waits: Vec<_> = (0..1000).map(|_| retry.delay(1).as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (0.7..=1.3).contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait < 0.9) && waits.iter().any(|wait| *wait > 1.1));
    }
}
