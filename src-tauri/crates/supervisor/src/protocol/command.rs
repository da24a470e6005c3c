//! What clients ask for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::steering::{Silencing, Speaking, Suggesting};
use wire::{Identity, ServiceName};

use crate::tokens::Role;

/// What a client wrote, and the label that its answer must carry.
///
/// Neither this nor [`Command`] can be printed for debugging: a command may hold the token.
pub(crate) struct Request {
    /// A string or a number.
    pub(crate) id: Option<Value>,
    /// What the message says that it is.
    pub(crate) name: String,
    pub(crate) command: Result<Command, Misunderstood>,
}

/// Why a message could not be understood. It may quote the message, so it is told to its sender only.
pub(crate) struct Misunderstood(serde_json::Error);

impl Misunderstood {
    /// The answer for a client who may know what commands there are.
    pub(crate) fn in_detail(&self) -> String {
        format!("Invalid message format: {}", self.0)
    }
}

/// What a client asks for.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Command {
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
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Freeing {
    pub(crate) service: ServiceName,
    /// The holders that were shown and whose end was agreed to.
    #[serde(default)]
    pub(crate) victims: Vec<Identity>,
}

/// What can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
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
    /// `engine_changed`, `model_changed`.
    Engine,
}

impl Request {
    pub(crate) fn read(text: &str) -> Self {
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(message) => {
                let id = message.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
                let name = message.get("type").and_then(Value::as_str).unwrap_or_default();
                let name = name.to_owned();
                let command = Command::deserialize(Value::Object(message)).map_err(Misunderstood);
                Self { id, name, command }
            }
            Err(error) => {
                Self { id: None, name: String::new(), command: Err(Misunderstood(error)) }
            }
        }
    }
}
