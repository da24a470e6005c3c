//! What the log tells of a service's life and of its addresses: what an event led to, where a reader would want to know.

use std::mem::discriminant;

use tracing::{error, info, warn};
use wire::{Cause, PortState};

use crate::endpoint::Endpoint;
use crate::instance::Instance;
use crate::life::{self, Crash, Life};
use crate::port::{Effect, Event, Port};

impl Instance {
    pub(crate) fn log(&self, before: &Life, event: &life::Event) {
        let name = self.name();
        let service = name.id();
        match (self.life(), event) {
            (Life::Resting { crash, .. }, life::Event::Crashed(_)) => {
                let Crash { crashes, reason, .. } = crash;
                warn!(service, crashes, reason, "the service ended by itself");
            }
            (Life::Failed { crash }, life::Event::Crashed(_)) if !self.could_start => {
                error!(service, reason = crash.reason, "the program can't be started");
            }
            (Life::Failed { crash }, life::Event::Crashed(_)) => {
                error!(service, reason = crash.reason, "the service ended too often");
            }
            (Life::Stopped, _) if *before != Life::Stopped => {
                info!(service, port = self.address().port(), "stopped");
            }
            _ => {}
        }
    }
}

impl Endpoint {
    pub(crate) fn log(&self, before: &Port, event: &Event, effect: Effect) {
        let (port, ip) = (self.spot.address.port(), self.spot.address.ip());
        let state = &self.port.0;
        let is_as_before = discriminant(&before.0) == discriminant(state);
        // The first of the holders is nearly always the only one.
        let first = state.cause().and_then(|cause| cause.endable_holders().first());
        let named = first.map(|holder| (holder.name.as_str(), holder.identity.pid));
        let (holder, pid) = named.unzip();
        match (state, event) {
            (PortState::Waiting { attempt, attempts, cause, .. }, Event::InUse(_)) => {
                let delay_ms =
                    if let Effect::Wait(Some(delay)) = effect { delay.as_millis() } else { 0 };
                if let Cause::Exhausted = cause {
                    return warn!(port, attempt, attempts, delay_ms, %ip, "out of descriptors or buffers, retrying");
                }
                warn!(port, attempt, attempts, delay_ms, %ip, holder, pid, "port is in use, retrying");
            }
            (PortState::Waiting { .. } | PortState::Taken { .. }, Event::CauseChanged(_)) => {
                warn!(port, %ip, holder, pid, "port is still in use");
            }
            (PortState::Taken { attempts, .. }, Event::InUse(_)) => {
                error!(port, attempts, %ip, holder, pid, "port is taken, watching it until it is let go");
            }
            (PortState::Refused { refusal }, Event::Refused(_)) if !self.is_required => {
                info!(port, %ip, %refusal, "the system refuses the further address");
            }
            (PortState::Refused { refusal }, Event::Refused(_)) => {
                error!(port, %ip, %refusal, "the system refuses the port");
            }
            (PortState::Proving { .. }, Event::Bound) => match attempt_that_bound(before) {
                Some(1) => {}
                Some(attempt) => info!(port, attempt, %ip, "bound the port after a retry"),
                None => info!(port, %ip, "bound the port that could not be had"),
            },
            (PortState::Shared { is_intended, .. }, Event::Shared(_)) if !is_as_before => {
                warn!(port, %ip, holder, pid, intended = is_intended, "somebody else listens on the port, too");
            }
            (PortState::Silent { why, .. }, Event::Silent(_)) if !is_as_before => {
                warn!(port, %ip, %why, "the port does not answer its own probe");
            }
            (PortState::Listening { .. } | PortState::Crowded { .. }, _)
                if matches!(before.0, PortState::Shared { .. } | PortState::Silent { .. }) =>
            {
                info!(port, %ip, "the port answers again, and is ours alone");
            }
            (PortState::Crowded { turned_away, by, .. }, Event::Crowded(..)) if !is_as_before => {
                let most = by.first().map(|most| most.name.as_str());
                warn!(port, %ip, turned_away, most, "the port is crowded");
            }
            (PortState::Listening { .. }, Event::Proven)
                if matches!(before.0, PortState::Crowded { .. }) =>
            {
                info!(port, %ip, "the port is crowded no longer");
            }
            (PortState::Binding { .. }, Event::Lost) => {
                warn!(port, %ip, "the listener was lost, binding again");
            }
            _ => {}
        }
    }
}

/// Which attempt it was that succeeded, or nothing if the attempts had been used up.
fn attempt_that_bound(before: &Port) -> Option<u32> {
    // Where the port was let go during the wait for the next attempt, that was made at once.
    let is_ahead = u32::from(matches!(before.0, PortState::Waiting { .. }));
    before.attempt().map(|attempt| attempt + is_ahead)
}
