//! What the report holds.

use std::path::PathBuf;

use serde::{Serialize, Serializer};
use wire::{FoundServer, Model, Note, Service, SettingsProblem, Timestamp, TurnedAway};

use crate::Role;
use crate::installation::kill_log::Record;
use crate::installation::login_item::Entry;
use crate::services::Row;
use crate::view::View;

/// Everything that matters when something is wrong.
#[derive(Serialize)]
pub struct Report {
    /// What needs to be done; nothing if all is well.
    pub findings: Vec<String>,
    pub(super) version: &'static str,
    pub(super) running: Option<Runner>,
    pub(super) system: System,
    pub(super) settings: SettingsFile,
    /// The folder of the token, the lock and the logs.
    pub(super) data: PathBuf,
    pub(super) login_item: LoginState,
    /// Whether the desktop shows tray icons, as far as an app that runs has found out.
    pub(super) has_tray: Option<bool>,
    pub(super) services: Vec<Known>,
    /// The speech models that are set to answer calls, as far as the xSwarm Voice that runs tells.
    pub(super) models: Vec<Model>,
    /// Servers with speech models that are there and that nobody has named.
    pub(super) found: Vec<FoundServer>,
    /// Whether one of the models, if there are any, can answer calls.
    #[serde(skip)]
    pub(super) has_model: bool,
    /// Who was turned away since the start, as far as the xSwarm Voice that runs tells.
    pub(super) turned_away: Vec<TurnedAway>,
    pub(super) notes: Vec<Note>,
    /// The processes that were ended last for a port, the latest last.
    pub(super) ended: Vec<Record>,
}

#[derive(Serialize)]
pub(super) struct Runner {
    pub(super) pid: u32,
    pub(super) since: Timestamp,
    pub(super) role: Role,
    /// Its version, if it answers.
    pub(super) version: Option<String>,
    /// Why it doesn't answer, if that is known.
    pub(super) problem: Option<String>,
}

#[derive(Serialize)]
pub(super) struct System {
    pub(super) name: String,
    /// Whether it lists its sockets, by which a listener is proven to be ours alone.
    pub(super) lists_sockets: bool,
    /// Whether it reports closed sockets, by which a port is had as soon as it is let go.
    pub(super) reports_closed_sockets: bool,
}

#[derive(Serialize)]
pub(super) struct SettingsFile {
    pub(super) path: PathBuf,
    /// What is wrong with it first.
    pub(super) problem: Option<String>,
    pub(super) problems: Vec<SettingsProblem>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum LoginState {
    Read(Entry),
    Unreadable { problem: String },
}

pub(super) enum Known {
    /// By what the xSwarm Voice that runs tells of it.
    Told(Box<Service>),
    /// By what its port looks like from outside.
    Seen(Row, Vec<View>),
}

impl Serialize for Known {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Told(service) => service.serialize(to),
            Self::Seen(service, views) => View::json_of(service.name, views).serialize(to),
        }
    }
}
