//! Which program has which port, from the moment it is to start: it takes a while until it listens, and another program
//! that wants the same port must not be started meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use wire::ServiceName;

#[derive(Clone)]
pub(crate) struct Claims(Arc<watch::Sender<BTreeMap<u16, ServiceName>>>);

impl Claims {
    pub(crate) fn none() -> Self {
        Self(Arc::new(watch::Sender::default()))
    }

    /// Claims a port for that program, or tells which other one has it.
    pub(crate) fn take(&self, port: u16, by: ServiceName) -> Result<(), ServiceName> {
        let mut holder = by;
        self.0.send_if_modified(|claims| {
            let is_new = !claims.contains_key(&port);
            holder = *claims.entry(port).or_insert(by);
            is_new
        });
        if holder == by { Ok(()) } else { Err(holder) }
    }

    pub(crate) fn release(&self, by: ServiceName) {
        self.0.send_if_modified(|claims| {
            let before = claims.len();
            claims.retain(|_, holder| *holder != by);
            claims.len() != before
        });
    }

    /// Resolves when that program may claim that port.
    pub(crate) async fn released(&self, port: u16, by: ServiceName) {
        let is_free = |claims: &BTreeMap<u16, ServiceName>| {
            claims.get(&port).is_none_or(|holder| *holder == by)
        };
        // The sender is ours, so it is there.
        let _ = self.0.subscribe().wait_for(is_free).await;
    }
}
