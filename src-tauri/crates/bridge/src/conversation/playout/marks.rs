//! Marks: by what it is known how far a caller has heard.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What was to be heard before a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Something that the engine said of itself.
    Said(u32),
    /// An utterance of the caller, played back.
    Echo(u32),
}

impl fmt::Display for Mark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(number) => write!(out, "said-{number}"),
            Self::Echo(number) => write!(out, "echo-{number}"),
        }
    }
}

impl FromStr for Mark {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let (kind, number) = name.split_once('-').ok_or(())?;
        let number = number.parse().map_err(drop)?;
        match kind {
            "said" => Ok(Self::Said(number)),
            "echo" => Ok(Self::Echo(number)),
            _ => Err(()),
        }
    }
}

/// How something that was said ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// All of it was heard. The carrier tells how long its news takes, if it sends marks back.
    Whole {
        /// How long.
        round_trip: Option<Duration>,
    },
    /// Only a part of it was heard.
    Cut {
        /// How much.
        after: Duration,
    },
    /// Nobody knows, for the call ended.
    CallEnded,
}
