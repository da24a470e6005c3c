//! Unix: login items are files.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::installation::private;

/// Writes one, or takes it away where nothing is to be in it.
pub(super) fn set(file: &Path, text: Option<&str>) -> io::Result<()> {
    let Some(text) = text else {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text)
}

/// What is in one. In one that isn't there is nothing.
pub(super) fn read(file: &Path) -> io::Result<String> {
    match private::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}
