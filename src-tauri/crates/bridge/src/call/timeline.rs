//! When the caller's sound was made: by the counter of their carrier, as far as the clock on the wall confirms it.
//!
//! Counters of carriers and libraries start again in mid-call (hold, transfer, failover), stand still, leap and wrap. A step
//! that the clock on the wall doesn't confirm is no sound that was lost: it is a new origin, and until the counter has counted
//! on from there for a while, all that comes is heard and nothing is counted by it. A piece is left out as one that was heard
//! already only while other sound comes in its place: nobody is deaf for long because of a counter.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::lag::Lag;

/// Microseconds on the carrier's clock, freed of its steps. No sum of times that anybody tells is too large for it.
type Micros = i128;

/// How far a counter may be from where the sound before it ended: it counts milliseconds, and some stamp by a clock.
const JITTER: Micros = 10_000;

/// How much sooner than the quickest of the last seconds a piece may come while its time is believed.
const EARLY: Micros = 40_000;

/// How long ago sound may have been heard that comes once more.
const RECENT: Micros = 1_000_000;

/// After how long without sound, beyond the length of the last, a piece is heard whatever its counter says.
const HUNGER: Duration = Duration::from_millis(80);

/// How many pieces must follow one another until the counter is believed again: 200 ms of the usual.
const PROBATION: u32 = 10;

/// How many holes in the sound are remembered, because what fills them may come late.
const HOLES: usize = 32;

/// Where a piece is in time, by what its counter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Before the end of what was heard.
    Before,
    /// Right behind it.
    Next,
    /// Later.
    Later,
    /// Nobody knows.
    Untold,
}

/// The time of one stream's sound.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// What is added to the carrier's time.
    shift: Micros,
    /// When the next sound should have been made.
    expected: Option<Micros>,
    /// When sound is missing, of the last second.
    holes: VecDeque<Range<Micros>>,
    /// When the last sound came that was heard, and how long it was.
    last: Option<(Instant, Duration)>,
    /// How much has been left out since then.
    left_out: Micros,
    /// By how much the counter has fallen behind what there was to hear, piece by piece.
    behind: Micros,
    /// How many pieces must follow one another until the counter is believed.
    probation: u32,
    origin: Option<Instant>,
    lag_of: Lag,
    /// Since nothing came for a while: when it went on, how late sound was before, and what has come since.
    rested: Option<Rested>,
    /// How much sound was lost.
    pub(super) lost: Duration,
    /// By how much the last sound came later than it could.
    pub(super) lag: Duration,
    /// How often the counter made a step that the clock on the wall doesn't confirm.
    pub(super) steps: u32,
}

#[derive(Debug)]
struct Rested {
    came: Instant,
    lag: Duration,
    sound: Micros,
    pieces: u32,
}

impl Timeline {
    /// Takes a piece of this length that came then and was made at that time, where that is told. Says whether it is to be
    /// heard: what was heard already is not.
    pub(super) fn take(&mut self, at: Option<Duration>, length: Duration, came: Instant) -> bool {
        let (was_late, rest) = (self.lag, self.rest(came));
        if let Some(at) = at.map(micros) {
            let Some(start) = self.start(at, micros(length), came) else {
                self.left_out += micros(length);
                return false;
            };
            let end = start + micros(length);
            self.expected = Some(self.expected.map_or(end, |expected| expected.max(end)));
            let difference = self.on_the_wall(came) - start;
            self.lag = self.lag_of.note(difference, came);
        } else if let Some(expected) = &mut self.expected {
            // It stands where it came.
            *expected += micros(length);
        }
        if rest > micros(HUNGER) {
            self.rested = Some(Rested { came, lag: was_late, sound: 0, pieces: 0 });
        } else {
            self.go_on(length, came);
        }
        self.last = Some((came, length));
        self.left_out = 0;
        true
    }

    /// Takes note that this much is missing, as nobody tells by a counter.
    pub(super) fn lose(&mut self, lost: Duration) {
        self.lost = self.lost.saturating_add(lost);
    }

    /// Where a piece is that was made then.
    pub(super) fn position(&self, at: Option<Duration>) -> Position {
        let Some((at, expected)) = at.zip(self.expected) else { return Position::Untold };
        let ahead = micros(at) + self.shift - expected;
        if ahead.abs() <= JITTER {
            Position::Next
        } else if ahead < 0 {
            Position::Before
        } else {
            Position::Later
        }
    }

    /// Whether it is time to hear something, whatever a counter says.
    pub(super) fn is_hungry(&self, now: Instant) -> bool {
        self.last.is_some_and(|(came, length)| now > came + length.max(audio::FRAME) + HUNGER)
    }

