//! One endpoint of a service: how far we are with its port, and what is under way for it.

use std::mem::discriminant;
use std::net::TcpListener;
use std::sync::Arc;

use ports::Sharing;
use wire::{Cause, Mishap, PortState};

use crate::connections::Gate;
use crate::context::{Doing, now};
use crate::effects::Spot;
use crate::message::{News, Reporter};
use crate::port::{Effect, Event, Port, Terms};

pub(crate) struct Endpoint {
    pub(crate) spot: Spot,
    /// Whether the service must have it.
    pub(crate) is_required: bool,
    pub(crate) port: Port,
    /// Why the port could not be had the last time.
    pub(crate) last_cause: Option<Cause>,
    gate: Option<Arc<Gate>>,
    /// What is under way: an attempt, a wait, the proofs.
    doing: Option<Doing>,
    /// Whether the service takes connections.
    is_served: bool,
}

impl Endpoint {
    pub(crate) fn new(spot: Spot, is_required: bool) -> Self {
        Self {
            spot,
            is_required,
            port: Port(PortState::Stopped),
            last_cause: None,
            gate: None,
            doing: None,
            is_served: false,
        }
    }

    /// The listener, for a process that takes over.
    pub(crate) fn duplicate(&self) -> Option<TcpListener> {
        self.gate.as_ref().and_then(|gate| gate.listener.duplicate().ok())
    }

    /// Whether that news comes from something under way here.
    pub(crate) fn is_awaiting(&self, tag: u64) -> bool {
        self.doing.as_ref().is_some_and(|doing| doing.tag == tag)
    }

    /// Takes note of what came of an effect; tells what went wrong, if that is worth remembering.
    pub(crate) fn hear(&mut self, news: News) -> Option<Mishap> {
        let event = match news {
            News::Bound(gate) => {
                self.gate = Some(gate);
                Event::Bound
            }
            News::Port(event) => event,
            News::Started(_)
            | News::NotStarted(_)
            | News::Ended
            | News::Crashed(_)
            | News::Rested => return None,
        };
        let before = self.port.clone();
        self.happens(event.clone());
        self.mishap(&before, event)
    }

    pub(crate) fn happens(&mut self, event: Event) {
        if let Event::Served | Event::Unserved | Event::Close = event {
            self.is_served = event == Event::Served;
        }
        let before = self.port.clone();
        let (port, effect) = before.clone().after(event.clone(), &self.terms());
        self.port = port;
        if let Some(cause) = self.port.0.cause() {
            self.last_cause = Some(cause.clone());
        }
        self.have(effect);
        self.log(&before, &event, effect);
    }

    fn terms(&self) -> Terms {
        let retry = &self.spot.context.policy.retry;
        Terms {
            now: now(),
            attempts: retry.attempts,
            delay: retry.delay(self.port.attempt().unwrap_or(retry.attempts)),
            is_sharing_intended: self.spot.context.sharing == Sharing::Shared,
        }
    }

    /// Whether it stays as it is until something happens. A program that gets ready may take its time.
    pub(crate) fn is_settled(&self) -> bool {
        self.port.is_settled() || (self.spot.is_program && self.port.is_held())
    }

    /// Whether the port is not ours, or not the program's to have.
    pub(crate) fn is_missing(&self) -> bool {
        !(self.port.is_proven() || (self.spot.is_program && self.port.is_held()))
    }

    /// Proves at once what is proven every few seconds.
    pub(crate) fn prove_again(&mut self) {
        if self.spot.is_program {
            self.spot.context.nudge.notify_one();
        } else if self.port.is_held() && self.is_served {
            self.have(Effect::Prove);
        }
    }

    fn have(&mut self, effect: Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::LetGo => self.let_go(),
            Effect::Bind => {
                self.let_go();
                self.begin(|spot, _| spot.bind());
            }
            Effect::Wait(limit) => {
                let Some(cause) = self.port.0.cause().cloned() else { return };
                self.begin(move |spot, reporter| spot.wait(cause, limit, reporter));
            }
            Effect::AskAgain => self.begin(|spot, _| spot.ask_again()),
            Effect::Prove => self.prove(),
            Effect::Keep => self.doing = None,
        }
    }

    fn begin<F>(&mut self, effect: impl FnOnce(Spot, Reporter) -> F)
    where
        F: Future<Output = News> + Send + 'static,
    {
        let spot = self.spot.clone();
        self.doing = Some(self.spot.context.begin(|reporter| effect(spot, reporter)));
    }

    fn let_go(&mut self) {
        self.doing = None;
        self.spot.context.clearance.send_replace(false);
        if let Some(gate) = self.gate.take() {
            self.spot.context.gates.shut(&gate);
        }
    }

    /// Lets the service have the connections, and proves that it takes them.
    fn prove(&mut self) {
        self.doing = None;
        if self.spot.is_program {
            self.spot.context.clearance.send_replace(true);
        }
        let Some(gate) = self.gate.clone() else { return };
        self.spot.context.gates.open(&gate);
        if self.is_served {
            self.begin(|spot, reporter| spot.prove(gate, reporter));
        }
    }

    /// What is worth remembering of what has just happened: the first of several of a kind.
    fn mishap(&self, before: &Port, event: Event) -> Option<Mishap> {
        let address = self.spot.address.to_string();
        let is_as_before = discriminant(&before.0) == discriminant(&self.port.0);
        match (event, is_as_before) {
            (Event::InUse(cause), _) if before.attempt() == Some(1) => {
                Some(Mishap::InUse { address, cause })
            }
            (Event::CauseChanged(cause), _) => Some(Mishap::InUse { address, cause }),
            (Event::Refused(refusal), _) => Some(Mishap::Refused { address, refusal }),
            (Event::Lost, _) if before.is_held() => Some(Mishap::Lost { address }),
            (Event::Shared(cause), false) if self.spot.context.sharing == Sharing::Exclusive => {
                Some(Mishap::Shared { address, cause })
            }
            (Event::Silent(why), false) => Some(Mishap::Silent { address, why }),
            _ => None,
        }
    }
}
