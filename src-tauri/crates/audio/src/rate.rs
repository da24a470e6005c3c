//! Frames of 20 ms, and the rates at which sound is heard, spoken and passed on.

use std::time::Duration;

use crate::opus;

/// How many samples telephone sound has in a second.
pub const SAMPLES_PER_SECOND: u32 = 8_000;
/// How many samples a frame of it has.
pub const FRAME_SAMPLES: usize = 160;
/// How long a frame is.
pub const FRAME: Duration = Duration::from_millis(20);

/// A frame of telephone sound.
pub type Frame = [i16; FRAME_SAMPLES];

/// How long that many samples of telephone sound last.
pub fn duration_of(samples: usize) -> Duration {
    Rate::Telephone.duration_of(samples)
}

/// How many samples a second of sound has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rate {
    /// That of telephones: 8 kHz.
    #[default]
    Telephone,
    /// That of speech models and good microphones: 24 kHz.
    Wide,
}

impl Rate {
    /// The samples of a second.
    pub const fn samples_per_second(self) -> u32 {
        match self {
            Self::Telephone => SAMPLES_PER_SECOND,
            Self::Wide => opus::SAMPLES_PER_SECOND,
        }
    }

    /// The samples of a frame, which is 20 ms long at any rate.
    pub const fn frame_samples(self) -> usize {
        match self {
            Self::Telephone => FRAME_SAMPLES,
            Self::Wide => 3 * FRAME_SAMPLES,
        }
    }

    /// How long that many samples last.
    pub fn duration_of(self, samples: usize) -> Duration {
        Duration::from_secs(samples as u64) / self.samples_per_second()
    }
}

/// Samples as numbers from -1 to 1.
pub fn to_f32(samples: &[i16]) -> Vec<f32> {
    samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect()
}

/// Samples from numbers from -1 to 1.
pub fn to_i16(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|&sample| (sample * 32_768.0).round() as i16).collect()
}
