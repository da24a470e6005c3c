//! What a client wrote, read.

use serde::Deserialize;
use serde_json::{Map, Value};
use wire::protocol::Command;

/// What a client wrote, and the label that its answer must carry. It can't be printed: a command may hold the token.
pub(crate) struct Request {
    /// A string or a number.
    pub(crate) id: Option<Value>,
    /// What the message says that it is.
    pub(crate) name: String,
    /// The error may quote the message, so it is told to its sender only.
    pub(crate) command: serde_json::Result<Command>,
}

impl Request {
    pub(crate) fn read(text: &str) -> Self {
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(message) => {
                let id = message.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
                let name = message.get("type").and_then(Value::as_str).unwrap_or_default();
                let name = name.to_owned();
                Self { id, name, command: Command::deserialize(Value::Object(message)) }
            }
            Err(error) => Self { id: None, name: String::new(), command: Err(error) },
        }
    }
}
