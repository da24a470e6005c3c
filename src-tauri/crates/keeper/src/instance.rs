//! One service that is kept: its life, its endpoints, what is under way for it, and what went wrong with it.
//!
//! What a service does for its connections and what a program does by itself are kept alike; where they differ, it is by
//! [`Work`].

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::{Cause, Failure, Mishap, Outcome, ServiceName, Trouble};

use crate::context::{Context, Doing, now};
use crate::effects::{self, Spot};
use crate::endpoint::Endpoint;
use crate::freeing::Freeing;
use crate::life::{Crash, Effect, Event, Life};
use crate::message::{Answer, Freed, News, Started, reply};
use crate::port;
use crate::program::attend;
use crate::spec::{ProgramSpec, Serve, ServiceSpec};

/// How many of the things that went wrong are remembered.
const REMEMBERED: usize = 20;

/// An answer that waits for everything to settle.
pub(crate) enum Reply {
    Done(Answer),
    Freed(Freed),
}

/// What is done while it runs.
pub(crate) enum Work {
    /// It is handed the connections of listeners that are ours.
    Hosted(Serve),
    /// A program runs, and listens by itself.
    Program(Arc<ProgramSpec>),
}

pub(crate) struct Instance {
    context: Context,
    announcement: &'static str,
    pub(crate) work: Work,
    life: Life,
    pub(crate) endpoints: Vec<Endpoint>,
    /// The service at work, or the rest after a crash.
    doing: Option<Doing>,
    stop: CancellationToken,
    /// How often it has ended by itself since it was last stable, and since when it might have become so.
    crashes: (u32, Option<Instant>),
    pub(crate) troubles: VecDeque<Trouble>,
    /// What is known of the program, while one runs.
    pub(crate) started: Option<Started>,
    /// Whether the program could be started when that was last tried.
    pub(crate) could_start: bool,
    replies: Vec<Reply>,
}

impl Instance {
    pub(crate) fn hosting(spec: ServiceSpec, context: Context) -> Self {
        let adopted: Vec<_> = spec.adopted.into_iter().map(Arc::new).collect();
        let endpoints = spec.addresses.into_iter().enumerate().map(|(rank, address)| {
            let is_here = |listener: &&Arc<TcpListener>| {
                listener.local_addr().is_ok_and(|local| local == address)
            };
            let adopted = adopted.iter().find(is_here).cloned();
            let spot = Spot { context: context.clone(), address, adopted, is_program: false };
            Endpoint::new(spot, rank == 0)
        });
        let endpoints = endpoints.collect();
        Self::new(context, spec.announcement, Work::Hosted(spec.serve), endpoints)
    }

    pub(crate) fn running(spec: ProgramSpec, context: Context) -> Self {
        let (context_of_spot, address) = (context.clone(), spec.address);
        let spot = Spot { context: context_of_spot, address, adopted: None, is_program: true };
        let announcement = spec.announcement;
        let work = Work::Program(Arc::new(spec));
        Self::new(context, announcement, work, vec![Endpoint::new(spot, true)])
    }

    fn new(
        context: Context,
        announcement: &'static str,
        work: Work,
        endpoints: Vec<Endpoint>,
    ) -> Self {
        Self {
            endpoints,
            context,
            announcement,
            work,
            life: Life::Stopped,
            doing: None,
            stop: CancellationToken::new(),
            crashes: (0, None),
            troubles: VecDeque::new(),
            started: None,
            could_start: true,
            replies: Vec::new(),
        }
    }

    pub(crate) fn starts_by_itself(&self) -> bool {
        match &self.work {
            Work::Hosted(_) => true,
            Work::Program(spec) => spec.starts_by_itself,
        }
    }

    fn is_program(&self) -> bool {
        matches!(self.work, Work::Program(_))
    }

    pub(crate) fn name(&self) -> ServiceName {
        self.context.service
    }

