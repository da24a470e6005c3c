//! A folder for a home, which nobody else may write to, whatever the umask is.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::{Builder, TempDir};

pub(super) fn folder() -> TempDir {
    Builder::new().permissions(Permissions::from_mode(0o700)).tempdir().expect("a folder")
}

/// Makes folders below it that are as it is.
pub(super) fn make(folder: &Path) {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).expect("room");
}
