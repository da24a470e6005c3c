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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            origins: Vec::new(),
            connections: 32,
            login: Duration::from_secs(5),
        }
    }
}
