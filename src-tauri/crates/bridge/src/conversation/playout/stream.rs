//! Sound without an end, as a speech model makes it: it comes in pieces of some 80 ms, and is to be heard as it comes.

use std::collections::VecDeque;
use std::time::Duration;

use audio::{Converter, Level, Rate};
use tokio::time::Instant;

/// How much may wait, in frames: half a second. A model that was held up catches up, and doesn't lag for ever.
pub(super) const MOST: usize = 25;
/// How many frames are left when the oldest are dropped: as many as go before the first.
const LEFT: usize = 5;
/// What is quieter than this is the breath of a model that listens. A caller who is that quiet doesn't count as speaking either.
const SPEECH: Level = Level::dbfs(-52.0);
/// For so many frames after its last speech a model still counts as speaking: a third of a second.
pub(super) const BETWEEN_WORDS: usize = 16;

/// A model that is silent for longer has not been held up but has ended.
pub(super) const A_WHILE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Stream {
    pub(super) waiting: VecDeque<i16>,
    /// From the rate at which it comes.
    converter: Option<(Rate, Converter)>,
    /// For how many frames more it counts as speech.
    speech_for: usize,
    /// When the last frame was sent, unless what followed it was cleared.
    pub(super) last: Option<Instant>,
}

impl Stream {
    /// Whether what the caller hears of it is speech.
    pub(super) fn is_speech(&self) -> bool {
        self.speech_for > 0
    }

    /// Whether nothing of it was sent since the last was cleared.
    pub(super) fn is_idle(&self) -> bool {
        self.last.is_none()
    }

    /// Whether something of it was sent a moment ago.
    pub(super) fn runs(&self, now: Instant) -> bool {
        self.last.is_some_and(|last| now.saturating_duration_since(last) < A_WHILE)
    }

    pub(super) fn note(&mut self, level: Level) {
        self.speech_for =
            if level >= SPEECH { BETWEEN_WORDS } else { self.speech_for.saturating_sub(1) };
    }

    /// Nothing of it is heard any more.
    pub(super) fn fall_silent(&mut self) {
        self.speech_for = 0;
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Appends sound, which is brought to the rate of the line. Tells how many frames were too many.
    pub(super) fn push(&mut self, samples: &[i16], from: Rate, to: Rate) -> usize {
        if self.converter.as_ref().is_none_or(|(rate, _)| *rate != from) {
            self.converter = Some((from, Converter::new(from, to)));
        }
        if let Some((_, converter)) = &mut self.converter {
            self.waiting.extend(&*converter.push(samples));
        }
        let (frame, waiting) = (to.frame_samples(), self.waiting.len());
        let surplus = if waiting > MOST * frame { waiting / frame - LEFT } else { 0 };
        self.waiting.drain(..surplus * frame);
        surplus
    }
}
