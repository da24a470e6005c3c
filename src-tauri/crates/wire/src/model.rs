//! The speech models in the settings, and whether they can be had.

use serde::{Deserialize, Serialize};

use crate::{Condition, Engine, Sentence, ServiceName, Timestamp};

/// A server with a speech model, as people see it: what is set to answer calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Model {
    /// What speaks with it.
    pub engine: Engine,
    /// Where it is: host and port. Whatever else its address holds may be a key.
    pub server: String,
    /// Whether that is this machine.
    pub is_local: bool,
    pub health: ModelHealth,
    /// Since when it is so.
    pub since: Timestamp,
    /// When it was last asked, or showed by a call how it is.
    pub asked_at: Option<Timestamp>,
    /// How many calls it answers.
    pub calls: u32,
    /// What answers calls in its place where no server does, if anything.
    pub stand_in: Option<Engine>,
    /// How it is, in one word. Follows from `health` and `calls`.
    #[serde(default)]
    pub condition: Condition,
    /// The same as a word for its mark.
    #[serde(default)]
    pub word: String,
    /// How it is, without its name: `nobody listens there`.
    #[serde(default)]
    pub sentence: Sentence,
    /// What helps, and what becomes of calls meanwhile: whole sentences, or nothing.
    #[serde(default)]
    pub hint: String,
}

/// How it is with a server. Each but the first is something that it, or its place, has just shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "health", rename_all = "snake_case")]
pub enum ModelHealth {
    /// It has not been asked yet.
    Unknown,
    /// It answers as a server does that takes clients there.
    Reachable,
    /// It has as many calls as it takes, or keeps calls waiting.
    Busy,
    /// It can't be had.
    Unreachable { cause: ModelCause },
    /// It has taken a call, and is silent though it is to speak.
    Stalled,
}

/// Why a speech model can't be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum ModelCause {
    /// Nobody listens there.
    Refused,
    /// The name of its host can't be found.
    NoSuchName,
    /// It can't be connected in time.
    NoConnection,
    /// It encrypts, and is spoken to in plain.
    SpeaksTls,
    /// It speaks plain, and is spoken to encrypted.
    SpeaksPlain,
    /// Its certificate isn't taken.
    Certificate { fault: CertificateFault },
    /// It wants to know who asks: 401, 403 or 407.
    Unauthorized { status: u16 },
    /// It sends whoever asks elsewhere: to that address, as far as it holds no secrets.
    Redirect { to: String },
    /// It has nothing at that path.
    NotFound,
    /// It is something else: it answers, with that status if it speaks HTTP, and takes no clients there.
    NotMoshi { status: Option<u16> },
    /// It accepts connections, and never answers.
    Mute,
    /// It accepts connections, and closes them without an answer.
    HangsUp,
    /// It has a fault of its own, and says so by that status.
    Faulty { status: u16 },
    /// It takes calls, and drops them before a word is said.
    DropsCalls,
    /// It is a program of ours that the system can't start, for that reason.
    NotInstalled { service: ServiceName, reason: String },
    /// It is a program of ours that ended by itself, in that way.
    Crashed { service: ServiceName, reason: String },
    /// It is a program of ours that is on its way.
    Starting { service: ServiceName },
    /// It is a program of ours that somebody has stopped.
    Stopped { service: ServiceName },
    /// Anything else, as the system has it.
    Other { problem: String },
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CertificateFault {
    /// Nobody has signed it whom this system trusts.
    Untrusted,
    /// It is made out to another name.
    OtherName,
    /// It isn't valid any more, or not yet.
    Expired,
    /// Anything else: most are made by somebody for themselves, in a way that no authority does.
    Other,
}

impl Model {
    /// A server that has not been asked yet.
    pub fn unknown(engine: Engine, server: String, since: Timestamp) -> Self {
        let model = Self {
            engine,
            server,
            is_local: false,
            health: ModelHealth::Unknown,
            since,
            asked_at: None,
            calls: 0,
            stand_in: None,
            condition: Condition::default(),
            word: String::new(),
            sentence: Sentence::default(),
            hint: String::new(),
        };
        model.anew()
    }

    /// The same, with what follows from how it is.
    #[must_use]
    pub fn anew(mut self) -> Self {
        self.condition = match self.health {
            // A model that answers a call of ours does what it is there for.
            ModelHealth::Busy if self.calls > 0 => Condition::Well,
            ModelHealth::Reachable => Condition::Well,
            ModelHealth::Unknown
            | ModelHealth::Busy
            | ModelHealth::Unreachable { cause: ModelCause::Starting { .. } } => Condition::Busy,
            ModelHealth::Unreachable { .. } | ModelHealth::Stalled => Condition::NeedsYou,
        };
        self
    }

    /// Why it can't be had, if it can't.
    pub const fn cause(&self) -> Option<&ModelCause> {
        match &self.health {
            ModelHealth::Unreachable { cause } => Some(cause),
            ModelHealth::Unknown
            | ModelHealth::Reachable
            | ModelHealth::Busy
            | ModelHealth::Stalled => None,
        }
    }
}
