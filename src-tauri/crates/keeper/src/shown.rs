//! How a service is, in the words of the wire.

use wire::{Companion, PortState, Program, Service, ServiceKind};

use crate::instance::{Instance, Work};
use crate::life::{Crash, Life};
use crate::program::command_line;

impl Instance {
    pub(crate) fn shown(&self) -> Service {
        let main = self.main();
        let (life, state) = match self.life() {
            Life::Stopped => (wire::Life::Stopped, PortState::Stopped),
            Life::Running => (self.shown_life(), main.port.0.clone()),
            Life::Restarting { since } => {
                (wire::Life::Starting, PortState::Proving { since: *since })
            }
            Life::Resting { since, next_at, crash: Crash { reason, crashes, .. } } => {
                let (crashes, next_at, reason) = (*crashes, *next_at, reason.clone());
                let restarting = wire::Life::Restarting { crashes, next_at, reason };
                (restarting, PortState::Proving { since: *since })
            }
            Life::Failed { crash } => {
                (wire::Life::Failed { reason: crash.reason.clone() }, PortState::Stopped)
            }
            Life::Stopping { .. } => (wire::Life::Stopping, PortState::Stopped),
        };
        let others = self.endpoints.iter().skip(1);
        let companions =
            others.map(|other| Companion::new(other.spot.address, other.port.0.clone())).collect();
        let mut service = Service::new(self.name(), self.address(), life, state, companions);
        service.troubles = self.troubles.iter().cloned().collect();
        if let Some(program) = self.shown_program() {
            (service.kind, service.program) = (ServiceKind::Program, Some(Box::new(program)));
        }
        service
    }

    /// Where a running service is in its life depends on the port that it must have.
    fn shown_life(&self) -> wire::Life {
        let port = &self.main().port;
        if port.is_denied() {
            wire::Life::Waiting
        } else if port.is_held() && port.is_settled() {
            wire::Life::Running
        } else {
            wire::Life::Starting
        }
    }

    fn shown_program(&self) -> Option<Program> {
        let Work::Program(spec) = &self.work else { return None };
        let started = self.started.as_ref();
        let command = started.map(|started| started.command.clone());
        Some(Program {
            command: command.unwrap_or_else(|| command_line(&spec.program)),
            pid: started.map(|started| started.pid),
            started: started.map(|started| started.started),
            ready_by: started.map(|started| started.ready_by),
            listens: started.is_some_and(|started| started.listens),
            elsewhere: started.map(|started| started.elsewhere.clone()).unwrap_or_default(),
            could_start: self.could_start,
        })
    }
}
