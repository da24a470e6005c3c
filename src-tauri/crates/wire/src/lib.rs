//! What crosses the process boundary: the window, port 9999 and the command line send an [`Order`] and get an
//! [`Outcome`] or a [`Failure`]; all that any of them shows is a function of the [`Snapshot`].
//!
//! Plain data. This crate knows nobody; it has no clock, no socket and no task.

#![expect(missing_docs, reason = "what is not explained is named as what it is")]

mod call;
mod engine;
mod found_server;
mod holder;
mod known_server;
mod log;
mod model;
mod order;
mod port;
mod program;
pub mod protocol;
mod sentence;
mod service;
mod service_name;
mod settings;
mod snapshot;
pub mod steering;
mod text;
pub mod window;

pub use call::{
    Call, CallEnd, CallPhase, Carrier, EndedBy, Engine, Gaps, Happening, Heard, ModelServer,
    ModelState, NotOffered, Said, Speaker, Way, Words,
};
pub use engine::{EngineChoice, EngineChosen, EngineOffer, EngineOrder};
pub use found_server::FoundServer;
pub use holder::{Guard, Holder, HolderKind, Identity};
pub use known_server::{CheckResult, KnownServer, Requirement, ServerCheck};
pub use log::{LogLevel, LogLine};
pub use model::{CertificateFault, Model, ModelCause, ModelHealth};
pub use order::{Ended, Failure, Force, Order, Outcome};
pub use port::{Cause, Crowding, PortState, Refusal, Silence};
pub use program::{Program, ServiceKind};
pub use sentence::{Piece, Sentence};
pub use service::{Companion, Condition, Face, Life, Mishap, Offer, Remedy, Service, Trouble};
pub use service_name::{NotAName, ServiceName};
pub use settings::{
    Setting, SettingValue, SettingsChanges, SettingsForm, SettingsProblem, SettingsSection,
};
pub use snapshot::{Note, SettingsEffect, Snapshot, TurnedAway};
pub use text::{HIDDEN, LEFT_OUT, LONGEST_NAME, bounded, bounded_name, plain, span};

use serde::{Deserialize, Serialize};

/// A moment, in milliseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[derive(Serialize, Deserialize)]
pub struct Timestamp(pub u64);

impl From<std::time::SystemTime> for Timestamp {
    fn from(moment: std::time::SystemTime) -> Self {
        let since = moment.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}
