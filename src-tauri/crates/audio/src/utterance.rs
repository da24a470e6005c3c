//! Utterances: where somebody begins to speak, where they have ended, and what was said between, as sound.

use std::collections::VecDeque;
use std::time::Duration;

use crate::{FRAME, Frame, Level, Voice, duration_of};

/// Nothing quieter is counted for a voice.
const QUIETEST: Level = Level::dbfs(-45.0);

/// What makes an utterance.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How much voice it takes for a beginning; a click or a cough is shorter.
    pub beginning: Duration,
    /// How much of what was before the beginning belongs to it, so that soft first sounds aren't cut.
    pub before: Duration,
    /// How long a pause ends it; pauses between words are shorter.
    pub pause: Duration,
    /// How much of that pause belongs to it, so that soft last sounds aren't cut.
    pub after: Duration,
    /// How long it is at most. Who goes on speaking begins another.
    pub longest: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            beginning: Duration::from_millis(60),
            before: Duration::from_millis(300),
            pause: Duration::from_millis(700),
            after: Duration::from_millis(300),
            longest: Duration::from_secs(15),
        }
    }
}

/// What a frame brought to light.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Somebody began to speak.
    Started,
    /// They have ended.
    Ended(Utterance),
}

/// What somebody said, as sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// The sound, with a little of the quiet around it.
    pub samples: Vec<i16>,
}

impl Utterance {
    /// How loud it is where there is a voice in it: pauses don't count.
    #[must_use]
    pub fn level(&self) -> Level {
        let is_loud = |frame: &&[i16]| Level::of(frame) >= QUIETEST;
        let voice: Vec<i16> =
            self.samples.chunks(crate::FRAME_SAMPLES).filter(is_loud).flatten().copied().collect();
        Level::of(&voice)
    }

    /// How long it is.
    #[must_use]
    pub fn duration(&self) -> Duration {
        duration_of(self.samples.len())
    }
}

/// Finds the utterances on one line.
pub struct Utterances {
    limits: Limits,
    voice: Voice,
    state: State,
}

enum State {
    /// Nobody speaks. Keeps the last frames, each with whether it holds a voice.
    Quiet { recent: VecDeque<(Frame, bool)> },
    /// Somebody speaks, and has been silent for the last `pause` frames.
    Speaking { samples: Vec<i16>, pause: usize },
}

impl State {
    const QUIET: Self = Self::Quiet { recent: VecDeque::new() };
}

impl Utterances {
    /// A detector with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, voice: Voice::default(), state: State::QUIET }
    }

    /// Takes the frame after the last.
    pub fn push(&mut self, frame: &Frame) -> Option<Heard> {
        let voiced = self.voice.is_in(frame);
        match &mut self.state {
            State::Quiet { recent } => {
                let started = begins(recent, frame, voiced, &self.limits);
                if started {
                    let samples = recent.iter().flat_map(|(frame, _)| *frame).collect();
                    self.state = State::Speaking { samples, pause: 0 };
                }
                started.then_some(Heard::Started)
            }
            State::Speaking { samples, pause } => {
                samples.extend(frame);
                *pause = if voiced { 0 } else { *pause + 1 };
                let over = *pause >= frames(self.limits.pause)
                    || duration_of(samples.len()) >= self.limits.longest;
                if over { self.finish() } else { None }
            }
        }
    }

    /// How loud the last frame was.
    #[must_use]
    pub fn level(&self) -> Level {
        self.voice.level()
    }

    /// Ends what is being said, for instance because no sound comes any more.
    pub fn finish(&mut self) -> Option<Heard> {
        let State::Speaking { mut samples, pause } =
            std::mem::replace(&mut self.state, State::QUIET)
        else {
            return None;
        };
        let surplus = pause.saturating_sub(frames(self.limits.after));
        samples.truncate(samples.len() - surplus * crate::FRAME_SAMPLES);
        Some(Heard::Ended(Utterance { samples }))
    }
}

/// Whether enough of the last frames hold a voice for an utterance to have begun. A voice has holes, so it is enough that
/// it fills most of the time that a beginning takes.
fn begins(
    recent: &mut VecDeque<(Frame, bool)>,
    frame: &Frame,
    voiced: bool,
    limits: &Limits,
) -> bool {
    recent.push_back((*frame, voiced));
    let beginning = frames(limits.beginning);
    let window = beginning + beginning / 2;
    if recent.len() > frames(limits.before) + window {
        recent.pop_front();
    }
    recent.iter().rev().take(window).filter(|(_, voiced)| *voiced).count() >= beginning
}

fn frames(duration: Duration) -> usize {
    duration.div_duration_f64(FRAME).ceil() as usize
}
