//! What a voice is.

use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Clone, Debug)]
pub(crate) struct Voice {
    pub(crate) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) letters: Letters,
    /// With what the program is called.
    pub(super) arguments: fn(&Scratch) -> Vec<OsString>,
}

/// Where a voice finds what to say and leaves the sound.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) folder: tempfile::TempDir,
}

impl Scratch {
    pub(super) fn text(&self) -> PathBuf {
        self.folder.path().join("text.txt")
    }

    pub(super) fn sound(&self) -> PathBuf {
        self.folder.path().join("sound.wav")
    }
}

/// What a voice can read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Letters {
    /// ASCII: it takes each byte of anything else for a letter.
    #[allow(dead_code, reason = "not every system has a voice that reads so")]
    Ascii,
    Any,
}
