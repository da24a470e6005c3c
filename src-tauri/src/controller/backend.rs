//! Answers what the window's page asks. Each command is a line or two: what it means is decided elsewhere.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::json;
use station::{doctor, folders, welcome};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use wire::steering::{CallOrder, CallOutcome};
use wire::window::{Backend, Command, DesktopOffers, Report, SettingsSaved, TestCall};
use wire::{
    EngineChosen, EngineOrder, Failure, KnownServer, LogLine, Order, Outcome, ServiceName,
    SettingsChanges, SettingsForm, SettingsProblem, Snapshot,
};

use super::app::{App, Request};
use super::desktop::Desktop;
use super::{settings, test_call};
use crate::window::Question;
use crate::{logging, platform};

/// How many questions are answered at a time. Suggestions wait for as long as their turn takes, several in each call.
const AT_A_TIME: usize = 256;

/// How long a tray may take to be found: the window's page asks once, right at the start.
const TRAY: Duration = Duration::from_secs(1);

/// Answers all that the window asks, until nobody can ask any more.
pub(crate) async fn answer<D: Desktop>(app: Arc<App<D>>, mut questions: mpsc::Receiver<Question>) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            question = questions.recv(), if under_way.len() < AT_A_TIME => {
                let Some(question) = question else { break };
                let app = Arc::clone(&app);
                under_way.spawn(async move { answer_one(&app, question).await });
            }
            Some(_) = under_way.join_next() => {}
        }
    }
    // The window goes before the app when it has asked for the app's end or its start afresh, which go on without it.
    while under_way.join_next().await.is_some() {}
}

async fn answer_one<D: Desktop>(app: &App<D>, question: Question) {
    let asked = json!({ "command": question.command, "payload": question.payload });
    let answer = match serde_json::from_value::<Command>(asked) {
        Ok(command) => command.carried_out(app).await,
        Err(error) => Err(Failure::system(error)),
    };
    let answer = answer.and_then(|answer| serde_json::to_value(answer).map_err(Failure::system));
    question.answer(answer).await;
}

impl<D: Desktop> Backend for App<D> {
    async fn snapshot(&self) -> Result<Snapshot, Failure> {
        Ok(self.snapshots.borrow().clone())
    }

    async fn order(&self, order: Order) -> Result<Outcome, Failure> {
        (self.orders)(order).await
    }

    async fn steer(&self, order: CallOrder) -> Result<CallOutcome, Failure> {
        (self.steer)(order).await
    }

    async fn choose_engine(&self, order: EngineOrder) -> Result<EngineChosen, Failure> {
        (self.choose)(order).await
    }

    async fn pending_confirmation(&self) -> Result<Option<ServiceName>, Failure> {
        Ok(self.desktop.page_is_ready())
    }

    async fn desktop(&self) -> Result<DesktopOffers, Failure> {
        let mut tray_host = self.desktop.tray_host();
        let comes = tokio::time::timeout(TRAY, tray_host.wait_for(|has_host| *has_host)).await;
        let tray = matches!(comes, Ok(Ok(_)));
        Ok(DesktopOffers { tray, all_are_asked: platform::ALL_ARE_ASKED_TO_END })
    }

    async fn launch_at_login(&self) -> Result<bool, Failure> {
        self.desktop.launches_at_login().map_err(Failure::system)
    }

    async fn set_launch_at_login(&self, on: bool) -> Result<(), Failure> {
        self.desktop.set_launch_at_login(on).map_err(Failure::system)?;
        // The tray shows it as well. An error means that the app is ending.
        let _ = self.requests.send(Request::ReadLoginItem).await;
        Ok(())
    }

    async fn quit(&self) -> Result<(), Failure> {
        Self::quit(self).await;
        Ok(())
    }

    async fn restart(&self) -> Result<(), Failure> {
        Self::restart(self).await.map_err(Failure::system)
    }

    async fn settings(&self) -> Result<SettingsForm, Failure> {
        settings::form()
    }

    async fn check_settings(
        &self,
        changes: SettingsChanges,
    ) -> Result<Option<SettingsProblem>, Failure> {
        settings::problem(&changes)
    }

    async fn save_settings(
        &self,
        changes: SettingsChanges,
        even_if_taken: bool,
    ) -> Result<SettingsSaved, Failure> {
        settings::save(self, changes, even_if_taken).await
    }

    async fn log(&self, after: u32) -> Result<Vec<LogLine>, Failure> {
        Ok(self.journal.after(after))
    }

    async fn open_logs(&self) -> Result<(), Failure> {
        let folder = folders::needed(logging::folder()).map_err(Failure::system)?;
        self.desktop.open_folder(&folder).map_err(Failure::system)
    }

    async fn report(&self) -> Result<Report, Failure> {
        let snapshot = self.snapshots.borrow().clone();
        let report = doctor::Report::draw_up(station::running(), Ok(Some(snapshot))).await;
        let report = report.map_err(Failure::system)?;
        let lines = report.lines(SystemTime::now().into());
        Ok(Report { findings: report.findings, lines })
    }

    async fn known_servers(&self) -> Result<Vec<KnownServer>, Failure> {
        Ok(station::known_servers().await)
    }

    async fn test_call(&self) -> Result<TestCall, Failure> {
        let addresses = test_call::addresses(&self.snapshots.borrow());
        self.test_line.place(&self.settings, &addresses, self.snapshots.clone()).await
    }

    async fn end_test_call(&self) -> Result<(), Failure> {
        self.test_line.hang_up();
        Ok(())
    }

    async fn is_first_run(&self) -> Result<bool, Failure> {
        Ok(welcome::is_first_run())
    }

    async fn was_welcomed(&self) -> Result<(), Failure> {
        welcome::was_welcomed().map_err(Failure::system)
    }
}
