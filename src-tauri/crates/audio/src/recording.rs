//! Recordings in WAV files, as telephone sound.

mod coding;
mod container;

use std::io::{self, Read};

use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters};

use crate::SAMPLES_PER_SECOND;
use container::Contents;

/// How many samples are converted at a time.
const CHUNK: usize = 1024;
/// How large a file may be: some hours at the best quality that people have.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

/// Why something is no recording.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each says by its text what it is")]
pub enum Unreadable {
    #[error("it is {found}, and a WAV file is wanted")]
    Format { found: &'static str },
    #[error("it says of its sound nothing that can be read: {found}")]
    Header { found: String },
    #[error(
        "its sound is {found}, and PCM of 8 to 64 bits, float, µ-law or A-law is wanted; most sound editors save it so"
    )]
    Coding { found: String },
    #[error("its sample rate of {rate} Hz cannot be converted")]
    Rate { rate: u32 },
    #[error("it is larger than {} MB", MOST_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("it holds no sound")]
    Empty,
    #[error(transparent)]
    Broken(#[from] io::Error),
}

/// Reads a WAV file of any rate and any number of channels, from a pipe, too, and as far as it goes if it was cut off.
///
/// # Errors
/// If it can't be read or holds no sound.
pub fn read(file: impl Read) -> Result<Vec<i16>, Unreadable> {
    let Contents { format, sound } = container::read(file, MOST_BYTES)?;
    let rate = format.rate;
    let samples = at_telephone_rate(format.mono(&sound), rate).ok_or(Unreadable::Rate { rate })?;
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
