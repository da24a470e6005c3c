//! Port 9999's messages: what a client may say, what it is told, and the label that both carry.

mod command;
mod message;
mod moment;

use serde::Serialize;
use serde_json::Value;

pub use command::{Command, Freeing, Kind, Role};
pub use message::{CallLevels, ErrorCode, Message};
pub use moment::Moment;

/// A command or a message as text, with the `id` of its request.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Order;
    use crate::steering::{CallOrder, Priority, Reason, Refused, Silencing, Suggesting, Whom};

    #[test]
    fn orders_are_written_as_the_commands_that_clients_know() {
        let text = "be brief".to_owned();
        let suggesting = Suggesting { text, priority: Priority::High, call: Some(Whom::Next) };
        let service = crate::ServiceName::literal("supervisor");
        for (command, expected) in [
            (
                Command::from(CallOrder::HangUp { call: 7 }),
                json!({"type": "hang_up", "call": 7, "id": 1}),
            ),
            (
                CallOrder::Suggest(suggesting).into(),
                json!({"type": "inject_suggestion", "text": "be brief", "priority": "high", "call": "next", "id": 1}),
            ),
            (
                CallOrder::StopSpeech(Silencing { call: Some(7), speech: None }).into(),
                json!({"type": "stop_speech", "call": 7, "speech": null, "id": 1}),
            ),
            (
                Order::Restart { service }.into(),
                json!({"type": "restart", "service": "supervisor", "id": 1}),
            ),
        ] {
            let written = write(&command, Some(&json!(1)));
            assert_eq!(serde_json::from_str::<Value>(&written).ok(), Some(expected));
            assert!(serde_json::from_str::<Command>(&written).is_ok_and(|read| read == command));
        }
    }

    #[test]
    fn a_message_is_read_as_it_was_written_whatever_else_a_later_version_tells() {
        let message = Message::SuggestionRejected(Refused::new(Reason::Empty, "the text is empty"));
        let written = write(&message, None);
        assert_eq!(serde_json::from_str(&written).ok(), Some(message));
        let later = r#"{"type": "lagged", "lost": 7, "since": "yesterday"}"#;
        assert_eq!(serde_json::from_str(later).ok(), Some(Message::Lagged { lost: 7 }));
        assert!(serde_json::from_str::<Message>(r#"{"type": "unheard_of"}"#).is_err());
    }
}
