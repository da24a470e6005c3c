//! The app as all parts of the controller know it, and its two ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use station::{Journal, Settings};
use tokio::sync::{mpsc, oneshot, watch};
use wire::steering::{CallOrder, CallOutcome};
use wire::{EngineChosen, EngineOrder, Failure, Order, Outcome, Snapshot};

use super::desktop::Desktop;
use super::test_call::TestLine;
use crate::shutdown::Shutdown;
use crate::tray::Id;

/// What an order leads to, in the end.
pub(crate) type Given<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// Something that is done in the end.
type Done = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The app: what it runs, and the desktop that it is shown on.
pub(crate) struct App<D> {
    pub(crate) desktop: D,
    pub(crate) snapshots: watch::Receiver<Snapshot>,
    pub(crate) orders: Box<dyn Fn(Order) -> Given<Outcome> + Send + Sync>,
    /// Chooses what answers calls.
    pub(crate) choose: Box<dyn Fn(EngineOrder) -> Given<EngineChosen> + Send + Sync>,
    /// Has what the file of the settings says taken over, as far as that takes no restart.
    pub(crate) reread_settings: Box<dyn Fn() -> Done + Send + Sync>,
    pub(crate) steer: Box<dyn Fn(CallOrder) -> Given<CallOutcome> + Send + Sync>,
    /// The settings that are in force, whatever their file says by now.
    pub(crate) settings: Settings,
    pub(crate) journal: Journal,
    pub(crate) test_line: TestLine,
    pub(crate) requests: mpsc::Sender<Request>,
    pub(crate) shutdown: Arc<Shutdown>,
}

#[derive(Debug)]
pub(crate) enum Request {
    /// A line of the tray's menu was clicked.
    Click(Id),
    /// The window is to be shown. The answer comes when it is.
    ShowWindow(Option<oneshot::Sender<()>>),
    /// The login item has changed.
    ReadLoginItem,
}

impl<D: Desktop> App<D> {
    /// Ends the app in order.
    pub(crate) async fn quit(&self) {
        if self.shutdown.begins() {
            self.shutdown.close().await;
            self.leave().await;
        }
    }

    /// Ends the app in order and starts it afresh, with its window. The ports are let go in between.
    ///
    /// # Errors
    /// If the program isn't there. Then nothing has ended.
    pub(crate) async fn restart(&self) -> io::Result<()> {
        let program = self.desktop.successor()?;
        if self.shutdown.begins() {
            self.shutdown.close().await;
            tracing::info!("starting afresh");
            if let Err(error) = self.desktop.start(&program) {
                tracing::error!(%error, program = %program.display(), "cannot start afresh");
            }
            self.leave().await;
        }
        Ok(())
    }

    /// Goes, and the window with it, which shows until then how the ports are let go.
    async fn leave(&self) {
        self.desktop.end_window().await;
        self.desktop.exit();
    }
}
