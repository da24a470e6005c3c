//! Sound for tests: a recorded human voice, and how alike two sounds are.

#![allow(dead_code, reason = "each test file uses a part of it")]

use audio::{Converter, Rate, correlation, duration_of, g711, to_f32};

/// The recorded voice that all tests share, as it comes from a telephone.
pub(crate) fn voice() -> Vec<i16> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/voice.wav");
    let samples: Vec<i16> = hound::WavReader::open(path)
        .expect("the recording")
        .samples()
        .map(|sample| sample.expect("a sample"))
        .collect();
    assert!(duration_of(samples.len()).as_secs() >= 2);
    g711::decode(&g711::encode(&samples)).collect()
}

/// The same at 24 kHz.
pub(crate) fn wide_voice() -> Vec<f32> {
    to_f32(&Converter::new(Rate::Telephone, Rate::Wide).push(&voice()))
}

/// How alike two sounds are at best, from -1 to 1, and by how many samples the second is then late.
pub(crate) fn likeness(one: &[f32], other: &[f32], latest: usize) -> (f64, usize) {
    let at = |late: usize| correlation(one, other.get(late..).unwrap_or_default());
    (0..latest)
        .map(|late| (at(late), late))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .expect("there is at least one offset")
}

/// By how many decibels the first is louder than what sets the second apart from it.
pub(crate) fn signal_to_noise(one: &[f32], other: &[f32]) -> f64 {
    let power = |samples: &mut dyn Iterator<Item = f64>| samples.map(|x| x * x).sum::<f64>();
    let length = one.len().min(other.len());
    let signal = power(&mut one[..length].iter().map(|&x| f64::from(x)));
    let noise = power(&mut one.iter().zip(other).map(|(&a, &b)| f64::from(a) - f64::from(b)));
    10.0 * (signal / noise.max(f64::MIN_POSITIVE)).log10()
}
