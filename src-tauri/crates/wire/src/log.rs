//! The log as people read it in the app.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct LogLine {
    /// Its number since the start, from 1.
    pub number: u32,
    pub at: Timestamp,
    pub level: LogLevel,
    /// Which part of the program says it.
    pub source: String,
    /// Its words: a message, and its fields behind it.
    pub text: String,
}

/// What a line of the log weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}
