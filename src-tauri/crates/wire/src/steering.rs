//! The terms in which calls are steered: for whom, how urgently, why not, and what became of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Which call something is for: its number, or `"next"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// The next call to begin.
    Next,
    /// The call of this number.
    #[serde(untagged)]
    Call(u64),
}

/// How urgent a suggestion is. The most urgent goes first; among equals, the one that has waited longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[derive(Serialize, Deserialize, strum::Display, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

/// Something to be done about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum CallOrder {
    /// End it.
    HangUp { call: u64 },
    /// Suggest something to its engine.
    Suggest(Suggesting),
    /// Have a voice say something to its caller, word for word.
    Speak(Speaking),
    /// Silence what is being said.
    StopSpeech(Silencing),
}

impl CallOrder {
    /// The words that it is about, if it is about any.
    pub fn text(&self) -> &str {
        match self {
            Self::Suggest(Suggesting { text, .. }) | Self::Speak(Speaking { text, .. }) => text,
            Self::HangUp { .. } | Self::StopSpeech(_) => "",
        }
    }
}

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Suggesting {
    pub text: String,
    #[serde(default)]
    pub priority: Priority,
    /// For which call. Without it: the only one that goes on, or the next to begin.
    #[serde(default)]
    pub call: Option<Whom>,
}

/// Text to be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Speaking {
    pub text: String,
    /// To which call. Without it and `stream_sid`: the only one that goes on.
    #[serde(default)]
    pub call: Option<u64>,
    /// The same, as the call's carrier names its stream or the call itself.
    #[serde(default)]
    pub stream_sid: Option<String>,
}

/// Speech to be silenced: what all of these say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Silencing {
    /// What is being said in this call.
    #[serde(default)]
    pub call: Option<u64>,
    /// The piece of this number.
    #[serde(default)]
    pub speech: Option<u64>,
}

/// What an order for a call has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CallOutcome {
    /// The call was ended.
    HungUp { call: u64 },
    /// A suggestion was taken, and waits for its turn: in that call, or in the next to begin.
    Suggested { suggestion: u64, call: Option<u64> },
    /// A suggestion was used by the engine.
    Delivered { suggestion: u64, call: u64, at: Timestamp },
    /// Text is being said to a caller.
    Speaking { call: u64, speech: u64, length_ms: u64 },
    /// A caller has heard it all.
    Heard { call: u64, speech: u64, duration_ms: u64 },
    /// So many pieces of speech were silenced.
    SpeechStopped { stopped: u64 },
}

/// Why an order for a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "described", derive(ts_rs::TS))]
#[serde(tag = "call_failure", rename_all = "snake_case")]
pub enum CallFailure {
    #[error("there is no call {call}")]
    NoSuchCall { call: u64 },
    /// A suggestion was not taken.
    #[error("{0}")]
    NotTaken(Refused),
    /// A suggestion was taken and came to nothing.
    #[error("{why}")]
    NotDelivered {
        suggestion: u64,
        call: Option<u64>,
        #[serde(flatten)]
        why: Refused,
    },
    /// A suggestion waited too long.
    #[error("it waited too long")]
    Expired { suggestion: u64 },
    /// A caller has not heard what was to be said, or not all of it.
    #[error("{why}")]
    NotHeard {
        call: Option<u64>,
        speech: Option<u64>,
        /// How much of it was heard, where anybody knows.
        heard_ms: Option<u64>,
        #[serde(flatten)]
        why: Refused,
    },
}

/// What became of a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The engine used it. The line check has then said all of it.
    Delivered { call: u64, at: Timestamp },
    /// It came to nothing, in that call if it came so far.
    Failed { call: Option<u64>, why: Refused },
    /// It waited too long.
    Expired,
}

impl Fate {
    /// The call ended before its turn came, or the bridge did.
    pub fn call_ended() -> Self {
        Self::Failed { call: None, why: Reason::CallEnded.into() }
    }
}

/// Speech ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutShort {
    /// How much of it was heard. Where the call has ended, nobody knows.
    pub after: Option<Duration>,
    pub why: Refused,
}

/// Why something did not come to pass, as a word for programs and as a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[error("{text}")]
pub struct Refused {
    /// The sentence, without a full stop.
    #[serde(rename = "reason")]
    pub text: String,
    #[serde(rename = "code")]
    pub reason: Reason,
    /// Whether saying the same word for word would do instead.
    pub can_speak: bool,
}

impl Refused {
    /// With this word and this sentence.
    pub fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self { text: text.into(), reason, can_speak: false }
    }

    /// There is no call of this number.
    pub fn no_such_call(call: u64) -> Self {
        Self::new(Reason::NoSuchCall, format!("there is no call {call}"))
    }

    /// The text is longer than so many characters.
    pub fn too_long(most: usize) -> Self {
        Self::new(Reason::TooLong, format!("the text is longer than {most} characters"))
    }

    /// So many suggestions wait already, and no more may. The words are those of the earlier xSwarm.
    pub fn queue_full(most: usize) -> Self {
        Self::new(Reason::QueueFull, format!("Queue full ({most}/{most})"))
    }
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::new(reason, reason.to_string())
    }
}

/// Why something did not come to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// There is no such call, or none at all.
    #[error("there is no such call")]
    NoSuchCall,
    /// Several calls go on, and none of them was named.
    #[error("several calls go on")]
    Ambiguous,
    #[error("the engine of this call takes no text")]
    EngineTakesNoText,
    #[error("this call's sound goes from the model to its client as it is")]
    TakesNoSpeech,
    #[error("this machine has no voice")]
    NoVoice,
    #[error("the voice could not say it")]
    VoiceFailed,
    #[error("the text is empty")]
    Empty,
    #[error("the text is too long")]
    TooLong,
    #[error("too much waits already")]
    QueueFull,
    #[error("it came too soon after the one before")]
    RateLimited,
    /// The caller spoke or pressed a key, or something more urgent was to be said.
    #[error("somebody cut in")]
    Interrupted,
    /// A client has stopped it.
    #[error("it was stopped")]
    Stopped,
    #[error("the call ended first")]
    CallEnded,
}
