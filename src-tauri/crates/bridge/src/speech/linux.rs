//! The voices that Linux distributions have: flite, else eSpeak NG.

use std::path::PathBuf;

use tokio::process::Command;

use super::voice::{Letters, Scratch, Voice};

/// What to do where there is no voice.
pub(super) const HINT: &str = "install flite or espeak-ng";

/// The voices that there may be, the most pleasant first.
pub(super) fn candidates() -> Vec<Voice> {
    let flite = in_path("flite").map(|program| Voice {
        name: "flite",
        program,
        letters: Letters::Ascii,
        arguments: |scratch: &Scratch| {
            [
                "-voice".into(),
                "slt".into(),
                "-f".into(),
                scratch.text().into(),
                "-o".into(),
                scratch.sound().into(),
            ]
            .into()
        },
    });
    let espeak = in_path("espeak-ng").map(|program| Voice {
        name: "eSpeak NG",
        program,
        letters: Letters::Any,
        arguments: |scratch: &Scratch| {
            ["-f".into(), scratch.text().into(), "-w".into(), scratch.sound().into()].into()
        },
    });
    flite.into_iter().chain(espeak).collect()
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// A program without a window has none to hide here.
pub(super) fn hide(_command: &mut Command) {}
