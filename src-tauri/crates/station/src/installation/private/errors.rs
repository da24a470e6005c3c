//! What is said of a file that can't be used.

use std::io::{self, ErrorKind};
use std::path::Path;

/// What lies there can't be used: what it is, and what to do.
pub(super) fn instead(kind: ErrorKind, path: &Path, what: &str, cure: &str) -> io::Error {
    io::Error::new(kind, format!("{} {what}. {cure}", path.display()))
}

/// The same error, with the file's name.
pub(super) fn at(path: &Path, cause: &io::Error) -> io::Error {
    // Others' errors may name files that nobody knows, such as one on its way to this name.
    let why =
        if cause.raw_os_error().is_some() { cause.to_string() } else { cause.kind().to_string() };
    io::Error::new(cause.kind(), format!("{}: {why}", path.display()))
}
