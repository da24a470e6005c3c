//! A level as meters show it: up at once, down slowly, so that the eye can follow.

use audio::Level;

/// How fast it falls, in decibels a frame: from speech to silence within a second.
const FALL: f32 = 2.0;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter(Level);

impl Default for Meter {
    fn default() -> Self {
        Self(Level::SILENCE)
    }
}

impl Meter {
    pub(crate) fn note(&mut self, level: Level) {
        let fallen = self.0.louder_by(-FALL);
        self.0 = if level > fallen { level } else { fallen };
    }

    /// What it shows, in decibels below full scale; -100 is silence.
    pub(crate) fn dbfs(self) -> i8 {
        self.0.decibels().round().clamp(Level::SILENCE.decibels(), 0.0) as i8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_at_once_falls_slowly_and_ends_at_silence() {
        let mut meter = Meter::default();
        meter.note(Level::dbfs(-20.0));
        assert_eq!(meter.dbfs(), -20);
        meter.note(Level::SILENCE);
        assert_eq!(meter.dbfs(), -22);
        for _ in 0..100 {
            meter.note(Level::SILENCE);
        }
        assert_eq!(meter.dbfs(), -100);
    }
}
