//! The settings as a form: what may be set, what is set, and what is wrong with what somebody is about to set.
//!
//! What may be set is read from the file that is left for people: its sections, its explanations and its defaults. A
//! setting that isn't explained there can't be forgotten here, for a test holds both against each other.

use std::io;
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;
use wire::{
    Setting, SettingsChanges, SettingsEffect, SettingsForm, SettingsProblem, SettingsSection,
};

use super::read::read;
use super::{Settings, TEMPLATE, edit};
use crate::installation::private;

/// Why the settings were not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct Unchanged {
    path: PathBuf,
    problem: String,
}

impl Unchanged {
    /// The problem alone, without the file's name.
    pub(crate) fn why(&self) -> String {
        self.problem.replacen(&self.path.display().to_string(), "the file", 1)
    }
}

impl Settings {
    /// Everything that may be set in this folder's file, as a form; an error if it is there and can't be read.
    pub fn form(folder: &Path) -> io::Result<SettingsForm> {
        Ok(form(Self::path(folder).display().to_string(), &text(folder)?))
    }

    /// What would be wrong with this folder's settings by these changes, if anything; an error if the file is there and can't
    /// be read.
    pub fn problem_after(
        folder: &Path,
        changes: &SettingsChanges,
    ) -> io::Result<Option<SettingsProblem>> {
        Ok(changed(&text(folder)?, changes).err())
    }

    /// The settings of this folder after these changes, or what would be wrong by them.
    pub fn after(folder: &Path, changes: &SettingsChanges) -> Result<Self, Unchanged> {
        changed_in(folder, changes).map(|text| read(&text).0)
    }

    /// Changes this folder's file, all at once or not at all, and nothing in it besides. Or tells why it was not changed: what
    /// it would say then is wrong, or it can't be written.
    pub fn change(folder: &Path, changes: &SettingsChanges) -> Result<(), Unchanged> {
        let changed = changed_in(folder, changes)?;
        let path = Self::path(folder);
        // Where the file is kept elsewhere, it is changed there, and what leads to it stays.
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        // A file that is replaced needs no leave to be written; whoever has made it read-only means it all the same.
        if std::fs::metadata(&path).is_ok_and(|about| about.permissions().readonly()) {
            return Err(Unchanged { path, problem: "the file is read-only".to_owned() });
        }
        private::folder(folder)
            .and_then(|()| private::write(&path, &changed))
            .map_err(|error| Unchanged { path, problem: error.to_string() })
    }
}

fn changed_in(folder: &Path, changes: &SettingsChanges) -> Result<String, Unchanged> {
    let unchanged = |problem: String| Unchanged { path: Settings::path(folder), problem };
    let text = text(folder).map_err(|error| unchanged(error.to_string()))?;
    changed(&text, changes).map_err(|problem| unchanged(problem.to_string()))
}

/// What the file in this folder says, or would be left with.
fn text(folder: &Path) -> io::Result<String> {
    match private::read(&Settings::path(folder)) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(TEMPLATE.to_owned()),
        read => read,
    }
}

fn form(path: String, text: &str) -> SettingsForm {
    let said = text.parse::<DocumentMut>().unwrap_or_default();
    let mut sections = template();
    for field in sections.iter_mut().flat_map(|section| &mut section.fields) {
        field.value = edit::item(&said, &field.key).and_then(edit::value_of);
    }
    let (_, problems) = read(text);
    SettingsForm { path, problems, sections }
}

/// The text after these changes, or what would be wrong with it by them. What was wrong before, and is not touched, is left
/// to be mended another time.
fn changed(text: &str, changes: &SettingsChanges) -> Result<String, SettingsProblem> {
    let (_, before) = read(text);
    let changed = edit::changed(text, changes).map_err(|problem| {
        let effect = SettingsEffect::SetAside;
        let unreadable = before.iter().find(|problem| problem.key.is_none()).cloned();
        unreadable.unwrap_or(SettingsProblem { key: None, line: None, problem, effect })
    })?;
    let is_old = |problem: &SettingsProblem| {
        let is_it =
            |old: &SettingsProblem| old.key == problem.key && old.problem == problem.problem;
        before.iter().any(is_it)
            && problem.key.as_ref().is_none_or(|key| !changes.contains_key(key))
    };
    let mut problems = read(&changed).1.into_iter();
    match problems.find(|problem| problem.effect != SettingsEffect::Kept && !is_old(problem)) {
        // It stands in no line yet.
        Some(problem) => Err(SettingsProblem { line: None, ..problem }),
        None => Ok(changed),
    }
}

