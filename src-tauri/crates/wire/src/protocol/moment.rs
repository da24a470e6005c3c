//! A moment as the archive's clients read it: RFC 3339 in UTC, always with a fraction of a second.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(SystemTime);

impl From<SystemTime> for Moment {
    fn from(moment: SystemTime) -> Self {
        Self(moment)
    }
}

impl From<Timestamp> for Moment {
    fn from(Timestamp(milliseconds): Timestamp) -> Self {
        Self(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        humantime::parse_rfc3339_weak(&text).map(Self).map_err(D::Error::custom)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_micros(self.0).fmt(out)
    }
}

#[cfg(feature = "described")]
impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339 in UTC with six digits of a second, for instance 2026-11-23T15:40:18.123456Z."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_can_be_cut_at_the_t_and_at_the_dot() {
        let moment = Moment::from(Timestamp(1_762_616_418_000));
        let text = serde_json::to_value(moment).expect("it is text");
        assert_eq!(text, "2025-11-08T15:40:18.000000Z");
        assert_eq!(serde_json::from_value::<Moment>(text).ok(), Some(moment));
    }
}
