//! Starting at login. Whether it does is always read back from the system, which people change behind our back.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::path::PathBuf;

use serde::Serialize;

#[cfg(target_os = "linux")]
pub use linux::LoginItem;
#[cfg(target_os = "macos")]
pub use macos::LoginItem;
#[cfg(windows)]
pub use windows::LoginItem;

/// The argument with which the app is started at login: in the tray, without a window.
pub const HIDDEN: &str = "--hidden";

/// The login item as the system has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Where the system keeps it.
    pub place: String,
    /// Whether it starts anything at login.
    pub is_on: bool,
    /// What it starts, if that can be told.
    pub program: Option<PathBuf>,
}

impl Entry {
    /// Whether it would start a program that isn't there.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        let is_gone = |program: &PathBuf| program.is_absolute() && !program.exists();
        self.is_on && self.program.as_ref().is_some_and(is_gone)
    }
}
