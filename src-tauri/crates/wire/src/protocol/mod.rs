//! Port 9999's messages: what a client may say, what it is told, and the label that both carry.

mod command;
mod message;
mod moment;
mod role;

use serde::Serialize;
use serde_json::Value;

pub use command::{Command, Freeing, Kind};
pub use message::{CallLevels, ErrorCode, Message};
pub use moment::Moment;
pub use role::Role;

/// A command or a message as text, with the `id` of its request.
///
/// # Panics
/// Never: names and plain values always make JSON.
#[must_use]
pub fn write(said: &impl Serialize, id: Option<&Value>) -> String {
    #[derive(Serialize)]
    struct Labelled<'a, T> {
        #[serde(flatten)]
        said: &'a T,
        id: &'a Value,
    }
    // Without a label there is nothing to flatten, which would take twice the time.
    let text = match id {
        None => serde_json::to_string(said),
        Some(id) => serde_json::to_string(&Labelled { said, id }),
    };
    text.expect("names and plain values always make JSON")
}
