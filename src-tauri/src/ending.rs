//! The way out: the ports are let go before the app goes, whether it is quit, told to end, or taken down by a log-off.

use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use station::{Farewell, Station};
use tauri::{AppHandle, Manager as _, RunEvent, async_runtime};
use tokio::sync::Mutex;

use crate::{Shell, platform};

/// How long an end may take that the system waits for: at a log-off it kills what is still there a little later.
const SHORT: Duration = Duration::from_secs(1);

/// The way out. It is walked once, by whoever is first.
pub(crate) struct Ending {
    station: Mutex<Option<Station>>,
    has_begun: AtomicBool,
}

impl Ending {
    /// The end of an app that runs this station.
    pub(crate) fn of(station: Station) -> Self {
        Self { station: Mutex::new(Some(station)), has_begun: AtomicBool::new(false) }
    }

    /// Whether the app is on its way out.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Begins it, unless somebody has.
    fn begins(&self) -> bool {
        !self.has_begun.swap(true, Ordering::Relaxed)
    }

    /// Closes the station within its own limit. Whoever comes second waits for the first.
    async fn close(&self) {
        let mut station = self.station.lock().await;
        if let Some(station) = station.take() {
            station.close().await;
        }
    }

    /// What the end has to do with the app's own events.
    pub(crate) fn on_event(&self, event: &RunEvent) {
        // The last moment, and the only one at a log-off. After a quit nothing is left to be done here.
        if matches!(event, RunEvent::Exit) {
            self.has_begun.store(true, Ordering::Relaxed);
            let closed =
                async_runtime::block_on(async { tokio::time::timeout(SHORT, self.close()).await });
            if closed.is_err() {
                tracing::warn!("the services did not end in time");
            }
        }
    }
}

/// Ends the app in order.
pub(crate) async fn quit(app: &AppHandle) {
    let shell = app.state::<Arc<Shell>>();
    if shell.ending.begins() {
        shell.ending.close().await;
        leave(app).await;
    }
}

/// Ends the app in order and starts it afresh, with its window. The ports are let go in between.
///
/// # Errors
/// If the program isn't there. Then nothing has ended.
pub(crate) async fn restart(app: &AppHandle) -> io::Result<()> {
    let program = tauri::process::current_binary(&app.env())?;
    program.metadata()?;
    let shell = app.state::<Arc<Shell>>();
    if !shell.ending.begins() {
        return Ok(());
    }
    shell.ending.close().await;
    tracing::info!("starting afresh");
    if let Err(error) = Command::new(&program).spawn() {
        tracing::error!(%error, program = %program.display(), "cannot start afresh");
    }
    leave(app).await;
    Ok(())
}

/// Goes, and the window with it, which shows until then how the ports are let go.
async fn leave(app: &AppHandle) {
    app.state::<Arc<Shell>>().window.end().await;
    app.exit(0);
}

/// Ends the app in order when the system or a terminal tells it to.
pub(crate) async fn on_signal(app: AppHandle) {
    match platform::told_to_end().await {
        Ok(()) => {
            tracing::info!("told to end");
            quit(&app).await;
        }
        Err(error) => tracing::warn!(%error, "cannot hear when told to end"),
    }
}

/// Ends the app in order when the station bids farewell, as it does when another xSwarm Voice has taken over its ports.
pub(crate) async fn on_farewell(app: AppHandle, farewell: impl Future<Output = Farewell>) {
    let farewell = farewell.await;
    tracing::info!("ending, for {farewell}");
    quit(&app).await;
}
