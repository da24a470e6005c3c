//! What the tray's process and the window's say to each other: a JSON object on a line, over the standard input and output
//! of the window's. The input ends with the tray's process, so no window outlives it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wire::{Failure, ServiceName, Snapshot};

/// How long a line may be, in bytes.
pub(super) const LONGEST: u64 = 16 * 1024 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum FromTray {
    /// The window may go when it is closed: something can bring it back. Said first of all, and whenever it changes.
    MayGo { may_go: bool },
    /// The window is wanted on the screen, in front of all others, and where it was last if it is made for that. It is answered
    /// with [`FromWindow::Shown`] or [`FromWindow::NotShown`], unless the window is on its way out.
    Show { place: Option<Placement> },
    /// How everything is.
    Snapshot { snapshot: Box<Snapshot> },
    /// The page is to ask for the confirmation that frees a port.
    ConfirmFree { service: ServiceName },
    /// The answer to a question of the page.
    Answer { id: u64, answer: Result<Value, Failure> },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum FromWindow {
    /// The page asks for something. The answer is told apart by the number.
    Ask { id: u64, command: String, payload: Value },
    /// The page is loaded afresh, and listens to nothing until it says so.
    Loads,
    /// The window is on the screen, as the oldest open [`FromTray::Show`] wanted.
    Shown,
    /// It is not.
    NotShown { why: String },
    /// Whether it can be seen has changed: it was put away, or came back.
    Seen { is_seen: bool },
    /// Something did not go as it should.
    Warns { of: String },
    /// The window is closed. Its process ends, and does nothing more that it is told.
    Leaves { place: Option<Placement> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Placement {
    /// From the left and from the top, where the desktop tells that.
    pub(super) position: Option<(i32, i32)>,
    pub(super) size: (u32, u32),
}

pub(super) fn line(message: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_stays_on_its_line() {
        let said = FromTray::Answer { id: 7, answer: Ok(json!({ "text": "one\ntwo" })) };
        let line = line(&said).expect("JSON");
        let expected =
            "{\"say\":\"answer\",\"id\":7,\"answer\":{\"Ok\":{\"text\":\"one\\ntwo\"}}}\n";
        assert_eq!(String::from_utf8(line).expect("text"), expected);
    }

    #[test]
    fn a_failure_arrives_as_it_was_given() {
        let failure = Failure::NotHere { service: station::SUPERVISOR };
        let said = FromTray::Answer { id: 7, answer: Err(failure.clone()) };
        let line = line(&said).expect("JSON");
        let Ok(FromTray::Answer { id: 7, answer: Err(heard) }) = serde_json::from_slice(&line)
        else {
            panic!("another message arrived");
        };
        assert_eq!(heard, failure);
    }
}
