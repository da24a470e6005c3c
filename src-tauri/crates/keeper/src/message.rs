//! What the keeper's task is told, and how the effects tell it.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use wire::{Ended, Failure, Order, Outcome, ServiceName};

use crate::connections::Gate;
use crate::port;

/// What the task is told.
pub(crate) enum Mail {
    /// An order, and where the answer goes.
    Order(Order, Answer),
    /// What came of an effect.
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

/// What came of an effect.
pub(crate) enum News {
    /// The listener at one of the service's endpoints is ours.
    Bound(Arc<Gate>),
    /// Anything else at one of them.
    Port(port::Event),
    /// In the service's own life.
    Life(LifeNews),
}

/// What came of an effect in a service's life.
pub(crate) enum LifeNews {
    Ended,
    /// It ended by itself, for that reason.
    Crashed(String),
    Rested,
}

impl From<port::Event> for News {
    fn from(event: port::Event) -> Self {
        Self::Port(event)
    }
}

impl From<LifeNews> for News {
    fn from(news: LifeNews) -> Self {
        Self::Life(news)
    }
}

/// Where an effect's news go.
#[derive(Clone)]
pub(crate) struct Reporter {
    pub(crate) tx: mpsc::Sender<Mail>,
    pub(crate) service: ServiceName,
    pub(crate) tag: u64,
}

impl Reporter {
    pub(crate) async fn tell(&self, news: impl Into<News>) {
        // The receiver is the keeper's task; when it has gone there is nobody left to tell.
        let _ = self.tx.send(Mail::News(self.service, self.tag, news.into())).await;
    }
}

/// Answers an order; whoever gave it may have stopped waiting.
pub(crate) fn reply(answer: Answer, result: Result<Outcome, Failure>) {
    let _ = answer.send(result);
}
