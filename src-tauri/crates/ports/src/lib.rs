//! Who listens where: bind a port so that nobody shares it unasked, ask the kernel whether it is ours, find out who holds
//! it otherwise, wait until that changes, and end a holder without ever hitting an innocent.
//!
//! | question | answer |
//! |---|---|
//! | May I have this address? | [`Listener::bind`] |
//! | Does somebody give it to me? | [`inherited()`], [`handover`] |
//! | Is it mine, and mine alone? | [`Listener::standing`] |
//! | Who has it? | [`cause()`] |
//! | Who has most of the connections to it? | [`crowding()`] |
//! | When is it worth another try? | [`released()`] |
//! | Can I have it nevertheless? | [`free()`] |
//! | Can that process be ended, whatever it holds? | [`end()`], [`gone()`] |
//! | Can a program be run, so that nothing of it outlives us? | [`program`] |
//! | How much can be known of all that? | [`capabilities()`] |
//!
//! This is the only crate that knows the operating system. What differs stands in one module for each system, all with
//! the same face, which is described where it is Linux's; the rules (what overlaps, who is never ended, the order of steps)
//! are written once, above them.

mod capabilities;
mod cause;
mod crowding;
mod end;
mod free;
mod guard;
#[cfg(unix)]
#[path = "unix/handover.rs"]
pub mod handover;
#[cfg_attr(unix, path = "unix/inherited.rs")]
#[cfg_attr(windows, path = "windows/inherited.rs")]
mod inherited;
mod listen;
pub mod program;
mod programs;
mod released;
mod types;
#[cfg(unix)]
mod unix;

#[cfg_attr(target_os = "linux", path = "linux/mod.rs")]
#[cfg_attr(target_os = "macos", path = "macos/mod.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
mod system;

pub use capabilities::{Capabilities, capabilities};
pub use cause::cause;
pub use crowding::crowding;
pub use end::{end, gone};
pub use free::free;
pub use guard::Known;
pub use inherited::inherited;
pub use listen::{BindError, Listener, Standing, is_exhaustion, reachable};
pub use programs::Programs;
pub use released::released;
pub use types::Sharing;

use wire::Identity;

/// Which process we are.
pub fn this_process() -> Identity {
    let pid = std::process::id();
    identity(pid).unwrap_or_else(|| Identity { pid, ..Identity::default() })
}

/// Which process that is, or nothing if there is none of that id, or only what is left of one that has ended.
pub fn identity(pid: u32) -> Option<Identity> {
    system::identity(pid)
}
