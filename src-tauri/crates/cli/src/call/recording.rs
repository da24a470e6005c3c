//! Recordings in WAV files, as telephone sound.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Cursor, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use audio::SAMPLES_PER_SECOND;
use audio::recording::Unreadable;
use hound::{SampleFormat, WavSpec, WavWriter};
use same_file::Handle;

/// A recording that was read, and which file it is.
pub(crate) struct Recording {
    pub(crate) voice: Vec<i16>,
    file: Handle,
}

impl Recording {
    /// Reads a WAV file, from standard input where the path is `-`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let what = || format!("{} can't be used as a recorded voice", path.display());
        let (voice, file) = if path == Path::new("-") {
            (voice_in(io::stdin().lock()), Handle::stdin())
        } else {
            let file = File::open(path).with_context(what)?;
            (file.try_clone().map_err(Unreadable::from).and_then(voice_in), Handle::from_file(file))
        };
        Ok(Self { voice: voice.with_context(what)?, file: file.with_context(what)? })
    }
}

fn voice_in(file: impl Read) -> Result<Vec<i16>, Unreadable> {
    audio::recording::read(BufReader::new(file))
}

/// The file that will hold what is heard. It is opened before the call, so that no call is made in vain, and what it held
/// before is replaced when something was heard.
pub(crate) struct Reply {
    file: File,
    path: PathBuf,
    /// Whether it was made for this, and holds nothing yet.
    is_fresh: bool,
}

impl Reply {
    pub(crate) fn open(path: &Path, recording: &Recording) -> Result<Self> {
        let what = || format!("{} can't be written", path.display());
        // To open a pipe is to read from it.
        let is_recording =
            path.is_file() && Handle::from_path(path).is_ok_and(|file| file == recording.file);
        ensure!(!is_recording, "{} is the recording itself; name another file", path.display());
        let fresh = OpenOptions::new().write(true).create_new(true).open(path);
        let is_fresh = fresh.is_ok();
        let file =
            fresh.or_else(|_| OpenOptions::new().write(true).open(path)).with_context(what)?;
        Ok(Self { file, path: path.to_owned(), is_fresh })
    }

    pub(crate) fn save(mut self, heard: &[i16]) -> Result<()> {
        let what = || format!("what was heard can't be saved in {}", self.path.display());
        let bytes = wav(heard).with_context(what)?;
        if self.file.metadata().with_context(what)?.is_file() {
            self.file.set_len(0).with_context(what)?;
        }
        let written = self.file.write_all(&bytes).with_context(what);
        self.is_fresh = false;
        written
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if self.is_fresh {
            // An empty file is all that stays behind.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn wav(samples: &[i16]) -> hound::Result<Vec<u8>> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: SAMPLES_PER_SECOND,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec)?;
    samples.iter().try_for_each(|sample| writer.write_sample(*sample))?;
    writer.finalize()?;
    Ok(file.into_inner())
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
        Recording::read(&path).expect("it is a WAV file").voice
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
