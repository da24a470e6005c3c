//! Recordings in WAV files, as telephone sound.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result};
use audio::SAMPLES_PER_SECOND;
use hound::{SampleFormat, WavSpec, WavWriter};

/// Reads a WAV file of any rate and any number of channels.
pub(crate) fn read(path: &Path) -> Result<Vec<i16>> {
    let what = || format!("{} cannot be read as a WAV file", path.display());
    let file = File::open(path).with_context(what)?;
    audio::recording::read(BufReader::new(file)).with_context(what)
}

/// The file that will hold what is heard. It is made before the call, so that no call is made in vain.
pub(crate) struct Reply(WavWriter<std::io::BufWriter<std::fs::File>>);

impl Reply {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: SAMPLES_PER_SECOND,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        WavWriter::create(path, spec)
            .map(Self)
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    pub(crate) fn save(mut self, heard: &[i16]) -> Result<()> {
        let written = heard.iter().try_for_each(|sample| self.0.write_sample(*sample));
        written.and_then(|()| self.0.finalize()).context("what was heard cannot be saved")
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    fn tone(hertz: f32, rate: u32, seconds: u32) -> Vec<f32> {
        (0..rate * seconds).map(|n| (TAU * hertz * n as f32 / rate as f32).sin() * 0.5).collect()
    }

    fn written(samples: &[f32], rate: u32, channels: u16) -> Vec<i16> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("voice.wav");
        let spec = WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(&path, spec).expect("a file");
        for sample in samples {
            for _ in 0..channels {
                writer.write_sample((sample * 32_767.0) as i16).expect("room");
            }
        }
        writer.finalize().expect("room");
        read(&path).expect("it is a WAV file")
    }

    /// The largest difference to a tone that comes this part of a sample later.
    fn difference(converted: &[i16], hertz: f32, later: f32) -> f32 {
        let is_and_should = (400..7_600).map(|n| {
            let should = (TAU * hertz * (n as f32 - later) / 8_000.0).sin() * 0.5;
            (f32::from(converted[n]) / 32_767.0 - should).abs()
        });
        is_and_should.fold(0.0, f32::max)
    }

    #[test]
    fn sound_of_another_rate_keeps_its_length_pitch_level_and_place() {
        for (rate, channels) in [(48_000, 2), (44_100, 1), (16_000, 1), (8_000, 2), (11_025, 1)] {
            let converted = written(&tone(440.0, rate, 1), rate, channels);
            assert!(converted.len().abs_diff(8_000) <= 1, "{rate}: {}", converted.len());
            let least = (-100..=100)
                .map(|hundredths| difference(&converted, 440.0, hundredths as f32 / 100.0))
                .fold(f32::MAX, f32::min);
            assert!(least < 0.01, "{rate}: {least}");
        }
    }

    #[test]
    fn what_a_telephone_cannot_carry_is_removed_and_not_mirrored() {
        let converted = written(&tone(6_000.0, 48_000, 1), 48_000, 1);
        assert!(audio::Level::of(&converted[400..7_600]).decibels() < -60.0);
    }
}
