//! The servers of speech models that xSwarm Voice knows how to start, and what this machine lacks for each.

use serde::{Deserialize, Serialize};

/// A server that is known, with what was found on this machine when it was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct KnownServer {
    /// What it is called in the settings.
    pub id: String,
    pub title: String,
    /// What it is, and what should be known of it, in a sentence or two.
    pub about: String,
    /// How it is started, a word each.
    pub command: Vec<String>,
    /// The folder that it has to be started in, where it has to be in one.
    #[serde(default)]
    pub folder: Option<String>,
    /// What has xSwarm Voice start and watch it, as lines of its settings.
    #[serde(default)]
    pub settings: String,
    /// Where it is reached once it runs.
    pub url: String,
    /// What it takes, in the order in which people see to it.
    pub checks: Vec<ServerCheck>,
    /// Whether nothing is missing.
    pub is_ready: bool,
    /// How it is, in a sentence.
    pub sentence: String,
}

/// One thing that a server takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct ServerCheck {
    /// What is looked at, in one word.
    pub check: Requirement,
    pub result: CheckResult,
    /// The result as a word for its mark.
    pub word: String,
    /// What was found, in a sentence.
    pub sentence: String,
    /// What to do about it, where something is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "described", ts(optional))]
    pub cure: Option<String>,
    /// The same as a command to be copied, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "described", ts(optional))]
    pub command: Option<String>,
}

/// What a server takes of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    Hardware,
    Memory,
    Speed,
    Program,
    Packages,
    ModelFiles,
    Port,
}

/// Whether a machine has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    Met,
    /// Without it the server can't do its work.
    Missing,
    /// It may do, and may not.
    Doubtful,
    Unknown,
}
