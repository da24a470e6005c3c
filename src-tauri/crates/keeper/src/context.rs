//! What a service and its addresses have in common, and how either begins something that takes time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use wire::{ServiceName, Timestamp};

use crate::claims::Claims;
use crate::connections::Gates;
use crate::message::{Mail, News, Reporter};
use crate::policy::Policy;
use crate::spec::TurnedAway;

#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) service: ServiceName,
    pub(crate) policy: Policy,
    pub(crate) sharing: ports::Sharing,
    pub(crate) turned_away: TurnedAway,
    pub(crate) known: ports::Known,
    pub(crate) gates: Arc<Gates>,
    pub(crate) claims: Claims,
    /// Whether the port is free for a program that is to start.
    pub(crate) clearance: Arc<watch::Sender<bool>>,
    /// Told when a program is to be looked at before its time.
    pub(crate) nudge: Arc<Notify>,
    pub(crate) tasks: TaskTracker,
    pub(crate) tx: mpsc::Sender<Mail>,
    pub(crate) tags: Arc<AtomicU64>,
}

/// Something under way; it ends when this is dropped.
pub(crate) struct Doing {
    pub(crate) tag: u64,
    _task: AbortOnDropHandle<()>,
}

impl Context {
    /// Begins something that takes time; the keeper's task is told what comes of it.
    pub(crate) fn begin<F>(&self, effect: impl FnOnce(Reporter) -> F) -> Doing
    where
        F: Future<Output = News> + Send + 'static,
    {
        let tag = self.tags.fetch_add(1, Ordering::Relaxed);
        let reporter = Reporter { tx: self.tx.clone(), service: self.service, tag };
        let effect = effect(reporter.clone());
        let task = self.tasks.spawn(async move { reporter.tell(effect.await).await });
        Doing { tag, _task: AbortOnDropHandle::new(task) }
    }
}

pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}
