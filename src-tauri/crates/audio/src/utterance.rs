//! Utterances: where somebody begins to speak, where they have ended, and what was said between, as sound.

use std::collections::VecDeque;
use std::time::Duration;

use crate::{FRAME, Frame, Level, Rate, Voice};

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
            longest: Duration::from_secs(30),
        }
    }
}

/// What a frame brought to light.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeechEvent {
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
    /// The rate of the sound.
    pub rate: Rate,
}

impl Utterance {
    /// How loud it is where there is a voice in it: pauses don't count.
    pub fn level(&self) -> Level {
        let is_loud = |frame: &&[i16]| Level::of(frame) >= QUIETEST;
        let frames = self.samples.chunks(self.rate.frame_samples());
        Level::of(&frames.filter(is_loud).collect::<Vec<_>>().concat())
    }

    /// How long it is.
    pub fn duration(&self) -> Duration {
        self.rate.duration_of(self.samples.len())
    }
}

/// Finds the utterances on one line.
pub struct Utterances {
    limits: Limits,
    rate: Rate,
    voice: Voice,
    state: State,
}

enum State {
    Quiet(Recent),
    /// Somebody speaks, and has been silent for the last `pause` frames.
    Speaking {
        samples: Vec<i16>,
        pause: usize,
    },
}

/// The last frames, and of each whether it holds a voice.
#[derive(Default)]
struct Recent {
    samples: VecDeque<i16>,
    voiced: VecDeque<bool>,
}

impl Utterances {
    /// A detector with these limits, whose utterances have this rate.
    pub fn new(rate: Rate, limits: Limits) -> Self {
        let state = State::Quiet(Recent::default());
        Self { limits, rate, voice: Voice::default(), state }
    }

    /// Takes the frame after the last, which was heard like this before it was brought to the rate of telephones.
    pub fn push(&mut self, frame: &Frame, heard: &[i16]) -> Option<SpeechEvent> {
        let voiced = self.voice.is_in(frame);
        match &mut self.state {
            State::Quiet(recent) => {
                let started = recent.begins(heard, voiced, &self.limits);
                if started {
                    let samples = std::mem::take(&mut recent.samples).into();
                    self.state = State::Speaking { samples, pause: 0 };
                }
                started.then_some(SpeechEvent::Started)
            }
            State::Speaking { samples, pause } => {
                samples.extend(heard);
                *pause = if voiced { 0 } else { *pause + 1 };
                let over = *pause >= frames(self.limits.pause)
                    || self.rate.duration_of(samples.len()) >= self.limits.longest;
                if over { self.finish() } else { None }
            }
        }
    }

    /// How loud the last frame was.
    pub fn level(&self) -> Level {
        self.voice.level()
    }

    /// Ends what is being said, for instance because no sound comes any more.
    pub fn finish(&mut self) -> Option<SpeechEvent> {
        let before = std::mem::replace(&mut self.state, State::Quiet(Recent::default()));
        let State::Speaking { mut samples, pause } = before else { return None };
        let surplus = pause.saturating_sub(frames(self.limits.after));
        samples.truncate(samples.len() - surplus * self.rate.frame_samples());
        Some(SpeechEvent::Ended(Utterance { samples, rate: self.rate }))
    }
}

impl Recent {
    /// Whether enough of the last frames hold a voice for an utterance to have begun. A voice has holes, so it is enough
    /// that it fills most of the time that a beginning takes.
    fn begins(&mut self, heard: &[i16], voiced: bool, limits: &Limits) -> bool {
        self.samples.extend(heard);
        self.voiced.push_back(voiced);
        let beginning = frames(limits.beginning);
        let window = beginning + beginning / 2;
        if self.voiced.len() > frames(limits.before) + window {
            self.voiced.pop_front();
            self.samples.drain(..heard.len());
        }
        self.voiced.iter().rev().take(window).filter(|voiced| **voiced).count() >= beginning
    }
}

fn frames(duration: Duration) -> usize {
    duration.div_duration_f64(FRAME).ceil() as usize
}
