//! How a service is in a word, and what can be done about it.

#![expect(missing_docs, reason = "what is not explained is named as what it is")]

use serde::{Deserialize, Serialize};

/// What a service's mark shows: its port's state, unless its life or its further addresses have more to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Face {
    #[default]
    Stopped,
    Binding,
    Waiting,
    Proving,
    /// As `PortState::Listening`, and at its further addresses nothing is wrong.
    Listening,
    /// As `PortState::Crowded`, at any of its addresses.
    Crowded,
    Shared,
    Silent,
    Taken,
    Refused,
    Stopping,
    Restarting,
    Failed,
    /// It listens, but connections go astray at one of its further addresses.
    Partial,
}

/// Something that can be done about a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Offer {
    pub remedy: Remedy,
    /// The same on a button.
    pub label: String,
    /// Whether it mends what is wrong.
    pub is_cure: bool,
}

/// What can be done about a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// End whoever holds its port, once a person has seen who that is and agreed.
    Free,
    Start,
    /// Try its port again at once, which is the order to start.
    Retry,
    Restart,
    Stop,
}

/// How a service is, in one word; the tray's and the window's marks show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Stopped on purpose.
    #[default]
    Off,
    /// Proven to work.
    Well,
    /// Working on it; nobody needs to do anything.
    Busy,
    /// It will not come right without a person.
    NeedsYou,
}
