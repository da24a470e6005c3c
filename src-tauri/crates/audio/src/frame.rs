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
#[derive(Debug)]
pub struct Framer {
    frame: Frame,
    filled: usize,
}

impl Default for Framer {
    fn default() -> Self {
        Self { frame: [0; FRAME_SAMPLES], filled: 0 }
    }
}

impl Framer {
    /// The frames that become whole by these samples, which are taken as the frames are. What is left over waits for the
    /// next.
    pub fn push<'a>(
        &'a mut self,
        samples: impl IntoIterator<Item = i16, IntoIter: 'a>,
    ) -> impl Iterator<Item = Frame> + 'a {
        let mut samples = samples.into_iter();
        std::iter::from_fn(move || {
            for sample in samples.by_ref() {
                self.frame[self.filled] = sample;
                self.filled += 1;
                if self.filled == FRAME_SAMPLES {
                    self.filled = 0;
                    return Some(self.frame);
                }
            }
            None
        })
    }
}
