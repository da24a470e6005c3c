//! For every setting, what is told where its value is a wrong one: the line, the key, what was found and what is wanted.

use serde_json::Value;

use super::read::read;
use super::*;

/// All settings by their names, with their defaults.
fn all() -> Vec<(String, Value)> {
    fn below(name: &str, value: Value) -> Vec<(String, Value)> {
        let Value::Object(table) = value else { return vec![(name.to_owned(), value)] };
        let within = |(key, value): (String, Value)| match name {
            "" => below(&key, value),
            name => below(&format!("{name}.{key}"), value),
        };
        table.into_iter().flat_map(within).collect()
    }
    let all = below("", serde_json::to_value(Settings::default()).expect("plain data"));
    assert!(all.len() > 40, "{all:?}");
    all
}

/// What is told of a file in which a setting has this value.
fn told_of(key: &str, value: &str) -> String {
    let (section, name) = key.rsplit_once('.').expect("it stands in a section");
    let (_, problems) = read(&format!("[{section}]\n\n{name} = {value}\n"));
    assert!(problems.len() <= 1, "{problems:?}");
    problems.first().map(ToString::to_string).unwrap_or_default()
}

/// What must be wanted of a setting with that default, in some words of it.
fn wants(default: &Value) -> &'static str {
    match default {
        Value::Bool(_) => "must be true or false",
        Value::Number(number) if number.is_f64() => "must be a number",
        Value::Number(_) => "must be a whole number",
        Value::Array(_) => "must be a list of",
        Value::Null | Value::String(_) | Value::Object(_) => "must be ",
    }
}

fn is_hidden(key: &str) -> bool {
    ["token", "secret", "url", "servers"].iter().any(|end| key.ends_with(end))
}

#[test]
fn a_value_of_a_wrong_kind_is_told_with_its_line_its_key_what_was_found_and_what_is_wanted() {
    // What a date is, nothing takes; what stands bare, TOML can't read.
    for (wrong, found) in [
        ("1979-05-27", "a date"),
        ("{ a = 1 }", "a section"),
        ("wrong", ""),
        ("1s", ""),
        ("", "nothing"),
    ] {
        for (key, default) in all() {
            let told = told_of(&key, wrong);
            assert!(told.starts_with("line 3: "), "{key} = {wrong}: {told}");
            assert!(told.contains(&format!("{key} must be ")), "{key} = {wrong}: {told}");
            assert!(told.contains(wants(&default)), "{key} = {wrong}: {told}");
            let shown = if is_hidden(&key) || wrong.is_empty() || wrong.starts_with('{') {
                found
            } else {
                wrong
            };
            assert!(told.contains(&format!(", not {shown}")), "{key} = {wrong}: {told}");
            for foreign in ["expected", "invalid", "literal", "u32", "u64", "f64"] {
                assert!(!told.contains(foreign), "{key} = {wrong}: {told}");
            }
        }
    }
}

#[test]
fn a_number_out_of_range_is_told_with_the_range() {
    for (key, default) in all().into_iter().filter(|(_, default)| default.is_number()) {
        for wrong in ["-1", "inf", "nan", "1e18", "9223372036854775807", "18446744073709551616"] {
            let told = told_of(&key, wrong);
            assert!(told.starts_with(&format!("line 3: {key} {}", wants(&default))), "{told}");
            assert!(told.ends_with(&format!(", not {wrong}")), "{told}");
        }
    }
    assert_eq!(
        told_of("retry.first_delay", "1e18"),
        "line 3: retry.first_delay must be a number of seconds up to 31536000, which is a year, not 1e18"
    );
    assert_eq!(told_of("retry.attempts", "4294967295"), "", "that many were taken before");
}

#[test]
fn an_address_that_is_none_is_told_how_to_write_it() {
    for key in ["voice_bridge.address", "supervisor.address"] {
        for wrong in [
            "\"localhost:9998\"",
            "\"9998\"",
            "\":9998\"",
            "\"::1:9998\"",
            "\"127.0.0.1:99999\"",
            "\"\"",
            "9998",
            "127.0.0.1:9998",
        ] {
            let told = told_of(key, wrong);
            let wanted =
                format!("{key} must be an IP address and port in quotes, such as \"127.0.0.1:999");
            assert!(told.contains(&wanted) && told.ends_with(&format!(", not {wrong}")), "{told}");
        }
    }
}

#[test]
fn a_line_that_cannot_be_read_is_told_by_what_is_wrong_with_it() {
    for (text, expected) in [
        (
            "[retry]\nattempts = 3\nattempts = 4\n",
            "line 3: can't be read: retry.attempts is there more than once; keep one of its lines",
        ),
        (
            "[retry]\n[desktop]\n[retry] # again\n",
            "line 3: can't be read: [retry] is there more than once; keep its settings together under one",
        ),
        (
            "[retry\n",
            "line 1: can't be read: a section must stand in brackets on a line of its own, such as [retry]",
        ),
        (
            "[retry]\nfirst_delay 2\n",
            "line 2: can't be read: the line is neither a setting, such as attempts = 5, nor a section, such as [retry]",
        ),
        (
            "[retry]\njitter = 0,5\n",
            "line 2: can't be read: retry.jitter must be a number from 0 to 1, not 0,5",
        ),
        (
            "[retry]\ngrowth = linear\n",
            "line 2: can't be read: retry.growth must be \"linear\" or \"exponential\", not linear",
        ),
        (
            "[desktop]\nnotifications = True\n",
            "line 2: can't be read: desktop.notifications must be true or false, not True",
        ),
        (
            "[voice_bridge]\naddress = “127.0.0.1:9998”\n",
            "line 2: can't be read: voice_bridge.address must be an IP address and port in quotes, such as \"127.0.0.1:9998\", not “127.0.0.1:9998”",
        ),
        (
            "[retry]\nfirst = 1s\n",
            "line 2: can't be read: retry.first isn't a setting, or what it says can't be read",
        ),
        ("\"\" = 1\n", "line 1: \"\" isn't a setting"),
    ] {
        let told: Vec<_> = read(text).1.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expected], "{text}");
    }
}
