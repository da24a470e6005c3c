//! What answers calls.

use serde::{Deserialize, Serialize};

/// What answers calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// The built-in line check: no model, no network.
    LineCheck,
    /// A speech model behind a server of the MOSHI protocol.
    Moshi,
}
