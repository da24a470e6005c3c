//! One service that is kept: its life, its endpoints, what is under way for it, and what went wrong with it.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::{Cause, Companion, Failure, Mishap, Outcome, PortState, Service, ServiceName, Trouble};

use crate::context::{Context, Doing, now};
use crate::effects::{self, Spot};
use crate::endpoint::Endpoint;
use crate::freeing::Freeing;
use crate::life::{Crash, Effect, Event, Life};
use crate::message::{Answer, Freed, News, reply};
use crate::port;
use crate::spec::{Serve, ServiceSpec};

/// How many of the things that went wrong are remembered.
const REMEMBERED: usize = 20;

/// An answer that waits for everything to settle.
pub(crate) enum Reply {
    Done(Answer),
    Freed(Freed),
}

pub(crate) struct Instance {
    context: Context,
    announcement: &'static str,
    serve: Serve,
    life: Life,
    endpoints: Vec<Endpoint>,
    /// The service at work, or the rest after a crash.
    doing: Option<Doing>,
    stop: CancellationToken,
    /// How often it has ended by itself since it was last stable, and when it did last.
    crashes: (u32, Option<Instant>),
    troubles: VecDeque<Trouble>,
    replies: Vec<Reply>,
}

impl Instance {
    pub(crate) fn new(spec: ServiceSpec, context: Context) -> Self {
        let adopted: Vec<_> = spec.adopted.into_iter().map(Arc::new).collect();
        let endpoints = spec.addresses.into_iter().enumerate().map(|(rank, address)| {
            let is_here = |listener: &&Arc<TcpListener>| {
                listener.local_addr().is_ok_and(|local| local == address)
            };
            let adopted = adopted.iter().find(is_here).cloned();
            Endpoint::new(Spot { context: context.clone(), address, adopted }, rank == 0)
        });
        Self {
            endpoints: endpoints.collect(),
            context,
            announcement: spec.announcement,
            serve: spec.serve,
            life: Life::Stopped,
            doing: None,
            stop: CancellationToken::new(),
            crashes: (0, None),
            troubles: VecDeque::new(),
            replies: Vec::new(),
        }
    }

    pub(crate) fn name(&self) -> ServiceName {
        self.context.service
    }

    /// The endpoint that it must have, where people know it to be.
    fn main(&self) -> &Endpoint {
        self.endpoints.first().expect("every service has an endpoint")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.main().spot.address
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.life == Life::Stopped
    }

    pub(crate) fn life(&self) -> &Life {
        &self.life
    }

