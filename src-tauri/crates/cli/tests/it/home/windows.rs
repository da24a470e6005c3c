//! A folder for a home. The user's profile, where it lies, is closed to others.

use std::path::Path;

use tempfile::TempDir;

pub(super) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Makes folders below it that are as it is.
pub(super) fn make(folder: &Path) {
    std::fs::create_dir_all(folder).expect("room");
}
