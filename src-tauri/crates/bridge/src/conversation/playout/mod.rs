//! The engine's sound on its way to the caller.
//!
//! | file | what it holds |
//! |---|---|
//! | `queue` | what is to be sent, and when |
//! | `stream` | sound without an end, as a speech model makes it |
//! | `marks` | by what it is known how far a caller has heard |
//! | `gaps` | how evenly frames went out |
//! | `steps` | what is asked and answered of all this |

mod gaps;
mod marks;
mod queue;
mod steps;
mod stream;

pub use marks::{Mark, Played};
pub(crate) use queue::Playout;
pub(crate) use steps::{Cue, Out, Step};
