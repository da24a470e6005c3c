//! Services that are programs of their own: started, watched and ended by us.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What kind of service it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// We hold its listeners and hand it its connections.
    #[default]
    Hosted,
    /// It is a program that we start and watch, and that listens by itself.
    Program,
}

/// The program that a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Program {
    /// What is started, as one would type it; a long one ends with "…".
    pub command: String,
    /// Its process, while it runs.
    pub pid: Option<u32>,
    /// When it was started, while it runs.
    pub started: Option<Timestamp>,
    /// When it should be ready, while it runs. It isn't ended for being late.
    pub ready_by: Option<Timestamp>,
    /// Whether it listens where it should.
    pub listens: bool,
    /// Where it listens, if it does so anywhere but where it should.
    pub elsewhere: Vec<String>,
    /// Whether the system could start it when that was last tried.
    pub could_start: bool,
}
