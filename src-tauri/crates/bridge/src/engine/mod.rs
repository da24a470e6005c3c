//! What answers calls.

mod clips;
mod interface;
mod line_check;
pub(crate) mod moshi;

pub use interface::{Answered, Conversation, Engine};
pub(crate) use interface::{Passage, Surroundings};
pub(crate) use line_check::LineCheck;
