//! What one reading of the settings says otherwise than another, and what of that takes no restart.

use serde_json::Value;

use super::Settings;

/// What answers calls.
pub(crate) const ENGINE: &str = "voice_bridge.engine";

/// The section of the speech models, which the next call asks.
const MODELS: &str = "moshi.";

/// The section of the programs that are run.
const PROGRAMS: &str = "programs";

/// Whether what this setting says is so from the next call on, without a restart.
pub(crate) fn is_applied_at_once(key: &str) -> bool {
    key == ENGINE || key.starts_with(MODELS)
}

/// The settings that one says otherwise than the other.
pub(crate) fn differences(one: &Settings, other: &Settings) -> Vec<String> {
    let value = |settings| serde_json::to_value(settings).unwrap_or_default();
    let mut found = Vec::new();
    note("", &value(one), &value(other), &mut found);
    // They are written down nowhere, for what programs are given may hold secrets.
    if one.programs != other.programs {
        found.push(PROGRAMS.to_owned());
    }
    found
}

fn note(name: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    if one == other {
        return;
    }
    let (Value::Object(ones), Value::Object(others)) = (one, other) else {
        found.push(name.to_owned());
        return;
    };
    let keys = ones.keys().chain(others.keys().filter(|key| !ones.contains_key(*key)));
    for key in keys {
        let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        let within = |table: &serde_json::Map<String, Value>| table.get(key).cloned();
        note(&name, &within(ones).unwrap_or_default(), &within(others).unwrap_or_default(), found);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_differs_is_named_as_it_stands_in_the_file() {
        let mut other = Settings::default();
        assert_eq!(differences(&Settings::default(), &other), [""; 0]);
        other.retry.attempts = 9;
        other.voice_bridge.limits.start = Duration::from_secs(7);
        other.moshi.servers.push("ws://127.0.0.1:8999".to_owned());
        other.moshi.text_prompt = Some("You are kind.".to_owned());
        let named = differences(&Settings::default(), &other);
        let expected =
            ["moshi.servers", "moshi.text_prompt", "retry.attempts", "voice_bridge.limits.start"];
        assert_eq!(named, expected);
        let at_once: Vec<_> = named.iter().filter(|key| is_applied_at_once(key)).collect();
        assert_eq!(at_once, ["moshi.servers", "moshi.text_prompt"]);
        assert!(is_applied_at_once("voice_bridge.engine"));
    }
}
