//! Where orders are given, whoever gives them.

use tokio::sync::watch;
use wire::{Failure, Order, Outcome, Snapshot};

use crate::installation::kill_log::{self, By};
use crate::peers::predecessor;

/// Where orders are given. Whom they end is written down.
#[derive(Clone)]
pub struct Orders {
    keeper: keeper::Orders,
    snapshots: watch::Receiver<Snapshot>,
    by: By,
}

impl Orders {
    pub(crate) fn new(
        keeper: keeper::Orders,
        snapshots: watch::Receiver<Snapshot>,
        by: By,
    ) -> Self {
        Self { keeper, snapshots, by }
    }

    /// Gives an order and waits until it has taken effect.
    ///
    /// # Errors
    /// Tells why it could not be carried out.
    pub async fn give(&self, order: Order) -> Result<Outcome, Failure> {
        let service = order.service();
        let port = self.snapshots.borrow().service(service).map(|service| service.port);
        let asked = match &order {
            Order::FreePort { victims, .. } => predecessor::ask_to_quit(victims).await,
            Order::Start { .. } | Order::Stop { .. } | Order::Restart { .. } => None,
        };
        kill_log::note_all(asked.as_slice(), port, self.by).await;
        let result = self.keeper.give(order).await;
        if let Some(port) = port {
            kill_log::note(&result, port, self.by).await;
        }
        predecessor::credit(result, asked)
    }
}
