//! The one task that owns all state.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::task::TaskTracker;
use tracing::info;
use wire::{Ended, Failure, Order, Service, ServiceName};

use crate::freeing::Freeing;
use crate::ground::Ground;
use crate::kept::{Kept, Reply};
use crate::life::Event;
use crate::message::{Answer, Message, reply};
use crate::{Charge, Policy};

/// How long a port may take to come to us once its holders have ended: an attempt of ours may have come too early, and what
/// ends may have started something that ends as well.
const GRACE: Duration = Duration::from_secs(3);

pub(crate) struct Task {
    kept: Vec<Kept>,
    known: ports::Known,
    tx: mpsc::Sender<Message>,
    tasks: TaskTracker,
    services: watch::Sender<Vec<Service>>,
    /// Who is to be told of the end, once it has been asked for.
    closing: Vec<oneshot::Sender<()>>,
}

impl Task {
    pub(crate) fn new(
        charges: Vec<Charge>,
        policy: Policy,
        known: ports::Known,
        tx: mpsc::Sender<Message>,
        tasks: TaskTracker,
    ) -> (Self, watch::Receiver<Vec<Service>>) {
        let tags = Arc::new(AtomicU64::new(0));
        let keep = |charge: Charge| {
            let ground = Ground {
                service: charge.name,
                policy,
                sharing: charge.sharing,
                turned_away: Arc::clone(&charge.turned_away),
                known: known.clone(),
                gates: Arc::default(),
                tasks: tasks.clone(),
                tx: tx.clone(),
                tags: Arc::clone(&tags),
            };
            Kept::new(charge, ground)
        };
        let kept: Vec<_> = charges.into_iter().map(keep).collect();
        let (services, watched) = watch::channel(kept.iter().map(Kept::shown).collect());
        (Self { kept, known, tx, tasks, services, closing: Vec::new() }, watched)
    }

    /// Starts every service, then does as it is told until it is closed.
    pub(crate) async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        for kept in &mut self.kept {
            kept.happens(Event::Start);
        }
        self.show();
        while let Some(message) = messages.recv().await {
            self.take(message);
            self.show();
            if !self.closing.is_empty() && self.kept.iter().all(Kept::is_stopped) {
                break;
            }
        }
        drop(self.kept);
        for closed in self.closing {
            // Whoever closed us may have stopped waiting.
            let _ = closed.send(());
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Order(_, answer) if !self.closing.is_empty() => {
                reply(answer, Err(Failure::Ending));
            }
            Message::Order(order, answer) => self.obey(order, answer),
            Message::News(service, tag, news) => {
                if let Some(kept) = self.kept.iter_mut().find(|kept| kept.name() == service) {
                    kept.hear(tag, news);
                }
            }
            Message::Freed { service, result, began, answer } => {
                self.freed(service, result, began, answer);
            }
            Message::Overdue(service) => {
                if let Some(kept) = self.kept.iter_mut().find(|kept| kept.name() == service) {
                    kept.answer_overdue();
                }
            }
            Message::Woken => {
                info!("the machine has slept, proving everything again");
                self.kept.iter_mut().for_each(Kept::prove_again);
            }
            Message::Listeners(answer) => {
                // Whoever asked may have stopped waiting.
                let _ = answer.send(self.kept.iter().flat_map(Kept::listeners).collect());
            }
            Message::Close { begun, done } => {
                self.kept.iter_mut().for_each(|kept| kept.happens(Event::Stop));
                let _ = begun.send(());
                self.closing.push(done);
            }
        }
    }

    fn obey(&mut self, order: Order, answer: Answer) {
        let service = order.service();
        let Some(kept) = self.kept.iter_mut().find(|kept| kept.name() == service) else {
            return reply(answer, Err(Failure::NotHere { service }));
        };
        let event = match order {
            Order::Start { .. } => Event::Start,
            Order::Stop { .. } => Event::Stop,
            Order::Restart { .. } if kept.is_stopped() => {
                return reply(answer, Err(Failure::NotRunning { service }));
            }
            Order::Restart { .. } => Event::Restart,
            Order::FreePort { victims, .. } => {
                let freeing = Freeing {
                    service,
                    addresses: kept.addresses(),
                    is_denied: kept.is_denied_a_port(),
                    known: self.known.clone(),
                };
                return self.free(freeing, victims, answer);
            }
        };
        info!(service = service.id(), order = ?event, "order");
        kept.happens(event);
        kept.answer_when_settled(Reply::Done(answer));
    }

    /// Ends the confirmed holders beside the task, so that it goes on hearing.
    fn free(&self, freeing: Freeing, victims: Vec<wire::Identity>, answer: Answer) {
        let (tx, service, began) = (self.tx.clone(), freeing.service, Instant::now());
        self.tasks.spawn(async move {
            let result = freeing.carry_out(victims).await;
            // The receiver is the keeper's task; when it has gone the answer has gone with it.
            let _ = tx.send(Message::Freed { service, result, began, answer }).await;
        });
    }

    fn freed(
        &mut self,
        service: ServiceName,
        result: Result<Vec<Ended>, Failure>,
        began: Instant,
        answer: Answer,
    ) {
        let ended = match result {
            Ok(ended) => ended,
            Err(failure) => return reply(answer, Err(failure)),
        };
        let Some(kept) = self.kept.iter_mut().find(|kept| kept.name() == service) else { return };
        if kept.is_denied_a_port() {
            kept.happens(Event::Start);
        } else {
            kept.prove_again();
        }
        let until = Instant::now() + GRACE;
        kept.answer_when_settled(Reply::Freed { ended, began, until, answer });
        let tx = self.tx.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = tx.closed() => {}
                () = tokio::time::sleep_until(until.into()) => {
                    // As above: when the keeper's task has gone, so has the answer.
                    let _ = tx.send(Message::Overdue(service)).await;
                }
            }
        });
    }

    /// Shows how the services are, if that has changed.
    fn show(&self) {
        self.services.send_if_modified(|shown| {
            let current: Vec<_> = self.kept.iter().map(Kept::shown).collect();
            let is_new = *shown != current;
            *shown = current;
            is_new
        });
    }
}
