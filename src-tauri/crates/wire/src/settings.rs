//! The settings as a form that people fill in.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::SettingsEffect;

/// Everything that may be set, and what is wrong with what is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct SettingsForm {
    pub path: String,
    pub problems: Vec<SettingsProblem>,
    /// Its sections, in the order in which people read them.
    pub sections: Vec<SettingsSection>,
}

/// A section of the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct SettingsSection {
    /// Its name, for instance `voice_bridge.limits`.
    pub name: String,
    pub fields: Vec<Setting>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct Setting {
    /// Its name, for instance `voice_bridge.limits.calls`.
    pub key: String,
    /// What it is for. Empty where the one before says it for both.
    pub text: String,
    pub default: SettingValue,
    /// What the file says, if it says anything.
    pub value: Option<SettingValue>,
}

/// A value in the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum SettingValue {
    Truth(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    List(Vec<SettingValue>),
}

/// Settings by their names, and nothing for those that go back to their defaults.
pub type SettingsChanges = BTreeMap<String, Option<SettingValue>>;

/// What is wrong with settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
pub struct SettingsProblem {
    /// Which setting is wrong, where that can be told.
    pub key: Option<String>,
    /// In which line of the file it stands, counted from 1.
    pub line: Option<usize>,
    /// What is wrong, in one line: what is to be said of the setting.
    pub problem: String,
    pub effect: SettingsEffect,
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(out, "line {line}: ")?;
        }
        if let Some(key) = &self.key {
            write!(out, "{key} ")?;
        }
        out.write_str(&self.problem)
    }
}

/// As it is written in the file.
impl fmt::Display for SettingValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truth(is_so) => write!(out, "{is_so}"),
            Self::Whole(number) => write!(out, "{number}"),
            Self::Number(number) => write!(out, "{number:?}"),
            Self::Text(text) => write!(out, "{text:?}"),
            Self::List(list) => {
                let entries: Vec<String> = list.iter().map(ToString::to_string).collect();
                write!(out, "[{}]", entries.join(","))
            }
        }
    }
}
