//! From 8 to 16 kHz, for the voice detector alone: nobody ever hears the result.

/// Half of a half-band low-pass, from the middle outwards: a sinc under a Hamming window over the 16 nearest samples.
const TAPS: [f32; 8] = [0.632_8, -0.196_3, 0.101_6, -0.057_4, 0.031_9, -0.016_5, 0.007_7, -0.003_8];

/// A streaming interpolator that doubles the sample rate.
#[derive(Debug, Default)]
pub(crate) struct Wideband {
    recent: [f32; 2 * TAPS.len()],
}

impl Wideband {
    /// Two samples at 16 kHz for a sample at 8 kHz, eight samples (1 ms) late.
    pub(crate) fn push(&mut self, sample: i16) -> [f32; 2] {
        self.recent.rotate_left(1);
        self.recent[2 * TAPS.len() - 1] = f32::from(sample) / 32_768.0;
        let middle = TAPS.len();
        let between: f32 = TAPS
            .iter()
            .enumerate()
            .map(|(n, tap)| tap * (self.recent[middle - 1 - n] + self.recent[middle + n]))
            .sum();
        [self.recent[middle - 1], between.clamp(-1.0, 1.0)]
    }
}
