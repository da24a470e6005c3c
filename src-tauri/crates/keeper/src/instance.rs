//! One service that is kept: its life, its endpoints, what is under way for it, and what went wrong with it.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use wire::{
    Cause, Companion, Ended, Failure, Mishap, Outcome, PortState, Service, ServiceName, Trouble,
};

use crate::context::{Context, Doing, timestamp};
use crate::effects;
use crate::endpoint::Endpoint;
use crate::life::{Crash, Effect, Event, Life};
use crate::message::{Answer, LifeNews, News, reply};
use crate::port::{self, Port};
use crate::spec::{Serve, ServiceSpec};

/// How many of the things that went wrong are remembered.
const REMEMBERED: usize = 20;

/// An answer that waits for everything to settle.
pub(crate) enum Reply {
    Done(Answer),
    /// The port is given until then to come to us.
    Freed {
        ended: Vec<Ended>,
        began: Instant,
        until: Instant,
        answer: Answer,
    },
}

pub(crate) struct Instance {
    context: Context,
    announcement: &'static str,
    serve: Serve,
    life: Life,
    endpoints: Vec<Endpoint>,
    /// The service at work, and what tells it to stop.
    work: Option<(CancellationToken, Doing)>,
    rest: Option<Doing>,
    /// How often it has ended by itself since it was last stable, and when it did last.
    crashes: (u32, Option<Instant>),
    troubles: VecDeque<Trouble>,
    replies: Vec<Reply>,
}

impl Instance {
    pub(crate) fn new(spec: ServiceSpec, context: Context) -> Self {
        let adopted: Vec<_> = spec.adopted.into_iter().map(Arc::new).collect();
        let endpoints = spec.endpoints.iter().map(|endpoint| {
            let is_here = |listener: &&Arc<TcpListener>| {
                listener.local_addr().is_ok_and(|local| local == endpoint.address)
            };
            let adopted = adopted.iter().find(is_here).cloned();
            Endpoint::new(context.clone(), endpoint.address, endpoint.is_required, adopted)
        });
        Self {
            endpoints: endpoints.collect(),
            context,
            announcement: spec.announcement,
            serve: spec.serve,
            life: Life::Stopped,
            work: None,
            rest: None,
            crashes: (0, None),
            troubles: VecDeque::new(),
            replies: Vec::new(),
        }
    }

    pub(crate) fn name(&self) -> ServiceName {
        self.context.service
    }

