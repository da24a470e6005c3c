//! What a person or a program asks for, and the answers.

use serde::{Deserialize, Serialize};

use crate::steering::CallFailure;
use crate::{Cause, Guard, Holder, Identity, Service, ServiceName};

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "order", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Order {
    /// Start a stopped service; one that waits for its port tries at once.
    Start { service: ServiceName },
    /// Stop a service and let its port go.
    Stop { service: ServiceName },
    /// Restart a service without letting its port go: no connection is refused meanwhile.
    Restart { service: ServiceName },
    /// End the processes that hold a service's port, and take it.
    FreePort {
        service: ServiceName,
        /// The holders that the person was shown and agreed to end. With none of them the answer is
        /// [`Failure::Unconfirmed`], which lists them.
        victims: Vec<Identity>,
    },
}

impl Order {
    /// The service that the order is for.
    pub const fn service(&self) -> ServiceName {
        match self {
            Self::Start { service }
            | Self::Stop { service }
            | Self::Restart { service }
            | Self::FreePort { service, .. } => *service,
        }
    }
}

/// What an order led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The order was carried out as far as it depends on us; this is how the service is by then.
    Done { service: Service },
    /// The port was freed, and it is ours and proven.
    Freed {
        ended: Vec<Ended>,
        /// How long it took from the first signal to the proven listener, in milliseconds.
        took_ms: u32,
        service: Service,
    },
}

/// A process that was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Ended {
    pub identity: Identity,
    pub name: String,
    pub force: Force,
}

/// What it took to end a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// It had already gone.
    None,
    /// It was asked, and went.
    Polite,
    /// It did not go when asked, and was ended.
    Firm,
}

/// Why an order could not be carried out. The text is for logs and terminals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "failure", rename_all = "snake_case")]
pub enum Failure {
    #[error("this xSwarm Voice does not run the {service}")]
    NotHere { service: ServiceName },
    #[error("the {service} is not running")]
    NotRunning { service: ServiceName },
    #[error("nobody else holds the port of the {service}")]
    NothingToFree { service: ServiceName },
    /// The holders must be confirmed first.
    #[error("ending a program needs a confirmation that names it")]
    Unconfirmed { holders: Vec<Holder> },
    #[error("the port's holder cannot be seen from here")]
    NotVisible { cause: Cause },
    #[error("will not end {name} ({pid}): {guard}")]
    Refused { pid: u32, name: String, guard: Guard },
    /// The confirmed process is not the one that holds the port by now: it has gone, or runs another program or with another
    /// command line.
    #[error("process {pid} is no longer the program that was confirmed, and was not ended")]
    Changed { pid: u32 },
    /// The process outlived the firmest end that the system has.
    #[error("{name} ({pid}) could not be ended")]
    Survived { pid: u32, name: String },
    /// The confirmed processes are gone, but the port is not ours.
    #[error("the port is still not ours")]
    StillTaken { ended: Vec<Ended>, cause: Cause },
    /// Some of the confirmed processes are gone, and then this came in between.
    #[error("{then}")]
    Halfway { ended: Vec<Ended>, then: Box<Failure> },
    /// What was to answer calls can't be chosen.
    #[error("{why}")]
    NotChosen { why: String },
    /// In the system's words.
    #[error("{message}")]
    System { message: String },
    #[error("xSwarm Voice is ending")]
    Ending,
    /// It was an order for a call.
    #[error(transparent)]
    #[cfg_attr(feature = "described", schemars(skip))]
    Call(#[from] CallFailure),
}

impl Failure {
    /// Something that the system did not let us do, in its words.
    pub fn system(words: impl std::fmt::Display) -> Self {
        Self::System { message: words.to_string() }
    }

    /// The processes that were ended all the same.
    pub fn ended(&self) -> &[Ended] {
        match self {
            Self::StillTaken { ended, .. } | Self::Halfway { ended, .. } => ended,
            Self::NotHere { .. }
            | Self::NotRunning { .. }
            | Self::NothingToFree { .. }
            | Self::Unconfirmed { .. }
            | Self::NotVisible { .. }
            | Self::Refused { .. }
            | Self::Changed { .. }
            | Self::Survived { .. }
            | Self::NotChosen { .. }
            | Self::System { .. }
            | Self::Ending
            | Self::Call(_) => &[],
        }
    }

    /// The same failure, after these had been ended already.
    #[must_use]
    pub fn after(self, mut before: Vec<Ended>) -> Self {
        if before.is_empty() {
            return self;
        }
        for one in self.ended() {
            // Whoever had gone when their turn came is named once, with what has ended them.
            if !before.iter().any(|other| other.identity.is(&one.identity)) {
                before.push(one.clone());
            }
        }
        if let Self::StillTaken { cause, .. } = self {
            return Self::StillTaken { ended: before, cause };
        }
        let then = if let Self::Halfway { then, .. } = self { then } else { Box::new(self) };
        Self::Halfway { ended: before, then }
    }
}
