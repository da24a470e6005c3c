//! Sound as numbers: G.711, frames of 20 ms, level, voice activity, utterances, resampling, Opus in Ogg.
//!
//! All of it is telephone sound, 8 kHz and one channel, but for what speech models speak: 24 kHz, in [`opus`]. This crate has no socket, no clock and no task: time is counted
//! in samples.

mod frame;
pub mod g711;
mod level;
pub mod opus;
pub mod recording;
mod resample;
mod utterance;
mod voice;
mod wideband;

pub use frame::{FRAME, FRAME_SAMPLES, Frame, Framer, SAMPLES_PER_SECOND, duration_of};
pub use level::{Level, bring_to};
pub use resample::{Downsampler, Upsampler};
pub use utterance::{Heard, Limits, Utterance, Utterances};
pub use voice::Voice;
