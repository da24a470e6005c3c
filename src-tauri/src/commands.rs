//! All that the window may ask for. Each command is a line or two: what it means is decided elsewhere.

mod looks;
mod setting;
mod test_call;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use station::login_item::LoginItem;
use station::settings::form::Changes;
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use wire::{Failure, Order};

use crate::announce::Wish;
use crate::window::Question;
use crate::{Shell, ending, platform};

pub(crate) use test_call::Line as TestLine;

/// How many questions are answered at a time. Of those that wait for something long the window asks one each.
const AT_A_TIME: usize = 32;

/// How long a tray may take to be found: the window's page asks once, right at the start.
const TRAY: Duration = Duration::from_secs(1);

/// What the window may ask for, as its page writes it.
#[derive(Deserialize)]
#[serde(tag = "command", content = "payload", rename_all = "snake_case")]
#[serde(rename_all_fields = "camelCase")]
enum Command {
    Snapshot {},
    Order { order: Order },
    PendingConfirmation {},
    Desktop {},
    Quit {},
    LaunchAtLogin {},
    SetLaunchAtLogin { on: bool },
    Restart {},
    Log { after: u64 },
    OpenLogs {},
    Report {},
    IsFirstRun {},
    WasWelcomed {},
    Settings {},
    CheckSettings { changes: Changes },
    SaveSettings { changes: Changes, even_if_taken: bool },
    TestCall {},
    HangUp {},
}

/// What the desktop offers.
#[derive(Serialize)]
struct Desktop {
    /// Whether it shows tray icons.
    tray: bool,
    /// Whether every program is asked to end before it is ended firmly, not only one with a window.
    all_are_asked: bool,
}

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
    let answer = match serde_json::from_value(asked) {
        Ok(command) => carry_out(&app, command).await,
        Err(error) => Err(failure(error)),
    };
    question.answer(answer).await;
}

async fn carry_out(app: &AppHandle, command: Command) -> Result<Value, Failure> {
    let shell = Arc::clone(&app.state::<Arc<Shell>>());
    match command {
        Command::Snapshot {} => value(&*shell.snapshots.borrow()),
        Command::Order { order } => value(shell.orders.give(order).await?),
        Command::PendingConfirmation {} => value(shell.window.page_is_ready()),
        Command::Desktop {} => value(desktop(&shell).await),
        Command::Quit {} => {
            ending::quit(app).await;
            nothing(Ok(()))
        }
        Command::Restart {} => nothing(ending::restart(app).await.map_err(failure)),
        Command::LaunchAtLogin {} => {
            value(LoginItem::ours().and_then(|item| item.is_on()).map_err(failure)?)
        }
        Command::SetLaunchAtLogin { on } => nothing(set_launch_at_login(&shell, on).await),
        Command::Log { after } => value(shell.journal.after(after)),
        Command::OpenLogs {} => nothing(looks::open_logs()),
        Command::Report {} => value(looks::report(&shell).await?),
        Command::IsFirstRun {} => value(looks::is_first_run()),
        Command::WasWelcomed {} => nothing(looks::was_welcomed()),
        Command::Settings {} => value(setting::settings()?),
        Command::CheckSettings { changes } => value(setting::check_settings(&changes)?),
        Command::SaveSettings { changes, even_if_taken } => {
            value(setting::save_settings(&shell, changes, even_if_taken).await?)
        }
        Command::TestCall {} => value(test_call::test_call(&shell).await?),
        Command::HangUp {} => {
            test_call::hang_up(&shell);
            nothing(Ok(()))
        }
    }
}

async fn desktop(shell: &Shell) -> Desktop {
    let mut tray_host = shell.tray_host.clone();
    let comes = tokio::time::timeout(TRAY, tray_host.wait_for(|has_host| *has_host)).await;
    let tray = matches!(comes, Ok(Ok(_)));
    Desktop { tray, all_are_asked: platform::ALL_ARE_ASKED_TO_END }
}

async fn set_launch_at_login(shell: &Shell, on: bool) -> Result<(), Failure> {
    LoginItem::ours().and_then(|item| item.set(on)).map_err(failure)?;
    // The tray shows it as well.
    let _ = shell.wishes.send(Wish::ReadLoginItem).await;
    Ok(())
}

fn value(answer: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(failure)
}

fn nothing(done: Result<(), Failure>) -> Result<Value, Failure> {
    done.map(|()| Value::Null)
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::System { message: error.to_string() }
}