    /// The endpoint that it must have, where people know it to be.
    pub(crate) fn main(&self) -> &Endpoint {
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
        if self.doing.as_ref().is_none_or(|doing| doing.tag != tag) {
            let mut endpoints = self.endpoints.iter();
            if let Some(at) = endpoints.position(|endpoint| endpoint.is_awaiting(tag)) {
                self.hear_of_port(at, news);
            }
            return;
        }
        match news {
            News::Started(started) => {
                (self.started, self.could_start) = (Some(started), true);
                self.answer_if_settled();
            }
            // Whoever runs a program tells of its port.
            News::Port(_) | News::Bound(_) => self.hear_of_port(0, news),
            News::NotStarted(_) | News::Ended | News::Crashed(_) | News::Rested => {
                self.doing = None;
                self.hear_of_life(news);
            }
        }
    }

    fn hear_of_port(&mut self, at: usize, news: News) {
        let was_proven = self.main().port.is_proven();
        let Some(endpoint) = self.endpoints.get_mut(at) else { return };
        if let Some(mishap) = endpoint.hear(news) {
            self.remember(mishap);
        }
        if !was_proven && self.main().port.is_proven() {
            // In the sentence that people look for in the log.
            info!(port = self.address().port(), "{}", self.announcement);
            if self.is_program() {
                self.crashes.1.get_or_insert_with(Instant::now);
            }
        }
        self.answer_if_settled();
    }

    fn hear_of_life(&mut self, news: News) {
        self.started = None;
        let event = match news {
            News::Ended => Event::Ended,
            News::Crashed(reason) => {
                self.remember(Mishap::Crashed { reason: reason.clone() });
                Event::Crashed(self.count_crash(reason))
            }
            News::NotStarted(reason) => {
                self.could_start = false;
                self.remember(Mishap::Crashed { reason: reason.clone() });
                // What isn't there now isn't there in a moment either.
                Event::Crashed(Crash { reason, crashes: 0, rest: None })
            }
            News::Rested => Event::Rested,
            News::Bound(_) | News::Port(_) | News::Started(_) => return,
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
        // Of a program whose port is free it is soon known whether it could be started.
        let is_to_start = self.is_program() && self.main().port.is_held() && self.started.is_none();
        if is_to_start
            || !self.life.is_settled()
            || !self.endpoints.iter().all(Endpoint::is_settled)
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
            endpoint.is_missing()
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
                self.context.claims.release(self.context.service);
            }
            Effect::Open => {
                self.serve();
                self.tell_ports(&port::Event::Open);
            }
            Effect::Retry => self.tell_ports(&port::Event::Open),
            Effect::Serve if self.is_program() => {
                self.serve();
                self.tell_ports(&port::Event::Open);
            }
            Effect::Serve => self.serve(),
            Effect::Halt if !self.is_program() => {
                self.stop.cancel();
                self.tell_ports(&port::Event::Unserved);
                self.tell_ports(&port::Event::Open);
            }
            Effect::Halt | Effect::HaltAndRelease => {
                self.stop.cancel();
                self.tell_ports(&port::Event::Close);
            }
            Effect::Rest(rest) => {
                // The listeners of a program end with it.
                let kept = port::Event::Unserved;
                let event = if self.is_program() { port::Event::Close } else { kept };
                self.tell_ports(&event);
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

    /// Starts the service over whichever listeners there are, or the program as soon as its port is free.
    fn serve(&mut self) {
        self.stop = CancellationToken::new();
        let (context, stop) = (self.context.clone(), self.stop.clone());
        self.doing = Some(match &self.work {
            Work::Hosted(serve) => {
                let work = effects::serve(Arc::clone(serve), context, stop);
                self.context.begin(|_| work)
            }
            Work::Program(spec) => {
                let spec = Arc::clone(spec);
                self.context.begin(|reporter| attend(spec, context, stop, reporter))
            }
        });
        self.tell_ports(&port::Event::Served);
    }

    fn count_crash(&mut self, reason: String) -> Crash {
        let policy = &self.context.policy;
        let (before, since) = self.crashes;
        let was_stable = since.is_some_and(|since| since.elapsed() > policy.stable_after);
        let crashes = if was_stable { 1 } else { before + 1 };
        // A program is stable only once it has got ready.
        self.crashes = (crashes, (!self.is_program()).then(Instant::now));
        let rest = (crashes <= policy.most_crashes).then(|| policy.rest(crashes));
        Crash { reason, crashes, rest }
    }

    fn remember(&mut self, what: Mishap) {
        if self.troubles.len() == REMEMBERED {
            self.troubles.pop_front();
        }
        self.troubles.push_back(Trouble { at: now(), what });
    }
}
