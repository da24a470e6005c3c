//! The status window, which is a process of its own for as long as it is open: its end gives all its memory back.
//!
//! - [`host`] is the window as the tray's process knows it: it starts, minds and ends the other.
//! - [`webview`] is that other process, and the only one with a webview.
//! - [`protocol`] is what the two say to each other.

mod host;
mod page;
mod process;
mod protocol;
pub(crate) mod webview;

pub(crate) use host::{Opening, Question, Window};
