//! Runs services over ports, and says how they are.
//!
//! One task owns all state ([`Keeper::start`]). For each service it holds a [`life`](life::Life), and for each of its
//! endpoints a [`port`](port::Port); both change only by the tables in `life.rs` and `port.rs`, and it has the effects that
//! the tables name: bind, wait, watch, prove, serve, halt, rest. Long ones run as tasks of their own, and what comes of
//! them returns as an event. Whatever is shown leaves through one watch channel.
//!
//! A service is a function that is handed its [`Connections`]. It can't lie about its port, because it never had a say
//! in it: `Listening` is said here alone, and only while we hold the listener, the kernel names nobody else on the port,
//! and the service answers a probe that comes in through the port like everybody else.
//!
//! A [program](ProgramSpec) is kept by the same tables, but listens by itself: it is started once its port is free, and
//! `Listening` is said while it, or what it has started, is all that the kernel names on the port, once it has answered in
//! its own protocol.

mod claims;
mod connections;
mod context;
mod effects;
mod endpoint;
mod freeing;
mod instance;
mod life;
mod log;
mod message;
mod policy;
mod port;
mod program;
mod shown;
mod spec;
mod task;
mod wake;

use std::net::TcpListener;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Failure, Order, Outcome, Service};

use message::Mail;

pub use connections::Connections;
pub use policy::{Growth, Policy, Retry};
pub use spec::{Prepare, ProgramSpec, Prove, Serve, ServiceSpec, Spec, TurnedAway};

/// The keeper of the services. Dropping it ends them without ceremony; [`Keeper::close`] does it properly.
pub struct Keeper {
    orders: Orders,
    services: watch::Receiver<Vec<Service>>,
    tasks: TaskTracker,
    end: CancellationToken,
}

/// Where orders are given.
#[derive(Clone)]
pub struct Orders(mpsc::Sender<Mail>);

/// Where they arrive.
pub struct Inbox(mpsc::Receiver<Mail>);

/// The two ends of the way of an order. They exist before the keeper does, since a service that it keeps may give orders.
#[must_use]
pub fn orders() -> (Orders, Inbox) {
    let (tx, rx) = mpsc::channel(64);
    (Orders(tx), Inbox(rx))
}

impl Keeper {
    /// Starts all the services. Needs a tokio runtime. `known` tells which processes are xSwarm's.
    ///
    /// # Panics
    /// If a service has no address.
    #[must_use]
    pub fn start(
        (orders, inbox): (Orders, Inbox),
        specs: Vec<impl Into<Spec>>,
        policy: Policy,
        known: ports::Known,
    ) -> Self {
        let tasks = TaskTracker::new();
        let end = CancellationToken::new();
        let (task, services) = task::Task::new(
            specs.into_iter().map(Into::into).collect(),
            policy,
            known,
            orders.0.clone(),
            tasks.clone(),
        );
        let clocks = wake::watch(orders.0.clone());
        tasks.spawn(end.clone().run_until_cancelled_owned(clocks));
        tasks.spawn(end.clone().run_until_cancelled_owned(task.run(inbox.0)));
        Self { orders, services, tasks, end }
    }

    /// How the services are, in the order in which they were given; changes whenever one of them does.
    pub fn services(&self) -> watch::Receiver<Vec<Service>> {
        self.services.clone()
    }

    /// Stops all services, each within the policy's limit, lets their ports go, and returns when they are free.
    pub async fn close(self) {
        // An error means that the task has ended, which is what is waited for.
        let _ = self.orders.stop_all().await.await;
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

impl Orders {
    /// All listeners that are ours, for a process that takes over. They stay ours as well.
    pub async fn listeners(&self) -> Vec<TcpListener> {
        let (tx, listeners) = oneshot::channel();
        if self.0.send(Mail::Listeners(tx)).await.is_err() {
            return Vec::new();
        }
        listeners.await.unwrap_or_default()
    }

    /// Tells all services to stop for good, and returns as soon as no listener is ours any more. What they have begun they
    /// may still finish.
    pub async fn release(&self) {
        self.stop_all().await;
    }

    /// As `release`, and gives what tells when all have stopped.
    async fn stop_all(&self) -> oneshot::Receiver<()> {
        let (begun, released) = oneshot::channel();
        let (done, stopped) = oneshot::channel();
        if self.0.send(Mail::Close { begun, done }).await.is_ok() {
            // An error means that the task has ended, and its listeners with it.
            let _ = released.await;
        }
        stopped
    }

    /// Gives an order and waits until it has taken effect.
    ///
    /// # Errors
    /// Tells why it could not be carried out.
    pub async fn give(&self, order: Order) -> Result<Outcome, Failure> {
        let (tx, answer) = oneshot::channel();
        self.0.send(Mail::Order(order, tx)).await.map_err(|_| Failure::Ending)?;
        answer.await.map_err(|_| Failure::Ending)?
    }
}
