//! Whether a frame holds a voice: loud enough for this line, and speech to a small neural network.

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

/// Listens to one line for a voice.
pub struct Voice {
    network: Box<Detector>,
    wideband: Wideband,
    window: Vec<f32>,
    score: f32,
    noise: Level,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            network: Detector::default_boxed(),
            wideband: Wideband::default(),
            window: Vec::with_capacity(WINDOW),
            score: 0.0,
            noise: Level::dbfs(-60.0),
        }
    }
}

impl Voice {
    /// Whether this frame, the one after the last, holds a voice.
    pub fn is_in(&mut self, frame: &Frame) -> bool {
        let (score, level) = (self.score(frame), Level::of(frame));
        let gate = self.noise.louder_by(ABOVE_NOISE);
        self.noise = if level < self.noise { level } else { self.noise.louder_by(NOISE_RISE) };
        score >= SPEECH && level >= QUIETEST && level >= gate
    }

    /// The best score of the windows that end in this frame, or the last one's if none does.
    fn score(&mut self, frame: &Frame) -> f32 {
        let mut best: Option<f32> = None;
        for &sample in frame {
            self.window.extend(self.wideband.push(sample));
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
