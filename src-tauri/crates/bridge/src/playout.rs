//! The engine's sound on its way to the caller: what is to be sent, and when. Time is handed in.
//!
//! Frames are due on an absolute 20 ms clock, a little ahead of when they will be heard. The lead keeps the caller's
//! buffer from running dry, and is short, so that little is left to be cleared when the caller cuts in.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use audio::{FRAME, FRAME_SAMPLES, duration_of, g711};
use tokio::time::Instant;

/// How long before it is heard a frame is sent.
pub(crate) const LEAD: Duration = Duration::from_millis(80);
/// How much sound may wait. It is more than the longest utterance and the longest announcement together.
const LONGEST: Duration = Duration::from_secs(60);
/// Of how many marks the echo is waited for; some callers never send it.
const MARKS: usize = 16;

/// A frame as it is sent.
pub(crate) type Payload = [u8; FRAME_SAMPLES];

/// What was to be heard before a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Something that the engine said of itself.
    Said(u32),
    /// An utterance of the caller, played back.
    Echo(u32),
}

impl fmt::Display for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(number) => write!(out, "said-{number}"),
            Self::Echo(number) => write!(out, "echo-{number}"),
        }
    }
}

/// Something to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Out {
    Frame(Payload),
    Mark(Mark),
    Clear,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send this.
    Send(Out),
    /// The caller hears something until then at least; ask again.
    Wait(Instant),
    /// The caller hears nothing, and nothing is to be sent.
    Rest,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How much sound was sent.
    pub(crate) sound: Duration,
    /// How often the caller cut in.
    pub(crate) clears: u32,
    /// How often a frame was so late that the caller heard a gap.
    pub(crate) gaps: u32,
    /// How many pieces of sound were dropped because too much waited.
    pub(crate) dropped: u32,
    /// The longest time between when a mark should have been reached and its echo.
    pub(crate) slowest_echo: Duration,
}

/// What waits to be sent, and its clock.
#[derive(Default)]
pub(crate) struct Playout {
    waiting: VecDeque<Piece>,
    must_clear: bool,
    /// When what is sent next will be heard, as long as the caller hears something.
    heard_at: Option<Instant>,
    /// Marks that were sent, and when each should be reached.
    marks: VecDeque<(Mark, Instant)>,
    tally: Tally,
}

enum Piece {
    Sound { bytes: Vec<u8>, sent: usize },
    Mark(Mark),
}

impl Playout {
    /// Appends sound and the mark that follows it.
    pub(crate) fn say(&mut self, bytes: Vec<u8>, mark: Mark) {
        let unsent = |piece: &Piece| match piece {
            Piece::Sound { bytes, sent } => bytes.len() - sent,
            Piece::Mark(_) => 0,
        };
        let mut total = bytes.len() + self.waiting.iter().map(unsent).sum::<usize>();
        while duration_of(total) > LONGEST {
            let Some(oldest) = self.waiting.pop_front() else { break };
            total -= unsent(&oldest);
            self.tally.dropped += u32::from(matches!(oldest, Piece::Sound { .. }));
        }
        self.waiting.push_back(Piece::Sound { bytes, sent: 0 });
        self.waiting.push_back(Piece::Mark(mark));
    }

    /// Drops what hasn't been heard, and has the caller's side drop it, too.
    pub(crate) fn hush(&mut self) {
        // Where marks are outstanding the caller's side may still be playing, whatever our clock says.
        let may_be_heard =
            !self.waiting.is_empty() || self.heard_at.is_some() || !self.marks.is_empty();
        if may_be_heard {
            self.waiting.clear();
            self.marks.clear();
            self.heard_at = None;
            self.must_clear = true;
            self.tally.clears += 1;
        }
    }

    /// What is to be done next.
    pub(crate) fn step(&mut self, now: Instant) -> Step {
        if std::mem::take(&mut self.must_clear) {
            return Step::Send(Out::Clear);
        }
        match self.waiting.front_mut() {
            None => self.end(now),
            Some(Piece::Mark(mark)) => {
                let mark = *mark;
                self.waiting.pop_front();
                self.await_echo(mark, now);
                Step::Send(Out::Mark(mark))
            }
            Some(Piece::Sound { bytes, sent }) => {
                let heard_at = self.heard_at.filter(|&at| at >= now).unwrap_or(now);
                if heard_at > now + LEAD {
                    return Step::Wait(heard_at - LEAD);
                }
                self.tally.gaps += u32::from(*sent > 0 && self.heard_at != Some(heard_at));
                let payload = payload(&bytes[*sent..]);
                *sent += FRAME_SAMPLES;
                if *sent >= bytes.len() {
                    self.waiting.pop_front();
                }
                self.heard_at = Some(heard_at + FRAME);
                self.tally.sound += FRAME;
                Step::Send(Out::Frame(payload))
            }
        }
    }

    /// Takes the echo of the mark with this name.
    pub(crate) fn played(&mut self, name: &str, now: Instant) {
        let Some(position) = self.marks.iter().position(|(mark, _)| mark.to_string() == name)
        else {
            return;
        };
        let echoed = self.marks.drain(..=position).next_back();
        if let Some((_, expected)) = echoed {
            self.tally.slowest_echo =
                self.tally.slowest_echo.max(now.saturating_duration_since(expected));
        }
    }

    /// Whether the caller hears something, or is about to.
    pub(crate) fn is_heard(&self) -> bool {
        !self.waiting.is_empty() || self.heard_at.is_some()
    }

