//! What answers calls.
//!
//! | module | what answers |
//! |---|---|
//! | `interface` | anything: what an engine is |
//! | `line_check`, `clips` | the built-in line check, and its phrases |
//! | `moshi` | speech models behind servers of the MOSHI protocol |

mod clips;
mod interface;
mod line_check;
pub(crate) mod moshi;

pub use interface::{Answered, Capabilities, Conversation, Engine, TextInjection};
pub(crate) use interface::{Passage, Surroundings};
pub(crate) use line_check::LineCheck;