/// The sections and settings of the file that is left for people, with nothing set.
fn template() -> Vec<SettingsSection> {
    let mut sections: Vec<SettingsSection> = Vec::new();
    let mut text = Vec::new();
    for line in TEMPLATE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            sections.push(SettingsSection { name: name.to_owned(), fields: Vec::new() });
            text.clear();
        } else if let (Some((key, default)), Some(section)) =
            (edit::commented(line), sections.last_mut())
        {
            let key = format!("{}.{key}", section.name);
            section.fields.push(Setting { key, text: text.join(" "), default, value: None });
            text.clear();
        } else if let Some(said) = line.strip_prefix("# ") {
            text.push(said);
        }
    }
    sections.retain(|section| !section.fields.is_empty());
    sections
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wire::SettingValue;

    use super::*;

    fn problem(text: &str, changes: &SettingsChanges) -> Option<SettingsProblem> {
        changed(text, changes).err()
    }

    fn said(value: Value) -> SettingValue {
        serde_json::from_value(value).expect("a value of a setting")
    }

    fn field<'a>(form: &'a SettingsForm, key: &str) -> &'a Setting {
        let mut fields = form.sections.iter().flat_map(|section| &section.fields);
        fields.find(|field| field.key == key).expect("it may be set")
    }

    fn changes(changes: &[(&str, Value)]) -> SettingsChanges {
        let change = |(key, value): &(&str, Value)| {
            ((*key).to_owned(), serde_json::from_value(value.clone()).expect("a value or none"))
        };
        changes.iter().map(change).collect()
    }

    #[test]
    fn everything_that_may_be_set_is_in_the_form_with_its_default_and_what_it_is_for() {
        let form = form("settings.toml".to_owned(), TEMPLATE);
        assert_eq!(form.problems, []);
        assert_eq!(field(&form, "voice_bridge.address").default, said(json!("127.0.0.1:9998")));
        assert_eq!(field(&form, "voice_bridge.also").default, said(json!(["::1"])));
        assert_eq!(field(&form, "retry.growth").default, said(json!("linear")));
        assert_eq!(field(&form, "proof.deadline").default, said(json!(0.75)));
        assert!(field(&form, "retry.attempts").text.starts_with("What happens when a port"));
        let fields = form.sections.iter().flat_map(|section| &section.fields);
        assert!(fields.clone().all(|field| field.value.is_none()));
        let lines = TEMPLATE.lines().filter(|line| line.starts_with("# ") && line.contains(" = "));
        assert_eq!(fields.count(), lines.count());
    }

    #[test]
    fn what_the_file_says_is_told_beside_the_default() {
        let form = form(String::new(), "[retry]\nattempts = 3\ngrowth = \"exponential\"\n");
        assert_eq!(field(&form, "retry.attempts").value, Some(said(json!(3))));
        assert_eq!(field(&form, "retry.growth").value, Some(said(json!("exponential"))));
        assert_eq!(field(&form, "retry.jitter").value, None);
    }

    #[test]
    fn a_problem_is_told_with_the_setting_that_it_is_about() {
        let problem = |key: &str, value: Value| {
            let found = problem(TEMPLATE, &changes(&[(key, value)])).expect("it is wrong");
            (found.key.unwrap_or_default(), found.problem)
        };
        let (key, what) = problem("retry.growth", json!("wild"));
        assert_eq!(key, "retry.growth");
        assert_eq!(what, "must be \"linear\" or \"exponential\", not \"wild\"");
        assert_eq!(problem("retry.attempts", json!(0)).0, "retry.attempts");
        assert_eq!(problem("voice_bridge.address", json!("nowhere")).0, "voice_bridge.address");
        let (key, what) = problem("voice_bridge.address", json!("0.0.0.0:9998"));
        assert_eq!(key, "voice_bridge.address");
        assert!(what.contains("other machines"), "{what}");
    }

    #[test]
    fn what_was_wrong_before_is_told_beside_its_setting_and_does_not_stand_in_the_way() {
        let text = "[retry]\nattempts = 0\n[desktop]\nnotification = false\n";
        let keys: Vec<_> =
            form(String::new(), text).problems.into_iter().filter_map(|one| one.key).collect();
        assert_eq!(keys, ["retry.attempts", "desktop.notification"]);
        assert_eq!(problem(text, &changes(&[("retry.attempts", json!(7))])), None);
        assert_eq!(problem(text, &changes(&[("voice_bridge.limits.calls", json!(7))])), None);
        let still = problem(text, &changes(&[("retry.attempts", json!(0))])).expect("it is wrong");
        assert_eq!(still.key.as_deref(), Some("retry.attempts"));
        let newly = problem(text, &changes(&[("retry.jitter", json!(7))])).expect("it is wrong");
        assert_eq!(newly.key.as_deref(), Some("retry.jitter"));
    }

    #[test]
    fn a_text_that_cannot_be_read_says_in_which_line_before_it_can_be_changed() {
        let text = "[retry]\nattempts 3\n";
        let problem =
            problem(text, &changes(&[("retry.attempts", json!(7))])).expect("it is wrong");
        assert!(problem.to_string().starts_with("line 2: can't be read: "), "{problem}");
    }

    #[test]
    fn changes_that_are_right_have_no_problem() {
        assert_eq!(problem(TEMPLATE, &changes(&[("retry.attempts", json!(7))])), None);
        assert_eq!(problem("", &changes(&[("retry.attempts", Value::Null)])), None);
    }

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
    fn a_file_that_is_read_only_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Settings::path(folder.path());
        std::fs::write(&path, TEMPLATE).expect("room");
        let mut permissions = std::fs::metadata(&path).expect("a file").permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&path, permissions).expect("it is ours");
        let wrong = change(folder.path(), "retry.attempts", Some(7)).expect_err("it is read-only");
        assert_eq!(wrong.why(), "the file is read-only");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), TEMPLATE);
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
