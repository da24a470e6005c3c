//! What the keeper's task is told, and how the deeds tell it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use wire::{Cause, Ended, Failure, Order, Outcome, Refusal, ServiceName};

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
    /// Everything is to end; told when it has.
    Close(oneshot::Sender<()>),
}

/// Where the answer to an order goes.
pub(crate) type Answer = oneshot::Sender<Result<Outcome, Failure>>;

/// What came of a deed.
pub(crate) enum News {
    Bound(Arc<Gate>),
    InUse(Cause),
    Refused(Refusal),
    /// The port is still in use, but for another reason than before.
    CauseChanged(Cause),
    TimeUp,
    Proven,
    Shared(Cause),
    Silent,
    Lost,
    Ended,
    Crashed(String),
}

/// Where a deed's news go.
#[derive(Clone)]
pub(crate) struct Reporter {
    pub(crate) tx: mpsc::Sender<Message>,
    pub(crate) service: wire::ServiceName,
    pub(crate) tag: u64,
}

impl Reporter {
    pub(crate) async fn tell(&self, news: News) {
        // The receiver is the keeper's task; when it has gone there is nobody left to tell.
        let _ = self.tx.send(Message::News(self.service, self.tag, news)).await;
    }
}

/// Answers an order; whoever gave it may have stopped waiting.
pub(crate) fn reply(answer: Answer, result: Result<Outcome, Failure>) {
    let _ = answer.send(result);
}
