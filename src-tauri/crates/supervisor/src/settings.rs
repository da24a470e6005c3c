//! What may be set.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What may be set. The defaults suit a single desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Host names besides loopback under which the supervisor may be reached, without a port.
    pub hosts: Vec<String>,
    /// Origins whose web pages may connect, for instance `https://example.org`.
    pub origins: Vec<String>,
    /// How many clients there may be at once.
    pub connections: usize,
    /// How many seconds a client may take to show its token.
    #[serde(with = "door::seconds")]
    pub login: Duration,
    /// After how many seconds a client that reads nothing of what waits for it is cut off.
    #[serde(with = "door::seconds")]
    pub stall: Duration,
    /// How many events may wait for a client that reads slowly.
    pub events: usize,
    /// How many seconds must lie between two suggestions of one client.
    #[serde(with = "door::seconds")]
    pub suggestion_interval: Duration,
    /// How many suggestions of one client may wait.
    pub suggestions: usize,
    /// How many texts may be said for one client at once.
    pub speeches: usize,
    /// Whether nobody comes in from outside this machine, whatever they show: what the settings say of that can't be read.
    #[serde(skip)]
    pub only_this_machine: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            origins: Vec::new(),
            connections: 32,
            login: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            events: 256,
            suggestion_interval: Duration::from_secs(2),
            suggestions: 5,
            speeches: 4,
            only_this_machine: false,
        }
    }
}
