//! What is wrong with a line that TOML can't read, for people: by what it holds, and what a setting there must be.

use serde_json::Value;
use toml::de::DeTable;

use super::wording::{is_hidden, shown, wanted};

/// What is wrong with that line.
pub(super) fn told(text: &str, line: usize, defaults: &Value) -> String {
    let lines: Vec<&str> = text.lines().take(line).map(str::trim).collect();
    let Some((garbled, before)) = lines.split_last() else { return "it ends too early".to_owned() };
    if garbled.starts_with('[') {
        return match section_of(garbled) {
            Some(section) => {
                format!("[{section}] is there more than once; keep its settings together under one")
            }
            None => {
                "a section must stand in brackets on a line of its own, such as [retry]".to_owned()
            }
        };
    }
    let Some((name, value)) = garbled.split_once('=') else {
        return "the line is neither a setting, such as attempts = 5, nor a section, such as [retry]".to_owned();
    };
    let (name, value) = (name.trim(), value.trim());
    let section = before.iter().rev().find_map(|line| section_of(line)).unwrap_or_default();
    let key = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    let Some(default) = defaults.pointer(&format!("/{}", key.replace('.', "/"))) else {
        return format!("{} isn't a setting, or what it says can't be read", shown(&key));
    };
    if DeTable::parse(&format!("it = {value}")).is_ok() {
        return format!("{key} is there more than once; keep one of its lines");
    }
    let found = match value {
        "" => "nothing".to_owned(),
        _ if is_hidden(&key) => "what is there; one without quotes at both ends is none".to_owned(),
        value => shown(value),
    };
    format!("{key} must be {}, not {found}", wanted(&key, default))
}

/// The section that this line begins.
fn section_of(line: &str) -> Option<String> {
    let line = line.split_once('#').map_or(line, |(line, _)| line).trim();
    let name = line.strip_prefix('[')?.strip_suffix(']')?.trim();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    (!name.is_empty() && name.chars().all(is_plain)).then(|| name.to_owned())
}
