//! Privacy by place: the user's profile, where our folders are, is closed to other users.

use std::fs::{FileType, OpenOptions};
use std::io;
use std::path::Path;

pub(crate) fn folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

pub(crate) fn options() -> OpenOptions {
    OpenOptions::new()
}

pub(crate) fn name_of(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "a device" }
}

pub(crate) fn close(_path: &Path) -> io::Result<()> {
    Ok(())
}
