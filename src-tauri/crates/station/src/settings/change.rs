//! The settings as the app shows and changes them.

use std::io;
use std::path::Path;

use super::form::{self, Changes, Form, Problem};
use super::{Settings, TEMPLATE, Unreadable, edit};
use crate::private;

impl Settings {
    /// Everything that may be set in this folder's file, as a form.
    ///
    /// # Errors
    /// If the file is there and can't be read.
    pub fn form(folder: &Path) -> io::Result<Form> {
        Ok(Form::of(Self::path(folder).display().to_string(), &text(folder)?))
    }

    /// What would be wrong with this folder's settings after these changes, if anything.
    ///
    /// # Errors
    /// If the file is there and can't be read.
    pub fn problem_after(folder: &Path, changes: &Changes) -> io::Result<Option<Problem>> {
        Ok(form::problem(&text(folder)?, changes))
    }

    /// The settings of this folder after these changes.
    ///
    /// # Errors
    /// Tells what would be wrong with them.
    pub fn after(folder: &Path, changes: &Changes) -> Result<Self, Unreadable> {
        let unreadable = |problem: String| Unreadable { path: Self::path(folder), problem };
        let text = text(folder).map_err(|error| unreadable(error.to_string()))?;
        edit::changed(&text, changes).and_then(|text| Self::parse(&text)).map_err(unreadable)
    }

    /// Changes this folder's file, all at once or not at all, and nothing in it besides. They are in force at the next
    /// start.
    ///
    /// # Errors
    /// Tells why it was not changed: what it would say then is wrong, or it can't be written.
    pub fn change(folder: &Path, changes: &Changes) -> Result<(), Unreadable> {
        Self::after(folder, changes)?;
        let unreadable = |problem: String| Unreadable { path: Self::path(folder), problem };
        let text = text(folder).map_err(|error| unreadable(error.to_string()))?;
        let changed = edit::changed(&text, changes).map_err(unreadable)?;
        let path = Self::path(folder);
        // Where the file is kept elsewhere, it is changed there, and what leads to it stays.
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        private::folder(folder)
            .and_then(|()| private::write(&path, &changed))
            .map_err(|error| unreadable(error.to_string()))
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
    use serde_json::{Value, json};

    use super::*;

    fn change(folder: &Path, key: &str, value: Value) -> Result<(), Unreadable> {
        Settings::change(folder, &Changes::from([(key.to_owned(), value)]))
    }

    #[test]
    fn what_was_changed_is_in_force_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        change(folder.path(), "retry.attempts", json!(7)).expect("it is changed");
        let settings = Settings::load(folder.path()).expect("it can be read");
        assert_eq!(settings.retry.attempts, 7);
        let text = std::fs::read_to_string(Settings::path(folder.path())).expect("a file");
        assert!(text.starts_with("# The settings of xSwarm Voice."), "{text}");
    }

    #[test]
    fn what_would_be_wrong_is_not_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let wrong = change(folder.path(), "retry.attempts", json!(0)).expect_err("it is wrong");
        assert_eq!(wrong.problem, "retry.attempts must be at least 1");
        assert!(!Settings::path(folder.path()).exists());
    }

    #[test]
    fn a_bad_file_can_be_mended() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(Settings::path(folder.path()), "[retry]\nattempts = 0\n").expect("a file");
        assert!(Settings::form(folder.path()).expect("it can be read").problem.is_some());
        change(folder.path(), "retry.attempts", Value::Null).expect("it is changed");
        assert_eq!(Settings::form(folder.path()).expect("it can be read").problem, None);
    }
}
