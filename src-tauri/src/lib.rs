//! The shell: the tray, the window and the login item of xSwarm Voice, and the only code that knows Tauri.
//!
//! It decides nothing about services and ports. What it shows is a function of the station's snapshot, and what people
//! click becomes an order to the station.
//!
//! It is one program and two processes: the tray's runs the services and has no webview, and the window's is there for as
//! long as the window is open, so that closing it gives back all its memory.
//!
//! - [`controller`] decides what is shown, and what comes of clicks and of the window's questions; it is generic over the
//!   desktop, and tested without one. [`desktop`] is the one that people have, as Tauri reaches it.
//! - [`tray`] is the icon and its menu; what the menu says is a value (`tray/menu.rs`), made and tested without a desktop.
//! - [`window`] is the window: its process as the tray's knows it, that process itself, and what the two say to each other.
//! - [`single_instance`] brings a second start to the first one's window.
//! - [`notifications`] tells of trouble while the window is closed; the log's last lines are kept for it.
//! - [`dialogs`] says what there is no window for.
//! - [`shutdown`] lets the ports go before the app does, however it ends.
//! - [`platform`] is what differs between systems.

mod arguments;
mod context;
mod controller;
mod desktop;
mod dialogs;
mod logging;
mod notifications;
mod platform;
mod shutdown;
mod single_instance;
mod tray;
mod window;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use station::{Journal, OpenError, Options, Orders, Role, Station};
use tauri::{RunEvent, async_runtime};
use tokio::sync::mpsc;
use wire::Failure;

pub use arguments::Arguments;

use controller::{App, Controller, Given, Request, TestLine};
use desktop::TauriDesktop;
use shutdown::Shutdown;
use single_instance::Summoned;

/// Runs the app until it is quit.
#[must_use]
pub fn run(arguments: &Arguments) -> ExitCode {
    platform::prepare();
    if let Some(answer) = &arguments.answer {
        return dialogs::print(answer);
    }
    if arguments.is_window {
        return window::webview::run();
    }
    let (journal, _writing) = logging::start();
    let run = platform::check_display().and_then(|display| start(arguments, journal, display));
    run.unwrap_or_else(|error| {
        dialogs::tell(&format!("xSwarm Voice can't start: {error:#}"));
        ExitCode::FAILURE
    })
}

fn start(
    arguments: &Arguments,
    journal: Journal,
    display: platform::Display,
) -> anyhow::Result<ExitCode> {
    let Some((station, doorbell)) = open(arguments.is_hidden, &journal)? else {
        return Ok(ExitCode::SUCCESS);
    };
    let (requests, inbox) = mpsc::channel(16);
    let (asked, questions) = mpsc::channel(16);
    let (snapshots, tray_host) = (station.snapshots(), platform::tray_host());
    let (window, opener) = window::Window::new(snapshots.clone(), tray_host.clone(), asked);
    let (orders, settings, farewell) = (station.orders(), station.settings(), station.farewell());
    let shutdown = Arc::new(Shutdown::by(station.close()));
    if let Some(doorbell) = doorbell {
        let (requests, shutdown) = (requests.clone(), Arc::clone(&shutdown));
        async_runtime::spawn(single_instance::answer(doorbell, requests, shutdown));
    }
    let mut tauri = desktop::app(&requests, display).context("cannot make the app")?;
    platform::live_in_the_tray(&mut tauri);
    let app = Arc::new(App {
        desktop: TauriDesktop::new(tauri.handle().clone(), window, tray_host),
        snapshots,
        orders: by_way_of(&orders, |orders, order| async move { orders.give(order).await }),
        choose: by_way_of(&orders, |orders, order| async move { orders.choose(order).await }),
        steer: by_way_of(&orders, |orders, order| async move { orders.steer(order).await }),
        reread_settings: Box::new(move || {
            let orders = orders.clone();
            Box::pin(async move { orders.reread_settings().await })
        }),
        settings,
        journal,
        test_line: TestLine::default(),
        requests: requests.clone(),
        shutdown: Arc::clone(&shutdown),
    });
    async_runtime::spawn(Controller::new(Arc::clone(&app), inbox).run(arguments.is_hidden));
    async_runtime::spawn(opener.run());
    async_runtime::spawn(controller::answer(Arc::clone(&app), questions));
    async_runtime::spawn(quit_when_told(Arc::clone(&app)));
    async_runtime::spawn(async move {
        let farewell = farewell.await;
        tracing::info!("ending, for {farewell}");
        app.quit().await;
    });
    let code = tauri.run_return(move |_, event| {
        if matches!(event, RunEvent::Exit) {
            async_runtime::block_on(shutdown.close_in_a_hurry());
        }
        let is_wanted = platform::is_opened_again(&event);
        desktop::note(&requests, is_wanted.then_some(Request::ShowWindow(None)));
    });
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What the station is asked for in this way, whenever the app is asked for it.
fn by_way_of<Asked, T, Answer>(
    orders: &Orders,
    ask: fn(Orders, Asked) -> Answer,
) -> Box<dyn Fn(Asked) -> Given<T> + Send + Sync>
where
    Asked: 'static,
    Answer: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let orders = orders.clone();
    Box::new(move |asked| Box::pin(ask(orders.clone(), asked)))
}

/// Ends the app in order when the system or a terminal tells it to.
async fn quit_when_told(app: Arc<App<TauriDesktop>>) {
    match platform::told_to_end().await {
        Ok(()) => {
            tracing::info!("told to end");
            app.quit().await;
        }
        Err(error) => tracing::warn!(%error, "cannot hear when told to end"),
    }
}

/// Starts the services and puts up what further starts ring, unless another xSwarm Voice runs and shows its window. One that
/// does not answer is ended if the person in front of it says so.
fn open(
    is_hidden: bool,
    journal: &Journal,
) -> anyhow::Result<Option<(Station, Option<platform::Doorbell>)>> {
    loop {
        let turn = single_instance::turn();
        let running = match start_services(journal) {
            Ok(station) => return Ok(Some((station, single_instance::doorbell()))),
            Err(OpenError::AlreadyRunning { running }) => running,
            Err(error) => return Err(error.into()),
        };
        match single_instance::call(running.as_ref(), is_hidden, turn)? {
            Summoned::Answered => return Ok(None),
            Summoned::Nobody => {}
            Summoned::Replace => {
                async_runtime::block_on(Station::take_over()).map_err(|failure| {
                    anyhow::anyhow!(station::words::failure(&failure, SystemTime::now().into()))
                })?;
                // Whoever has shown a dialog can't show a tray any more: GTK is the dialog's thread's.
                platform::start_afresh().context("cannot start afresh")?;
                return Ok(None);
            }
        }
    }
}

fn start_services(journal: &Journal) -> Result<Station, OpenError> {
    let services = station::services::all();
    let options =
        Options { services, role: Role::Tray, adopted: Vec::new(), journal: journal.clone() };
    async_runtime::block_on(async { Station::open(options) })
}
