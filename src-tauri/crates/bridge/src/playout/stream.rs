//! Sound without an end, as a speech model makes it: it comes in pieces of some 80 ms, and is to be heard as it comes.

use std::collections::VecDeque;
use std::time::Duration;

use audio::{FRAME, FRAME_SAMPLES, Level, g711};
use tokio::time::Instant;

use super::{LEAD, Out, Playout, Step};

/// How many frames of silence go before the first sound. They are the lead, and one frame more: pieces may come that much
/// late without a frame being so.
const CUSHION: usize = LEAD.as_millis().div_ceil(FRAME.as_millis()) as usize + 1;
/// How much may wait, in frames: half a second. A model that was held up catches up, and doesn't lag for ever.
const MOST: usize = 25;
/// How many frames are left when the oldest are dropped.
const LEFT: usize = CUSHION;
/// What is quieter than this is the breath of a model that listens.
const SPEECH: Level = Level::dbfs(-45.0);
/// For so many frames after its last speech a model still counts as speaking: a third of a second.
const BETWEEN_WORDS: usize = 16;

/// A model that is silent for longer has not been held up but has ended.
const A_WHILE: Duration = Duration::from_secs(1);

/// What waits of such sound.
pub(super) struct Stream {
    waiting: VecDeque<u8>,
    /// How many frames ago speech was sent last.
    since_speech: usize,
    /// When the last frame was sent, unless what followed it was cleared.
    last: Option<Instant>,
}

impl Default for Stream {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), since_speech: BETWEEN_WORDS, last: None }
    }
}

impl Stream {
    /// Whether what the caller hears of it is speech.
    pub(super) fn is_speech(&self) -> bool {
        self.since_speech < BETWEEN_WORDS
    }

    /// Whether nothing of it was sent since the last was cleared.
    pub(super) fn is_idle(&self) -> bool {
        self.last.is_none()
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Playout {
    /// Appends sound, as µ-law, of which there is no end. What is said otherwise is heard first.
    pub(crate) fn stream(&mut self, bytes: &[u8]) {
        let waiting = &mut self.stream.waiting;
        waiting.extend(bytes);
        if waiting.len() > MOST * FRAME_SAMPLES {
            let surplus = waiting.len() / FRAME_SAMPLES - LEFT;
            waiting.drain(..surplus * FRAME_SAMPLES);
            self.tally.dropped += u32::try_from(surplus).unwrap_or(u32::MAX);
        }
    }

    /// What is to be done next, where nothing else is to be said.
    pub(super) fn step_stream(&mut self, now: Instant) -> Step {
        if self.stream.waiting.len() < FRAME_SAMPLES {
            return self.end(now);
        }
        let heard_at = match self.heard_at.filter(|&at| at >= now) {
            Some(at) => at,
            None => {
                let ran_dry = |last: &Instant| now.saturating_duration_since(*last) < A_WHILE;
                if self.stream.last.as_ref().is_some_and(ran_dry) {
                    self.gaps.note(now);
                    self.tally.gaps += 1;
                }
                self.is_filling = true;
                for _ in 0..CUSHION * FRAME_SAMPLES {
                    self.stream.waiting.push_front(g711::SILENCE);
                }
                now
            }
        };
        if heard_at > now + LEAD {
            self.is_filling = false;
            return Step::Wait(heard_at - LEAD);
        }
        if self.is_filling {
            self.gaps.restart();
        }
        self.gaps.note(now);
        let mut payload = [g711::SILENCE; FRAME_SAMPLES];
        for (byte, waiting) in payload.iter_mut().zip(self.stream.waiting.drain(..FRAME_SAMPLES)) {
            *byte = waiting;
        }
        self.stream.last = Some(now);
        self.heard_at = Some(heard_at + FRAME);
        self.tally.sound += FRAME;
        let level = Level::of(&payload.map(g711::decoded));
        self.stream.since_speech = if level >= SPEECH { 0 } else { self.stream.since_speech + 1 };
        self.level.note(level);
        Step::Send(Out::Frame(payload))
    }
}
