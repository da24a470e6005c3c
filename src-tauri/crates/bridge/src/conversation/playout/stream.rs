//! Sound without an end, as a speech model makes it: it comes in pieces of some 80 ms, and is to be heard as it comes.

use std::collections::VecDeque;
use std::time::Duration;

use audio::{Converter, FRAME, Level, Rate};
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
    waiting: VecDeque<i16>,
    /// From the rate at which it comes.
    converter: Option<(Rate, Converter)>,
    /// How many frames ago speech was sent last.
    since_speech: usize,
    /// When the last frame was sent, unless what followed it was cleared.
    last: Option<Instant>,
}

impl Default for Stream {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), converter: None, since_speech: BETWEEN_WORDS, last: None }
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

    /// Notes how loud the next of it is.
    fn note(&mut self, level: Level) {
        self.since_speech = if level >= SPEECH { 0 } else { self.since_speech + 1 };
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Playout {
    /// Appends sound of which there is no end. What is said otherwise is heard first.
    pub(crate) fn stream(&mut self, samples: &[i16], rate: Rate) {
        let Stream { waiting, converter, .. } = &mut self.stream;
        if converter.as_ref().is_none_or(|(from, _)| *from != rate) {
            *converter = Some((rate, Converter::new(rate, self.rate)));
        }
        if let Some((_, converter)) = converter {
            waiting.extend(&*converter.push(samples));
        }
        let frame = self.rate.frame_samples();
        if waiting.len() > MOST * frame {
            let surplus = waiting.len() / frame - LEFT;
            waiting.drain(..surplus * frame);
            self.tally.dropped += u32::try_from(surplus).unwrap_or(u32::MAX);
        }
    }

    /// Notes sound that goes to the caller as it is, without a clock of ours.
    pub(crate) fn note_passed(&mut self, sound: &[i16]) {
        self.tally.sound += self.rate.duration_of(sound.len());
        for frame in sound.chunks(self.rate.frame_samples()) {
            let level = Level::of(frame);
            self.stream.note(level);
            self.level.note(level);
        }
    }

    /// What is to be done next, where nothing else is to be said.
    pub(super) fn step_stream(&mut self, now: Instant, frame: &mut Vec<i16>) -> Step {
        let length = self.rate.frame_samples();
        if self.stream.waiting.len() < length {
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
                for _ in 0..CUSHION * length {
                    self.stream.waiting.push_front(0);
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
        frame.clear();
        frame.extend(self.stream.waiting.drain(..length));
        self.stream.last = Some(now);
        self.heard_at = Some(heard_at + FRAME);
        self.tally.sound += FRAME;
        let level = Level::of(frame);
        self.stream.note(level);
        self.level.note(level);
        Step::Send(Out::Frame)
    }
}

#[cfg(test)]
mod tests {
    use audio::FRAME_SAMPLES;

    use super::super::tests::{Sent, frame, playout, step};
    use super::*;
    use crate::conversation::playout::{Cue, Mark};
    use crate::conversation::sound::Sound;

    /// What goes out until nothing more is to be sent at that time.
    fn sent(playout: &mut Playout, now: Instant) -> Vec<Sent> {
        let step = || match step(playout, now, Cue::Clock) {
            (Step::Send(_), sent) => sent,
            (Step::Wait(_) | Step::Rest, _) => None,
        };
        std::iter::from_fn(step).collect()
    }

    /// A piece as a model makes it: 80 ms.
    const PIECE: [i16; 4 * FRAME_SAMPLES] = [1_000; 4 * FRAME_SAMPLES];

    /// What goes out in that many frames' time, each at its time, while pieces come as often.
    fn run(playout: &mut Playout, start: Instant, frames: u32) -> Vec<Sent> {
        let frame = |number| {
            if number % 4 == 0 {
                playout.stream(&PIECE, Rate::Telephone);
            }
            sent(playout, start + FRAME * number)
        };
        (0..frames).flat_map(frame).collect()
    }

    #[test]
    fn silence_goes_before_the_first_sound_and_then_all_of_it_is_heard() {
        let mut playout = playout();
        let outs = run(&mut playout, Instant::now(), 40);
        assert_eq!(outs[..CUSHION], vec![frame(0); CUSHION]);
        assert!(outs[CUSHION..].iter().all(|out| *out == frame(1_000)));
        assert!(outs.len() >= 40, "{}", outs.len());
        assert_eq!((playout.tally().gaps, playout.tally().dropped), (0, 0));
    }

    #[test]
    fn a_piece_that_comes_a_little_late_is_no_gap_and_one_that_comes_too_late_is() {
        for (late, gaps) in [(Duration::from_millis(90), 0), (Duration::from_millis(120), 1)] {
            let mut playout = playout();
            let start = Instant::now();
            run(&mut playout, start, 40);
            let comes = start + FRAME * 40 + late;
            for due in (40..).map(|number| start + FRAME * number).take_while(|due| *due < comes) {
                sent(&mut playout, due);
            }
            playout.stream(&PIECE, Rate::Telephone);
            sent(&mut playout, comes);
            assert_eq!(playout.tally().gaps, gaps, "{late:?} late");
        }
    }

    #[test]
    fn a_model_that_was_held_up_is_caught_up_with() {
        let mut playout = playout();
        let start = Instant::now();
        run(&mut playout, start, 40);
        for _ in 0..10 {
            playout.stream(&PIECE, Rate::Telephone);
        }
        assert!(playout.stream.waiting.len() <= MOST * FRAME_SAMPLES);
        assert!(playout.tally().dropped >= 15, "{}", playout.tally().dropped);
    }

    #[test]
    fn what_is_said_is_heard_before_what_a_model_makes() {
        let mut playout = playout();
        let now = Instant::now();
        playout.stream(&PIECE, Rate::Telephone);
        let _heard =
            playout.say(Sound::new(vec![2; FRAME_SAMPLES], Rate::Telephone), Mark::Said(1));
        let outs = sent(&mut playout, now);
        assert_eq!(outs[..2], [frame(2), Sent::Mark(Mark::Said(1))]);
        assert!(outs.len() > 2);
    }

    #[test]
    fn a_hush_forgets_what_waits() {
        let mut playout = playout();
        let now = Instant::now();
        playout.stream(&PIECE, Rate::Telephone);
        assert!(!sent(&mut playout, now).is_empty());
        playout.hush(now);
        assert_eq!(sent(&mut playout, now), [Sent::Clear]);
        assert_eq!(step(&mut playout, now, Cue::Clock).0, Step::Rest);
    }

    #[test]
    fn what_is_passed_on_as_it_is_counts_as_heard_while_it_is_speech() {
        let mut playout = playout();
        playout.note_passed(&PIECE);
        assert!(playout.is_heard());
        assert_eq!(playout.tally().sound, 4 * FRAME);
        playout.note_passed(&[0; BETWEEN_WORDS * FRAME_SAMPLES]);
        assert!(!playout.is_heard());
    }
}
