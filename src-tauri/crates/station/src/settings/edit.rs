//! Changes settings in the text of their file and leaves all else in it as somebody wrote it: comments, order, blanks.

use std::ops::Range;

use toml_edit::{Array, Document, DocumentMut, Item, Key, Table, Value};
use wire::{SettingValue, SettingsChanges};

/// The text after these changes. A setting that was commented out is set where it stands; one that goes back to its
/// default is commented out.
/// Or why it can't be changed: the text, or what is to be set, makes no sense.
pub(super) fn changed(text: &str, changes: &SettingsChanges) -> Result<String, String> {
    let mut text = text.to_owned();
    for (key, value) in changes {
        text = match value {
            Some(value) => with(&text, key, value)?,
            None => without(&text, key)?,
        };
    }
    Ok(text)
}

pub(super) fn item<'a>(document: &'a DocumentMut, key: &str) -> Option<&'a Item> {
    key.split('.').try_fold(document.as_item(), |item, part| item.get(part))
}

/// A setting that is commented out, with its value. A sentence is none.
pub(super) fn commented(line: &str) -> Option<(String, SettingValue)> {
    let text = line.strip_prefix("# ")?;
    let document = text.parse::<DocumentMut>().ok()?;
    let (key, item) = document.iter().next()?;
    Some((key.to_owned(), value_of(item)?))
}

fn with(text: &str, key: &str, value: &SettingValue) -> Result<String, String> {
    let (section, name) = key.rsplit_once('.').ok_or_else(|| format!("{key} is no setting"))?;
    let text = if is_said(text, key) { text.to_owned() } else { uncommented(text, section, name) };
    let mut document = parsed(&text)?;
    let mut table = document.as_table_mut();
    for part in section.split('.') {
        let mut fresh = Table::new();
        fresh.set_implicit(true);
        let below = table.entry(part).or_insert(Item::Table(fresh));
        table = below.as_table_mut().ok_or_else(|| format!("{part} is not a section"))?;
    }
    let mut set = for_file(value);
    if let Some(known) = table.get(name).and_then(Item::as_value) {
        // What stands behind it in its line stays.
        *set.decor_mut() = known.decor().clone();
    }
    table[name] = Item::Value(set);
    Ok(document.to_string())
}

fn without(text: &str, key: &str) -> Result<String, String> {
    let document = Document::parse(text).map_err(|error| error.message().to_owned())?;
    let Some(place) = place(document.as_table(), key) else { return Ok(text.to_owned()) };
    let line = |place: usize| text.get(..place).unwrap_or_default().matches('\n').count();
    let gone = line(place.start)..=line(place.end);
    let marked = text.split_inclusive('\n').enumerate().map(|(number, line)| {
        if gone.contains(&number) { format!("# {line}") } else { line.to_owned() }
    });
    Ok(marked.collect())
}

/// The text with that setting no longer commented out, if it was.
fn uncommented(text: &str, section: &str, name: &str) -> String {
    let mut within = String::new();
    let mut is_done = false;
    let mut changed = String::new();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if let Some(header) = bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')) {
            header.clone_into(&mut within);
        }
        let is_it = !is_done
            && within == section
            && commented(bare).is_some_and(|(commented, _)| commented == name);
        changed += if is_it { line.strip_prefix("# ").unwrap_or(line) } else { line };
        is_done |= is_it;
    }
    changed
}

fn is_said(text: &str, key: &str) -> bool {
    parsed(text).is_ok_and(|document| item(&document, key).is_some())
}

fn parsed(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())
}

/// Where a setting stands, its name included.
fn place(table: &Table, key: &str) -> Option<Range<usize>> {
    if let Some((section, rest)) = key.split_once('.') {
        return place(table.get(section)?.as_table()?, rest);
    }
    let value = table.get(key).filter(|item| !item.is_table())?.span()?;
    let name = table.key(key).and_then(Key::span);
    Some(name.map_or(value.start, |name| name.start)..value.end)
}

