//! What a playout is asked and answers, and the marks by which it is known how far a caller has heard.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Bytes;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Out {
    /// The frame that was made.
    Frame,
    /// Silence, for a side that must always be sent something. It lies where frames lie.
    Silence,
    /// The next word of what is being said.
    Word(String),
    Mark(Mark),
    Clear,
    Message(Bytes),
}

/// Why it is asked what is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// It may be time, or something has changed.
    Clock,
    /// A frame of the caller's has come.
    Caller,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Out),
    /// The caller hears something until then at least; ask again.
    Wait(Instant),
    /// The caller hears nothing, and nothing is to be sent.
    Rest,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sound: Duration,
    /// How often the caller cut in.
    pub(crate) clears: u32,
    /// How often a frame was so late that the caller heard a gap.
    pub(crate) gaps: u32,
    /// How many pieces of sound were dropped because too much waited.
    pub(crate) dropped: u32,
    /// The time between when the last mark that was echoed should have been reached and its echo.
    pub(crate) round_trip: Option<Duration>,
    /// The longest of these.
    pub(crate) slowest_echo: Duration,
}

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
