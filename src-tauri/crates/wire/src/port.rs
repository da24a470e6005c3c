//! The truth about a port.

use serde::{Deserialize, Serialize};

use crate::{Holder, Timestamp};

/// A port's state. `Listening` is a proof, not a flag: we hold the listener, the kernel names nobody else on the port,
/// and the service has answered our own probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PortState {
    /// Switched off on purpose.
    Stopped,
    /// An attempt to bind is being made.
    Binding {
        /// Which attempt, from 1.
        attempt: u32,
        /// How many there will be.
        attempts: u32,
    },
    /// An attempt failed; the next follows at `next_at`, or at once when the holder leaves.
    Waiting {
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How many there will be.
        attempts: u32,
        /// When the next is made at the latest.
        next_at: Timestamp,
        /// Why it failed.
        cause: Cause,
    },
    /// The listener is ours; the proof is under way.
    Proving {
        /// Since when the listener is ours.
        since: Timestamp,
    },
    /// Proven.
    Listening {
        /// Since when it has been proven without a break.
        since: Timestamp,
        /// When it was last proven.
        proven_at: Timestamp,
    },
    /// We listen, and so does somebody else: connections may go astray.
    Shared {
        /// Since when.
        since: Timestamp,
        /// Who else.
        cause: Cause,
    },
    /// We hold the listener, but our own probe gets no answer.
    Silent {
        /// Since when.
        since: Timestamp,
    },
    /// The attempts are used up. The holder is still watched: when it leaves, we bind.
    Taken {
        /// How many attempts were made.
        attempts: u32,
        /// Why they failed.
        cause: Cause,
    },
    /// The system will not let us.
    Refused {
        /// What it objects to.
        refusal: Refusal,
    },
}

/// Why a port can't be ours, or not ours alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// These processes listen there.
    Held {
        /// All of them.
        holders: Vec<Holder>,
    },
    /// A program listens there that we may not see, for it belongs to somebody else.
    Hidden {
        /// The user's name.
        user: Option<String>,
    },
    /// Only the closing connections of an earlier run.
    Lingering {
        /// When the last of them is gone.
        free_at: Timestamp,
    },
    /// The system says that it is in use and names nobody.
    Unseen,
}

impl Cause {
    /// The processes that are known to listen there.
    #[must_use]
    pub fn holders(&self) -> &[Holder] {
        match self {
            Self::Held { holders } => holders,
            Self::Hidden { .. } | Self::Lingering { .. } | Self::Unseen => &[],
        }
    }
}

/// What the system objects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The port is for privileged programs, or reserved by the system.
    #[error("the system allows this port only to privileged programs, or has reserved it")]
    NotPermitted,
    /// The address isn't one of this machine's.
    #[error("this machine has no such address")]
    NoSuchAddress,
    /// Anything else, in the system's words.
    #[error("{message}")]
    Other {
        /// The system's words.
        message: String,
    },
}

impl PortState {
    /// Why the port isn't ours alone, where that is the trouble.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Waiting { cause, .. }
            | Self::Taken { cause, .. }
            | Self::Shared { cause, .. } => Some(cause),
            Self::Stopped
            | Self::Binding { .. }
            | Self::Proving { .. }
            | Self::Listening { .. }
            | Self::Silent { .. }
            | Self::Refused { .. } => None,
        }
    }
}
