//! One report of everything that matters when something is wrong, and what to do about it: for the window and for the
//! terminal.

mod examination;
mod findings;
mod footing;
mod report;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
mod text;

pub use report::Report;
