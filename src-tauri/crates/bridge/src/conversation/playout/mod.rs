//! The engine's sound on its way to the caller.
//!
//! | file | what it holds |
//! |---|---|
//! | `queue` | what is to be sent, and when |
//! | `stream` | sound without an end, as a speech model makes it |
//! | `gaps` | how evenly frames went out |
//! | `steps` | what is asked and answered of all this, and marks |

mod gaps;
mod queue;
mod steps;
mod stream;

pub(crate) use queue::Playout;
pub(crate) use steps::{Cue, Out, Step};
pub use steps::{Mark, Played};