    /// When a piece begins that is to be heard.
    fn start(&mut self, at: Micros, length: Micros, came: Instant) -> Option<Micros> {
        let start = at + self.shift;
        let Some(expected) = self.expected else { return Some(start) };
        let ahead = start - expected;
        if ahead.abs() <= JITTER {
            // What comes twice comes besides the rest. What took its time was no second time: the counter has begun anew.
            let took = self.rest(came);
            if took > JITTER && (self.left_out / 2..=self.left_out).contains(&(took - JITTER)) {
                return Some(self.step(start, came));
            }
            self.probation = self.probation.saturating_sub(1);
            return Some(self.caught_up(start, ahead));
        }
        self.behind = 0;
        if self.probation > 0 {
            return Some(self.step(start, came));
        }
        if ahead > 0 {
            let difference = self.on_the_wall(came) - start;
            if self.lag_of.above_least(difference) < -EARLY {
                return Some(self.step(start, came));
            }
            self.lose(duration(ahead));
            self.note_hole(expected..start);
            return Some(start);
        }
        let is_recent = ahead >= -RECENT;
        if is_recent && self.fills_a_hole(start..start + length) {
            return Some(start);
        }
        let was_heard = is_recent && start + length <= expected + JITTER;
        if was_heard && !self.is_hungry(came) {
            return None;
        }
        Some(self.step(start, came))
    }

    /// A counter that counts less than there is to hear falls behind a little with each piece. That is no lag.
    fn caught_up(&mut self, start: Micros, ahead: Micros) -> Micros {
        self.behind = (self.behind - ahead).max(0);
        if self.behind <= 2 * JITTER {
            return start;
        }
        let behind = std::mem::take(&mut self.behind);
        self.shift += behind;
        start + behind
    }

    /// The counter isn't where it should be. Returns where it would be, had the piece come as late as those before.
    fn step(&mut self, start: Micros, came: Instant) -> Micros {
        if self.probation == 0 {
            self.steps = self.steps.saturating_add(1);
        }
        self.probation = PROBATION;
        self.holes.clear();
        let late = micros(self.lag);
        let lag = (late + self.rest(came)).clamp(0, late);
        let now = self.on_the_wall(came);
        let unlagged = self.lag_of.above_least(now);
        let expected = self.expected.unwrap_or(start);
        let continued = (unlagged - lag).max(expected);
        self.shift += continued - start;
        continued
    }

    /// For how long nothing came when something was due.
    fn rest(&self, came: Instant) -> Micros {
        self.last.map_or(0, |(last, length)| micros(came - last) - micros(length))
    }

    /// What was held up comes faster than it is heard. Where it doesn't, nothing was: the carrier has paused, and its counter
    /// with it.
    fn go_on(&mut self, length: Duration, came: Instant) {
        let Some(rested) = &mut self.rested else { return };
        rested.sound += micros(length);
        rested.pieces += 1;
        if rested.pieces < PROBATION {
            return;
        }
        let late = micros(self.lag) - micros(rested.lag);
        if micros(came - rested.came) * 5 >= rested.sound * 4 && late > EARLY {
            self.shift += late;
            self.expected = self.expected.map(|expected| expected + late);
            self.lag = rested.lag;
            self.steps = self.steps.saturating_add(1);
        }
        self.rested = None;
    }

    fn note_hole(&mut self, hole: Range<Micros>) {
        let recent = hole.end - RECENT;
        self.holes.retain(|hole| hole.end > recent);
        if self.holes.len() == HOLES {
            self.holes.pop_front();
        }
        self.holes.push_back(hole);
    }

    /// Whether this is sound that was missing. It is lost no more.
    fn fills_a_hole(&mut self, piece: Range<Micros>) -> bool {
        let holds = |hole: &Range<Micros>| {
            hole.start <= piece.start + JITTER && piece.end <= hole.end + JITTER
        };
        let Some(found) = self.holes.iter().position(holds) else { return false };
        let hole = self.holes[found].clone();
        self.holes.remove(found);
        for rest in [hole.start..piece.start, piece.end..hole.end] {
            if rest.end - rest.start >= JITTER {
                self.holes.push_back(rest);
            }
        }
        self.lost = self.lost.saturating_sub(duration(piece.end - piece.start));
        true
    }

    fn on_the_wall(&mut self, now: Instant) -> Micros {
        micros(now - *self.origin.get_or_insert(now))
    }
}

fn micros(duration: Duration) -> Micros {
    duration.as_micros() as Micros
}

fn duration(micros: Micros) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}
