//! The settings as a form: what may be set, what is set, and what is wrong with what somebody is about to set.
//!
//! What may be set is read from the file that is left for people: its sections, its explanations and its defaults. A
//! setting that isn't explained there can't be forgotten here, for a test holds both against each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml_edit::{DocumentMut, Item};

use super::{Settings, TEMPLATE, edit};

/// Everything that may be set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Form {
    /// The file.
    pub path: String,
    /// What is wrong with it. The defaults are in force then.
    pub problem: Option<String>,
    /// Its sections, in the order in which people read them.
    pub sections: Vec<Section>,
}

/// A section of the file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// Its name, for instance `voice_bridge.limits`.
    pub name: String,
    /// What may be set in it.
    pub fields: Vec<Field>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// Its name, for instance `voice_bridge.limits.calls`.
    pub key: String,
    /// What it is for. Empty where the one before says it for both.
    pub text: String,
    /// What is in force where nobody says otherwise.
    pub default: Value,
    /// What the file says, if it says anything.
    pub value: Option<Value>,
}

/// What is to be changed: settings by their names, and `null` for those that are to be at their defaults.
pub type Changes = BTreeMap<String, Value>;

/// What is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which setting is wrong, where that can be told.
    pub key: Option<String>,
    /// What is wrong, in one line.
    pub problem: String,
}

impl Form {
    /// The form for this text of the file, which lies there.
    pub(super) fn of(path: String, text: &str) -> Self {
        let said = text.parse::<DocumentMut>().unwrap_or_default();
        let mut sections = template();
        for field in sections.iter_mut().flat_map(|section| &mut section.fields) {
            field.value = edit::item(&said, &field.key).and_then(value);
        }
        Self { path, problem: Settings::parse(text).err(), sections }
    }
}

/// What would be wrong with that text after these changes, if anything.
pub(super) fn problem(text: &str, changes: &Changes) -> Option<Problem> {
    let changed = match edit::changed(text, changes) {
        Ok(changed) => changed,
        Err(problem) => return Some(Problem { key: None, problem }),
    };
    let problem = Settings::parse(&changed).err()?;
    Some(located(&changed, problem))
}

/// Says of which setting it speaks: by the line that it names, or by the setting that it names.
fn located(text: &str, problem: String) -> Problem {
    let line = problem.strip_prefix("line ").and_then(|rest| {
        let (line, what) = rest.split_once(": ")?;
        Some((line.parse::<usize>().ok()?, what.to_owned()))
    });
    if let Some((line, what)) = line {
        return match edit::key_at(text, line) {
            Some(key) => Problem { key: Some(key), problem: what },
            None => Problem { key: None, problem },
        };
    }
    let keys = template().into_iter().flat_map(|section| section.fields).map(|field| field.key);
    // Of `retry` and `retry.attempts` the longer is meant where both are named.
    let is_named = |key: &String| {
        // What is said of a service is said of where it listens.
        let service = key.strip_suffix(".address").map(|service| format!("{service}: "));
        problem.starts_with(key.as_str()) || service.is_some_and(|it| problem.starts_with(&it))
    };
    let key = keys.filter(is_named).max_by_key(String::len);
    Problem { key, problem }
}

/// The sections and settings of the file that is left for people, with nothing set.
fn template() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut text = Vec::new();
    for line in TEMPLATE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            sections.push(Section { name: name.to_owned(), fields: Vec::new() });
            text.clear();
        } else if let (Some((key, default)), Some(section)) =
            (edit::commented(line), sections.last_mut())
        {
            let key = format!("{}.{key}", section.name);
            section.fields.push(Field { key, text: text.join(" "), default, value: None });
            text.clear();
        } else if let Some(said) = line.strip_prefix("# ") {
            text.push(said);
        }
    }
    sections.retain(|section| !section.fields.is_empty());
    sections
}

/// A value of the file, as JSON.
pub(super) fn value(item: &Item) -> Option<Value> {
    let value = item.as_value()?;
    Some(match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(is_so) => Value::from(*is_so.value()),
        toml_edit::Value::Array(list) => {
            list.iter().filter_map(|entry| self::value(&Item::Value(entry.clone()))).collect()
        }
        toml_edit::Value::Datetime(_) | toml_edit::Value::InlineTable(_) => {
            Value::from(value.to_string().trim())
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field<'a>(form: &'a Form, key: &str) -> &'a Field {
        let mut fields = form.sections.iter().flat_map(|section| &section.fields);
        fields.find(|field| field.key == key).expect("it may be set")
    }

    fn changes(changes: &[(&str, Value)]) -> Changes {
        changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }

    #[test]
    fn everything_that_may_be_set_is_in_the_form_with_its_default_and_what_it_is_for() {
        let form = Form::of("settings.toml".to_owned(), TEMPLATE);
        assert_eq!(form.problem, None);
        assert_eq!(field(&form, "voice_bridge.address").default, json!("127.0.0.1:9998"));
        assert_eq!(field(&form, "voice_bridge.also").default, json!(["::1"]));
        assert_eq!(field(&form, "retry.growth").default, json!("linear"));
        assert_eq!(field(&form, "proof.deadline").default, json!(0.75));
        assert!(field(&form, "retry.attempts").text.starts_with("What happens when a port"));
        let fields = form.sections.iter().flat_map(|section| &section.fields);
        assert!(fields.clone().all(|field| field.value.is_none()));
        let lines = TEMPLATE.lines().filter(|line| line.starts_with("# ") && line.contains(" = "));
        assert_eq!(fields.count(), lines.count());
    }

    #[test]
    fn what_the_file_says_is_told_beside_the_default() {
        let form = Form::of(String::new(), "[retry]\nattempts = 3\ngrowth = \"exponential\"\n");
        assert_eq!(field(&form, "retry.attempts").value, Some(json!(3)));
        assert_eq!(field(&form, "retry.growth").value, Some(json!("exponential")));
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
        assert!(what.starts_with("unknown variant `wild`"), "{what}");
        assert_eq!(problem("retry.attempts", json!(0)).0, "retry.attempts");
        assert_eq!(problem("voice_bridge.address", json!("nowhere")).0, "voice_bridge.address");
        let (key, what) = problem("voice_bridge.address", json!("0.0.0.0:9998"));
        assert_eq!(key, "voice_bridge.address");
        assert!(what.contains("other machines"), "{what}");
    }

    #[test]
    fn changes_that_are_right_have_no_problem() {
        assert_eq!(problem(TEMPLATE, &changes(&[("retry.attempts", json!(7))])), None);
        assert_eq!(problem("", &changes(&[("retry.attempts", Value::Null)])), None);
    }
}
