//! From 8 to 16 kHz, for the voice detector alone: nobody ever hears the result.

use crate::{FRAME_SAMPLES, Frame};

/// Half of a half-band low-pass, from the middle outwards: a sinc under a Hamming window over the 16 nearest samples.
const TAPS: [f32; 8] = [0.632_8, -0.196_3, 0.101_6, -0.057_4, 0.031_9, -0.016_5, 0.007_7, -0.003_8];

/// How many samples before a frame its first ones are made of.
const BEFORE: usize = 2 * TAPS.len() - 1;

#[derive(Debug, Default)]
pub(crate) struct Wideband {
    before: [f32; BEFORE],
}

impl Wideband {
    /// The frame at 16 kHz, eight samples at 8 kHz (1 ms) late.
    pub(crate) fn push(&mut self, frame: &Frame) -> [f32; 2 * FRAME_SAMPLES] {
        let mut samples = [0.0; BEFORE + FRAME_SAMPLES];
        samples[..BEFORE].copy_from_slice(&self.before);
        for (sample, narrow) in samples[BEFORE..].iter_mut().zip(frame) {
            *sample = f32::from(*narrow) / 32_768.0;
        }
        self.before.copy_from_slice(&samples[FRAME_SAMPLES..]);

        // Tap by tap and not sample by sample: so the compiler does several samples at once.
        let mut between = [0.0; FRAME_SAMPLES];
        for (n, tap) in TAPS.iter().enumerate() {
            let (earlier, later) = (&samples[TAPS.len() - 1 - n..], &samples[TAPS.len() + n..]);
            for (sum, (one, other)) in between.iter_mut().zip(earlier.iter().zip(later)) {
                *sum += tap * (one + other);
            }
        }
        let mut wide = [0.0; 2 * FRAME_SAMPLES];
        let (pairs, _) = wide.as_chunks_mut::<2>();
        for (pair, (sample, between)) in
            pairs.iter_mut().zip(samples[TAPS.len() - 1..].iter().zip(between))
        {
            *pair = [*sample, between.clamp(-1.0, 1.0)];
        }
        wide
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_come_out_as_they_were_and_between_them_lies_the_curve() {
        let wave = |n: f64| (std::f64::consts::TAU * 700.0 * n / 8_000.0).sin() * 0.5;
        let mut wideband = Wideband::default();
        let wide: Vec<f32> = (0..4)
            .flat_map(|frame| {
                let sample =
                    |n: usize| (wave((frame * FRAME_SAMPLES + n) as f64) * 32_768.0) as i16;
                wideband.push(&std::array::from_fn(sample))
            })
            .collect();
        // The first sixteen are made of the silence before the wave, too.
        for (n, sample) in wide.iter().enumerate().skip(32) {
            let expected = wave((n as f64 / 2.0) - TAPS.len() as f64);
            assert!(
                (f64::from(*sample) - expected).abs() < 0.01,
                "sample {n}: {sample} {expected}"
            );
        }
    }
}
