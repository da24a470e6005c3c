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
    #[serde(with = "seconds")]
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

mod seconds {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}
