//! Calls, as everybody may see them: whoever may ask is shown numbers and states, and never a phone number.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::steering::{CallFailure, CallOutcome, Refused};

/// A call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Call {
    /// Its number since the start.
    pub id: u64,
    pub from: Carrier,
    /// What its carrier calls it, where it tells: Twilio's `callSid`, for instance.
    pub carrier_id: Option<String>,
    pub engine: Engine,
    pub since: Timestamp,
    pub phase: CallPhase,
    /// How many utterances of the caller were played back.
    pub echoes: u32,
    pub heard: Heard,
    pub said: Said,
    /// The speech model that answers, where one does or should.
    pub model: Option<ModelServer>,
    /// The last words that were put into it or came out of its engine, where there are any.
    pub words: Option<Words>,
    /// How it ended, once it has.
    pub end: Option<CallEnd>,
    /// What would come to nothing in it, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_offered: Vec<NotOffered>,
}

/// Something that would come to nothing in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct NotOffered {
    pub way: Way,
    pub why: Refused,
}

/// A way in which something may be said in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It is suggested to the engine.
    Suggest,
    /// A voice says it word for word.
    Speak,
}

/// A speech model, and how it is with this call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct ModelServer {
    /// Where it is: host and port. Empty until the first is asked.
    pub server: String,
    pub state: ModelState,
}

/// How it is between a call and a speech model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    Connecting,
    /// It keeps the call waiting, most likely behind another client.
    Queued,
    /// It hears the caller.
    Ready,
    /// It has stopped answering in the middle of the session, which goes on: nothing comes though something should.
    Stalled,
    /// The session ended.
    Lost,
    /// It, or another, is asked again.
    Reconnecting,
    /// No model answers any more.
    Unanswered,
}

/// Who brings calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// Twilio Media Streams, or whatever speaks like it.
    Twilio,
    Telnyx,
    Plivo,
    /// A client of the MOSHI protocol.
    Moshi,
}

/// What goes on in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CallPhase {
    Quiet,
    Caller,
    /// We speak or play the caller back.
    Engine,
}

/// The caller's sound, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Heard {
    /// How loud it is, in decibels below full scale; -100 is silence.
    pub level_dbfs: i8,
    /// How much arrived, in milliseconds.
    pub sound_ms: u64,
    /// How much was lost before it arrived, in milliseconds.
    pub lost_ms: u64,
    /// By how much the last of it came later than the quickest of the last seconds, in milliseconds.
    pub lag_ms: u32,
    pub utterances: u32,
    pub keys: u32,
    /// How many pieces of it the engine was too slow to hear.
    pub dropped: u64,
    /// How many messages came that nobody should send who speaks as this caller does.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub odd: u64,
    /// How often the carrier's counter of time made a step that the clock on the wall didn't confirm.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps: u32,
}

fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

/// Our sound, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Said {
    /// How loud it is, in decibels below full scale; -100 is silence.
    pub level_dbfs: i8,
    /// How much was sent, in milliseconds.
    pub sound_ms: u64,
    /// How often the caller cut in.
    pub clears: u32,
    pub gaps: Gaps,
    /// From when a mark should have been reached to its echo, at the last mark whose echo came, in milliseconds.
    pub round_trip_ms: Option<u32>,
}

/// The times between frames that follow one another, in milliseconds. 20 is perfect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Gaps {
    /// Half of them are no longer.
    pub p50_ms: u16,
    /// 95 of 100 are no longer.
    pub p95_ms: u16,
    /// 99 of 100 are no longer.
    pub p99_ms: u16,
    /// How many frames came more than 40 ms after the one before.
    pub late: u32,
}

/// Words in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Words {
    pub by: Speaker,
    pub text: String,
    /// When they were taken in.
    pub at: Timestamp,
}

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Suggested,
    /// To be said to the caller, word for word.
    Dictated,
    Engine,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct CallEnd {
    pub at: Timestamp,
    pub by: EndedBy,
    pub reason: String,
}

/// By whom, or by what, a call was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Caller,
    Engine,
    /// Somebody who steers hung up.
    Supervisor,
    /// The voice bridge stopped.
    Bridge,
    Limit,
    /// The caller's side broke the rules.
    Fault,
    /// The connection broke.
    Lost,
}

/// What answers calls.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Engine {
    /// The built-in line check: no model, no network.
    #[default]
    LineCheck,
    /// A speech model behind a server of the MOSHI protocol.
    Moshi,
}

/// Something that happens in a call and that no state tells of afterwards. It may hold words, so it is never logged.
#[derive(Clone, PartialEq, Eq)]
pub enum Happening {
    /// The caller has ended an utterance.
    Utterance { call: u64, duration_ms: u64 },
    /// What the caller has said was written down.
    Transcript { call: u64, text: String },
    /// What became of a suggestion that came from elsewhere than port 9999.
    SuggestionEnded { text: String, end: Result<CallOutcome, CallFailure> },
    /// The engine has said something of its own, or the next piece of it.
    EngineText { call: u64, text: String },
}
