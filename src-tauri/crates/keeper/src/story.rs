//! What the log tells of a service's life and of its addresses.

use tracing::{error, info, warn};
use wire::{Cause, Holder};

use crate::kept::Kept;
use crate::life::{self, Life};
use crate::place::Place;
use crate::port::{Doubt, Event, Port};

impl Kept {
    /// Tells what an event led to, where a reader of the log would want to know.
    pub(crate) fn log(&self, before: Life, event: life::Event) {
        let name = self.name();
        let service = name.id();
        match (self.life(), event) {
            (Life::Resting, life::Event::Crashed { .. }) => {
                let (crashes, reason) = (self.crashes(), self.reason());
                warn!(service, crashes, reason, "the service ended by itself");
            }
            (Life::Failed, life::Event::Crashed { .. }) => {
                error!(service, reason = self.reason(), "the service ended too often");
            }
            (Life::Stopped, _) if before != Life::Stopped => {
                info!(service, port = self.address().port(), "stopped");
            }
            _ => {}
        }
    }

    /// Says that the service is there for callers, in the sentence that people look for in the log.
    pub(crate) fn announce(&self) {
        let port = self.address().port();
        info!(port, "{}", self.announcement());
    }
}

impl Place {
    /// Tells what an event led to, where a reader of the log would want to know.
    pub(crate) fn log(&self, before: Port, event: Event) {
        let (port, ip, attempts) = (self.address().port(), self.address().ip(), self.attempts());
        let Named { holder, pid } = Named::of(self.cause());
        match (self.port(), event) {
            (Port::Waiting { attempt }, Event::InUse { .. }) => {
                let delay_ms = self.delay().as_millis();
                if let Cause::Exhausted = self.cause() {
                    return warn!(port, attempt, attempts, delay_ms, %ip, "out of descriptors or buffers, retrying");
                }
                warn!(port, attempt, attempts, delay_ms, %ip, holder, pid, "port is in use, retrying");
            }
            (Port::Taken, Event::InUse { .. }) => {
                error!(port, attempts, %ip, holder, pid, "port is taken, watching it until it is let go");
            }
            (Port::Refused, Event::Refused) if self.is_optional() => {
                info!(port, %ip, refusal = %self.refusal(), "the system refuses the further address");
            }
            (Port::Refused, Event::Refused) => {
                error!(port, %ip, refusal = %self.refusal(), "the system refuses the port");
            }
            (Port::Proving, Event::Bound) => match attempt_that_bound(before) {
                Some(1) => {}
                Some(attempt) => info!(port, attempt, %ip, "bound the port after a retry"),
                None => info!(port, attempts, %ip, "bound the port that could not be had"),
            },
            (Port::Doubted(Doubt::Shared), Event::Doubted(_)) if before != self.port() => {
                let intended = self.is_sharing_intended();
                warn!(port, %ip, holder, pid, intended, "somebody else listens on the port, too");
            }
            (Port::Doubted(Doubt::Silent), Event::Doubted(_)) if before != self.port() => {
                warn!(port, %ip, why = %self.silence(), "the port does not answer its own probe");
            }
            (Port::Proven | Port::Crowded, _) if matches!(before, Port::Doubted(_)) => {
                info!(port, %ip, "the port answers again, and is ours alone");
            }
            (Port::Crowded, Event::Crowded) if before != Port::Crowded => {
                let (turned_away, most) = self.crowd();
                warn!(port, %ip, turned_away, most, "the port is crowded");
            }
            (Port::Proven, Event::Proven) if before == Port::Crowded => {
                info!(port, %ip, "the port is crowded no longer");
            }
            (Port::Binding { .. }, Event::Lost) => {
                warn!(port, %ip, "the listener was lost, binding again");
            }
            _ => {}
        }
    }

    /// Tells that the port has changed hands while we waited for it.
    pub(crate) fn log_new_holder(&self) {
        let Named { holder, pid } = Named::of(self.cause());
        warn!(port = self.address().port(), ip = %self.address().ip(), holder, pid, "port is still in use");
    }
}

/// Which attempt it was that succeeded, or nothing if the attempts had been used up.
fn attempt_that_bound(before: Port) -> Option<u32> {
    if let Port::Binding { attempt } = before {
        return Some(attempt);
    }
    // The port was let go during the wait for the next attempt, which was made at once.
    if let Port::Waiting { attempt } = before { Some(attempt + 1) } else { None }
}

/// The first of the holders, which is nearly always the only one.
struct Named<'a> {
    holder: Option<&'a str>,
    pid: Option<u32>,
}

impl<'a> Named<'a> {
    fn of(cause: &'a Cause) -> Self {
        let first: Option<&Holder> = cause.endable_holders().first();
        Self {
            holder: first.map(|holder| holder.name.as_str()),
            pid: first.map(|holder| holder.identity.pid),
        }
    }
}
