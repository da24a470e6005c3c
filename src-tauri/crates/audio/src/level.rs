//! How loud sound is.

use std::fmt;

/// A level in decibels below full scale (dBFS): the root mean square, where a square wave of full scale has 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level(f32);

impl Level {
    /// The level of silence. Nothing is quieter: it is below half a step of 16-bit sound.
    pub const SILENCE: Self = Self(-100.0);

    /// The level of that many decibels, which are negative below full scale.
    pub const fn dbfs(decibels: f32) -> Self {
        Self(decibels)
    }

    /// The level of these samples.
    pub fn of(samples: &[i16]) -> Self {
        if samples.is_empty() {
            return Self::SILENCE;
        }
        // Whole numbers add up exactly in any order, so the compiler may add several at once.
        let energy: u64 =
            samples.iter().map(|&sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
        let power = energy as f64 / samples.len() as f64;
        let decibels = 10.0 * (power / f64::from(i16::MAX).powi(2)).log10();
        Self((decibels as f32).max(Self::SILENCE.0))
    }

    /// The decibels, negative below full scale.
    pub const fn decibels(self) -> f32 {
        self.0
    }

    /// The level that is louder by that many decibels.
    #[must_use]
    pub fn louder_by(self, decibels: f32) -> Self {
        Self(self.0 + decibels)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.1} dBFS", self.0)
    }
}

/// Makes these samples so loud or so quiet that they have this level, as far as none of them clips.
pub fn bring_to(samples: &mut [i16], level: Level) {
    let Some(peak) =
        samples.iter().map(|sample| sample.unsigned_abs()).max().filter(|&peak| peak > 0)
    else {
        return;
    };
    let wanted = 10_f32.powf((level.0 - Level::of(samples).0) / 20.0);
    let gain = wanted.min(f32::from(i16::MAX) / f32::from(peak));
    for sample in samples {
        *sample = (f32::from(*sample) * gain).round() as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_square_wave_is_at_zero() {
        let wave: Vec<i16> =
            (0..160).map(|n| if n % 2 == 0 { i16::MAX } else { -i16::MAX }).collect();
        assert!(Level::of(&wave).decibels().abs() < 0.001);
    }

    #[test]
    fn half_the_amplitude_is_six_decibels_less() {
        assert!((Level::of(&[16_384, -16_384]).decibels() + 6.02).abs() < 0.01);
    }

    #[test]
    fn silence_and_nothing_are_silence() {
        assert_eq!(Level::of(&[0; 160]), Level::SILENCE);
        assert_eq!(Level::of(&[]), Level::SILENCE);
    }

    #[test]
    fn sound_is_brought_to_a_level_without_clipping() {
        let mut samples: Vec<i16> = (0..160).map(|n| if n % 2 == 0 { 100 } else { -100 }).collect();
        bring_to(&mut samples, Level::dbfs(-16.0));
        assert!((Level::of(&samples).decibels() + 16.0).abs() < 0.1);
        let mut click = vec![0; 160];
        click[80] = 1_000;
        bring_to(&mut click, Level::dbfs(-6.0));
        assert_eq!(click[80], i16::MAX);
        let mut silence = [0; 160];
        bring_to(&mut silence, Level::dbfs(-16.0));
        assert_eq!(silence, [0; 160]);
    }
}
