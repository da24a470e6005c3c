//! Files that only their owner may read.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Makes a folder, and those above it, that only its owner may enter.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    system::folder(path)
}

/// Opens a file for reading and writing; makes it for its owner alone if it isn't there.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    system::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Closes a file that is there to all but its owner.
pub(crate) fn close(path: &Path) -> io::Result<()> {
    system::close(path)
}

/// Replaces a file as a whole: whoever reads it sees the old text or the whole of the other one.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let written = system::options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What could not be written must not lie about; that it can't be removed either adds nothing to the error.
        let _ = std::fs::remove_file(&beside);
    }
    written
}
