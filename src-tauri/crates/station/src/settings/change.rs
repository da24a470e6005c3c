//! The settings as the app shows and changes them.

use std::io;
use std::path::{Path, PathBuf};

use wire::{SettingsChanges, SettingsForm, SettingsProblem};

use super::form;
use super::read::read;
use super::{Settings, TEMPLATE, edit};
use crate::installation::private;

/// Why the settings were not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct Unchanged {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, in one line.
    pub problem: String,
}

impl Settings {
    /// Everything that may be set in this folder's file, as a form.
    ///
    /// # Errors
    /// If the file is there and can't be read.
    pub fn form(folder: &Path) -> io::Result<SettingsForm> {
        Ok(form::form(Self::path(folder).display().to_string(), &text(folder)?))
    }

    /// What would be wrong with this folder's settings by these changes, if anything.
    ///
    /// # Errors
    /// If the file is there and can't be read.
    pub fn problem_after(
        folder: &Path,
        changes: &SettingsChanges,
    ) -> io::Result<Option<SettingsProblem>> {
        Ok(form::problem(&text(folder)?, changes))
    }

    /// The settings of this folder after these changes.
    ///
    /// # Errors
    /// Tells what would be wrong by them.
    pub fn after(folder: &Path, changes: &SettingsChanges) -> Result<Self, Unchanged> {
        changed(folder, changes).map(|text| read(&text).0)
    }

    /// Changes this folder's file, all at once or not at all, and nothing in it besides. They are in force at the next
    /// start.
    ///
    /// # Errors
    /// Tells why it was not changed: what it would say then is wrong, or it can't be written.
    pub fn change(folder: &Path, changes: &SettingsChanges) -> Result<(), Unchanged> {
        let changed = changed(folder, changes)?;
        let path = Self::path(folder);
        // Where the file is kept elsewhere, it is changed there, and what leads to it stays.
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        private::folder(folder)
            .and_then(|()| private::write(&path, &changed))
            .map_err(|error| Unchanged { path, problem: error.to_string() })
    }
}

/// What the file in this folder would say after these changes.
fn changed(folder: &Path, changes: &SettingsChanges) -> Result<String, Unchanged> {
    let unchanged = |problem: String| Unchanged { path: Settings::path(folder), problem };
    let text = text(folder).map_err(|error| unchanged(error.to_string()))?;
    match form::problem(&text, changes) {
        Some(problem) => Err(unchanged(problem.to_string())),
        None => edit::changed(&text, changes).map_err(unchanged),
    }
}

/// What the file in this folder says, or would be left with.
fn text(folder: &Path) -> io::Result<String> {
    match private::read(&Settings::path(folder)) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(TEMPLATE.to_owned()),
        read => read,
    }
}

#[cfg(test)]
mod tests {
    use wire::SettingValue;

    use super::*;

    fn change(folder: &Path, key: &str, value: Option<i64>) -> Result<(), Unchanged> {
        Settings::change(
            folder,
            &SettingsChanges::from([(key.to_owned(), value.map(SettingValue::Whole))]),
        )
    }

    #[test]
    fn what_was_changed_is_in_force_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        change(folder.path(), "retry.attempts", Some(7)).expect("it is changed");
        let settings = Settings::load(folder.path()).settings;
        assert_eq!(settings.retry.attempts, 7);
        let text = std::fs::read_to_string(Settings::path(folder.path())).expect("a file");
        assert!(text.starts_with("# The settings of xSwarm Voice."), "{text}");
    }

    #[test]
    fn what_would_be_wrong_is_not_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let wrong = change(folder.path(), "retry.attempts", Some(0)).expect_err("it is wrong");
        assert_eq!(wrong.problem, "retry.attempts must be at least 1, not 0");
        assert!(!Settings::path(folder.path()).exists());
    }

    #[test]
    fn a_bad_file_can_be_mended() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(Settings::path(folder.path()), "[retry]\nattempts = 0\n").expect("a file");
        assert!(Settings::form(folder.path()).expect("it can be read").problems.len() == 1);
        change(folder.path(), "retry.attempts", None).expect("it is changed");
        assert_eq!(Settings::form(folder.path()).expect("it can be read").problems, []);
    }
}
