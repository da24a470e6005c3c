//! One endpoint of a service: how far we are with its port, and what is under way for it.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use wire::{Cause, Mishap, PortState};

use crate::connections::Gate;
use crate::context::{Context, Doing, timestamp};
use crate::effects;
use crate::port::{Effect, Event, Port, Terms};

pub(crate) struct Endpoint {
    context: Context,
    address: SocketAddr,
    /// Whether the service must have it.
    is_required: bool,
    /// A listener that we were started with. It is kept open, for whoever gave it to us holds it as well and the address
    /// can't be bound anew.
    adopted: Option<Arc<TcpListener>>,
    port: Port,
    /// Why the port could not be had the last time.
    last_cause: Option<Cause>,
    gate: Option<Arc<Gate>>,
    /// What is under way: an attempt, a wait, the proofs.
    doing: Option<Doing>,
    /// Whether the service takes connections.
    is_served: bool,
}

impl Endpoint {
    pub(crate) fn new(
        context: Context,
        address: SocketAddr,
        is_required: bool,
        adopted: Option<Arc<TcpListener>>,
    ) -> Self {
        Self {
            context,
            address,
            is_required,
            adopted,
            port: Port(PortState::Stopped),
            last_cause: None,
            gate: None,
            doing: None,
            is_served: false,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_required(&self) -> bool {
        self.is_required
    }

    pub(crate) fn port(&self) -> &Port {
        &self.port
    }

    /// Why the port could not be had the last time.
    pub(crate) fn last_cause(&self) -> Option<&Cause> {
        self.last_cause.as_ref()
    }

    /// The listener, for a process that takes over.
    pub(crate) fn duplicate(&self) -> Option<TcpListener> {
        self.gate.as_ref().and_then(|gate| gate.listener().duplicate().ok())
    }

    /// Whether that news comes from something under way here.
    pub(crate) fn is_awaiting(&self, tag: u64) -> bool {
        self.doing.as_ref().is_some_and(|doing| doing.is(tag))
    }

    /// Takes a listener that has become ours.
    pub(crate) fn take(&mut self, gate: Arc<Gate>) {
        self.gate = Some(gate);
        self.happens(Event::Bound);
    }

    /// Takes note of what came of an effect; tells what went wrong, if that is worth remembering.
    pub(crate) fn hear(&mut self, event: Event) -> Option<Mishap> {
        let before = self.port.clone();
        self.happens(event.clone());
        self.mishap(&before, event)
    }

    /// Goes where the table says and does what it says.
    pub(crate) fn happens(&mut self, event: Event) {
        match &event {
            Event::Served => self.is_served = true,
            Event::Unserved | Event::Close => self.is_served = false,
            Event::InUse(cause) | Event::CauseChanged(cause) | Event::Shared(cause) => {
                self.last_cause = Some(cause.clone());
            }
            Event::Open
            | Event::Bound
            | Event::Refused(_)
            | Event::TimeUp
            | Event::Proven
            | Event::Crowded(..)
            | Event::Silent(_)
            | Event::Lost => {}
        }
        let before = self.port.clone();
        let (port, effect) = before.clone().after(event.clone(), &self.terms());
        self.port = port;
        self.have(effect);
        self.log(&before, &event, effect);
    }

    fn terms(&self) -> Terms {
        let retry = &self.context.policy.retry;
        Terms {
            now: timestamp(Duration::ZERO),
            attempts: retry.attempts,
            delay: retry.delay(self.port.attempt().unwrap_or(retry.attempts)),
            is_sharing_intended: self.context.sharing == ports::Sharing::Shared,
        }
    }

    /// Proves at once what is proven every few seconds.
    pub(crate) fn prove_again(&mut self) {
        if self.port.is_held() && self.is_served {
            self.have(Effect::Prove);
        }
    }

    fn have(&mut self, effect: Effect) {
        let (address, known) = (self.address, self.context.known.clone());
        match effect {
            Effect::Nothing => {}
            Effect::LetGo => self.let_go(),
            Effect::Bind => {
                self.let_go();
                let (sharing, adopted) = (self.context.sharing, self.adopted.clone());
                self.doing = Some(self.context.begin(move |reporter| async move {
                    reporter.tell(effects::bind(address, sharing, adopted, known).await).await;
                }));
            }
            Effect::Wait(delay) => self.wait(Some(delay)),
            Effect::Watch => self.wait(None),
            Effect::AskAgain => {
                let (sharing, rest) =
                    (self.context.sharing, self.context.policy.retry.longest_delay);
                self.doing = Some(self.context.begin(move |reporter| async move {
                    reporter.tell(effects::ask_again(address, sharing, rest).await).await;
                }));
            }
            Effect::Prove => self.prove(),
            Effect::Keep => self.doing = None,
        }
    }

    fn let_go(&mut self) {
        self.doing = None;
        if let Some(gate) = self.gate.take() {
            self.context.gates.shut(&gate);
        }
    }

    fn wait(&mut self, limit: Option<Duration>) {
        let Some(cause) = self.port.0.cause().cloned() else { return };
        let wait = effects::Wait {
            address: self.address,
            sharing: self.context.sharing,
            known: self.context.known.clone(),
            cause,
            limit,
        };
        self.doing = Some(self.context.begin(move |reporter| async move {
            let news = wait.out(&reporter).await;
            reporter.tell(news).await;
        }));
    }

    /// Lets the service have the connections, and proves that it takes them.
    fn prove(&mut self) {
        self.doing = None;
        let Some(gate) = self.gate.clone() else { return };
        self.context.gates.open(&gate);
        if !self.is_served {
            return;
        }
        let (known, policy) = (self.context.known.clone(), self.context.policy);
        let turned_away = Arc::clone(&self.context.turned_away);
        self.doing = Some(
            self.context
                .begin(move |reporter| effects::prove(gate, known, policy, turned_away, reporter)),
        );
    }

    /// What is worth remembering of what has just happened: the first of several of a kind.
    fn mishap(&self, before: &Port, event: Event) -> Option<Mishap> {
        let address = self.address.to_string();
        let is_as_before =
            std::mem::discriminant(&before.0) == std::mem::discriminant(&self.port.0);
        match event {
            Event::InUse(cause) if before.attempt() == Some(1) => {
                Some(Mishap::InUse { address, cause })
            }
            Event::CauseChanged(cause) => Some(Mishap::InUse { address, cause }),
            Event::Refused(refusal) => Some(Mishap::Refused { address, refusal }),
            Event::Lost if before.is_held() => Some(Mishap::Lost { address }),
            Event::Shared(_) | Event::Silent(_) if is_as_before => None,
            Event::Shared(_) if self.context.sharing == ports::Sharing::Shared => None,
            Event::Shared(cause) => Some(Mishap::Shared { address, cause }),
            Event::Silent(why) => Some(Mishap::Silent { address, why }),
            Event::Open
            | Event::Close
            | Event::Served
            | Event::Unserved
            | Event::Bound
            | Event::InUse(_)
            | Event::TimeUp
            | Event::Proven
            | Event::Crowded(..)
            | Event::Lost => None,
        }
    }
}
