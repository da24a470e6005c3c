//! The voice that Windows comes with: SAPI, by way of PowerShell.

use std::path::PathBuf;

use tokio::process::Command;

use super::voice::{Letters, Scratch, Voice};

/// Keeps a console program from opening a console: `CREATE_NO_WINDOW`.
const NO_WINDOW: u32 = 0x0800_0000;

/// What to do where there is no voice.
pub(super) const HINT: &str = "Windows PowerShell is missing";

/// Says what is in `text.txt` into `sound.wav`, both in the folder that it is run in, so that nothing in it differs from
/// call to call. SAPI makes sound at the telephone's rate itself.
const SCRIPT: &str = "\
$ErrorActionPreference = 'Stop'; \
Add-Type -AssemblyName System.Speech; \
$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer; \
$format = New-Object System.Speech.AudioFormat.SpeechAudioFormatInfo(8000, 'Sixteen', 'Mono'); \
$voice.SetOutputToWaveFile((Join-Path $PWD.Path 'sound.wav'), $format); \
$voice.Speak([IO.File]::ReadAllText((Join-Path $PWD.Path 'text.txt'))); \
$voice.Dispose()";

/// The voices that there may be.
pub(super) fn candidates() -> Vec<Voice> {
    let Some(root) = std::env::var_os("SystemRoot") else { return Vec::new() };
    let program = PathBuf::from(root).join(r"System32\WindowsPowerShell\v1.0\powershell.exe");
    vec![Voice {
        name: "SAPI",
        program,
        letters: Letters::Any,
        arguments: |_: &Scratch| {
            ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", SCRIPT].map(Into::into).into()
        },
    }]
}

/// Keeps the program's console from being seen.
pub(super) fn hide(command: &mut Command) {
    command.creation_flags(NO_WINDOW);
}
