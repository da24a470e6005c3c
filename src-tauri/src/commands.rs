//! All that the window may ask for. Each command is a line or two: what it means is decided elsewhere.

mod looks;
mod setting;
mod test_call;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use station::login_item::LoginItem;
use station::welcome;
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use wire::window::{Backend, Command, DesktopOffers, Report, SettingsSaved, TestCall};
use wire::{
    Failure, LogLine, Order, Outcome, ServiceName, SettingsChanges, SettingsForm, SettingsProblem,
    Snapshot,
};

use crate::announce::Wish;
use crate::window::Question;
use crate::{Shell, ending, platform};

pub(crate) use test_call::Line as TestLine;

/// How many questions are answered at a time. Of those that wait for something long the window asks one each.
const AT_A_TIME: usize = 32;

/// How long a tray may take to be found: the window's page asks once, right at the start.
const TRAY: Duration = Duration::from_secs(1);

/// Answers all that the window asks, until nobody can ask any more.
pub(crate) async fn answer(app: AppHandle, mut questions: mpsc::Receiver<Question>) {
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            question = questions.recv(), if under_way.len() < AT_A_TIME => {
                let Some(question) = question else { break };
                under_way.spawn(answer_one(app.clone(), question));
            }
            Some(_) = under_way.join_next() => {}
        }
    }
    // The window goes before the app when it has asked for the app's end or its start afresh, which go on without it.
    while under_way.join_next().await.is_some() {}
}

async fn answer_one(app: AppHandle, question: Question) {
    let asked = json!({ "command": question.command, "payload": question.payload });
    let answer = match serde_json::from_value::<Command>(asked) {
        Ok(command) => command.carried_out(&App(app)).await,
        Err(error) => Err(failure(error)),
    };
    let answer = answer.and_then(|answer| serde_json::to_value(answer).map_err(failure));
    question.answer(answer).await;
}

/// What the window's page asks.
struct App(AppHandle);

impl App {
    fn shell(&self) -> Arc<Shell> {
        Arc::clone(&self.0.state::<Arc<Shell>>())
    }
}

impl Backend for App {
    async fn snapshot(&self) -> Result<Snapshot, Failure> {
        Ok(self.shell().snapshots.borrow().clone())
    }

    async fn order(&self, order: Order) -> Result<Outcome, Failure> {
        self.shell().orders.give(order).await
    }

    async fn pending_confirmation(&self) -> Result<Option<ServiceName>, Failure> {
        Ok(self.shell().window.page_is_ready())
    }

    async fn desktop(&self) -> Result<DesktopOffers, Failure> {
        let mut tray_host = self.shell().tray_host.clone();
        let comes = tokio::time::timeout(TRAY, tray_host.wait_for(|has_host| *has_host)).await;
        let tray = matches!(comes, Ok(Ok(_)));
        Ok(DesktopOffers { tray, all_are_asked: platform::ALL_ARE_ASKED_TO_END })
    }

    async fn launch_at_login(&self) -> Result<bool, Failure> {
        LoginItem::ours().and_then(|item| item.is_on()).map_err(failure)
    }

    async fn set_launch_at_login(&self, on: bool) -> Result<(), Failure> {
        LoginItem::ours().and_then(|item| item.set(on)).map_err(failure)?;
        // The tray shows it as well.
        let _ = self.shell().wishes.send(Wish::ReadLoginItem).await;
        Ok(())
    }

    async fn quit(&self) -> Result<(), Failure> {
        ending::quit(&self.0).await;
        Ok(())
    }

    async fn restart(&self) -> Result<(), Failure> {
        ending::restart(&self.0).await.map_err(failure)
    }

    async fn settings(&self) -> Result<SettingsForm, Failure> {
        setting::settings()
    }

    async fn check_settings(
        &self,
        changes: SettingsChanges,
    ) -> Result<Option<SettingsProblem>, Failure> {
        setting::check_settings(&changes)
    }

    async fn save_settings(
        &self,
        changes: SettingsChanges,
        even_if_taken: bool,
    ) -> Result<SettingsSaved, Failure> {
        setting::save_settings(&self.shell(), changes, even_if_taken).await
    }

    async fn log(&self, after: u32) -> Result<Vec<LogLine>, Failure> {
        Ok(self.shell().journal.after(after))
    }

    async fn open_logs(&self) -> Result<(), Failure> {
        looks::open_logs()
    }

    async fn report(&self) -> Result<Report, Failure> {
        looks::report(&self.shell()).await
    }

    async fn test_call(&self) -> Result<TestCall, Failure> {
        test_call::test_call(&self.shell()).await
    }

    async fn end_test_call(&self) -> Result<(), Failure> {
        test_call::hang_up(&self.shell());
        Ok(())
    }

    async fn is_first_run(&self) -> Result<bool, Failure> {
        Ok(welcome::is_first_run())
    }

    async fn was_welcomed(&self) -> Result<(), Failure> {
        welcome::was_welcomed().map_err(failure)
    }
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::System { message: error.to_string() }
}
