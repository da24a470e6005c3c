//! The truth about a port.

use serde::{Deserialize, Serialize};

use crate::{Holder, Identity, ServiceName, Timestamp};

/// A port's state. `Listening` is a proof, not a flag: we hold the listener, the kernel names nobody else on the port,
/// and the service has answered our own probe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[derive(Serialize, Deserialize, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PortState {
    /// Switched off on purpose.
    Stopped,
    /// An attempt to bind is being made: the first is 1, the last `attempts`.
    Binding { attempt: u32, attempts: u32 },
    /// An attempt failed; the next follows at `next_at`, or at once when the holder leaves.
    Waiting { attempt: u32, attempts: u32, next_at: Timestamp, cause: Cause },
    /// The listener is ours since then; the proof is under way.
    Proving { since: Timestamp },
    /// Proven, without a break since then, and at `proven_at` for the last time.
    Listening { since: Timestamp, proven_at: Timestamp },
    /// Proven, but since the proof before somebody was turned away or had to make way, for want of a place. Our own and
    /// those who show who they are still get in.
    Crowded {
        since: Timestamp,
        proven_at: Timestamp,
        /// How many were turned away, or had to make way, between the last two proofs.
        turned_away: u32,
        /// The programs of this machine that have most of the connections, those with the most first.
        by: Vec<Crowding>,
    },
    /// We listen, and so does somebody else: connections may go astray.
    Shared {
        since: Timestamp,
        cause: Cause,
        /// Whether a setting allows it.
        is_intended: bool,
    },
    /// We hold the listener, but our own probe gets no answer.
    Silent { since: Timestamp, why: Silence },
    /// The attempts are used up. The holder is still watched: when it leaves, we bind.
    Taken { attempts: u32, cause: Cause },
    /// The system will not let us.
    Refused { refusal: Refusal },
}

/// A program of this machine with connections to a crowded port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Crowding {
    pub pid: u32,
    pub name: String,
    pub connections: u32,
}

/// Why a port can't be ours, or not ours alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// These processes listen there.
    Held { holders: Vec<Holder> },
    /// These processes have reserved it without listening there.
    Reserved { holders: Vec<Holder> },
    /// These processes use it as their own end of a connection. They don't listen, so they are never ended for it.
    Connected { holders: Vec<Holder> },
    /// A program listens there that we may not see, for it belongs to somebody else.
    Hidden {
        user: Option<String>,
        /// What a person with more rights may run to learn more.
        command: String,
    },
    /// This process has ended and yet listens there: one that it started has the socket, and the system doesn't say which.
    Orphaned { pid: u32 },
    /// Another program of ours is to have it, though it may not listen there yet.
    Claimed { by: ServiceName },
    /// Only the closing connections of an earlier run, the last of which is gone at `free_at`.
    Lingering { free_at: Timestamp },
    /// We are out of descriptors or buffers; the port itself may be free.
    Exhausted,
    /// The system says that it is in use and names nobody.
    Unseen {
        /// What a person with more rights may run to learn more.
        command: String,
    },
}

impl Cause {
    /// The processes that may be ended for it, if no guard objects.
    pub fn endable_holders(&self) -> &[Holder] {
        match self {
            Self::Held { holders } | Self::Reserved { holders } => holders,
            Self::Connected { .. }
            | Self::Hidden { .. }
            | Self::Orphaned { .. }
            | Self::Claimed { .. }
            | Self::Lingering { .. }
            | Self::Exhausted
            | Self::Unseen { .. } => &[],
        }
    }

    /// Whether this process has the port and nobody else.
    pub fn is_held_only_by(&self, process: &Identity) -> bool {
        let holders = self.endable_holders();
        !holders.is_empty() && holders.iter().all(|holder| holder.identity.is(process))
    }
}

/// Why a listener of ours gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    #[error("the service does not take its connections")]
    Unanswered,
    #[error("there are no file descriptors left to take connections with")]
    OutOfDescriptors,
    /// No connection gets through to it, for instance because the loopback interface is down.
    #[error("no connection gets through to it")]
    Unreachable,
    /// It is a program that runs, and nothing of it listens where it should.
    #[error("nothing of it listens there")]
    NotListening,
    /// It is a program that answers, but not as what it should be.
    #[error("it doesn't answer as what it should be")]
    OtherProtocol,
    /// The system does not tell who listens, so that nobody else can be ruled out.
    #[error("the system does not tell who listens on the port")]
    Unverifiable,
}

/// What the system objects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    #[error("the system allows this port only to privileged programs, or has reserved it")]
    NotPermitted,
    #[error("this machine has no such address")]
    NoSuchAddress,
    /// The system keeps these ports for itself, often for virtual machines.
    #[error("the system has reserved the ports {from} to {to}")]
    Reserved { from: u16, to: u16 },
    /// Anything else, in the system's words.
    #[error("{message}")]
    Other { message: String },
}

impl PortState {
    /// The words for all states, as on the wire.
    pub const WORDS: &[&str] = <Self as strum::VariantNames>::VARIANTS;

    /// The programs that have most of its connections, where it is crowded.
    pub fn crowd(&self) -> Option<&[Crowding]> {
        if let Self::Crowded { by, .. } = self { Some(by) } else { None }
    }

    /// The same, as it would be if nobody crowded it.
    #[must_use]
    pub fn uncrowded(self) -> Self {
        if let Self::Crowded { since, proven_at, .. } = self {
            Self::Listening { since, proven_at }
        } else {
            self
        }
    }

    /// Why the port isn't ours alone, where that is the trouble.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Waiting { cause, .. }
            | Self::Taken { cause, .. }
            | Self::Shared { cause, .. } => Some(cause),
            Self::Stopped
            | Self::Binding { .. }
            | Self::Proving { .. }
            | Self::Listening { .. }
            | Self::Crowded { .. }
            | Self::Silent { .. }
            | Self::Refused { .. } => None,
        }
    }
}
