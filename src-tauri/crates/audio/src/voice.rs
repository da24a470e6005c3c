//! Whether a frame holds a voice: loud enough for this line, and speech to a small neural network.

use std::collections::VecDeque;

use earshot::Detector;

use crate::wideband::Wideband;
use crate::{Frame, Level};

/// How many samples at 16 kHz the network takes at once.
const WINDOW: usize = 256;
/// From this score on the network calls it speech.
const SPEECH: f32 = 0.5;
/// Nothing quieter is taken for a voice, however clean the line.
const QUIETEST: Level = Level::dbfs(-52.0);
/// How far a voice stands out from the noise of the line.
const ABOVE_NOISE: f32 = 6.0;
/// How fast the estimate of the noise rises, in decibels a frame. It falls at once: speech pauses, noise doesn't.
const NOISE_RISE: f32 = 0.02;

/// How many of the frames before it the network is given when it becomes loud: it hears a voice by what leads up to it.
const LEADING: usize = 10;
/// For how many frames the network goes on after it was loud: half a second, for a voice has holes.
const TRAILING: usize = 25;

/// Listens to one line for a voice.
///
/// The network is a thousand times the work of measuring a level. So it runs only while the line is loud enough for a voice,
/// and a little longer.
pub struct Voice {
    network: Box<Detector>,
    wideband: Wideband,
    window: Vec<f32>,
    score: f32,
    noise: Level,
    level: Level,
    /// The last frames that the network wasn't given.
    recent: VecDeque<Frame>,
    /// For how many frames the network still runs.
    awake: usize,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            network: Detector::default_boxed(),
            wideband: Wideband::default(),
            window: Vec::with_capacity(WINDOW),
            score: 0.0,
            noise: Level::dbfs(-60.0),
            level: Level::SILENCE,
            recent: VecDeque::with_capacity(LEADING),
            awake: 0,
        }
    }
}

impl Voice {
    /// Whether this frame, the one after the last, holds a voice.
    pub fn is_in(&mut self, frame: &Frame) -> bool {
        self.level = Level::of(frame);
        let gate = self.noise.louder_by(ABOVE_NOISE);
        let is_loud = self.level >= QUIETEST && self.level >= gate;
        self.noise =
            if self.level < self.noise { self.level } else { self.noise.louder_by(NOISE_RISE) };
        if is_loud {
            self.wake();
        } else if self.awake == 0 {
            self.remember(frame);
            return false;
        }
        self.awake -= 1;
        self.score(frame) >= SPEECH && is_loud
    }

    /// How loud the last frame was.
    pub fn level(&self) -> Level {
        self.level
    }

    fn wake(&mut self) {
        self.awake = TRAILING;
        for frame in std::mem::take(&mut self.recent) {
            self.score(&frame);
        }
    }

    fn remember(&mut self, frame: &Frame) {
        if self.recent.len() == LEADING {
            self.recent.pop_front();
        }
        self.recent.push_back(*frame);
    }

    /// The best score of the windows that end in this frame, or the last one's if none does.
    fn score(&mut self, frame: &Frame) -> f32 {
        let mut best: Option<f32> = None;
        let wide = self.wideband.push(frame);
        let mut rest = &wide[..];
        while !rest.is_empty() {
            let (part, later) = rest.split_at(rest.len().min(WINDOW - self.window.len()));
            self.window.extend_from_slice(part);
            rest = later;
            if self.window.len() == WINDOW {
                let score = self.network.predict_f32(&self.window);
                self.window.clear();
                best = Some(best.map_or(score, |best| best.max(score)));
            }
        }
        self.score = best.unwrap_or(self.score);
        self.score
    }
}
