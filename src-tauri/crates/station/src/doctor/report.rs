//! What the report holds, and where each part of it comes from.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Serialize, Serializer};
use wire::{Note, Service, SettingsProblem, Snapshot, Timestamp, TurnedAway};

use super::{findings, footing, system, text};
use crate::installation::kill_log::{self, Record};
use crate::installation::login_item::{Entry, LoginItem};
use crate::services::{self, Row};
use crate::settings::Loaded;
use crate::view::View;
use crate::{Desktop, OpenError, Role, Running, Settings, installation::folders};

/// How many of the processes that were ended last are told of.
const ENDED: usize = 5;

/// Everything that matters when something is wrong.
#[derive(Serialize)]
pub struct Report {
    /// What needs to be done; nothing if all is well.
    pub findings: Vec<String>,
    /// The version of this program.
    pub(super) version: &'static str,
    /// The xSwarm Voice that runs, if one does.
    pub(super) running: Option<Runner>,
    pub(super) system: System,
    pub(super) settings: SettingsFile,
    /// The folder of the token, the lock and the logs.
    pub(super) data: PathBuf,
    pub(super) login_item: LoginState,
    /// Whether the desktop shows tray icons, as far as an app that runs has found out.
    pub(super) has_tray: Option<bool>,
    pub(super) services: Vec<Known>,
    /// Who was turned away since the start, as far as the xSwarm Voice that runs tells.
    pub(super) turned_away: Vec<TurnedAway>,
    pub(super) notes: Vec<Note>,
    /// The processes that were ended last for a port, the latest last.
    pub(super) ended: Vec<Record>,
}

/// The xSwarm Voice that runs.
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
    /// All that is wrong with it, line by line.
    pub(super) problems: Vec<SettingsProblem>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum LoginState {
    Read(Entry),
    Unreadable { problem: String },
}

/// What is known of a service.
pub(super) enum Known {
    /// By what the xSwarm Voice that runs tells of it.
    Told(Service),
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

impl Report {
    /// Draws it up from what the xSwarm Voice that runs, if one does, has told of itself, or from why it told nothing.
    ///
    /// # Errors
    /// If the system names no home folder.
    pub async fn draw_up(
        running: Option<Running>,
        told: Result<Option<Snapshot>, String>,
    ) -> Result<Self, OpenError> {
        let folder = folders::config().ok_or(OpenError::Homeless)?;
        let data = folders::data().ok_or(OpenError::Homeless)?;
        let Loaded { settings, path, problems } = Settings::load(&folder);
        let problem = problems.first().map(ToString::to_string);
        let file = SettingsFile { path, problem, problems };
        let (snapshot, problem) = match told {
            Ok(snapshot) => (snapshot, None),
            Err(problem) => (None, Some(problem)),
        };
        let services = services(&settings, snapshot.as_ref()).await;
        let (turned_away, notes) = snapshot
            .as_ref()
            .map(|snapshot| (snapshot.turned_away.clone(), snapshot.notes.clone()))
            .unwrap_or_default();
        let has_tray = running.as_ref().and_then(|running| Desktop::of(&running.identity));
        let capabilities = crate::capabilities();
        let mut report = Self {
            findings: Vec::new(),
            version: crate::VERSION,
            running: running.map(|running| Runner {
                pid: running.identity.pid,
                since: running.since,
                role: running.role,
                version: snapshot.as_ref().map(|snapshot| snapshot.version.clone()),
                problem,
            }),
            system: System {
                name: system::name(),
                lists_sockets: capabilities.has_list,
                reports_closed_sockets: capabilities.has_closings,
            },
            settings: file,
            data,
            login_item: match LoginItem::ours().and_then(|item| item.entry()) {
                Ok(entry) => LoginState::Read(entry),
                Err(error) => LoginState::Unreadable { problem: error.to_string() },
            },
            has_tray: has_tray.map(|desktop| desktop.has_tray),
            services,
            turned_away,
            notes,
            ended: kill_log::last(ENDED),
        };
        report.findings = findings::of(&report, SystemTime::now().into());
        report.findings.extend(footing::findings(&folder, &report.data, &report.notes));
        Ok(report)
    }

    /// The report for people, line by line. The verdict is the last.
    #[must_use]
    pub fn lines(&self, now: Timestamp) -> Vec<String> {
        text::lines(self, now)
    }
}

/// What is known of each service: told, where that is possible, and else seen.
async fn services(settings: &Settings, snapshot: Option<&Snapshot>) -> Vec<Known> {
    let told = snapshot.map(|snapshot| snapshot.services.as_slice()).unwrap_or_default();
    let mut known: Vec<_> = told.iter().cloned().map(Known::Told).collect();
    for row in services::all() {
        if told.iter().all(|service| service.name != row.name) {
            let views = View::of(&row, settings).await;
            known.push(Known::Seen(row, views));
        }
    }
    known
}
