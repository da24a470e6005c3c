//! What a start makes sure of before it believes what lies in its folders.

use std::path::Path;

use tracing::warn;
use wire::{Identity, Note};

use crate::{OpenError, private, words};

/// Refuses folders where somebody else could put what we would believe.
pub(crate) fn check(config: &Path, data: &Path) -> Result<(), OpenError> {
    for folder in [config, data] {
        let unusable = |cause| OpenError::Folder { path: folder.to_owned(), cause };
        private::guard(folder).map_err(unusable)?;
    }
    Ok(())
}

/// Closes the settings to others. They may be kept where that is not for us to do.
pub(crate) fn close(settings: &Path) {
    if let Err(error) = private::close(settings) {
        warn!(%error, "the settings may hold secrets and cannot be closed to others");
    }
}

/// These, each once, after a warning of it.
pub(crate) fn warned_of(notes: Vec<Note>) -> Vec<Note> {
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
pub(crate) fn is_a_program_of_ours(process: &Identity) -> bool {
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
}
