//! Programs that we start, watch and end, each with everything that it starts.
//!
//! Between us and a program stands a guardian: a process of our own, which starts the program, gets to know of our end by
//! the end of its input, and then ends all that came of the program, whatever group or session it went to. It is our own
//! executable, started with [`ARGUMENT`]: whoever starts programs asks [`guard_if_asked`] first of all.

mod command;
mod exchange;
mod guardian;
mod output;
mod presence;
mod running;

pub use crate::programs::ARGUMENT;
pub use command::{Guardian, Program};
pub use exchange::End;
pub use guardian::{guard, guard_if_asked};
pub use presence::{Presence, Tree};
pub use running::{Running, StartError};