    fn is_denied_a_port(&self) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.port.is_denied())
    }

    pub(crate) fn freeing(&self) -> Freeing {
        Freeing {
            service: self.name(),
            addresses: self.endpoints.iter().map(|endpoint| endpoint.spot.address).collect(),
            is_denied: self.is_denied_a_port(),
            known: self.context.known.clone(),
        }
    }

    pub(crate) fn listeners(&self) -> impl Iterator<Item = TcpListener> {
        self.endpoints.iter().filter_map(Endpoint::duplicate)
    }

    pub(crate) fn prove_again(&mut self) {
        self.endpoints.iter_mut().for_each(Endpoint::prove_again);
    }

    /// Takes note of what came of an effect, unless that has been given up since.
    pub(crate) fn hear(&mut self, tag: u64, news: News) {
        if self.doing.as_ref().is_some_and(|doing| doing.tag == tag) {
            self.doing = None;
            return self.hear_of_life(news);
        }
        let was_proven = self.main().port.is_proven();
        let awaiting = self.endpoints.iter_mut().find(|endpoint| endpoint.is_awaiting(tag));
        let Some(endpoint) = awaiting else { return };
        if let Some(mishap) = endpoint.hear(news) {
            self.remember(mishap);
        }
        if !was_proven && self.main().port.is_proven() {
            // In the sentence that people look for in the log.
            info!(port = self.address().port(), "{}", self.announcement);
        }
        self.answer_if_settled();
    }

    fn hear_of_life(&mut self, news: News) {
        let event = match news {
            News::Ended => Event::Ended,
            News::Crashed(reason) => {
                self.remember(Mishap::Crashed { reason: reason.clone() });
                Event::Crashed(self.count_crash(reason))
            }
            News::Rested => Event::Rested,
            News::Bound(_) | News::Port(_) => return,
        };
        self.happens(event);
    }

    /// Goes where the table says and does what it says.
    pub(crate) fn happens(&mut self, event: Event) {
        let before = self.life.clone();
        let (life, effect) = before.clone().after(event.clone(), now());
        self.life = life;
        self.have(effect);
        self.log(&before, &event);
        self.answer_if_settled();
    }

    pub(crate) fn answer_when_settled(&mut self, reply: Reply) {
        self.replies.push(reply);
        self.answer_if_settled();
    }

    fn answer_if_settled(&mut self) {
        if !self.life.is_settled()
            || !self.endpoints.iter().all(|endpoint| endpoint.port.is_settled())
        {
            return;
        }
        for waiting in std::mem::take(&mut self.replies) {
            match waiting {
                Reply::Done(answer) => reply(answer, Ok(Outcome::Done { service: self.shown() })),
                Reply::Freed(freed) => self.answer_freed(freed),
            }
        }
    }

    /// The holders of its port have been ended: it is to come to us.
    pub(crate) fn take_freed(&mut self, freed: Freed) {
        if self.is_denied_a_port() {
            self.happens(Event::Start);
        } else {
            self.prove_again();
        }
        self.answer_when_settled(Reply::Freed(freed));
    }

    /// Answers those whose port has had the time to come to us, whatever is under way.
    pub(crate) fn answer_overdue(&mut self) {
        for waiting in std::mem::take(&mut self.replies) {
            match waiting {
                Reply::Freed(freed) if freed.until <= Instant::now() => self.answer_freed(freed),
                other @ (Reply::Done(_) | Reply::Freed(_)) => self.replies.push(other),
            }
        }
    }

    /// The port tells whether it was freed, within its time: until then whoever is on it may be ending.
    fn answer_freed(&mut self, freed: Freed) {
        let has_holders = |cause: &Cause| !cause.endable_holders().is_empty();
        let is_missing = |endpoint: &&Endpoint| {
            !endpoint.port.is_proven()
                && (endpoint.is_required || endpoint.last_cause.as_ref().is_some_and(has_holders))
        };
        let missing = self.endpoints.iter().find(is_missing);
        if missing.is_some() && !self.is_stopped() && Instant::now() < freed.until {
            return self.replies.push(Reply::Freed(freed));
        }
        let Freed { ended, began, answer, .. } = freed;
        let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let result = match missing.map(|endpoint| endpoint.last_cause.clone()) {
            None => Ok(Outcome::Freed { ended, took_ms, service: self.shown() }),
            Some(Some(cause)) => Err(Failure::StillTaken { ended, cause }),
            Some(None) => {
                let words = "the service does not answer on the port that was freed";
                Err(Failure::system(words).after(ended))
            }
        };
        reply(answer, result);
    }

    fn have(&mut self, effect: Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::LetGo => {
                self.doing = None;
                self.tell_ports(&port::Event::Close);
            }
            Effect::Open => {
                self.serve();
                self.tell_ports(&port::Event::Open);
            }
            Effect::Retry => self.tell_ports(&port::Event::Open),
            Effect::Serve => self.serve(),
            Effect::Halt => {
                self.stop.cancel();
                self.tell_ports(&port::Event::Unserved);
                self.tell_ports(&port::Event::Open);
            }
            Effect::HaltAndRelease => {
                self.stop.cancel();
                self.tell_ports(&port::Event::Close);
            }
            Effect::Rest(rest) => {
                self.tell_ports(&port::Event::Unserved);
                self.doing = Some(self.context.begin(move |_| async move {
                    tokio::time::sleep(rest).await;
                    News::Rested
                }));
            }
        }
    }

    fn tell_ports(&mut self, event: &port::Event) {
        self.endpoints.iter_mut().for_each(|endpoint| endpoint.happens(event.clone()));
    }

    /// Starts the service over whichever listeners there are.
    fn serve(&mut self) {
        self.stop = CancellationToken::new();
        let work = effects::serve(self.serve.clone(), self.context.clone(), self.stop.clone());
        self.doing = Some(self.context.begin(|_| work));
        self.tell_ports(&port::Event::Served);
    }

    fn count_crash(&mut self, reason: String) -> Crash {
        let policy = &self.context.policy;
        let (before, last) = self.crashes;
        let was_stable = last.is_some_and(|last| last.elapsed() > policy.stable_after);
        let crashes = if was_stable { 1 } else { before + 1 };
        self.crashes = (crashes, Some(Instant::now()));
        let rest = (crashes <= policy.most_crashes).then(|| policy.rest(crashes));
        Crash { reason, crashes, rest }
    }

    fn remember(&mut self, what: Mishap) {
        if self.troubles.len() == REMEMBERED {
            self.troubles.pop_front();
        }
        self.troubles.push_back(Trouble { at: now(), what });
    }

    /// How it is, in the words of the wire.
    pub(crate) fn shown(&self) -> Service {
        let main = self.main();
        let (life, state) = match &self.life {
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
}
