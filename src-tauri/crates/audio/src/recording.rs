//! Recordings in WAV files, as telephone sound.

use std::io::Read;

use hound::{SampleFormat, WavReader};
use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters};

use crate::SAMPLES_PER_SECOND;

/// How many samples are converted at a time.
const CHUNK: usize = 1024;

/// Why something is no recording.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each says by its text what it is")]
pub enum Unreadable {
    #[error("it is no WAV file")]
    Format(#[from] hound::Error),
    #[error("its sample rate of {rate} Hz cannot be converted")]
    Rate { rate: u32 },
    #[error("it holds no sound")]
    Empty,
}

/// Reads a WAV file of any rate and any number of channels.
///
/// # Errors
/// If it can't be read or holds no sound.
pub fn read(file: impl Read) -> Result<Vec<i16>, Unreadable> {
    let mut reader = WavReader::new(file)?;
    let spec = reader.spec();
    let interleaved: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>(),
        SampleFormat::Int => {
            let full_scale = 2_f32.powi(i32::from(spec.bits_per_sample) - 1);
            reader.samples::<i32>().map(|sample| Ok(sample? as f32 / full_scale)).collect()
        }
    }?;
    let channels = usize::from(spec.channels.max(1));
    let mono =
        interleaved.chunks(channels).map(|all| all.iter().sum::<f32>() / channels as f32).collect();
    let rate = spec.sample_rate;
    let samples = at_telephone_rate(mono, rate).ok_or(Unreadable::Rate { rate })?;
    if samples.is_empty() {
        return Err(Unreadable::Empty);
    }
    Ok(samples.into_iter().map(|sample| (sample * f32::from(i16::MAX)).round() as i16).collect())
}

fn at_telephone_rate(samples: Vec<f32>, rate: u32) -> Option<Vec<f32>> {
    if rate == SAMPLES_PER_SECOND || samples.is_empty() {
        return Some(samples);
    }
    if rate == 0 {
        return None;
    }
    let ratio = f64::from(SAMPLES_PER_SECOND) / f64::from(rate);
    let filter = SincInterpolationParameters::default();
    let resampler = Async::<f32>::new_sinc(ratio, 1.0, &filter, CHUNK, 1, FixedAsync::Input);
    let length = samples.len();
    let samples = InterleavedOwned::new_from(samples, 1, length).ok()?;
    Some(resampler.ok()?.process_all(&samples, length, None).ok()?.take_data())
}
