//! The system's voice: a program of the system that says free text, as the line check's own phrases can't.
//!
//! It is a program of its own, run with a deadline and told what to say by a private file, never by a shell or by its
//! arguments; what it says comes back as a WAV file. So nothing of it is linked, whatever its licence.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
mod text;
mod voice;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use audio::{duration_of, recording};
use tokio::process::Command;
use tokio::time::timeout;
use wire::steering::{Reason, Refused};

use voice::Scratch;
pub(crate) use voice::Voice;

/// What to do where there is no voice.
pub(crate) const HINT: &str = system::HINT;
/// How long it may take to make the sound.
const DEADLINE: Duration = Duration::from_secs(20);
/// How large its file may be: two minutes at the best quality.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// How long what it says may be.
const LONGEST: Duration = Duration::from_secs(45);
/// Nothing quieter is speech.
const QUIETEST: audio::Level = audio::Level::dbfs(-60.0);

impl Voice {
    /// The best voice there is on this machine.
    pub(crate) fn find() -> Option<Self> {
        system::candidates().into_iter().find(|voice| voice.program.is_file())
    }

    /// Says this, as telephone sound.
    pub(crate) async fn say(&self, text: &str) -> Result<Vec<i16>, Refused> {
        let text = text::for_voice(self, text)?;
        let said = timeout(DEADLINE, self.run(text)).await;
        said.unwrap_or_else(|_| Err("it took too long".to_owned())).map_err(|reason| {
            let text = format!("the voice {} could not say it: {reason}", self.name);
            Refused::new(Reason::VoiceFailed, text)
        })
    }

    async fn run(&self, text: String) -> Result<Vec<i16>, String> {
        let in_words = |error: io::Error| error.to_string();
        let scratch = Scratch { folder: tempfile::tempdir().map_err(in_words)? };
        std::fs::write(scratch.text(), text).map_err(in_words)?;
        let mut command = Command::new(&self.program);
        command
            .args((self.arguments)(&scratch))
            .current_dir(scratch.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        system::hide(&mut command);
        let ended = command.status().await.map_err(in_words)?;
        if !ended.success() {
            return Err(format!("it ended with {ended}"));
        }
        let read = tokio::task::spawn_blocking(move || sound_in(&scratch.sound()));
        read.await.map_err(|error| error.to_string())?
    }
}

fn sound_in(path: &Path) -> Result<Vec<i16>, String> {
    let file = File::open(path).map_err(|_| "it made no sound".to_owned())?;
    let mut samples = recording::read(BufReader::new(file).take(MOST_BYTES))
        .map_err(|error| error.to_string())?;
    if duration_of(samples.len()) > LONGEST {
        return Err(format!("it took more than {} seconds to say it", LONGEST.as_secs()));
    }
    if audio::Level::of(&samples) < QUIETEST {
        return Err("it made only silence".to_owned());
    }
    audio::bring_to(&mut samples, LOUDNESS);
    Ok(samples)
}

/// How loud speech is made: as loud as the line check's phrases.
const LOUDNESS: audio::Level = audio::Level::dbfs(-16.0);

#[cfg(test)]
mod tests {
    use super::voice::Letters;
    use super::*;

    #[tokio::test]
    async fn a_program_that_makes_no_sound_or_fails_is_no_voice() {
        let voice = |program: &str| Voice {
            name: "a stand-in",
            program: program.into(),
            letters: Letters::Any,
            arguments: |_| Vec::new(),
        };
        let said = voice("/nowhere/at/all").say("Hello").await;
        assert_eq!(said.expect_err("there is no program").reason, Reason::VoiceFailed);
        let here = std::env::current_exe().expect("the test runs");
        // A test program that is given no tests to run ends well and makes no sound.
        let mut silent = voice(here.to_str().expect("a plain path"));
        silent.arguments = |_| vec!["--list".into()];
        let refused = silent.say("Hello").await.expect_err("there is no sound");
        let expected = "the voice a stand-in could not say it: it made no sound";
        assert_eq!((refused.reason, &*refused.text), (Reason::VoiceFailed, expected));
    }

    #[test]
    fn a_sound_that_is_only_silence_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sound.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).expect("room");
        (0..1_600).for_each(|_| writer.write_sample(1_i16).expect("room"));
        writer.finalize().expect("room");
        assert_eq!(sound_in(&path), Err("it made only silence".to_owned()));
    }

    #[tokio::test]
    async fn the_voice_of_this_machine_speaks_at_telephone_loudness() {
        let Some(voice) = Voice::find() else {
            assert!(!HINT.is_empty());
            println!(
                "SKIPPED the_voice_of_this_machine_speaks_at_telephone_loudness: there is none"
            );
            return;
        };
        let samples =
            voice.say("The quick brown fox jumps over the lazy dog.").await.expect("speech");
        let length = duration_of(samples.len());
        assert!(length > Duration::from_secs(1) && length < Duration::from_secs(10), "{length:?}");
        let folded = voice.say("Größe, Übung, naïve café").await.expect("speech");
        assert!(duration_of(folded.len()) < Duration::from_secs(6), "no byte is read as a letter");
        let level = audio::Level::of(&samples).decibels();
        assert!((level - LOUDNESS.decibels()).abs() < 6.0, "{level}");
    }
}
