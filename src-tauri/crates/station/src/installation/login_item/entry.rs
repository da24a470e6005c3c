//! What is known of a login item.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// The argument with which the app is started at login: in the tray, without a window.
pub const HIDDEN: &str = "--hidden";

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// Where the system keeps it.
    pub(crate) place: String,
    pub(crate) is_on: bool,
    /// What it starts, if that can be told.
    pub(crate) program: Option<PathBuf>,
}

impl Entry {
    /// Whether it would start a program that isn't there.
    pub(crate) fn is_dead(&self) -> bool {
        let is_gone = |program: &PathBuf| program.is_absolute() && !program.exists();
        self.is_on && self.program.as_ref().is_some_and(is_gone)
    }
}

/// The path of a program as systems keep it.
pub(super) fn text_of(program: &Path) -> io::Result<&str> {
    program.to_str().ok_or_else(|| io::Error::other("the program's path is not Unicode"))
}
