//! What clients ask for.

use serde::{Deserialize, Serialize};

use crate::steering::{CallOrder, Silencing, Speaking, Suggesting};
use crate::{EngineOrder, Identity, Order, ServiceName};

/// What a client asks for. It can't be printed for debugging, for it may hold the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Shows the token. It comes first.
    Auth { token: String },
    /// Is answered with a pong, even before the token.
    Ping,
    /// Suggests something to the engine of a call.
    InjectSuggestion(Suggesting),
    /// Has a voice say something to a caller, word for word.
    SynthesizeText(Speaking),
    /// Silences what is being said for clients: all of it, or what is meant.
    StopSpeech(Silencing),
    /// How everything is.
    Status,
    /// The calls that go on, and the last that ended.
    Calls,
    /// Chooses what is told from here on.
    Subscribe { kinds: Vec<Kind> },
    /// Ends a call.
    HangUp { call: u64 },
    /// Starts a service.
    Start { service: ServiceName },
    /// Stops a service.
    Stop { service: ServiceName },
    /// Restarts a service without letting its port go.
    Restart { service: ServiceName },
    /// Ends those who hold a service's port, and takes it.
    FreePort(Freeing),
    /// Chooses what answers calls from the next one on, and may name a server for it that was found.
    ChooseEngine(EngineOrder),
    /// The settings in force.
    Settings,
    /// The last lines of the log.
    Logs {
        #[serde(default)]
        lines: Option<usize>,
    },
    /// Ends this whole xSwarm Voice in order, and lets its ports go.
    Quit,
    /// Makes another token and ends the visits of all others who showed the one before.
    RenewToken { role: Role },
    /// What the archive understood, or was asked for by its clients, and belongs to other parts of xSwarm.
    #[serde(
        rename = "sms_received",
        alias = "email_received",
        alias = "claude_code_connect",
        alias = "claude_code_message",
        alias = "claude_code_disconnect",
        alias = "schedule_appointment",
        alias = "schedule_reminder",
        alias = "get_calendar",
        alias = "get_session_status"
    )]
    NotOffered,
}

/// A port to be freed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema))]
pub struct Freeing {
    pub service: ServiceName,
    /// The holders that were shown and whose end was agreed to.
    #[serde(default)]
    pub victims: Vec<Identity>,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema))]
#[derive(Serialize, Deserialize, strum::EnumString, strum::VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// To watch.
    Observe,
    /// To watch and to steer.
    Control,
}

/// What can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::VariantArray)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `status`: everything there is to show, whenever it changes.
    Status,
    /// `call_started`, `call_ended`.
    Calls,
    /// `levels`: who speaks, and how loud.
    Levels,
    /// `user_speech`: an utterance of a caller.
    Speech,
    /// `user_transcription`, `assistant_text`.
    Words,
    /// What becomes of suggestions, whoever made them.
    Suggestions,
    /// `service_changed`: services and their ports.
    Services,
    /// `engine_changed`, `model_changed`, `model_health_changed`.
    Engine,
}

impl Kind {
    /// All that there is to be told.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;
}

impl From<CallOrder> for Command {
    fn from(order: CallOrder) -> Self {
        match order {
            CallOrder::HangUp { call } => Self::HangUp { call },
            CallOrder::Suggest(suggesting) => Self::InjectSuggestion(suggesting),
            CallOrder::Speak(speaking) => Self::SynthesizeText(speaking),
            CallOrder::StopSpeech(silencing) => Self::StopSpeech(silencing),
        }
    }
}

impl From<Order> for Command {
    fn from(order: Order) -> Self {
        match order {
            Order::Start { service } => Self::Start { service },
            Order::Stop { service } => Self::Stop { service },
            Order::Restart { service } => Self::Restart { service },
            Order::FreePort { service, victims } => Self::FreePort(Freeing { service, victims }),
        }
    }
}
