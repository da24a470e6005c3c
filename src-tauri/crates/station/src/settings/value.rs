//! A setting's value, as it stands in the file and as the window has it.

use toml_edit::{Array, Item};
use wire::SettingValue;

/// A value of the file.
pub(super) fn of(item: &Item) -> Option<SettingValue> {
    let value = item.as_value()?;
    Some(match value {
        toml_edit::Value::String(text) => SettingValue::Text(text.value().clone()),
        toml_edit::Value::Integer(number) => SettingValue::Whole(*number.value()),
        toml_edit::Value::Float(number) => SettingValue::Number(*number.value()),
        toml_edit::Value::Boolean(is_so) => SettingValue::Truth(*is_so.value()),
        toml_edit::Value::Array(list) => {
            let entries = list.iter().map(|entry| Item::Value(entry.clone()));
            SettingValue::List(entries.filter_map(|entry| of(&entry)).collect())
        }
        toml_edit::Value::Datetime(_) | toml_edit::Value::InlineTable(_) => {
            SettingValue::Text(value.to_string().trim().to_owned())
        }
    })
}

/// The same for the file.
pub(super) fn for_file(value: &SettingValue) -> toml_edit::Value {
    match value {
        SettingValue::Text(text) => text.as_str().into(),
        SettingValue::Truth(is_so) => (*is_so).into(),
        SettingValue::Whole(number) => (*number).into(),
        SettingValue::Number(number) => (*number).into(),
        SettingValue::List(list) => list.iter().map(for_file).collect::<Array>().into(),
    }
}
