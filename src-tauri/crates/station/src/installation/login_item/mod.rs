//! Starting at login. Whether it does is always read back from the system, which people change behind our back.

mod entry;
mod item;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use entry::{Entry, HIDDEN};
#[cfg(target_os = "linux")]
pub use linux::LoginItem;
#[cfg(target_os = "macos")]
pub use macos::LoginItem;
#[cfg(windows)]
pub use windows::LoginItem;
