//! What an engine and its caller say to each other.
//!
//! | file | what it holds |
//! |---|---|
//! | `ears` | what the engine hears |
//! | `mouth`, `playout` | the engine's way to be heard, frame by frame on a 20 ms clock |
//! | `sound` | what is to be said, in parts |
//! | `suggestions` | what waits to be used by the engine |
//! | `handle` | what others may do with a call |

pub(crate) mod ears;
pub(crate) mod handle;
pub(crate) mod mouth;
pub(crate) mod playout;
pub(crate) mod sound;
pub(crate) mod suggestions;
