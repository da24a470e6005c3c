//! What a client wrote, read.

use serde::Deserialize;
use serde_json::{Map, Value};
use wire::protocol::Command;

/// What a client wrote, and the label that its answer must carry.
///
/// It can't be printed for debugging: a command may hold the token.
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
