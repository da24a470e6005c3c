//! Recordings in WAV files, as telephone sound.

mod coding;
mod container;
mod unreadable;

use std::io::Read;

use rubato::audioadapter_buffers::owned::InterleavedOwned;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters};

use crate::SAMPLES_PER_SECOND;
use container::Contents;
pub use unreadable::Unreadable;

/// How many samples are converted at a time.
const CHUNK: usize = 1024;

/// Reads a WAV file of any rate and any number of channels, from a pipe, too, and as far as it goes if it was cut off.
///
/// # Errors
/// If it can't be read or holds no sound.
pub fn read(file: impl Read) -> Result<Vec<i16>, Unreadable> {
    let Contents { format, sound } = container::read(file)?;
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
