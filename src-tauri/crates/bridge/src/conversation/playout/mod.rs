//! The engine's sound on its way to the caller.

mod gaps;
mod queue;
mod steps;
mod stream;

pub(crate) use queue::Playout;
pub(crate) use steps::{Cue, Out, Step};
pub use steps::{Mark, Played};
