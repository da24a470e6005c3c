//! What the keeper's task is told, and how the deeds tell it.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use wire::{Cause, Crowding, Ended, Failure, Order, Outcome, Refusal, ServiceName, Silence};

use crate::connections::Gate;

/// What the task is told.
pub(crate) enum Message {
    /// An order, and where the answer goes.
    Order(Order, Answer),
    /// What came of a deed.
    News(ServiceName, u64, News),
    /// The holders of a port were ended, or not.
    Freed {
        service: ServiceName,
        result: Result<Vec<Ended>, Failure>,
        began: Instant,
        answer: Answer,
    },
    /// The port of a service that was freed has had the time to come to us.
    Overdue(ServiceName),
    /// The machine has slept: whatever was proven is to be proven again.
    Woken,
    /// All listeners are wanted, for a process that takes over.
    Listeners(oneshot::Sender<Vec<TcpListener>>),
    /// Everything is to end; told when no listener is ours any more, and when it has.
    Close { begun: oneshot::Sender<()>, done: oneshot::Sender<()> },
}

/// Where the answer to an order goes.
pub(crate) type Answer = oneshot::Sender<Result<Outcome, Failure>>;

/// What came of a deed.
pub(crate) enum News {
    /// At one of the service's addresses.
    Port(PortNews),
    /// In the service's own life.
    Life(LifeNews),
}

/// What came of a deed at an address.
pub(crate) enum PortNews {
    Bound(Arc<Gate>),
    InUse(Cause),
    Refused(Refusal),
    /// The port is still in use, but for another reason than before.
    CauseChanged(Cause),
    TimeUp,
    Proven,
    /// Proven, but since the proof before so many found no place; most of the connections are these programs'.
    Crowded(u32, Vec<Crowding>),
    Shared(Cause),
    Silent(Silence),
    Lost,
}

/// What came of a deed in a service's life.
pub(crate) enum LifeNews {
    Ended,
    Crashed(String),
    Rested,
}

impl From<PortNews> for News {
    fn from(news: PortNews) -> Self {
        Self::Port(news)
    }
}

impl From<LifeNews> for News {
    fn from(news: LifeNews) -> Self {
        Self::Life(news)
    }
}

/// Where a deed's news go.
#[derive(Clone)]
pub(crate) struct Reporter {
    pub(crate) tx: mpsc::Sender<Message>,
    pub(crate) service: ServiceName,
    pub(crate) tag: u64,
}

impl Reporter {
    pub(crate) async fn tell(&self, news: impl Into<News>) {
        // The receiver is the keeper's task; when it has gone there is nobody left to tell.
        let _ = self.tx.send(Message::News(self.service, self.tag, news.into())).await;
    }
}

/// Answers an order; whoever gave it may have stopped waiting.
pub(crate) fn reply(answer: Answer, result: Result<Outcome, Failure>) {
    let _ = answer.send(result);
}
