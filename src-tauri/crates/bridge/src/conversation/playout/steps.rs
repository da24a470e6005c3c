//! What a playout is asked, and what it answers.

use std::time::Duration;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Bytes;

use super::marks::Mark;

/// Something to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Out {
    /// The frame that was made.
    Frame,
    Mark(Mark),
    Clear,
    /// A message, as it is.
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

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send this.
    Send(Out),
    /// The caller hears something until then at least; ask again.
    Wait(Instant),
    /// The caller hears nothing, and nothing is to be sent.
    Rest,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How much sound was sent.
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
