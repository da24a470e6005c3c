//! What those who steer may do to calls: suggest, speak, hang up. Each is answered with what really became of it.
//!
//! | | what it does | when it is done |
//! |---|---|---|
//! | [`Bridge::suggest`] | hands text to the engine of a call, the most urgent first | the engine has used it, or can't any more |
//! | [`Bridge::speak`] | has a system voice say text to a caller, word for word | the caller has heard it, or it was cut short |
//! | [`Bridge::hang_up`] | ends a call | the caller's side is told |

use std::time::Duration;

use wire::Timestamp;

use crate::Bridge;

/// Which call something is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The call of this number.
    Call(u64),
    /// The next call to begin.
    Next,
}

/// How urgent a suggestion is. The most urgent goes first; among equals, the one that has waited longest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// When there is nothing else.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// Why text was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such call.
    #[error("there is no call {call}")]
    NoSuchCall {
        /// Its number.
        call: u64,
    },
    /// The engine that answers the call can't be told anything.
    #[error("the engine of this call takes no text")]
    EngineTakesNoText {
        /// Whether [`Bridge::speak`] would do, because there is a system voice.
        can_speak: bool,
    },
    /// This machine has no voice that could say it.
    #[error("this machine has no voice: {hint}")]
    NoVoice {
        /// What to do about it.
        hint: &'static str,
    },
    /// The voice could not say it.
    #[error("the voice {voice} could not say it: {reason}")]
    Voice {
        /// Its name.
        voice: &'static str,
        /// Why not.
        reason: String,
    },
    /// There is nothing to say.
    #[error("the text is empty")]
    Empty,
    /// It is too long.
    #[error("the text is longer than {most} characters")]
    TooLong {
        /// How long it may be.
        most: usize,
    },
    /// Too much waits already.
    #[error("{most} suggestions wait already")]
    Full {
        /// How many may wait.
        most: usize,
    },
}

/// A suggestion that was taken and waits for its turn.
#[derive(Debug)]
pub struct Suggestion {
    fate: tokio::sync::oneshot::Receiver<Fate>,
}

/// What became of a suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The engine used it. The line check has then said all of it.
    Delivered {
        /// In which call.
        call: u64,
        /// When.
        at: Timestamp,
    },
    /// The caller cut in while it was said.
    CutShort {
        /// In which call.
        call: u64,
        /// How much of it was heard.
        after: Duration,
    },
    /// The engine tried and could not.
    Failed {
        /// In which call.
        call: u64,
        /// Why not.
        why: Refused,
    },
    /// It waited too long.
    Expired,
    /// The call ended before its turn came, or the bridge did.
    CallEnded,
}

impl Suggestion {
    /// Waits for what becomes of it. To drop it withdraws nothing.
    pub async fn fate(self) -> Fate {
        self.fate.await.unwrap_or(Fate::CallEnded)
    }
}

/// Text that is being said to a caller. To drop it before its end silences it.
#[derive(Debug)]
pub struct Speech {
    /// In which call.
    pub call: u64,
    /// How long it is.
    pub length: Duration,
    end: tokio::sync::oneshot::Receiver<Result<Duration, CutShort>>,
}

/// Speech ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was cut short after {} ms: {why}", after.as_millis())]
pub struct CutShort {
    /// How much of it was heard.
    pub after: Duration,
    /// Why.
    pub why: Cut,
}

/// Why speech was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// The caller spoke or pressed a key, or something more urgent was to be said.
    #[error("somebody cut in")]
    Interrupted,
    /// The call ended.
    #[error("the call ended")]
    CallEnded,
}

impl Speech {
    /// Waits until the caller has heard it, and tells how long it took.
    ///
    /// # Errors
    /// If it was cut short.
    pub async fn heard(&mut self) -> Result<Duration, CutShort> {
        let ended = CutShort { after: Duration::ZERO, why: Cut::CallEnded };
        (&mut self.end).await.unwrap_or(Err(ended))
    }
}

/// There is no call of this number, or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no call {0}")]
pub struct NoSuchCall(pub u64);

impl Bridge {
    /// The name of the system's voice that says free text, if there is one.
    #[must_use]
    pub fn voice(&self) -> Option<&'static str> {
        None
    }

    /// Suggests something to the engine of a call, to be used at its next opportunity.
    ///
    /// # Errors
    /// If it isn't taken.
    pub fn suggest(
        &self,
        whom: Whom,
        _text: &str,
        _priority: Priority,
    ) -> Result<Suggestion, Refused> {
        match whom {
            Whom::Call(call) => Err(Refused::NoSuchCall { call }),
            Whom::Next => Err(Refused::EngineTakesNoText { can_speak: false }),
        }
    }

    /// Says this to the caller of a call, after what is being said to them. Returns when it was made into sound.
    ///
    /// # Errors
    /// If it can't be said.
    pub async fn speak(&self, call: u64, _text: &str) -> Result<Speech, Refused> {
        std::future::ready(Err(Refused::NoSuchCall { call })).await
    }

    /// Hangs up. The call is off the list when its end was told to the caller's side.
    ///
    /// # Errors
    /// If there is no such call.
    pub fn hang_up(&self, call: u64) -> Result<(), NoSuchCall> {
        let line = self.roster.line(call).ok_or(NoSuchCall(call))?;
        line.hang_up.cancel();
        Ok(())
    }
}
