//! The one task that owns all state.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep_until;
use tokio_util::task::TaskTracker;
use tracing::info;
use wire::{Failure, Identity, Order, Service, ServiceName};

use crate::claims::Claims;
use crate::context::Context;
use crate::freeing::Freeing;
use crate::instance::{Instance, Reply};
use crate::life::Event;
use crate::message::{Answer, Freed, Mail, reply};
use crate::policy::Policy;
use crate::spec::{Spec, TurnedAway};

/// How long a port may take to come to us once its holders have ended: an attempt of ours may have come too early, and what
/// ends may have started something that ends as well.
const GRACE: Duration = Duration::from_secs(3);

pub(crate) struct Task {
    instances: Vec<Instance>,
    tx: mpsc::Sender<Mail>,
    tasks: TaskTracker,
    services: watch::Sender<Vec<Service>>,
    /// Who is to be told of the end, once it has been asked for.
    closing: Vec<oneshot::Sender<()>>,
}

impl Task {
    pub(crate) fn new(
        specs: Vec<Spec>,
        policy: Policy,
        known: ports::Known,
        tx: mpsc::Sender<Mail>,
        tasks: TaskTracker,
    ) -> (Self, watch::Receiver<Vec<Service>>) {
        let (tags, claims) = (Arc::new(AtomicU64::new(0)), Claims::none());
        let keep = |spec: Spec| {
            let (service, sharing, turned_away) = match &spec {
                Spec::Hosted(spec) => (spec.name, spec.sharing, Arc::clone(&spec.turned_away)),
                Spec::Program(spec) => {
                    let nobody: TurnedAway = Arc::new(|| 0);
                    (spec.name, ports::Sharing::Exclusive, nobody)
                }
            };
            let context = Context {
                service,
                policy,
                sharing,
                turned_away,
                known: known.clone(),
                gates: Arc::default(),
                claims: claims.clone(),
                clearance: Arc::default(),
                nudge: Arc::default(),
                tasks: tasks.clone(),
                tx: tx.clone(),
                tags: Arc::clone(&tags),
            };
            match spec {
                Spec::Hosted(spec) => Instance::hosting(spec, context),
                Spec::Program(spec) => Instance::running(spec, context),
            }
        };
        let instances: Vec<_> = specs.into_iter().map(keep).collect();
        let (services, watched) = watch::channel(instances.iter().map(Instance::shown).collect());
        (Self { instances, tx, tasks, services, closing: Vec::new() }, watched)
    }

    /// Starts every service, then does as it is told until it is closed.
    pub(crate) async fn run(mut self, mut messages: mpsc::Receiver<Mail>) {
        for instance in self.instances.iter_mut().filter(|each| each.starts_by_itself()) {
            instance.happens(Event::Start);
        }
        self.show();
        while let Some(message) = messages.recv().await {
            self.take(message);
            self.show();
            if !self.closing.is_empty() && self.instances.iter().all(Instance::is_stopped) {
                break;
            }
        }
        drop(self.instances);
        for closed in self.closing {
            // Whoever closed us may have stopped waiting.
            let _ = closed.send(());
        }
    }

    fn take(&mut self, message: Mail) {
        match message {
            Mail::Order(_, answer) if !self.closing.is_empty() => {
                reply(answer, Err(Failure::Ending));
            }
            Mail::Order(order, answer) => self.obey(order, answer),
            Mail::News(service, tag, news) => {
                if let Some(instance) = self.instance(service) {
                    instance.hear(tag, news);
                }
            }
            Mail::Freed(service, freed) => {
                if let Some(instance) = self.instance(service) {
                    instance.take_freed(freed);
                }
            }
            Mail::Overdue(service) => {
                if let Some(instance) = self.instance(service) {
                    instance.answer_overdue();
                }
            }
            Mail::Woken => {
                info!("the machine has slept, proving everything again");
                self.instances.iter_mut().for_each(Instance::prove_again);
            }
            Mail::Listeners(answer) => {
                // Whoever asked may have stopped waiting.
                let _ = answer.send(self.instances.iter().flat_map(Instance::listeners).collect());
            }
            Mail::Close { begun, done } => {
                self.instances.iter_mut().for_each(|instance| instance.happens(Event::Stop));
                let _ = begun.send(());
                self.closing.push(done);
            }
        }
    }

    fn obey(&mut self, order: Order, answer: Answer) {
        let service = order.service();
        let Some(instance) = self.instance(service) else {
            return reply(answer, Err(Failure::NotHere { service }));
        };
        let event = match order {
            Order::Start { .. } => Event::Start,
            Order::Stop { .. } => Event::Stop,
            Order::Restart { .. } if instance.is_stopped() => {
                return reply(answer, Err(Failure::NotRunning { service }));
            }
            Order::Restart { .. } => Event::Restart,
            Order::FreePort { victims, .. } => {
                let freeing = instance.freeing();
                return self.free(freeing, victims, answer);
            }
        };
        info!(service = service.id(), order = ?event, "order");
        instance.happens(event);
        instance.answer_when_settled(Reply::Done(answer));
    }

    /// Ends the confirmed holders beside the task, so that it goes on hearing.
    fn free(&self, freeing: Freeing, victims: Vec<Identity>, answer: Answer) {
        let (tx, service, began) = (self.tx.clone(), freeing.service, Instant::now());
        self.tasks.spawn(async move {
            let ended = match freeing.carry_out(victims).await {
                Ok(ended) => ended,
                Err(failure) => return reply(answer, Err(failure)),
            };
            let until = Instant::now() + GRACE;
            // When the keeper's task, which receives this, has gone, the answer has gone with it.
            let _ = tx.send(Mail::Freed(service, Freed { ended, began, until, answer })).await;
            tokio::select! {
                () = tx.closed() => {}
                () = sleep_until(until.into()) => {
                    let _ = tx.send(Mail::Overdue(service)).await;
                }
            }
        });
    }

    fn instance(&mut self, service: ServiceName) -> Option<&mut Instance> {
        self.instances.iter_mut().find(|instance| instance.name() == service)
    }

    /// Shows how the services are, if that has changed.
    fn show(&self) {
        self.services.send_if_modified(|shown| {
            let current: Vec<_> = self.instances.iter().map(Instance::shown).collect();
            let is_new = *shown != current;
            *shown = current;
            is_new
        });
    }
}
