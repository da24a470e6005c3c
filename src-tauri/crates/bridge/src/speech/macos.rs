//! The voice that macOS comes with: `say`.

use tokio::process::Command;

use super::voice::{Letters, Scratch, Voice};

/// What to do where there is no voice.
pub(super) const HINT: &str = "/usr/bin/say is missing";

/// The voices that there may be.
pub(super) fn candidates() -> Vec<Voice> {
    vec![Voice {
        name: "say",
        program: "/usr/bin/say".into(),
        letters: Letters::Any,
        arguments: |scratch: &Scratch| {
            [
                "-f".into(),
                scratch.text().into(),
                "-o".into(),
                scratch.sound().into(),
                "--file-format=WAVE".into(),
                "--data-format=LEI16@22050".into(),
            ]
            .into()
        },
    }]
}

/// A program without a window has none to hide here.
pub(super) fn hide(_command: &mut Command) {}
