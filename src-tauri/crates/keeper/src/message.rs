//! What the keeper's task is told, and how the effects tell it.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use wire::{Ended, Failure, Order, Outcome, ServiceName, Timestamp};

use crate::connections::Gate;
use crate::port;

pub(crate) enum Mail {
    Order(Order, Answer),
    News(ServiceName, u64, News),
    Freed(ServiceName, Freed),
    /// The port of a service that was freed has had the time to come to us.
    Overdue(ServiceName),
    /// The machine has slept: whatever was proven is to be proven again.
    Woken,
    /// All listeners are wanted, for a process that takes over.
    Listeners(oneshot::Sender<Vec<TcpListener>>),
    /// Everything is to end; told when no listener is ours any more, and when it has.
    Close {
        begun: oneshot::Sender<()>,
        done: oneshot::Sender<()>,
    },
}

/// A port whose holders were ended, and that is given some time to come to us.
pub(crate) struct Freed {
    pub(crate) ended: Vec<Ended>,
    pub(crate) began: Instant,
    pub(crate) until: Instant,
    pub(crate) answer: Answer,
}

pub(crate) type Answer = oneshot::Sender<Result<Outcome, Failure>>;

pub(crate) enum News {
    /// The listener at one of the service's endpoints is ours.
    Bound(Arc<Gate>),
    /// Anything else at one of them.
    Port(port::Event),
    /// The program was started, or something about it has changed since.
    Started(Started),
    /// The program can't be started, for that reason.
    NotStarted(String),
    /// The service ended as it was told.
    Ended,
    Crashed(String),
    Rested,
}

/// What is known of a program since it was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Started {
    /// What was started, as one would type it.
    pub(crate) command: String,
    pub(crate) pid: u32,
    pub(crate) started: Timestamp,
    /// When it should be ready.
    pub(crate) ready_by: Timestamp,
    /// Whether it listens where it should.
    pub(crate) listens: bool,
    /// Where it listens instead.
    pub(crate) elsewhere: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Reporter {
    pub(crate) tx: mpsc::Sender<Mail>,
    pub(crate) service: ServiceName,
    pub(crate) tag: u64,
}

impl Reporter {
    pub(crate) async fn tell(&self, news: News) {
        // The receiver is the keeper's task; when it has gone there is nobody left to tell.
        let _ = self.tx.send(Mail::News(self.service, self.tag, news)).await;
    }
}

/// Answers an order; whoever gave it may have stopped waiting.
pub(crate) fn reply(answer: Answer, result: Result<Outcome, Failure>) {
    let _ = answer.send(result);
}
