//! Frames of 20 ms, whatever the lengths in which sound arrives.

use std::time::Duration;

/// How many samples telephone sound has in a second.
pub const SAMPLES_PER_SECOND: u32 = 8_000;
/// How many samples a frame has.
pub const FRAME_SAMPLES: usize = 160;
/// How long a frame is.
pub const FRAME: Duration = Duration::from_millis(20);

/// A frame of telephone sound.
pub type Frame = [i16; FRAME_SAMPLES];

/// How long that many samples last.
#[must_use]
pub fn duration_of(samples: usize) -> Duration {
    Duration::from_secs(samples as u64) / SAMPLES_PER_SECOND
}

/// Cuts sound of any lengths into frames.
#[derive(Debug, Default)]
pub struct Framer {
    rest: Vec<i16>,
}

impl Framer {
    /// The frames that are whole by these samples. What is left over waits for the next.
    pub fn push(&mut self, samples: impl IntoIterator<Item = i16>) -> Vec<Frame> {
        self.rest.extend(samples);
        let (whole, rest) = self.rest.as_chunks();
        let (frames, rest) = (whole.to_vec(), rest.to_vec());
        self.rest = rest;
        frames
    }
}
