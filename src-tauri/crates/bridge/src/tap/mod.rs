//! Those who listen along.

mod interface;
pub(crate) mod recorder;

pub(crate) use interface::{Listening, Taps};
pub use interface::{Overheard, Side, Snippet, Tap};
