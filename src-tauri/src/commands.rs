//! All that the window may ask for. Each command is a line or two: what it means is decided elsewhere.

mod looks;
mod setting;
mod test_call;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use station::login_item::LoginItem;
use tauri::ipc::Invoke;
use tauri::{AppHandle, State};
use wire::{Failure, Order, Outcome, ServiceName, Snapshot};

use crate::announce::Wish;
use crate::{Shell, ending, platform};

pub(crate) use test_call::Line as TestLine;

/// How long a tray may take to be found: the window's page asks once, right at the start.
const TRAY: Duration = Duration::from_secs(1);

/// What the desktop offers.
#[derive(Serialize)]
struct Desktop {
    /// Whether it shows tray icons.
    tray: bool,
    /// Whether every program is asked to end before it is ended firmly, not only one with a window.
    all_are_asked: bool,
}

/// The commands, for Tauri.
pub(crate) fn all() -> impl Fn(Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        snapshot,
        order,
        pending_confirmation,
        desktop,
        quit,
        launch_at_login,
        set_launch_at_login,
        restart,
        looks::log,
        looks::open_logs,
        looks::report,
        looks::is_first_run,
        looks::was_welcomed,
        setting::settings,
        setting::check_settings,
        setting::save_settings,
        test_call::test_call,
        test_call::hang_up
    ]
}

#[tauri::command(async)]
fn snapshot(shell: State<'_, Arc<Shell>>) -> Snapshot {
    shell.snapshots.borrow().clone()
}

#[tauri::command]
async fn order(shell: State<'_, Arc<Shell>>, order: Order) -> Result<Outcome, Failure> {
    shell.orders.give(order).await
}

#[tauri::command(async)]
fn pending_confirmation(shell: State<'_, Arc<Shell>>) -> Option<ServiceName> {
    shell.page.is_ready()
}

#[tauri::command]
async fn desktop(shell: State<'_, Arc<Shell>>) -> Result<Desktop, Failure> {
    let mut tray_host = shell.tray_host.clone();
    let comes = tokio::time::timeout(TRAY, tray_host.wait_for(|has_host| *has_host)).await;
    let tray = matches!(comes, Ok(Ok(_)));
    Ok(Desktop { tray, all_are_asked: platform::ALL_ARE_ASKED_TO_END })
}

#[tauri::command]
async fn quit(app: AppHandle) {
    ending::quit(&app).await;
}

#[tauri::command]
async fn restart(app: AppHandle) -> Result<(), Failure> {
    ending::restart(&app).await.map_err(failure)
}

#[tauri::command(async)]
fn launch_at_login() -> Result<bool, Failure> {
    LoginItem::ours().and_then(|item| item.is_on()).map_err(failure)
}

#[tauri::command]
async fn set_launch_at_login(shell: State<'_, Arc<Shell>>, on: bool) -> Result<(), Failure> {
    LoginItem::ours().and_then(|item| item.set(on)).map_err(failure)?;
    // The tray shows it as well.
    let _ = shell.wishes.send(Wish::ReadLoginItem).await;
    Ok(())
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::System { message: error.to_string() }
}
