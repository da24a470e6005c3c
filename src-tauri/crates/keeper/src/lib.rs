//! Runs services over ports, and says how they are.
//!
//! One task owns all state ([`Keeper::start`]). For each service it holds a [`life`](life::Life), which changes only by
//! the table in `life.rs`, and does the deeds that the table names: bind, wait, watch, serve, halt, rest. Long deeds run
//! as tasks of their own, and what comes of them returns as an event. Whatever is shown leaves through one watch channel.
//!
//! A service is a function that is handed its [`Connections`]. It can't lie about its port, because it never had a say
//! in it: `Listening` is said here alone, and only while we hold the listener, the kernel names nobody else on the port,
//! and the service answers a probe that comes in through the port like everybody else.

mod connections;
mod deeds;
mod kept;
mod life;
mod message;
mod policy;
mod story;
mod task;

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{Failure, Order, Outcome, Service, ServiceName};

pub use connections::Connections;
pub use policy::{Growth, Policy, Retry};

/// How a service is run: with the connections that come in, until the token is cancelled. Before that it must not end.
pub type Serve =
    Arc<dyn Fn(Connections, CancellationToken) -> BoxFuture<'static, ()> + Send + Sync>;

/// A service that is to be kept.
#[derive(Clone)]
pub struct Charge {
    /// Its name.
    pub name: ServiceName,
    /// Where it is to listen.
    pub address: SocketAddr,
    /// How it is run.
    pub serve: Serve,
}

/// The keeper of the services. Dropping it ends them without ceremony; [`Keeper::close`] does it properly.
pub struct Keeper {
    orders: Orders,
    services: watch::Receiver<Vec<Service>>,
    tasks: TaskTracker,
    _end: tokio_util::sync::DropGuard,
}

/// Where orders are given.
#[derive(Clone)]
pub struct Orders(mpsc::Sender<message::Message>);

/// Where they arrive.
pub struct Inbox(mpsc::Receiver<message::Message>);

/// The two ends of the way of an order. They exist before the keeper does, since a service that it keeps may give orders.
#[must_use]
pub fn orders() -> (Orders, Inbox) {
    let (tx, rx) = mpsc::channel(64);
    (Orders(tx), Inbox(rx))
}

impl Keeper {
    /// Starts all the services. Needs a tokio runtime. `known` tells which processes are xSwarm's.
    #[must_use]
    pub fn start(
        (orders, inbox): (Orders, Inbox),
        charges: Vec<Charge>,
        policy: Policy,
        known: ports::Known,
    ) -> Self {
        let tasks = TaskTracker::new();
        let end = CancellationToken::new();
        let (task, services) =
            task::Task::new(charges, policy, known, orders.0.clone(), tasks.clone());
        let ended = end.clone();
        tasks.spawn(async move { ended.run_until_cancelled(task.run(inbox.0)).await });
        Self { orders, services, tasks, _end: end.drop_guard() }
    }

    /// How the services are, in the order in which they were given; changes whenever one of them does.
    #[must_use]
    pub fn services(&self) -> watch::Receiver<Vec<Service>> {
        self.services.clone()
    }

    /// Stops all services, each within the policy's limit, lets their ports go, and returns when they are free.
    pub async fn close(self) {
        let (tx, closed) = oneshot::channel();
        if self.orders.0.send(message::Message::Close(tx)).await.is_ok() {
            // An error means that the task has ended, which is what is waited for.
            let _ = closed.await;
        }
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Orders {
    /// Gives an order and waits until it has taken effect.
    ///
    /// # Errors
    /// Tells why it could not be carried out.
    pub async fn give(&self, order: Order) -> Result<Outcome, Failure> {
        let (tx, answer) = oneshot::channel();
        self.0.send(message::Message::Order(order, tx)).await.map_err(|_| Failure::Ending)?;
        answer.await.map_err(|_| Failure::Ending)?
    }
}
