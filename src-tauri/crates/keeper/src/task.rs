//! The one task that owns all state.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::task::TaskTracker;
use tracing::info;
use wire::{Cause, Ended, Failure, Guard, Order, Service, ServiceName};

use crate::deeds;
use crate::kept::{Common, Kept, Reply};
use crate::life::Event;
use crate::message::{Answer, Message, reply};
use crate::{Charge, Policy};

pub(crate) struct Task {
    kept: Vec<Kept>,
    common: Common,
    services: watch::Sender<Vec<Service>>,
    closing: Option<oneshot::Sender<()>>,
}

impl Task {
    pub(crate) fn new(
        charges: Vec<Charge>,
        policy: Policy,
        known: ports::Known,
        tx: mpsc::Sender<Message>,
        tasks: TaskTracker,
    ) -> (Self, watch::Receiver<Vec<Service>>) {
        let common = Common { policy, known, tx, tasks };
        let kept: Vec<_> =
            charges.into_iter().map(|charge| Kept::new(charge, common.clone())).collect();
        let (services, watched) = watch::channel(kept.iter().map(Kept::shown).collect());
        (Self { kept, common, services, closing: None }, watched)
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
            if self.closing.is_some() && self.kept.iter().all(Kept::is_stopped) {
                break;
            }
        }
        drop(self.kept);
        if let Some(closed) = self.closing {
            // Whoever closed us may have stopped waiting.
            let _ = closed.send(());
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Order(_, answer) if self.closing.is_some() => {
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
            Message::Close(closed) => {
                for kept in &mut self.kept {
                    kept.happens(Event::Stop);
                }
                self.closing = Some(closed);
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
                let (addr, is_blocked) = (kept.addr(), kept.is_without_port());
                return self.free(service, addr, is_blocked, victims, answer);
            }
        };
        info!(service = service.id(), order = ?event, "order");
        kept.happens(event);
        kept.answer_when_settled(Reply::Done(answer));
    }

    /// Ends the confirmed holders beside the task, so that it goes on hearing.
    fn free(
        &self,
        service: ServiceName,
        addr: SocketAddr,
        is_blocked: bool,
        victims: Vec<wire::Identity>,
        answer: Answer,
    ) {
        let Common { known, tx, tasks, .. } = self.common.clone();
        let began = Instant::now();
        tasks.spawn(async move {
            let result = if victims.is_empty() {
                Err(unconfirmed(service, is_blocked, deeds::look(addr, known).await))
            } else {
                ports::free(addr, &victims, &known).await
            };
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
        if kept.is_without_port() {
            kept.happens(Event::Start);
        }
        kept.answer_when_settled(Reply::Freed { ended, began, answer });
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

/// The answer to a person who has not said whom to end.
fn unconfirmed(service: ServiceName, is_blocked: bool, cause: Cause) -> Failure {
    let others: Vec<_> = cause
        .holders()
        .iter()
        .filter(|holder| holder.guard != Some(Guard::Ourselves))
        .cloned()
        .collect();
    if !others.is_empty() {
        Failure::Unconfirmed { holders: others }
    } else if is_blocked {
        Failure::NotVisible { cause }
    } else {
        Failure::NothingToFree { service }
    }
}
