//! What the supervisor may do to calls, whoever holds them.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use wire::{Call, Timestamp};

/// Those who hold the calls. Each answer tells what really became of it.
pub trait Calls: Send + Sync + 'static {
    /// Suggests something to the engine of a call, the most urgent first. The result waits for what becomes of it; to
    /// drop it withdraws nothing.
    ///
    /// # Errors
    /// If it isn't taken.
    fn suggest(
        &self,
        whom: Whom,
        text: &str,
        priority: Priority,
    ) -> Result<BoxFuture<'static, Fate>, Refused>;

    /// Has a voice say this to a caller, word for word, until it is silenced. Returns when it was made into sound.
    fn speak(
        &self,
        call: u64,
        text: String,
        silenced: CancellationToken,
    ) -> BoxFuture<'static, Result<Speech, Refused>>;

    /// Ends a call, and tells whether there is one of this number.
    fn hang_up(&self, call: u64) -> bool;

    /// The number of the call whose stream its carrier calls by this name.
    fn named(&self, stream: &str) -> Option<u64>;
}

/// Which call a suggestion is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The call of this number.
    Call(u64),
    /// The next call to begin.
    Next,
}

/// How urgent a suggestion is. The most urgent goes first; among equals, the one that has waited longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// When there is nothing else.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// What became of a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The engine used it.
    Delivered {
        /// In which call.
        call: u64,
        /// When.
        at: Timestamp,
    },
    /// It came to nothing.
    Failed {
        /// In which call, if it came so far.
        call: Option<u64>,
        /// Why.
        why: Refused,
    },
    /// It waited too long.
    Expired,
}

/// Text that is being said to a caller.
pub struct Speech {
    /// How long it is.
    pub length: Duration,
    /// Waits until the caller has heard it, and tells how long it took; soon after it was silenced, how much was heard.
    pub end: BoxFuture<'static, Result<Duration, Cut>>,
}

/// Speech ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// How much of it was heard, where that is known.
    pub after: Option<Duration>,
    /// Why.
    pub why: Refused,
}

/// Why something did not come to pass, as a word for programs and as a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The word.
    pub reason: Reason,
    /// The sentence, without a full stop.
    pub text: String,
    /// Whether saying the same word for word would do instead.
    pub can_speak: bool,
}

/// Why something did not come to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// There is no such call, or none at all.
    NoSuchCall,
    /// Several calls go on, and none of them was named.
    Ambiguous,
    /// The engine of the call can't be told anything.
    EngineTakesNoText,
    /// Nothing can be said in the call, for its sound goes from a model to its client as it is.
    TakesNoSpeech,
    /// This machine has no voice that says free text.
    NoVoice,
    /// The voice could not say it.
    VoiceFailed,
    /// The text is empty.
    Empty,
    /// The text is too long.
    TooLong,
    /// Too much waits already.
    QueueFull,
    /// It came too soon after the one before.
    RateLimited,
    /// The caller spoke or pressed a key, or something more urgent was to be said.
    Interrupted,
    /// A client has stopped it.
    Stopped,
    /// The call ended first.
    CallEnded,
}

impl Refused {
    /// With this word and this sentence.
    #[must_use]
    pub fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self { reason, text: text.into(), can_speak: false }
    }
}

/// Several calls go on, and none was named.
pub(crate) fn ambiguous(calls: &[Call]) -> Refused {
    let numbers: Vec<String> = calls.iter().map(|call| call.id.to_string()).collect();
    let text = format!("several calls go on ({}); say which is meant", numbers.join(", "));
    Refused::new(Reason::Ambiguous, text)
}