    pub(crate) fn announcement(&self) -> &'static str {
        self.announcement
    }

    /// Where people know it to be: at the first endpoint that it must have.
    fn main(&self) -> &Endpoint {
        let required = self.endpoints.iter().find(|endpoint| endpoint.is_required());
        required.or(self.endpoints.first()).expect("every service has an endpoint")
    }

    /// That endpoint's address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.main().address()
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.endpoints.iter().map(Endpoint::address).collect()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.life == Life::Stopped
    }

    pub(crate) fn life(&self) -> &Life {
        &self.life
    }

    /// Whether there is a port that it wants and hasn't got.
    pub(crate) fn is_denied_a_port(&self) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.port().is_denied())
    }

    /// Its listeners, for a process that takes over.
    pub(crate) fn listeners(&self) -> impl Iterator<Item = TcpListener> {
        self.endpoints.iter().filter_map(Endpoint::duplicate)
    }

    /// Proves at once what is proven every few seconds.
    pub(crate) fn prove_again(&mut self) {
        self.endpoints.iter_mut().for_each(Endpoint::prove_again);
    }

    /// Takes note of what came of an effect, unless that has been given up since.
    pub(crate) fn hear(&mut self, tag: u64, news: News) {
        let was_proven = self.is_proven();
        let endpoint = self.endpoints.iter_mut().find(|endpoint| endpoint.is_awaiting(tag));
        match (news, endpoint) {
            (News::Bound(gate), Some(endpoint)) => endpoint.take(gate),
            (News::Port(event), Some(endpoint)) => {
                if let Some(mishap) = endpoint.hear(event) {
                    self.remember(mishap);
                }
            }
            (News::Bound(_) | News::Port(_), None) => {}
            (News::Life(news), _) => {
                let is_work = self.work.as_ref().is_some_and(|(_, doing)| doing.is(tag));
                let is_rest = self.rest.as_ref().is_some_and(|doing| doing.is(tag));
                if is_work || is_rest {
                    self.hear_of_life(news);
                }
                return;
            }
        }
        if !was_proven && self.is_proven() {
            self.announce();
        }
        self.answer_if_settled();
    }

    fn hear_of_life(&mut self, news: LifeNews) {
        let event = match news {
            LifeNews::Ended => {
                self.work = None;
                Event::Ended
            }
            LifeNews::Crashed(reason) => {
                self.work = None;
                self.remember(Mishap::Crashed { reason: reason.clone() });
                Event::Crashed(self.count_crash(reason))
            }
            LifeNews::Rested => Event::Rested,
        };
        self.happens(event);
    }

    /// Goes where the table says and does what it says.
    pub(crate) fn happens(&mut self, event: Event) {
        let before = self.life.clone();
        let (life, effect) = before.clone().after(event.clone(), timestamp(Duration::ZERO));
        self.life = life;
        self.have(effect);
        self.log(&before, &event);
        self.answer_if_settled();
    }

    /// Answers an order when it has taken effect.
    pub(crate) fn answer_when_settled(&mut self, reply: Reply) {
        self.replies.push(reply);
        self.answer_if_settled();
    }

    fn answer_if_settled(&mut self) {
        if !self.life.is_settled()
            || !self.endpoints.iter().all(|endpoint| endpoint.port().is_settled())
        {
            return;
        }
        for waiting in std::mem::take(&mut self.replies) {
            match waiting {
                Reply::Done(answer) => reply(answer, Ok(Outcome::Done { service: self.shown() })),
                Reply::Freed { ended, began, until, answer } => {
                    self.answer_freed(ended, began, until, answer);
                }
            }
        }
    }

    /// Answers those whose port has had the time to come to us, whatever is under way.
    pub(crate) fn answer_overdue(&mut self) {
        for waiting in std::mem::take(&mut self.replies) {
            match waiting {
                Reply::Freed { ended, began, until, answer } if until <= Instant::now() => {
                    self.answer_freed(ended, began, until, answer);
                }
                other @ (Reply::Done(_) | Reply::Freed { .. }) => self.replies.push(other),
            }
        }
    }

    /// The port tells whether it was freed, within its time: until then whoever is on it may be ending.
    fn answer_freed(&mut self, ended: Vec<Ended>, began: Instant, until: Instant, answer: Answer) {
        let has_holders = |cause: &Cause| !cause.endable_holders().is_empty();
        let is_missing = |endpoint: &&Endpoint| {
            !endpoint.port().is_proven()
                && (endpoint.is_required() || endpoint.last_cause().is_some_and(has_holders))
        };
        let Some(endpoint) = self.endpoints.iter().find(is_missing) else {
            let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
            return reply(answer, Ok(Outcome::Freed { ended, took_ms, service: self.shown() }));
        };
        if self.is_stopped() || until <= Instant::now() {
            let message = || "the service does not answer on the port that was freed".to_owned();
            let failure = match endpoint.last_cause().cloned() {
                Some(cause) => Failure::StillTaken { ended, cause },
                None => Failure::System { message: message() }.after(ended),
            };
            return reply(answer, Err(failure));
        }
        self.replies.push(Reply::Freed { ended, began, until, answer });
    }

    fn have(&mut self, effect: Effect) {
        match effect {
            Effect::Nothing => {}
            Effect::LetGo => {
                (self.work, self.rest) = (None, None);
                self.tell_ports(&port::Event::Close);
            }
            Effect::Open => {
                self.serve();
                self.tell_ports(&port::Event::Open);
            }
            Effect::Retry => self.tell_ports(&port::Event::Open),
            Effect::Serve => self.serve(),
            Effect::Halt => {
                self.halt();
                self.tell_ports(&port::Event::Unserved);
                self.tell_ports(&port::Event::Open);
            }
            Effect::HaltAndRelease => {
                self.halt();
                self.tell_ports(&port::Event::Close);
            }
            Effect::Rest(rest) => {
                self.tell_ports(&port::Event::Unserved);
                self.rest = Some(self.context.begin(move |reporter| async move {
                    tokio::time::sleep(rest).await;
                    reporter.tell(LifeNews::Rested).await;
                }));
            }
        }
    }

    fn tell_ports(&mut self, event: &port::Event) {
        self.endpoints.iter_mut().for_each(|endpoint| endpoint.happens(event.clone()));
    }

    /// Starts the service over whichever listeners there are.
    fn serve(&mut self) {
        self.rest = None;
        let stop = CancellationToken::new();
        let (serve, connections) = (Arc::clone(&self.serve), self.context.gates.connections());
        let (limit, tasks) = (self.context.policy.stop_limit, self.context.tasks.clone());
        let stopped = stop.clone();
        let work = self.context.begin(move |reporter| async move {
            reporter.tell(effects::serve(serve, connections, stopped, limit, tasks).await).await;
        });
        self.work = Some((stop, work));
        self.tell_ports(&port::Event::Served);
    }

    fn halt(&self) {
        if let Some((stop, _)) = &self.work {
            stop.cancel();
        }
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
        self.troubles.push_back(Trouble { at: timestamp(Duration::ZERO), what });
    }

    /// Whether every endpoint that it must have is proven.
    fn is_proven(&self) -> bool {
        self.required().all(Port::is_proven)
    }

    fn required(&self) -> impl Iterator<Item = &Port> {
        self.endpoints.iter().filter(|endpoint| endpoint.is_required()).map(Endpoint::port)
    }

    /// How it is, in the words of the wire.
    pub(crate) fn shown(&self) -> Service {
        let main = self.main();
        let (life, state) = match &self.life {
            Life::Stopped => (wire::Life::Stopped, PortState::Stopped),
            Life::Running => (self.shown_life(), main.port().0.clone()),
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
        let others = self.endpoints.iter().filter(|other| !std::ptr::eq(*other, main));
        let companions =
            others.map(|other| Companion::new(other.address(), other.port().0.clone())).collect();
        let mut service = Service::new(self.name(), main.address(), life, state, companions);
        service.troubles = self.troubles.iter().cloned().collect();
        service
    }

    /// Where a running service is in its life depends on the ports that it must have.
    fn shown_life(&self) -> wire::Life {
        if self.required().any(Port::is_denied) {
            wire::Life::Waiting
        } else if self.required().all(|port| port.is_held() && port.is_settled()) {
            wire::Life::Running
        } else {
            wire::Life::Starting
        }
    }
}
