//! The settings as a form: what may be set, what is set, and what is wrong with what somebody is about to set.
//!
//! What may be set is read from the file that is left for people: its sections, its explanations and its defaults. A
//! setting that isn't explained there can't be forgotten here, for a test holds both against each other.

use toml_edit::DocumentMut;
use wire::{
    Setting, SettingsChanges, SettingsEffect, SettingsForm, SettingsProblem, SettingsSection,
};

use super::read::read;
use super::{TEMPLATE, edit, value};

/// The form for this text of the file, which lies there.
pub(super) fn form(path: String, text: &str) -> SettingsForm {
    let said = text.parse::<DocumentMut>().unwrap_or_default();
    let mut sections = template();
    for field in sections.iter_mut().flat_map(|section| &mut section.fields) {
        field.value = edit::item(&said, &field.key).and_then(value::of);
    }
    let (_, problems) = read(text);
    SettingsForm { path, problems, sections }
}

/// What would be wrong with that text by these changes, if anything. What was wrong before, and is not touched, is left to
/// be mended another time.
pub(super) fn problem(text: &str, changes: &SettingsChanges) -> Option<SettingsProblem> {
    let (_, before) = read(text);
    let changed = match edit::changed(text, changes) {
        Ok(changed) => changed,
        Err(problem) => {
            let effect = SettingsEffect::SetAside;
            let unreadable = before.into_iter().find(|problem| problem.key.is_none());
            return unreadable.or(Some(SettingsProblem { key: None, line: None, problem, effect }));
        }
    };
    let is_old = |problem: &SettingsProblem| {
        let is_it =
            |old: &SettingsProblem| old.key == problem.key && old.problem == problem.problem;
        before.iter().any(is_it)
            && problem.key.as_ref().is_none_or(|key| !changes.contains_key(key))
    };
    let mut problems = read(&changed).1.into_iter();
    let problem =
        problems.find(|problem| problem.effect != SettingsEffect::Kept && !is_old(problem))?;
    // It stands in no line yet.
    Some(SettingsProblem { line: None, ..problem })
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
}
