//! Secrets among the parameters of a stream, wherever a carrier can put them and however a library writes them.

use super::json::Json;
use crate::public_access::names_a_secret;

/// Under which names parameters stand, in a `start` and beside it.
const PARAMETERS: [&str; 7] = [
    "customParameters",
    "custom_parameters",
    "customHeaders",
    "custom_headers",
    "extraHeaders",
    "extra_headers",
    "headers",
];

/// How many of them are looked at.
const MOST: usize = 16;

/// How deep lists of pairs are nested, at most.
const DEEPEST: usize = 3;

/// What may be the secret among the parameters that stand here.
pub(super) fn secrets_of(place: &Json<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for name in PARAMETERS {
        gather(place.get(&[name]), DEEPEST, &mut found);
    }
    found.truncate(MOST);
    found
}

/// Parameters are an object, a list of pairs, a list of objects with `name` and `value`, or one text.
fn gather(parameters: &Json<'_>, depth: usize, found: &mut Vec<String>) {
    match parameters {
        Json::Object(entries) => {
            if parameters
                .get(&["name", "key", "Name", "Key"])
                .text()
                .is_some_and(|name| names_a_secret(&name))
            {
                found.extend(value_of(parameters.get(&["value", "Value"])));
            }
            let secrets = entries.iter().filter(|(name, _)| names_a_secret(name));
            found.extend(secrets.filter_map(|(_, value)| value_of(value)));
        }
        Json::List(list) => {
            if let [Json::Text(name), value] = &**list
                && names_a_secret(name)
            {
                found.extend(value_of(value));
            }
            if let Some(depth) = depth.checked_sub(1) {
                list.iter().for_each(|inner| gather(inner, depth, found));
            }
        }
        Json::Text(text) => found.extend(within(text)),
        Json::Whole(_) | Json::Fraction(_) | Json::Other => {}
    }
}

/// The text of a value. Some libraries give each parameter a list of them, or an object.
fn value_of(value: &Json<'_>) -> Option<String> {
    let inner = match value {
        Json::List(list) => list.first()?,
        Json::Object(_) => value.get(&["value", "Value"]),
        Json::Text(_) | Json::Whole(_) | Json::Fraction(_) | Json::Other => value,
    };
    inner.text().map(Into::into)
}

/// What follows the name of a secret in a text such as `userId=12345;secret=5f..` or `{X-PH-secret: 5f..}`.
fn within(text: &str) -> Option<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let mut parts = text.split(|letter| !is_part(letter)).filter(|part| !part.is_empty());
    parts.find(|part| names_a_secret(part))?;
    parts.next().map(str::to_owned)
}
