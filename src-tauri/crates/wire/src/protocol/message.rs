//! What clients are told: answers, and the events that they have subscribed to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, Moment, Role};
use crate::steering::{CallFailure, CallOutcome, Reason, Refused};
use crate::{
    Call, CallPhase, Engine, EngineChosen, Failure, LogLine, Model, ModelServer, Outcome, Service,
    Snapshot,
};

/// What a client is told. Those up to `error` are the archive's, with its fields and further ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
#[rustfmt::skip]
pub enum Message {
    /// Whether the token is right.
    AuthResult { success: bool, message: String },
    /// The answer to a ping.
    Pong,
    /// A caller has said something that lasted so long.
    UserSpeech { duration_ms: u64, timestamp: Moment, call: u64 },
    /// What a caller has said, where the engine writes it down.
    UserTranscription { text: String, timestamp: Moment, call: u64 },
    /// A suggestion was taken, and waits for its turn.
    SuggestionApplied {
        text: String,
        timestamp: Moment,
        suggestion: u64,
        /// For which call; without it, for the next to begin.
        #[serde(skip_serializing_if = "Option::is_none")]
        call: Option<u64>,
    },
    /// A suggestion was not taken.
    SuggestionRejected(Refused),
    /// Text is being said to a caller.
    SynthesisStarted { text: String, timestamp: Moment, call: u64, speech: u64, length_ms: u64 },
    /// A caller has heard it all.
    SynthesisComplete { text: String, duration_ms: u64, timestamp: Moment, call: u64, speech: u64 },
    /// A caller has not heard it, or not all of it.
    SynthesisFailed {
        text: String,
        error: String,
        timestamp: Moment,
        code: Reason,
        /// How much of it was heard; not told where nobody knows, as when the call ended meanwhile.
        #[serde(skip_serializing_if = "Option::is_none")]
        heard_ms: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        call: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        speech: Option<u64>,
    },
    /// A message could not be understood, or not be obeyed.
    Error { code: ErrorCode, message: String },

    /// How everything is.
    Status { snapshot: Snapshot },
    /// What is told from here on.
    Subscribed { kinds: Vec<Kind> },
    /// What an order led to.
    Outcome(Outcome),
    /// Why an order could not be carried out.
    Failure(Failure),
    /// What answers calls from the next one on was chosen.
    EngineChosen(EngineChosen),
    /// The calls that go on, the oldest first, and the last that ended, the latest first.
    Calls { calls: Vec<Call>, ended_calls: Vec<Call> },
    /// A call was ended.
    HungUp { call: u64 },
    /// So many pieces of speech were silenced.
    SpeechStopped { stopped: u64 },
    /// The settings in force, without their secrets.
    Settings { settings: Value },
    /// The last lines of the log, the latest last: as text, and as what they are made of.
    Logs { lines: Vec<String>, #[serde(default)] entries: Vec<LogLine> },
    /// It is about to end in order.
    Quitting,
    /// There is another token; where it is kept only its owner can read.
    TokenRenewed { role: Role },

    /// A call has begun.
    CallStarted { call: Call, timestamp: Moment },
    /// A call has ended; its `end` says how.
    CallEnded { call: Call, timestamp: Moment },
    /// Who speaks in the calls, and how loud. Of several that wait, only the latest is told.
    Levels { calls: Vec<CallLevels>, timestamp: Moment },
    /// What the engine says of its own.
    AssistantText { text: String, timestamp: Moment, call: u64 },
    /// A suggestion was used by the engine.
    SuggestionDelivered { suggestion: u64, text: String, call: u64, timestamp: Moment },
    /// A suggestion came to nothing.
    SuggestionFailed {
        suggestion: u64,
        text: String,
        reason: String,
        code: Reason,
        #[serde(skip_serializing_if = "Option::is_none")]
        call: Option<u64>,
        timestamp: Moment,
    },
    /// A suggestion waited too long.
    SuggestionExpired { suggestion: u64, text: String, timestamp: Moment },
    /// A service or its port is another than before.
    ServiceChanged { service: Service, timestamp: Moment },
    /// Another engine answers calls.
    EngineChanged { engine: Engine, timestamp: Moment },
    /// The speech model that answers a call, or should, is in another state.
    ModelChanged { call: u64, model: ModelServer, timestamp: Moment },
    /// A speech model that is set to answer calls can be had, or can't any more, or is busy.
    ModelHealthChanged { model: Model, timestamp: Moment },
    /// So many events were dropped here, because the client reads too slowly.
    Lagged { lost: u64 },
}

/// Who speaks in a call, and how loud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema))]
pub struct CallLevels {
    pub call: u64,
    pub phase: CallPhase,
    /// How loud the caller is, in decibels below full scale; -100 is silence.
    pub heard_dbfs: i8,
    /// How loud we are.
    pub said_dbfs: i8,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The token comes first.
    NotAuthenticated,
    Invalid,
    NotOffered,
    /// The token that was shown is for watching only.
    Forbidden,
    NoSuchCall,
    System,
}

impl Message {
    /// The token is right.
    pub fn authenticated() -> Self {
        Self::AuthResult { success: true, message: "Authenticated successfully".to_owned() }
    }

    /// The token is wrong.
    pub fn wrong_token() -> Self {
        Self::AuthResult { success: false, message: "Invalid authentication token".to_owned() }
    }

    /// A message could not be understood, or not be obeyed.
    pub fn error(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Error { code, message: message.into() }
    }

    /// What came at that moment of an order for a call, about these words.
    pub fn of_call(
        steered: Result<CallOutcome, CallFailure>,
        text: String,
        timestamp: Moment,
    ) -> Self {
        match steered {
            Ok(CallOutcome::HungUp { call }) => Self::HungUp { call },
            Ok(CallOutcome::Suggested { suggestion, call }) => {
                Self::SuggestionApplied { text, timestamp, suggestion, call }
            }
            Ok(CallOutcome::Delivered { suggestion, call, at }) => {
                Self::SuggestionDelivered { suggestion, text, call, timestamp: at.into() }
            }
            Ok(CallOutcome::Speaking { call, speech, length_ms }) => {
                Self::SynthesisStarted { text, timestamp, call, speech, length_ms }
            }
            Ok(CallOutcome::Heard { call, speech, duration_ms }) => {
                Self::SynthesisComplete { text, duration_ms, timestamp, call, speech }
            }
            Ok(CallOutcome::SpeechStopped { stopped }) => Self::SpeechStopped { stopped },
            Err(CallFailure::NotTaken(why)) => Self::SuggestionRejected(why),
            Err(CallFailure::NotDelivered { suggestion, call, why }) => {
                let Refused { text: reason, reason: code, .. } = why;
                Self::SuggestionFailed { suggestion, text, reason, code, call, timestamp }
            }
            Err(CallFailure::Expired { suggestion }) => {
                Self::SuggestionExpired { suggestion, text, timestamp }
            }
            Err(CallFailure::NotHeard { call, speech, heard_ms, why }) => {
                let Refused { text: error, reason: code, .. } = why;
                Self::SynthesisFailed { text, error, timestamp, code, heard_ms, call, speech }
            }
            Err(none @ CallFailure::NoSuchCall { .. }) => {
                Self::error(ErrorCode::NoSuchCall, none.to_string())
            }
        }
    }

    /// The answer that tells these lines of the log.
    pub fn logs(entries: Vec<LogLine>) -> Self {
        let line = |LogLine { at, level, source, text, .. }: &LogLine| {
            format!("{} {:>5} {source}: {text}", Moment::from(*at), <&str>::from(level))
        };
        Self::Logs { lines: entries.iter().map(line).collect(), entries }
    }
}
