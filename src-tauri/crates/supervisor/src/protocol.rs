//! The messages as they look on the wire.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Failure, Identity, Outcome, ServiceName, Snapshot};

/// What a client wrote, and the label that its answer must carry.
///
/// Neither this nor [`Command`] can be printed for debugging: a command may hold the token.
pub(crate) struct Request {
    pub(crate) id: Option<Value>,
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

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Command {
    Auth {
        token: String,
    },
    Ping,
    Status,
    Subscribe {
        kinds: Vec<Kind>,
    },
    Start {
        service: ServiceName,
    },
    Stop {
        service: ServiceName,
    },
    Restart {
        service: ServiceName,
    },
    FreePort {
        service: ServiceName,
        #[serde(default)]
        victims: Vec<Identity>,
    },
    /// What earlier versions of xSwarm understood, or were asked for by their clients.
    #[serde(
        rename = "inject_suggestion",
        alias = "synthesize_text",
        alias = "sms_received",
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

/// What can be subscribed to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Status,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Answer {
    AuthResult { success: bool, message: &'static str },
    Pong,
    Status { snapshot: Snapshot },
    Subscribed { kinds: Vec<Kind> },
    Outcome(Outcome),
    Failure(Failure),
    Error { code: Code, message: String },
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    NotAuthenticated,
    Invalid,
    NotOffered,
}

impl Request {
    pub(crate) fn read(text: &str) -> Self {
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(message) => {
                let id = message.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
                Self {
                    id,
                    command: Command::deserialize(Value::Object(message)).map_err(Misunderstood),
                }
            }
            Err(error) => Self { id: None, command: Err(Misunderstood(error)) },
        }
    }
}

impl Answer {
    pub(crate) fn authenticated() -> Self {
        Self::AuthResult { success: true, message: "Authenticated successfully" }
    }

    pub(crate) fn wrong_token() -> Self {
        Self::AuthResult { success: false, message: "Invalid authentication token" }
    }

    pub(crate) fn error(code: Code, message: impl Into<String>) -> Self {
        Self::Error { code, message: message.into() }
    }

    pub(crate) fn to_order(result: Result<Outcome, Failure>) -> Self {
        result.map_or_else(Self::Failure, Self::Outcome)
    }

    pub(crate) fn write(&self, id: Option<&Value>) -> String {
        #[derive(Serialize)]
        struct Labelled<'a> {
            #[serde(flatten)]
            answer: &'a Answer,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'a Value>,
        }
        serde_json::to_string(&Labelled { answer: self, id })
            .expect("names and plain values always make JSON")
    }
}
