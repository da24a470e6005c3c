//! The rates at which sound is heard, spoken and passed on.

use std::borrow::Cow;
use std::time::Duration;

use crate::{Downsampler, FRAME_SAMPLES, SAMPLES_PER_SECOND, Upsampler, opus};

/// How many samples a second of sound has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rate {
    /// That of telephones: 8 kHz.
    Telephone,
    /// That of speech models and good microphones: 24 kHz.
    Wide,
}

impl Rate {
    /// The samples of a second.
    #[must_use]
    pub const fn samples_per_second(self) -> u32 {
        match self {
            Self::Telephone => SAMPLES_PER_SECOND,
            Self::Wide => opus::SAMPLES_PER_SECOND,
        }
    }

    /// The samples of a frame, which is 20 ms long at any rate.
    #[must_use]
    pub const fn frame_samples(self) -> usize {
        match self {
            Self::Telephone => FRAME_SAMPLES,
            Self::Wide => 3 * FRAME_SAMPLES,
        }
    }

    /// How long that many samples last.
    #[must_use]
    pub fn duration_of(self, samples: usize) -> Duration {
        Duration::from_secs(samples as u64) / self.samples_per_second()
    }
}

/// Brings sound from one rate to another, piece by piece.
pub struct Converter(Way);

enum Way {
    Same,
    Up(Box<Upsampler>),
    Down(Box<Downsampler>),
}

impl Converter {
    /// From one rate to another.
    #[must_use]
    pub fn new(from: Rate, to: Rate) -> Self {
        Self(match (from, to) {
            (Rate::Telephone, Rate::Telephone) | (Rate::Wide, Rate::Wide) => Way::Same,
            (Rate::Telephone, Rate::Wide) => Way::Up(Box::default()),
            (Rate::Wide, Rate::Telephone) => Way::Down(Box::default()),
        })
    }

    /// The next sound at the other rate: a frame for every frame. What is left over waits for the next.
    pub fn push<'a>(&mut self, samples: &'a [i16]) -> Cow<'a, [i16]> {
        match &mut self.0 {
            Way::Same => samples.into(),
            Way::Up(up) => to_i16(&up.push(samples)).into(),
            Way::Down(down) => down.push(&to_f32(samples)).into(),
        }
    }
}

/// Samples as numbers from -1 to 1.
#[must_use]
pub fn to_f32(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect()
}

/// Samples from numbers from -1 to 1.
#[must_use]
pub fn to_i16(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|&sample| (sample * 32_768.0).round() as i16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_at_one_rate_is_a_frame_at_the_other() {
        for (from, to) in [(Rate::Telephone, Rate::Wide), (Rate::Wide, Rate::Telephone)] {
            let mut converter = Converter::new(from, to);
            for _ in 0..100 {
                let frame = converter.push(&vec![100; from.frame_samples()]).into_owned();
                assert_eq!(frame.len(), to.frame_samples());
            }
            let steady = converter.push(&vec![100; from.frame_samples()]).into_owned();
            assert!(steady.iter().all(|sample| (99..=101).contains(sample)), "{steady:?}");
        }
    }

    #[test]
    fn sound_that_has_the_rate_already_is_left_as_it_is() {
        let sound = [1, -2, i16::MIN, i16::MAX];
        for rate in [Rate::Telephone, Rate::Wide] {
            assert_eq!(*Converter::new(rate, rate).push(&sound), sound);
        }
        assert_eq!(to_i16(&to_f32(&sound)), sound);
    }

    #[test]
    fn a_second_is_a_second_at_any_rate() {
        for rate in [Rate::Telephone, Rate::Wide] {
            let second = rate.samples_per_second() as usize;
            assert_eq!(rate.duration_of(second), Duration::from_secs(1));
            assert_eq!(rate.duration_of(rate.frame_samples()), crate::FRAME);
        }
    }
}
