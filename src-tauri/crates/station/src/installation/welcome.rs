//! Whether people have been shown what xSwarm Voice is and does.

use std::io;
use std::path::Path;

use crate::{installation::folders, installation::private};

const FILE: &str = "welcomed";

/// Whether nobody has been welcomed yet.
pub fn is_first_run() -> bool {
    folders::data().is_some_and(|folder| is_first_in(&folder))
}

/// Notes that somebody has been. Where that can't be written, the welcome is shown again.
pub fn was_welcomed() -> io::Result<()> {
    note_in(&folders::data().ok_or(io::ErrorKind::NotFound)?)
}

fn is_first_in(folder: &Path) -> bool {
    !folder.join(FILE).exists()
}

fn note_in(folder: &Path) -> io::Result<()> {
    private::write(&folder.join(FILE), crate::VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_welcomed_once() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(is_first_in(folder.path()));
        note_in(folder.path()).expect("written");
        assert!(!is_first_in(folder.path()));
    }
}
