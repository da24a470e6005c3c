//! The shell: the tray, the window and the login item of xSwarm Voice, and the only code that knows Tauri.
//!
//! It decides nothing about services and ports. What it shows is a function of the station's snapshot, and what people
//! click becomes an order to the station.
//!
//! It is one program and two processes: the tray's runs the services and has no webview, and the window's is there for as
//! long as the window is open, so that closing it gives back all its memory.
//!
//! - [`announce`] brings every change to the tray, and carries out what was clicked.
//! - [`tray`] is the icon and its menu; what the menu says is a value (`tray/menu.rs`), made and tested without a desktop.
//! - [`window`] starts and ends the window's process, and tells it of every change; [`commands`] is all that it may ask for.
//! - [`pane`] is that process; [`talk`] is what the two say to each other.
//! - [`summons`] brings a second start to the first one's window.
//! - [`news`] tells of trouble while the window is closed; [`journal`] keeps the last lines of the log for it.
//! - [`ending`] lets the ports go before the app does, however it ends.
//! - [`platform`] is what differs between systems.

mod announce;
mod arguments;
mod commands;
mod ending;
mod journal;
mod logging;
mod news;
mod notice;
mod pane;
mod platform;
mod summons;
mod talk;
mod tray;
mod window;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use station::{OpenError, Options, Orders, Role, Station};
use tauri::Manager as _;
use tauri::async_runtime;
use tokio::sync::{mpsc, watch};
use wire::Snapshot;

pub use arguments::Arguments;

use announce::Wish;
use summons::Summoned;

/// What the parts of the shell share.
pub(crate) struct Shell {
    /// Where orders are given.
    pub(crate) orders: Orders,
    /// How everything is.
    pub(crate) snapshots: watch::Receiver<Snapshot>,
    /// Whether the desktop shows tray icons.
    pub(crate) tray_host: watch::Receiver<bool>,
    /// What people want.
    pub(crate) wishes: mpsc::Sender<announce::Wish>,
    /// The window.
    pub(crate) window: window::Window,
    /// The last lines of the log.
    pub(crate) journal: journal::Journal,
    /// The test call of the window.
    pub(crate) line: commands::TestLine,
    /// The way out.
    pub(crate) ending: ending::Ending,
}

/// Runs the app until it is quit.
#[must_use]
pub fn run(arguments: &Arguments) -> ExitCode {
    platform::prepare();
    if let Some(answer) = arguments.answer() {
        return notice::print(&answer);
    }
    if arguments.is_window {
        return pane::run();
    }
    let (journal, _writing) = logging::start();
    let run = platform::check_display().and_then(|display| start(arguments, journal, display));
    run.unwrap_or_else(|error| {
        notice::tell(&format!("xSwarm Voice can't start: {error:#}"));
        ExitCode::FAILURE
    })
}

/// What Tauri is told of the app, and the window's files.
fn context() -> tauri::Context {
    tauri::generate_context!()
}

fn start(
    arguments: &Arguments,
    journal: journal::Journal,
    display: platform::Display,
) -> anyhow::Result<ExitCode> {
    let Some((station, doorbell)) = open(arguments.is_hidden)? else {
        return Ok(ExitCode::SUCCESS);
    };
    let farewell = station.farewell();
    let (wishes, inbox) = mpsc::channel(16);
    let (asked, questions) = mpsc::channel(16);
    let (snapshots, tray_host) = (station.snapshots(), platform::tray_host());
    let (window, opener) = window::Window::new(snapshots.clone(), tray_host.clone(), asked);
    let shell = Arc::new(Shell {
        orders: station.orders(),
        snapshots,
        tray_host,
        wishes,
        window,
        journal,
        line: commands::TestLine::default(),
        ending: ending::Ending::of(station),
    });
    if let Some(doorbell) = doorbell {
        async_runtime::spawn(summons::answer(doorbell, Arc::clone(&shell)));
    }
    let mut app = app(&shell, display).context("cannot make the app")?;
    platform::live_in_the_tray(&mut app);
    let announcer = announce::Announcer::new(app.handle().clone(), inbox);
    async_runtime::spawn(announcer.run(arguments.is_hidden));
    async_runtime::spawn(opener.run());
    async_runtime::spawn(commands::answer(app.handle().clone(), questions));
    async_runtime::spawn(ending::on_signal(app.handle().clone()));
    async_runtime::spawn(ending::on_farewell(app.handle().clone(), farewell));
    let code = app.run_return(|app, event| {
        let shell = app.state::<Arc<Shell>>();
        shell.ending.on_event(&event);
        if platform::is_opened_again(&event)
            && shell.wishes.try_send(Wish::ShowWindow(None)).is_err()
        {
            tracing::warn!("the window was not shown: too much before it waits");
        }
    });
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The app on that display, which is held until the app is a client of it.
fn app(shell: &Arc<Shell>, _display: platform::Display) -> tauri::Result<tauri::App> {
    tauri::Builder::default()
        .manage(Arc::clone(shell))
        .on_menu_event(|app, event| announce::on_menu_event(app, &event))
        .on_tray_icon_event(|app, event| announce::on_icon_event(app, &event))
        .build(context())
}

/// Starts the services and puts up what further starts ring, unless another xSwarm Voice runs and shows its window. One that
/// does not answer is ended if the person in front of it says so.
fn open(is_hidden: bool) -> anyhow::Result<Option<(Station, Option<platform::Doorbell>)>> {
    loop {
        let turn = summons::turn();
        let running = match start_services() {
            Ok(station) => return Ok(Some((station, summons::doorbell()))),
            Err(OpenError::AlreadyRunning { running }) => running,
            Err(error) => return Err(error.into()),
        };
        match summons::call(running.as_ref(), is_hidden, turn)? {
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

fn start_services() -> Result<Station, OpenError> {
    let services = station::services::all();
    let options = Options { services, role: Role::Tray, adopted: Vec::new() };
    async_runtime::block_on(async { Station::open(options) })
}