pub(super) fn value_of(item: &Item) -> Option<SettingValue> {
    let value = item.as_value()?;
    Some(match value {
        Value::String(text) => SettingValue::Text(text.value().clone()),
        Value::Integer(number) => SettingValue::Whole(*number.value()),
        Value::Float(number) => SettingValue::Number(*number.value()),
        Value::Boolean(is_so) => SettingValue::Truth(*is_so.value()),
        Value::Array(list) => {
            let entries = list.iter().map(|entry| Item::Value(entry.clone()));
            SettingValue::List(entries.filter_map(|entry| value_of(&entry)).collect())
        }
        Value::Datetime(_) | Value::InlineTable(_) => {
            SettingValue::Text(value.to_string().trim().to_owned())
        }
    })
}

fn for_file(value: &SettingValue) -> Value {
    match value {
        SettingValue::Text(text) => text.as_str().into(),
        SettingValue::Truth(is_so) => (*is_so).into(),
        SettingValue::Whole(number) => (*number).into(),
        SettingValue::Number(number) => (*number).into(),
        SettingValue::List(list) => list.iter().map(for_file).collect::<Array>().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::settings::TEMPLATE;

    fn change(text: &str, key: &str, value: Value) -> String {
        let value = serde_json::from_value(value).expect("a value or none");
        changed(text, &SettingsChanges::from([(key.to_owned(), value)])).expect("it can be changed")
    }

    /// The lines that differ, as `-before` and `+after`.
    fn difference(before: &str, after: &str) -> Vec<String> {
        let (before, after): (Vec<&str>, Vec<&str>) =
            (before.lines().collect(), after.lines().collect());
        assert_eq!(before.len(), after.len(), "{after:?}");
        let pairs = before.iter().zip(&after).filter(|(one, other)| one != other);
        pairs.flat_map(|(one, other)| [format!("-{one}"), format!("+{other}")]).collect()
    }

    #[test]
    fn a_setting_that_was_commented_out_is_set_where_it_stands() {
        let after = change(TEMPLATE, "supervisor.limits.connections", json!(4));
        assert_eq!(difference(TEMPLATE, &after), ["-# connections = 32", "+connections = 4"]);
        let after = change(TEMPLATE, "voice_bridge.also", json!(["127.0.0.2", "::1"]));
        assert_eq!(
            difference(TEMPLATE, &after),
            ["-# also = [\"::1\"]", "+also = [\"127.0.0.2\", \"::1\"]"]
        );
    }

    #[test]
    fn what_stands_behind_a_setting_stays() {
        let after = change(TEMPLATE, "retry.growth", json!("exponential"));
        let line = after.lines().find(|line| line.starts_with("growth")).expect("it is set");
        assert!(line.starts_with("growth = \"exponential\" # 1, 2, 3, 4 s"), "{line}");
    }

    #[test]
    fn comments_and_order_of_a_file_written_by_hand_stay() {
        let by_hand = "# mine\n[retry] # careful\n  attempts=3 # three\n\n# and\nfirst_delay = 2\n";
        let after = change(by_hand, "retry.attempts", json!(9));
        assert_eq!(difference(by_hand, &after), ["-  attempts=3 # three", "+  attempts=9 # three"]);
    }

    #[test]
    fn back_to_the_default_is_commented_out() {
        let by_hand = "[retry]\nattempts = 3\nfirst_delay = 2\n";
        let after = change(by_hand, "retry.attempts", Value::Null);
        assert_eq!(difference(by_hand, &after), ["-attempts = 3", "+# attempts = 3"]);
        let lists = "[voice_bridge]\nalso = [\n  \"::1\",\n]\nreuse_port = true\n";
        let after = change(lists, "voice_bridge.also", Value::Null);
        assert_eq!(after, "[voice_bridge]\n# also = [\n#   \"::1\",\n# ]\nreuse_port = true\n");
        assert_eq!(change(TEMPLATE, "retry.attempts", Value::Null), TEMPLATE);
    }

    #[test]
    fn a_section_that_is_not_there_is_added() {
        let after = change("[retry]\nattempts = 3\n", "voice_bridge.limits.calls", json!(2));
        assert!(after.ends_with("[voice_bridge.limits]\ncalls = 2\n"), "{after}");
    }

    #[test]
    fn there_and_back_is_the_file_that_was_left_for_people() {
        let set = change(TEMPLATE, "retry.attempts", json!(5));
        assert_eq!(change(&set, "retry.attempts", Value::Null), TEMPLATE);
    }
}
