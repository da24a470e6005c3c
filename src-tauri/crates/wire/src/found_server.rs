//! Servers of speech models that nobody has named, and that are there.

use serde::{Deserialize, Serialize};

use crate::EngineChoice;

/// A server that runs on this machine, takes MOSHI clients and answers no calls of ours. It is offered, and never used unasked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct FoundServer {
    /// Where it is: host and port.
    pub server: String,
    /// Its address as the settings have it.
    pub url: String,
    /// The program that listens there, where that can be seen: `python3 (4711)`.
    pub holder: Option<String>,
    /// What is given with its address to have it answer calls.
    pub choice: EngineChoice,
    /// What was found, in a sentence.
    pub sentence: String,
    /// What becomes of it, in a sentence.
    pub hint: String,
}
