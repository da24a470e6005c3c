//! What a start finds in our folders, and what it makes sure of before it believes it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bridge::{Recordings, Shelf};
use tracing::warn;
use wire::{Identity, Note, SettingsProblem};

use crate::installation::lock::{Lock, Role, Running, Taken};
use crate::installation::token::{self, Tokens};
use crate::installation::{folders, kept, private};
use crate::peers::handshake;
use crate::settings::{Loaded, Recording, Settings};
use crate::{outside, words};

/// The folder of recorded calls.
const RECORDINGS: &str = "recordings";

/// Why nothing could be started.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub enum OpenError {
    /// By `running`, unless that has started only this moment.
    #[error("xSwarm Voice is already running")]
    AlreadyRunning { running: Option<Running> },
    #[error("{}", folders::HOMELESS)]
    Homeless,
    #[error("the folder {} cannot be used", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
}

/// What a start stands on.
pub(crate) struct Footing {
    /// The folder of all that isn't settings.
    pub(crate) data: PathBuf,
    /// The folder of the settings.
    pub(crate) config: PathBuf,
    pub(crate) settings: Settings,
    /// What is wrong with their file.
    pub(crate) problems: Vec<SettingsProblem>,
    pub(crate) tokens: Tokens,
    pub(crate) notes: Vec<Note>,
    pub(crate) known: ports::Known,
    pub(crate) lock: Lock,
}

impl Footing {
    /// Takes the lock, and reads what lies in our folders.
    pub(crate) fn find(role: Role) -> Result<Self, OpenError> {
        let config = folders::config().ok_or(OpenError::Homeless)?;
        let data = folders::data().ok_or(OpenError::Homeless)?;
        let unusable = |cause| OpenError::Folder { path: data.clone(), cause };
        check(&config, &data)?;
        let (lock, before) = match Lock::take(&data, role).map_err(unusable)? {
            Taken::Ours(lock, before) => (lock, before),
            Taken::Theirs(running) => return Err(OpenError::AlreadyRunning { running }),
        };
        if let Some(earlier) = folders::earlier(&data) {
            folders::take_along(&earlier, &data);
        }
        let mut notes: Vec<Note> = lock.note.iter().cloned().collect();
        let loaded = Settings::load(&config).warned();
        let about_settings = loaded.notes();
        let Loaded { mut settings, path, problems } = loaded;
        if (!about_settings.is_empty() || settings.has_secrets())
            && let Err(error) = private::close(&path)
        {
            // They may be kept where that is not for us to do.
            warn!(%error, "the settings may hold secrets and cannot be closed to others");
        }
        notes.extend(outside::guard(&mut settings.voice_bridge, &data).map_err(unusable)?);
        match recordings(settings.voice_bridge.recording, &data) {
            Ok(recordings) => settings.voice_bridge.limits.recordings = recordings,
            Err(cause) => notes.push(kept::not_kept(&data.join(RECORDINGS), &cause)),
        }
        let tokens = token::load(&data).map_err(unusable)?;
        notes.extend(tokens.notes.iter().cloned());
        let mut notes = warned_of(notes);
        // They have been warned of where they were read.
        notes.extend(about_settings);
        let known = ports::Known {
            running: None,
            older: before.map(|running| running.identity).filter(is_a_program_of_ours),
            handshake: Some(handshake::is_one_of_us),
            ..ports::Known::default()
        };
        Ok(Self { data, config, settings, problems, tokens, notes, known, lock })
    }
}

/// Refuses folders where somebody else could put what we would believe.
pub(crate) fn check(config: &Path, data: &Path) -> Result<(), OpenError> {
    for folder in [config, data] {
        let unusable = |cause| OpenError::Folder { path: folder.to_owned(), cause };
        private::guard(folder).map_err(unusable)?;
    }
    Ok(())
}

fn recordings(settings: Recording, data: &Path) -> io::Result<Option<Recordings>> {
    if !settings.on {
        return Ok(None);
    }
    let folder = data.join(RECORDINGS);
    private::inner_folder(&folder)?;
    Ok(Some(Recordings {
        folder,
        open: private::open,
        kept: Duration::from_hours(24) * settings.days,
        most_bytes: u64::from(settings.megabytes) * 1_000_000,
        shelf: Shelf::default(),
    }))
}

/// These, each once, after a warning of it.
fn warned_of(notes: Vec<Note>) -> Vec<Note> {
    let mut told = Vec::new();
    for note in notes {
        if !told.contains(&note) {
            warn!(note = words::note(&note), "something is not as it should be");
            told.push(note);
        }
    }
    told
}

/// Whether a process that a file names runs a program of ours. What else the file may name is no older xSwarm Voice.
fn is_a_program_of_ours(process: &Identity) -> bool {
    let program = process.executable.as_deref().and_then(|path| Path::new(path).file_name());
    program.and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("xswarm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_program_of_ours_is_taken_for_an_older_one_on_the_word_of_a_file() {
        let runs = |executable: &str| {
            let executable = Some(executable.to_owned());
            is_a_program_of_ours(&Identity { executable, ..ports::this_process() })
        };
        for ours in ["/usr/bin/xswarm", "/opt/xswarm-voice", "/a/xswarm (deleted)"] {
            assert!(runs(ours), "{ours}");
        }
        for others in ["/usr/bin/sleep", "/usr/bin/python3", "/home/xswarm/bin/nginx", ""] {
            assert!(!runs(others), "{others}");
        }
    }

    #[test]
    fn what_is_said_twice_is_told_once() {
        let note = |path: &str| Note::NotKept { path: path.to_owned(), problem: "full".to_owned() };
        let told = warned_of(vec![note("a"), note("b"), note("a")]);
        assert_eq!(told, [note("a"), note("b")]);
    }

    #[test]
    fn nothing_is_recorded_until_people_ask_for_it() {
        let data = tempfile::tempdir().expect("a folder");
        assert!(recordings(Recording::default(), data.path()).expect("nothing to make").is_none());
        assert!(!data.path().join(RECORDINGS).exists());
        let on = Recording { on: true, ..Recording::default() };
        let asked = recordings(on, data.path()).expect("a folder to write").expect("it is on");
        assert!(asked.folder.is_dir());
    }
}
