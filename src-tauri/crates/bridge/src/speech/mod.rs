//! The system's voice: a program of the system that says free text, as the line check's own phrases can't.
//!
//! It is a program of its own, run with a deadline and told what to say by a private file, never by a shell or by its
//! arguments; what it says comes back as a WAV file. So nothing of it is linked, whatever its licence.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(target_os = "macos", path = "macos.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
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
/// How long a text may be, in characters: some 40 seconds.
const LONGEST_TEXT: usize = 500;

impl Voice {
    /// The best voice there is on this machine.
    pub(crate) fn find() -> Option<Self> {
        system::candidates().into_iter().find(|voice| voice.program.is_file())
    }

    /// Says this, as telephone sound.
    pub(crate) async fn say(&self, text: &str) -> Result<Vec<i16>, Refused> {
        let text = plain(text)?;
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

/// The text without what a voice might take for an order, if there is anything to be said.
fn plain(text: &str) -> Result<String, Refused> {
    let plain: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect::<String>()
        // Some voices take what is in these for orders.
        .replace("[[", "[ [")
        .replace('<', " ");
    match plain.chars().count() {
        _ if plain.trim().is_empty() => Err(Reason::Empty.into()),
        length if length > LONGEST_TEXT => Err(Refused::too_long(LONGEST_TEXT)),
        _ => Ok(plain.trim().to_owned() + "\n"),
    }
}

fn sound_in(path: &Path) -> Result<Vec<i16>, String> {
    let file = File::open(path).map_err(|_| "it made no sound".to_owned())?;
    let mut samples = recording::read(BufReader::new(file).take(MOST_BYTES))
        .map_err(|error| error.to_string())?;
    if duration_of(samples.len()) > LONGEST {
        return Err(format!("it took more than {} seconds to say it", LONGEST.as_secs()));
    }
    audio::bring_to(&mut samples, LOUDNESS);
    Ok(samples)
}

/// How loud speech is made: as loud as the line check's phrases.
const LOUDNESS: audio::Level = audio::Level::dbfs(-16.0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_for_a_voice_holds_words_only() {
        assert_eq!(
            plain(" Hello\u{7}\n[[slnc 9000]]<speak>there "),
            Ok("Hello  [ [slnc 9000]] speak>there\n".into())
        );
        assert_eq!(plain(" \n\t"), Err(Reason::Empty.into()));
        assert_eq!(plain(&"a".repeat(501)), Err(Refused::too_long(LONGEST_TEXT)));
    }

    #[tokio::test]
    async fn a_program_that_makes_no_sound_or_fails_is_no_voice() {
        let voice = |program: &str| Voice {
            name: "a stand-in",
            program: program.into(),
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
        let level = audio::Level::of(&samples).decibels();
        assert!((level - LOUDNESS.decibels()).abs() < 6.0, "{level}");
    }
}
