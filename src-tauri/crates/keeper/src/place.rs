//! One address of a service: how far we are with its port, what is under way for it, and the facts to show.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use wire::{Cause, Crowding, Mishap, PortState, Refusal, Silence, Timestamp};

use crate::connections::Gate;
use crate::deeds;
use crate::ground::{Doing, Ground, timestamp};
use crate::message::PortNews;
use crate::port::{Deed, Doubt, Event, Port};

pub(crate) struct Place {
    ground: Ground,
    address: SocketAddr,
    /// Whether the service can do without it.
    is_optional: bool,
    /// A listener that we were started with. It is kept open, for whoever gave it to us holds it as well and the address
    /// can't be bound anew.
    adopted: Option<Arc<TcpListener>>,
    port: Port,
    facts: Facts,
    gate: Option<Arc<Gate>>,
    /// What is under way: an attempt, a wait, the proofs.
    deed: Option<Doing>,
    /// Whether the service takes connections.
    is_served: bool,
}

/// What is shown besides the state.
struct Facts {
    since: Timestamp,
    proven_at: Timestamp,
    delay: Duration,
    next_at: Timestamp,
    cause: Cause,
    refusal: Refusal,
    silence: Silence,
    turned_away: u32,
    crowd: Vec<Crowding>,
}

impl Place {
    pub(crate) fn new(
        ground: Ground,
        address: SocketAddr,
        is_optional: bool,
        adopted: Option<Arc<TcpListener>>,
    ) -> Self {
        let facts = Facts {
            since: timestamp(Duration::ZERO),
            proven_at: timestamp(Duration::ZERO),
            delay: Duration::ZERO,
            next_at: timestamp(Duration::ZERO),
            cause: Cause::Exhausted,
            refusal: Refusal::NotPermitted,
            silence: Silence::Unanswered,
            turned_away: 0,
            crowd: Vec::new(),
        };
        Self {
            ground,
            address,
            is_optional,
            adopted,
            port: Port::Closed,
            facts,
            gate: None,
            deed: None,
            is_served: false,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_optional(&self) -> bool {
        self.is_optional
    }

    pub(crate) fn port(&self) -> Port {
        self.port
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.ground.policy.retry.attempts
    }

    /// The wait for the next attempt.
    pub(crate) fn delay(&self) -> Duration {
        self.facts.delay
    }

    pub(crate) fn cause(&self) -> &Cause {
        &self.facts.cause
    }

    pub(crate) fn refusal(&self) -> &Refusal {
        &self.facts.refusal
    }

    pub(crate) fn silence(&self) -> Silence {
        self.facts.silence
    }

    /// How many found no place between the last two proofs, and the program that has most of the connections.
    pub(crate) fn crowd(&self) -> (u32, Option<&str>) {
        (self.facts.turned_away, self.facts.crowd.first().map(|most| most.name.as_str()))
    }

    pub(crate) fn is_sharing_intended(&self) -> bool {
        self.ground.sharing == ports::Sharing::Shared
    }

    /// The listener, for a process that takes over.
    pub(crate) fn duplicate(&self) -> Option<TcpListener> {
        self.gate.as_ref().and_then(|gate| gate.listener().duplicate().ok())
    }

    /// Whether that news comes from something under way here.
    pub(crate) fn is_awaiting(&self, tag: u64) -> bool {
        self.deed.as_ref().is_some_and(|doing| doing.is(tag))
    }

    /// Takes note of what came of a deed; tells what went wrong, if that is worth remembering.
    pub(crate) fn hear(&mut self, news: PortNews) -> Option<Mishap> {
        let before = self.port;
        let event = match news {
            PortNews::Bound(gate) => {
                self.gate = Some(gate);
                Event::Bound
            }
            PortNews::InUse(cause) => {
                self.facts.cause = cause;
                Event::InUse { attempts: self.attempts() }
            }
            PortNews::CauseChanged(cause) => {
                self.facts.cause = cause;
                self.log_new_holder();
                return Some(self.in_use());
            }
            PortNews::Refused(refusal) => {
                self.facts.refusal = refusal;
                Event::Refused
            }
            PortNews::TimeUp => Event::TimeUp,
            PortNews::Proven => {
                self.facts.proven_at = timestamp(Duration::ZERO);
                Event::Proven
            }
            PortNews::Crowded(turned_away, by) => {
                self.facts.proven_at = timestamp(Duration::ZERO);
                (self.facts.turned_away, self.facts.crowd) = (turned_away, by);
                Event::Crowded
            }
            PortNews::Shared(cause) => {
                self.facts.cause = cause;
                Event::Doubted(Doubt::Shared)
            }
            PortNews::Silent(silence) => {
                self.facts.silence = silence;
                Event::Doubted(Doubt::Silent)
            }
            PortNews::Lost => Event::Lost,
        };
        self.happens(event);
        self.mishap(before, event)
    }

    /// Goes where the table says and does what it says.
    pub(crate) fn happens(&mut self, event: Event) {
        match event {
            Event::Served => self.is_served = true,
            Event::Unserved | Event::Close => self.is_served = false,
            Event::Open
            | Event::Bound
            | Event::InUse { .. }
            | Event::Refused
            | Event::TimeUp
            | Event::Proven
            | Event::Crowded
            | Event::Doubted(_)
            | Event::Lost => {}
        }
        let before = self.port;
        let (port, deed) = before.after(event);
        self.port = port;
        if std::mem::discriminant(&before) != std::mem::discriminant(&port) {
            self.facts.since = timestamp(Duration::ZERO);
        }
        self.carry_out(deed);
        self.log(before, event);
    }

    /// Proves at once what is proven every few seconds.
    pub(crate) fn prove_again(&mut self) {
        if self.port.is_held() && self.is_served {
            self.carry_out(Deed::Prove);
        }
    }

    fn carry_out(&mut self, deed: Deed) {
        let (address, known) = (self.address, self.ground.known.clone());
        match deed {
            Deed::Nothing => {}
            Deed::LetGo => self.let_go(),
            Deed::Bind => {
                self.let_go();
                let (sharing, adopted) = (self.ground.sharing, self.adopted.clone());
                self.deed = Some(self.ground.begin(move |reporter| async move {
                    reporter.tell(deeds::bind(address, sharing, adopted, known).await).await;
                }));
            }
            Deed::Wait => {
                self.facts.delay = self.ground.policy.retry.delay(self.attempt());
                self.facts.next_at = timestamp(self.facts.delay);
                self.wait(Some(self.facts.delay));
            }
            Deed::Watch => self.wait(None),
            Deed::AskAgain => {
                let (sharing, rest) = (self.ground.sharing, self.ground.policy.retry.longest_delay);
                self.deed = Some(self.ground.begin(move |reporter| async move {
                    reporter.tell(deeds::ask_again(address, sharing, rest).await).await;
                }));
            }
            Deed::Prove => self.prove(),
            Deed::Keep => self.deed = None,
        }
    }

    fn let_go(&mut self) {
        self.deed = None;
        if let Some(gate) = self.gate.take() {
            self.ground.gates.shut(&gate);
        }
    }

    fn wait(&mut self, limit: Option<Duration>) {
        let wait = deeds::Wait {
            address: self.address,
            sharing: self.ground.sharing,
            known: self.ground.known.clone(),
            cause: self.facts.cause.clone(),
            limit,
        };
        self.deed = Some(self.ground.begin(move |reporter| async move {
            let news = wait.out(&reporter).await;
            reporter.tell(news).await;
        }));
    }

    /// Lets the service have the connections, and proves that it takes them.
    fn prove(&mut self) {
        self.deed = None;
        let Some(gate) = self.gate.clone() else { return };
        self.ground.gates.open(&gate);
        if !self.is_served {
            return;
        }
        let (known, policy) = (self.ground.known.clone(), self.ground.policy);
        let turned_away = Arc::clone(&self.ground.turned_away);
        self.deed = Some(
            self.ground
                .begin(move |reporter| deeds::prove(gate, known, policy, turned_away, reporter)),
        );
    }

    fn attempt(&self) -> u32 {
        if let Port::Binding { attempt } | Port::Waiting { attempt } = self.port {
            attempt
        } else {
            self.attempts()
        }
    }

    fn in_use(&self) -> Mishap {
        Mishap::InUse { address: self.address.to_string(), cause: self.facts.cause.clone() }
    }

    /// What is worth remembering of what has just happened: the first of several of a kind.
    fn mishap(&self, before: Port, event: Event) -> Option<Mishap> {
        let address = self.address.to_string();
        match event {
            Event::InUse { .. } if before == (Port::Binding { attempt: 1 }) => Some(self.in_use()),
            Event::Refused => {
                Some(Mishap::Refused { address, refusal: self.facts.refusal.clone() })
            }
            Event::Lost if before.is_held() => Some(Mishap::Lost { address }),
            Event::Doubted(_) if before == self.port => None,
            Event::Doubted(Doubt::Shared) if self.is_sharing_intended() => None,
            Event::Doubted(Doubt::Shared) => {
                Some(Mishap::Shared { address, cause: self.facts.cause.clone() })
            }
            Event::Doubted(Doubt::Silent) => {
                Some(Mishap::Silent { address, why: self.facts.silence })
            }
            Event::Open
            | Event::Close
            | Event::Served
            | Event::Unserved
            | Event::Bound
            | Event::InUse { .. }
            | Event::TimeUp
            | Event::Proven
            | Event::Crowded
            | Event::Lost => None,
        }
    }

    /// How it is, in the words of the wire.
    pub(crate) fn shown(&self) -> PortState {
        let Facts { since, proven_at, next_at, silence, .. } = self.facts;
        let attempts = self.attempts();
        let cause = || self.facts.cause.clone();
        match self.port {
            Port::Closed => PortState::Stopped,
            Port::Binding { attempt } => PortState::Binding { attempt, attempts },
            Port::Waiting { attempt } => {
                PortState::Waiting { attempt, attempts, next_at, cause: cause() }
            }
            Port::Taken => PortState::Taken { attempts, cause: cause() },
            Port::Refused => PortState::Refused { refusal: self.facts.refusal.clone() },
            Port::Proving => PortState::Proving { since },
            Port::Proven => PortState::Listening { since, proven_at },
            Port::Crowded => {
                let Facts { turned_away, ref crowd, .. } = self.facts;
                PortState::Crowded { since, proven_at, turned_away, by: crowd.clone() }
            }
            Port::Doubted(Doubt::Shared) => {
                PortState::Shared { since, cause: cause(), is_intended: self.is_sharing_intended() }
            }
            Port::Doubted(Doubt::Silent) => PortState::Silent { since, why: silence },
        }
    }
}
