//! What happens in calls and leaves no trace in the snapshot.

use serde::{Deserialize, Serialize};

use crate::steering::{CallFailure, CallOutcome};

/// Something that happens in a call and that no state tells of afterwards. It may hold words, so it is never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "happening", rename_all = "snake_case")]
pub enum Happening {
    /// The caller has ended an utterance.
    Utterance {
        /// In which call.
        call: u64,
        /// How long it was, in milliseconds.
        duration_ms: u64,
    },
    /// What the caller has said was written down.
    Transcript {
        /// In which call.
        call: u64,
        /// What was said.
        text: String,
    },
    /// What became of a suggestion that came from elsewhere than port 9999.
    SuggestionEnded {
        /// What was suggested.
        text: String,
        /// What became of it.
        end: Result<CallOutcome, CallFailure>,
    },
    /// The engine has said something of its own.
    EngineText {
        /// In which call.
        call: u64,
        /// What it has said, or the next piece of it.
        text: String,
    },
}
