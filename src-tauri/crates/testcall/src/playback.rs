//! What the caller hears. A carrier queues what it is sent and plays it in real time; this does the same.

use std::collections::VecDeque;

use audio::{FRAME_SAMPLES, Level};

/// A recording that is quieter holds nothing that could be recognised.
pub const QUIET: Level = Level::dbfs(-60.0);

/// Sound and marks on their way to the caller's ear.
#[derive(Debug, Default)]
pub(crate) struct Playback {
    queued: VecDeque<i16>,
    /// Marks, and how many samples had been queued before each.
    marks: VecDeque<(usize, String)>,
    /// How many samples have left the queue.
    passed: usize,
    pub(crate) heard: Vec<i16>,
}

pub(crate) struct Played {
    /// Whether there was sound: what is sent may be silence.
    pub(crate) is_audible: bool,
    pub(crate) marks: Vec<String>,
}

impl Playback {
    pub(crate) fn queue(&mut self, samples: impl Iterator<Item = i16>) {
        self.queued.extend(samples);
    }

    pub(crate) fn mark(&mut self, name: String) {
        self.marks.push_back((self.passed + self.queued.len(), name));
    }

    /// Forgets what is queued. The marks in it come due.
    pub(crate) fn clear(&mut self) {
        self.passed += self.queued.len();
        self.queued.clear();
    }

    /// Plays for as long as a frame lasts, silence where nothing is queued.
    pub(crate) fn play(&mut self) -> Played {
        let sounding = self.queued.len().min(FRAME_SAMPLES);
        let began = self.heard.len();
        self.heard.extend(self.queued.drain(..sounding));
        let is_audible = Level::of(&self.heard[began..]) > QUIET;
        self.heard.extend(std::iter::repeat_n(0, FRAME_SAMPLES - sounding));
        self.passed += sounding;
        let due = self.marks.partition_point(|(place, _)| *place <= self.passed);
        let marks = self.marks.drain(..due).map(|(_, name)| name).collect();
        Played { is_audible, marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_due_when_all_before_it_was_played() {
        let mut playback = Playback::default();
        playback.queue([100; 200].into_iter());
        playback.mark("end".to_owned());
        let first = playback.play();
        assert!(first.is_audible && first.marks.is_empty());
        assert_eq!(playback.play().marks, ["end"]);
        assert!(!playback.play().is_audible);
        let heard = playback.heard;
        assert_eq!(
            (heard.len(), heard.iter().filter(|sample| **sample == 100).count()),
            (480, 200)
        );
    }

    #[test]
    fn silence_that_is_sent_is_no_sound() {
        let mut playback = Playback::default();
        playback.queue([8; 160].into_iter());
        assert!(!playback.play().is_audible);
    }

    #[test]
    fn what_is_cleared_is_not_heard_and_its_marks_come_back() {
        let mut playback = Playback::default();
        playback.queue([100; 400].into_iter());
        playback.mark("end".to_owned());
        playback.clear();
        let played = playback.play();
        assert!(!played.is_audible);
        assert_eq!(played.marks, ["end"]);
    }
}
