//! Sound as numbers: G.711, frames of 20 ms, level, voice activity, utterances, resampling, Opus in Ogg.
//!
//! All of it is one channel of linear samples at one of two [rates](Rate): that of telephones, and that of speech models,
//! which [`opus`] speaks. This crate has no socket, no clock and no task: time is counted in samples.

mod correlation;
pub mod g711;
mod level;
pub mod opus;
mod rate;
pub mod recording;
mod resample;
mod utterance;
mod voice;
mod wideband;

pub use correlation::correlation;
pub use level::{Level, bring_to};
pub use rate::{
    FRAME, FRAME_SAMPLES, Frame, Rate, SAMPLES_PER_SECOND, duration_of, to_f32, to_i16,
};
pub use resample::Converter;
pub use utterance::{Limits, SpeechEvent, Utterance, Utterances};
pub use voice::Voice;
