//! The terms in which calls are steered: for whom, how urgently, why not, and what became of it.

use std::time::Duration;

use wire::Timestamp;

/// Which call something is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The call of this number.
    Call(u64),
    /// The next call to begin.
    Next,
}

/// How urgent a suggestion is. The most urgent goes first; among equals, the one that has waited longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// When there is nothing else.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// Why text was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such call.
    #[error("there is no call {call}")]
    NoSuchCall {
        /// Its number.
        call: u64,
    },
    /// The engine that answers the call can't be told anything.
    #[error("the engine of this call takes no text")]
    EngineTakesNoText {
        /// Whether [`crate::Bridge::speak`] would do, because there is a system voice and a way to be heard.
        can_speak: bool,
    },
    /// Nothing can be said in the call.
    #[error("this call's sound goes from the model to its client as it is")]
    TakesNoSpeech,
    /// This machine has no voice that could say it.
    #[error("this machine has no voice: {hint}")]
    NoVoice {
        /// What to do about it.
        hint: &'static str,
    },
    /// The voice could not say it.
    #[error("the voice {voice} could not say it: {reason}")]
    Voice {
        /// Its name.
        voice: &'static str,
        /// Why not.
        reason: String,
    },
    /// There is nothing to say.
    #[error("the text is empty")]
    Empty,
    /// It is too long.
    #[error("the text is longer than {most} characters")]
    TooLong {
        /// How long it may be.
        most: usize,
    },
    /// Too much waits already.
    #[error("{most} suggestions wait already")]
    Full {
        /// How many may wait.
        most: usize,
    },
}

/// What became of a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The engine used it. The line check has then said all of it.
    Delivered {
        /// In which call.
        call: u64,
        /// When.
        at: Timestamp,
    },
    /// The caller cut in while it was said.
    CutShort {
        /// In which call.
        call: u64,
        /// How much of it was heard.
        after: Duration,
    },
    /// The engine tried and could not.
    Failed {
        /// In which call.
        call: u64,
        /// Why not.
        why: Refused,
    },
    /// It waited too long.
    Expired,
    /// The call ended before its turn came, or the bridge did.
    CallEnded,
}

/// Speech ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was cut short: {why}")]
pub struct CutShort {
    /// How much of it was heard. Where the call has ended, nobody knows.
    pub after: Option<Duration>,
    /// Why.
    pub why: Cut,
}

/// Why speech was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// The caller spoke or pressed a key, or something more urgent was to be said.
    #[error("somebody cut in")]
    Interrupted,
    /// The call ended.
    #[error("the call ended")]
    CallEnded,
}

/// There is no call of this number, or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no call {0}")]
pub struct NoSuchCall(pub u64);
