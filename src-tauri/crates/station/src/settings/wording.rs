//! What is found in a setting and what it must be, in words.

use serde_json::Value;
use toml::de::DeValue;

use super::{check, typo};

/// How much of what was found is told.
const SHOWN: usize = 60;

/// Whether a number is larger than one of its kind can be.
pub(super) fn is_too_much(value: &DeValue<'_>, default: &Value) -> bool {
    let number = match value {
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|one| one as f64)
        }
        DeValue::Float(number) => number.as_str().replace('_', "").parse::<f64>().ok(),
        DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    };
    let most = if default.is_f64() { check::LONGEST } else { check::LARGEST as f64 };
    number.is_some_and(|number| number > most)
}

pub(super) fn most(default: &Value) -> String {
    if default.is_f64() {
        format!("must be a number of seconds up to {}, which is a year", check::LONGEST)
    } else {
        format!("must be a whole number up to {}", check::LARGEST)
    }
}

/// What that setting must be, where its default is known.
pub(super) fn wanted(key: &str, default: &Value) -> String {
    match (typo::last(key), default) {
        ("address", _) => format!("an IP address and port in quotes, such as {default}"),
        ("also", _) => format!("a list of IP addresses, such as {default}"),
        ("growth", _) => "\"linear\" or \"exponential\"".to_owned(),
        ("engine", _) => {
            "\"line_check\", \"moshi\", or a list of these, such as [\"moshi\", \"line_check\"]"
                .to_owned()
        }
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
        DeValue::Array(_) => "another list",
        DeValue::Table(_) => "a section",
    };
    if is_hidden(key) || matches!(value, DeValue::Table(_)) {
        return kind.to_owned();
    }
    shown(source)
}

/// Whether what that setting says may be a secret.
pub(super) fn is_hidden(key: &str) -> bool {
    ["token", "secret", "url", "servers"].iter().any(|end| key.ends_with(end))
}

pub(super) fn shown(text: &str) -> String {
    let line = in_one_line(text);
    let mut letters = line.chars().filter(|letter| !letter.is_control());
    let mut shown: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

pub(super) fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
