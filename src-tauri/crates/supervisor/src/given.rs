//! What the supervisor is given to show and to steer.

use std::sync::Arc;

use door::{Ledger, Pages};
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{
    EngineChosen, EngineOrder, Failure, Happening, LogLine, Order, Outcome, ServiceName, Snapshot,
};

use crate::hub::EventHub;
use crate::settings::Settings;
use crate::steering::Steering;
use crate::tokens::Tokens;

/// What this service is called.
pub const NAME: ServiceName = ServiceName::literal("supervisor");

/// Where orders go.
pub type Orders = Arc<dyn Fn(Order) -> BoxFuture<'static, Result<Outcome, Failure>> + Send + Sync>;

/// Where goes what is to answer calls.
pub type Choose =
    Arc<dyn Fn(EngineOrder) -> BoxFuture<'static, Result<EngineChosen, Failure>> + Send + Sync>;

/// What can be looked up.
pub struct Archives {
    /// The settings in force, without their secrets.
    pub settings: Arc<dyn Fn() -> Value + Send + Sync>,
    /// So many of the last lines of the log.
    pub log: Arc<dyn Fn(usize) -> Vec<LogLine> + Send + Sync>,
}

/// What the supervisor is given to show and to steer.
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub struct Supervisor {
    pub tokens: Arc<Tokens>,
    pub snapshots: watch::Receiver<Snapshot>,
    pub happenings: broadcast::Sender<Happening>,
    pub orders: Orders,
    pub choose: Choose,
    /// Begins the end of the whole program.
    pub quit: Arc<dyn Fn() + Send + Sync>,
    pub steering: Arc<Steering>,
    pub archives: Archives,
    pub pages: Pages,
    pub ledger: Arc<Ledger>,
    pub settings: Settings,
}

pub(crate) struct Run {
    pub(crate) supervisor: Arc<Supervisor>,
    pub(crate) hub: Arc<EventHub>,
    /// What becomes of clients' words, and is still to be told them.
    pub(crate) words: TaskTracker,
    /// Silences all that is being said for clients.
    pub(crate) silence: CancellationToken,
}
