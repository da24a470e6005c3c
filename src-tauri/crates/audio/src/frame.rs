//! Frames of 20 ms.

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
