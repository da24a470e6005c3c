//! Where each part of the report comes from.

use std::time::SystemTime;

use wire::{Condition, Snapshot};

use super::report::{Known, LoginState, Report, Runner, SettingsFile, System};
use super::{findings, footing, system};
use crate::installation::login_item::LoginItem;
use crate::installation::{folders, kill_log};
use crate::settings::Loaded;
use crate::view::View;
use crate::{Desktop, OpenError, Running, Settings, services};

const ENDED: usize = 5;

impl Report {
    /// Draws it up from what the xSwarm Voice that runs, if one does, has told of itself, or from why it told nothing.
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
        let (turned_away, notes, models) = snapshot
            .as_ref()
            .map(|told| (told.turned_away.clone(), told.notes.clone(), told.models.clone()))
            .unwrap_or_default();
        let found = snapshot.as_ref().map(|told| told.found.clone()).unwrap_or_default();
        let has_model = snapshot.as_ref().and_then(Snapshot::models_condition);
        let has_tray = running.as_ref().and_then(|running| Desktop::of(&running.identity));
        let capabilities = ports::capabilities();
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
            models,
            found,
            has_model: has_model.is_none_or(|condition| condition == Condition::Well),
            turned_away,
            notes,
            ended: kill_log::last(ENDED),
        };
        report.findings = findings::of(&report, SystemTime::now().into());
        report.findings.extend(footing::findings(&folder, &report.data, &report.notes));
        Ok(report)
    }
}

/// What is known of each service: told, where that is possible, and else seen.
async fn services(settings: &Settings, snapshot: Option<&Snapshot>) -> Vec<Known> {
    let told = snapshot.map(|snapshot| snapshot.services.as_slice()).unwrap_or_default();
    let mut known: Vec<_> = told.iter().cloned().map(Box::new).map(Known::Told).collect();
    for row in services::all() {
        if told.iter().all(|service| service.name != row.name) {
            let views = View::of(&row, settings).await;
            known.push(Known::Seen(row, views));
        }
    }
    known
}
