//! What every system's login item can do.

use std::io;

use super::LoginItem;

impl LoginItem {
    /// Whether the app is started at login.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn is_on(&self) -> io::Result<bool> {
        Ok(self.entry()?.is_on)
    }

    /// Makes an item that is on start this program, where the one it starts has gone: moved, or updated elsewhere.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub fn mend(&self) -> io::Result<()> {
        if self.entry()?.is_dead() { self.set(true) } else { Ok(()) }
    }
}
