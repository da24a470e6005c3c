//! What is wrong with settings: where, what was found, what is wanted, and what is done about it.

use serde_json::Value;
use toml::de::DeValue;

/// How much of what was found is told.
const SHOWN: usize = 60;

/// What that setting must be, where its default is known.
pub(super) fn wanted(key: &str, default: &Value) -> String {
    match (key.rsplit('.').next().unwrap_or(key), default) {
        ("address", _) => format!("an IP address and port in quotes, such as {default}"),
        ("also", _) => format!("a list of IP addresses, such as {default}"),
        ("growth", _) => "\"linear\" or \"exponential\"".to_owned(),
        ("engine", _) => "\"line_check\" or \"moshi\"".to_owned(),
        ("jitter", _) => "a number from 0 to 1".to_owned(),
        (_, Value::Bool(_)) => "true or false".to_owned(),
        (_, Value::Number(number)) if number.is_f64() => {
            format!("a number of seconds, such as {number}")
        }
        (_, Value::Number(number)) => format!("a whole number, such as {number}"),
        (_, Value::Array(_)) => "a list of texts in quotes, such as [\"a\", \"b\"]".to_owned(),
        (_, Value::Null | Value::String(_) | Value::Object(_)) => "a text in quotes".to_owned(),
    }
}

/// What was found, as it stands there. Of what may hold a secret only the kind is told.
pub(super) fn found(key: &str, value: &DeValue<'_>, source: &str) -> String {
    let kind = match value {
        DeValue::String(_) => "another text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    };
    let is_hidden = ["token", "secret", "url", "servers"].iter().any(|end| key.ends_with(end));
    if is_hidden || matches!(value, DeValue::Table(_)) {
        return kind.to_owned();
    }
    shown(source)
}

/// Text of the file in one short line.
pub(super) fn shown(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = line.chars().filter(|letter| !letter.is_control());
    let mut shown: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}
