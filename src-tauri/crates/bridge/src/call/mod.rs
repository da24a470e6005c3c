//! One call, from its first message to its last, whoever calls and whatever answers.
//!
//! Reading, writing and the engine go on side by side, and none waits for another: a caller whose socket isn't read loses
//! sound, and a caller who doesn't read must not keep the engine from hearing.
//!
//! | file | what it holds |
//! |---|---|
//! | `hold` | how a call goes on, and how it ends |
//! | `listen`, `hearing` | the caller's sound on its way to the engine |
//! | `reorder`, `timeline`, `lag` | what its numbers and times are worth |
//! | `speak` | what is sent to the caller |
//! | `show` | what is shown of it |

mod hearing;
mod hold;
mod lag;
mod listen;
mod reorder;
mod show;
mod speak;
mod timeline;

pub(crate) use hold::{Answering, hold};