    /// What was counted so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    fn end(&mut self, now: Instant) -> Step {
        self.heard_at = self.heard_at.filter(|&at| at > now);
        self.heard_at.map_or(Step::Rest, Step::Wait)
    }

    fn await_echo(&mut self, mark: Mark, now: Instant) {
        if self.marks.len() == MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back((mark, self.heard_at.unwrap_or(now)));
    }
}

/// The next frame of this sound; a short one is filled up with silence.
fn payload(bytes: &[u8]) -> Payload {
    let mut payload = [g711::SILENCE; FRAME_SAMPLES];
    let length = bytes.len().min(FRAME_SAMPLES);
    payload[..length].copy_from_slice(&bytes[..length]);
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is to be sent until the caller hears nothing any more, and when, in milliseconds. Time leaps.
    fn all(playout: &mut Playout, start: Instant) -> Vec<(u128, Out)> {
        let mut now = start;
        let mut sent = Vec::new();
        loop {
            match playout.step(now) {
                Step::Send(out) => sent.push(((now - start).as_millis(), out)),
                Step::Wait(until) => now = until,
                Step::Rest => return sent,
            }
        }
    }

    fn frames(count: usize) -> Vec<u8> {
        vec![1; count * FRAME_SAMPLES]
    }

    #[test]
    fn frames_are_due_every_20_ms_after_a_lead_and_the_mark_follows_the_last() {
        let mut playout = Playout::default();
        playout.say(frames(8), Mark::Said(1));
        let sent = all(&mut playout, Instant::now());
        let due: Vec<u128> = sent.iter().map(|(due, _)| *due).collect();
        assert_eq!(due, [0, 0, 0, 0, 0, 20, 40, 60, 60]);
        assert_eq!(sent.last(), Some(&(60, Out::Mark(Mark::Said(1)))));
    }

    #[test]
    fn the_caller_hears_something_until_the_last_frame_is_over() {
        let mut playout = Playout::default();
        let start = Instant::now();
        playout.say(frames(2), Mark::Said(1));
        for _ in 0..3 {
            assert!(matches!(playout.step(start), Step::Send(_)));
        }
        assert_eq!(playout.step(start), Step::Wait(start + 2 * FRAME));
        assert_eq!(playout.step(start + 2 * FRAME), Step::Rest);
    }

    #[test]
    fn a_short_frame_is_filled_up_with_silence() {
        let mut playout = Playout::default();
        playout.say(vec![1; FRAME_SAMPLES + 1], Mark::Said(1));
        let sent = all(&mut playout, Instant::now());
        let Out::Frame(last) = &sent[1].1 else { panic!("{sent:?}") };
        assert_eq!(last[..2], [1, g711::SILENCE]);
        assert_eq!(sent.len(), 3);
    }

    #[test]
    fn a_hush_clears_once_and_forgets_the_rest() {
        let mut playout = Playout::default();
        let start = Instant::now();
        playout.say(frames(50), Mark::Said(1));
        assert!(matches!(playout.step(start), Step::Send(Out::Frame(_))));
        playout.hush();
        playout.hush();
        assert_eq!(playout.step(start), Step::Send(Out::Clear));
        assert_eq!(playout.step(start), Step::Rest);
        assert_eq!(playout.tally().clears, 1);
    }

    #[test]
    fn a_hush_in_silence_sends_nothing() {
        let mut playout = Playout::default();
        playout.hush();
        assert_eq!(playout.step(Instant::now()), Step::Rest);
    }

    #[test]
    fn a_hush_clears_as_long_as_a_mark_has_not_come_back() {
        for (echo, expected) in [(None, Step::Send(Out::Clear)), (Some("said-1"), Step::Rest)] {
            let mut playout = Playout::default();
            let start = Instant::now();
            playout.say(frames(2), Mark::Said(1));
            all(&mut playout, start);
            if let Some(name) = echo {
                playout.played(name, start + 3 * FRAME);
                assert_eq!(playout.tally().slowest_echo, FRAME);
            }
            playout.hush();
            assert_eq!(playout.step(start + 3 * FRAME), expected);
        }
    }

    #[test]
    fn a_late_frame_starts_the_clock_anew_instead_of_lagging_for_ever() {
        let mut playout = Playout::default();
        let start = Instant::now();
        playout.say(frames(100), Mark::Said(1));
        assert!(matches!(playout.step(start), Step::Send(_)));
        let late = start + Duration::from_secs(5);
        let at_once =
            std::iter::from_fn(|| matches!(playout.step(late), Step::Send(_)).then_some(()));
        assert_eq!(at_once.count(), 5);
        assert_eq!(playout.tally().gaps, 1);
    }

    #[test]
    fn of_too_much_the_oldest_is_dropped() {
        let mut playout = Playout::default();
        playout.say(frames(3_000), Mark::Said(1));
        playout.say(vec![2; FRAME_SAMPLES], Mark::Said(2));
        let sent = all(&mut playout, Instant::now());
        let outs: Vec<Out> = sent.into_iter().map(|(_, out)| out).collect();
        let kept = Out::Frame([2; FRAME_SAMPLES]);
        assert_eq!(outs, [Out::Mark(Mark::Said(1)), kept, Out::Mark(Mark::Said(2))]);
        assert_eq!(playout.tally().dropped, 1);
    }
}
