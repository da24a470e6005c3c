//! Those who listen along.
//!
//! | module | who listens |
//! |---|---|
//! | `interface` | anybody: what a tap is |
//! | `recorder` | recordings of calls, where people have asked for them |

mod interface;
pub(crate) mod recorder;

pub(crate) use interface::{Listening, Taps};
pub use interface::{Overheard, Side, Snippet, Tap};
