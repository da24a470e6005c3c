//! Where programs are looked for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::system;
use crate::catalogue::{Entry, Program};

/// The folder that a server is installed into by our command, in our folder for data.
pub(super) fn home(data: &Path, entry: &Entry) -> PathBuf {
    data.join("servers").join(entry.id)
}

/// Where a server's program may be, the most likely first: where our command puts it, then where the system looks.
pub(super) fn candidates(entry: &Entry, home: &Path, path: Option<&OsStr>) -> Vec<PathBuf> {
    let (own, names): (PathBuf, Vec<&str>) = match entry.program {
        Program::Python { .. } => (home.join(system::PYTHON), system::PYTHONS.to_vec()),
        Program::Built { name, within } => {
            (home.join(format!("{within}{}", std::env::consts::EXE_SUFFIX)), vec![name])
        }
    };
    let elsewhere = names.into_iter().filter_map(|name| on_path(name, path));
    std::iter::once(own).filter(|own| own.is_file()).chain(elsewhere).collect()
}

/// The program of that name where the system looks for programs.
pub(super) fn on_path(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    // An empty entry means the folder that we happen to be in.
    let folders = std::env::split_paths(path?).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(&file)).find(|program| program.is_file())
}
