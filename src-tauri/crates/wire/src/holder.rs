//! Who holds a port, and what may be done about it.

use serde::{Deserialize, Serialize};

use crate::{ServiceName, Timestamp};

/// A process beyond doubt: a process id alone is soon used again by an innocent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Identity {
    pub pid: u32,
    /// When the kernel says it began, in the kernel's own unit. Only ever compared, never read.
    pub began: String,
    /// The path of its program, where it may be read.
    pub executable: Option<String>,
    /// The numeric id of its user, where the system has one.
    pub uid: Option<u32>,
    /// What tells its command line from another one: a program may become another one without a new process id. Only ever
    /// compared, never read; none where it may not be read, and from older builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "described", ts(optional))]
    pub command_digest: Option<String>,
}

impl Identity {
    /// Whether both name the same process, running the same program with the same command line. A command line of which
    /// one of them doesn't tell is not held against the other.
    pub fn is(&self, other: &Self) -> bool {
        let commands = self.command_digest.as_ref().zip(other.command_digest.as_ref());
        commands.is_none_or(|(its, others)| its == others)
            && (self.pid, self.uid) == (other.pid, other.uid)
            && self.began == other.began
            && self.executable == other.executable
    }

    /// Whether it is among these.
    pub fn is_among<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> bool {
        others.into_iter().any(|other| self.is(other))
    }
}

/// A process that listens on a port of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Holder {
    /// Which process exactly: this is what a confirmation sends back.
    pub identity: Identity,
    pub name: String,
    /// The command line, one element an argument.
    pub command_line: Vec<String>,
    pub user: Option<String>,
    pub started: Option<Timestamp>,
    /// Where it listens, for instance `0.0.0.0:9998`.
    pub address: String,
    pub kind: HolderKind,
    /// Whether it is frozen: it takes connections and never answers them.
    pub is_frozen: bool,
    /// Whether it has its socket from another holder, for instance from the parent that started it. All of them must
    /// end before the port is free.
    pub has_inherited: bool,
    /// The program of ours that it belongs to, if it does to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "described", ts(optional))]
    pub program: Option<ServiceName>,
    /// The program that started it or has adopted it, for instance `systemd (1)`. What starts it may start it again.
    pub started_by: Option<String>,
    /// Why we will not end it, or nothing if we would on confirmation.
    pub guard: Option<Guard>,
}

/// What we know of a holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    Program,
    OlderXswarm,
    /// The proxy of a container engine, which stands for a container.
    Container,
}

/// Why a process is never ended by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    #[error("it is xSwarm Voice itself")]
    Ourselves,
    #[error("it is the xSwarm Voice that is running; stop it from its tray or its terminal")]
    RunningXswarm,
    #[error("it is a program that xSwarm Voice runs; stop that service instead")]
    OurProgram,
    #[error("it is one of the programs that started xSwarm Voice")]
    Ancestor,
    #[error("it belongs to the operating system")]
    System,
    #[error("it belongs to another user")]
    AnotherUser,
    #[error("it stands for a container; stop the container instead")]
    Container,
}
