//! Why a station is to be closed though nobody in front of it wants that.

use std::fmt;

/// Why a station is to be closed though nobody in front of it wants that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// Another xSwarm Voice has taken over.
    HandedOver,
    /// A client of the supervisor's port asked for it.
    Asked,
}

impl fmt::Display for Farewell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HandedOver => "another xSwarm Voice has taken over",
            Self::Asked => "a client of the supervisor asked for it",
        })
    }
}
