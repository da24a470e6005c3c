//! The app as all parts of the controller know it, and its two ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use station::Settings;
use tokio::sync::{mpsc, watch};
use wire::steering::{CallOrder, CallOutcome};
use wire::{Failure, Order, Outcome, Snapshot};

use super::desktop::Desktop;
use super::request::Request;
use super::test_call::TestLine;
use crate::shutdown::Shutdown;
use station::Journal;

/// What an order leads to, in the end.
type Given<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// The app: what it runs, and the desktop that it is shown on.
pub(crate) struct App<D> {
    /// Where it is seen.
    pub(crate) desktop: D,
    /// How everything is.
    pub(crate) snapshots: watch::Receiver<Snapshot>,
    /// Where orders are given.
    pub(crate) orders: Box<dyn Fn(Order) -> Given<Outcome> + Send + Sync>,
    /// Where orders for calls are given.
    pub(crate) steer: Box<dyn Fn(CallOrder) -> Given<CallOutcome> + Send + Sync>,
    /// The settings that are in force, whatever their file says by now.
    pub(crate) settings: Settings,
    /// The last lines of the log.
    pub(crate) journal: Journal,
    /// The test call of the window.
    pub(crate) test_line: TestLine,
    /// What people want.
    pub(crate) requests: mpsc::Sender<Request>,
    /// The way out.
    pub(crate) shutdown: Arc<Shutdown>,
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
