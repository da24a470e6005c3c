//! What the log tells of a service's life.

use tracing::{error, info, warn};
use wire::{Cause, Holder, ServiceName};

use crate::kept::Kept;
use crate::life::{Doubt, Event, Life};

impl Kept {
    /// Tells what an event led to, where a reader of the log would want to know.
    pub(crate) fn log(&self, before: Life, event: Event) {
        let (service, port) = (self.name().id(), self.addr().port());
        let attempts = self.policy().retry.attempts;
        match (self.life(), event) {
            (Life::Waiting { attempt }, Event::InUse { .. }) => {
                let delay_ms = self.policy().retry.delay(attempt).as_millis();
                let Named { holder, pid } = Named::of(self.cause());
                warn!(port, attempt, attempts, delay_ms, holder, pid, "port is in use, retrying");
            }
            (Life::Taken, Event::InUse { .. }) => {
                let Named { holder, pid } = Named::of(self.cause());
                error!(
                    port,
                    attempts, holder, pid, "port is taken, watching it until it is let go"
                );
            }
            (Life::Refused, Event::Refused) => {
                error!(port, refusal = %self.refusal(), "the system refuses the port");
            }
            (Life::Proving, Event::Bound) => match attempt_that_bound(before) {
                Some(1) => {}
                Some(attempt) => info!(port, attempt, "bound the port after a retry"),
                None => info!(port, attempts, "bound the port that had been taken"),
            },
            (Life::Proven, Event::Proven) if before != Life::Proven => announce(self.name(), port),
            (Life::Doubted(Doubt::Shared), Event::Doubted(_)) if before != self.life() => {
                let Named { holder, pid } = Named::of(self.cause());
                warn!(port, holder, pid, "somebody else listens on the port, too");
            }
            (Life::Doubted(Doubt::Silent), Event::Doubted(_)) if before != self.life() => {
                warn!(service, port, "the service does not answer its own probe");
            }
            (Life::Binding { .. }, Event::Lost) => {
                warn!(port, "the listener was lost, binding again");
            }
            (Life::Resting, Event::Crashed { .. }) => {
                warn!(
                    service,
                    crashes = self.crashes(),
                    reason = self.reason(),
                    "the service ended by itself"
                );
            }
            (Life::Failed, Event::Crashed { .. }) => {
                error!(service, reason = self.reason(), "the service ended too often");
            }
            (Life::Stopped, _) if before != Life::Stopped => info!(service, port, "stopped"),
            _ => {}
        }
    }

    /// Tells that the port has changed hands while we waited for it.
    pub(crate) fn log_new_holder(&self) {
        let Named { holder, pid } = Named::of(self.cause());
        warn!(port = self.addr().port(), holder, pid, "port is still in use");
    }
}

/// Which attempt it was that succeeded, or nothing if the attempts had been used up.
fn attempt_that_bound(before: Life) -> Option<u32> {
    if let Life::Binding { attempt } = before {
        return Some(attempt);
    }
    // The port was let go during the wait for the next attempt, which was made at once.
    if let Life::Waiting { attempt } = before { Some(attempt + 1) } else { None }
}

/// Says that the service is there for callers: the sentences are promised to people who look for them in the log.
fn announce(service: ServiceName, port: u16) {
    match service {
        ServiceName::VoiceBridge => info!(port, "Voice bridge WebSocket server listening"),
        ServiceName::Supervisor => info!(port, "Supervisor WebSocket server listening"),
    }
}

/// The first of the holders, which is nearly always the only one.
struct Named<'a> {
    holder: Option<&'a str>,
    pid: Option<u32>,
}

impl<'a> Named<'a> {
    fn of(cause: &'a Cause) -> Self {
        let first: Option<&Holder> = cause.holders().first();
        Self {
            holder: first.map(|holder| holder.name.as_str()),
            pid: first.map(|holder| holder.identity.pid),
        }
    }
}
