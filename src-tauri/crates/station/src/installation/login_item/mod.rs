//! Starting at login. Whether it does is always read back from the system, which people change behind our back.

mod entry;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;

pub(crate) use entry::Entry;
pub use entry::HIDDEN;
#[cfg(target_os = "linux")]
pub use linux::LoginItem;
#[cfg(target_os = "macos")]
pub use macos::LoginItem;
#[cfg(windows)]
pub use windows::LoginItem;

impl LoginItem {
    /// Whether the app is started at login.
    pub fn is_on(&self) -> io::Result<bool> {
        Ok(self.entry()?.is_on)
    }

    /// Makes an item that is on start this program, where the one it starts has gone: moved, or updated elsewhere.
    pub fn mend(&self) -> io::Result<()> {
        if self.entry()?.is_dead() { self.set(true) } else { Ok(()) }
    }
}
