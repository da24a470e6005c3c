//! One service that is kept: its life, its addresses, what is under way for it, and what went wrong with it.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use wire::{
    Companion, Ended, Failure, Mishap, Outcome, PortState, Service, ServiceName, Timestamp, Trouble,
};

use crate::deeds;
use crate::ground::{Doing, Ground, timestamp};
use crate::life::{Deed, Event, Life};
use crate::message::{Answer, LifeNews, News, reply};
use crate::place::Place;
use crate::port::{self, Port};
use crate::{Charge, Serve};

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

pub(crate) struct Kept {
    ground: Ground,
    announcement: &'static str,
    serve: Serve,
    life: Life,
    /// The first is the one that the service must have.
    places: Vec<Place>,
    /// The service at work, and what tells it to stop.
    work: Option<(CancellationToken, Doing)>,
    rest: Option<Doing>,
    facts: Facts,
    replies: Vec<Reply>,
}

/// What is shown besides the life.
struct Facts {
    since: Timestamp,
    next_at: Timestamp,
    crashes: u32,
    last_crash: Option<Instant>,
    reason: String,
    troubles: VecDeque<Trouble>,
}

impl Kept {
    pub(crate) fn new(charge: Charge, ground: Ground) -> Self {
        let adopted: Vec<_> = charge.adopted.into_iter().map(Arc::new).collect();
        let places = charge.addresses.iter().enumerate().map(|(at, address)| {
            let is_here = |listener: &&Arc<TcpListener>| {
                listener.local_addr().is_ok_and(|local| local == *address)
            };
            let adopted = adopted.iter().find(is_here).cloned();
            Place::new(ground.clone(), *address, at > 0, adopted)
        });
        Self {
            places: places.collect(),
            ground,
            announcement: charge.announcement,
            serve: charge.serve,
            life: Life::Stopped,
            work: None,
            rest: None,
            facts: Facts {
                since: timestamp(Duration::ZERO),
                next_at: timestamp(Duration::ZERO),
                crashes: 0,
                last_crash: None,
                reason: String::new(),
                troubles: VecDeque::new(),
            },
            replies: Vec::new(),
        }
    }

    pub(crate) fn name(&self) -> ServiceName {
        self.ground.service
    }

    pub(crate) fn announcement(&self) -> &'static str {
        self.announcement
    }

    /// The address that it must have.
    pub(crate) fn address(&self) -> SocketAddr {
        self.places[0].address()
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.places.iter().map(Place::address).collect()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.life == Life::Stopped
    }

    pub(crate) fn life(&self) -> Life {
        self.life
    }

    pub(crate) fn crashes(&self) -> u32 {
        self.facts.crashes
    }

    pub(crate) fn reason(&self) -> &str {
        &self.facts.reason
    }

    /// Whether there is a port that it wants and hasn't got.
    pub(crate) fn is_denied_a_port(&self) -> bool {
        self.places.iter().any(|place| place.port().is_denied())
    }

    /// Its listeners, for a process that takes over.
    pub(crate) fn listeners(&self) -> impl Iterator<Item = TcpListener> {
        self.places.iter().filter_map(Place::duplicate)
    }

    /// Proves at once what is proven every few seconds.
    pub(crate) fn prove_again(&mut self) {
        self.places.iter_mut().for_each(Place::prove_again);
    }

    /// Takes note of what came of a deed, unless that has been given up since.
    pub(crate) fn hear(&mut self, tag: u64, news: News) {
        match news {
            News::Port(news) => {
                let was_proven = self.is_proven();
                let place = self.places.iter_mut().find(|place| place.is_awaiting(tag));
                if let Some(mishap) = place.and_then(|place| place.hear(news)) {
                    self.remember(mishap);
                }
                if !was_proven && self.is_proven() {
                    self.announce();
                }
                self.answer_if_settled();
            }
            News::Life(news) => {
                let is_work = self.work.as_ref().is_some_and(|(_, doing)| doing.is(tag));
                let is_rest = self.rest.as_ref().is_some_and(|doing| doing.is(tag));
                if is_work || is_rest {
                    self.hear_of_life(news);
                }
            }
        }
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
                self.count_crash(reason)
            }
            LifeNews::Rested => Event::Rested,
        };
        self.happens(event);
    }

    /// Goes where the table says and does what it says.
    pub(crate) fn happens(&mut self, event: Event) {
        let before = self.life;
        let (life, deed) = before.after(event);
        self.life = life;
        if before != life {
            self.facts.since = timestamp(Duration::ZERO);
        }
        self.carry_out(deed);
        self.log(before, event);
        self.answer_if_settled();
    }

    /// Answers an order when it has taken effect.
    pub(crate) fn answer_when_settled(&mut self, reply: Reply) {
        self.replies.push(reply);
        self.answer_if_settled();
    }

    fn answer_if_settled(&mut self) {
        if !self.life.is_settled() || !self.places.iter().all(|place| place.port().is_settled()) {
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
        let is_missing = |place: &&Place| {
            !place.port().is_proven()
                && (!place.is_optional() || !place.cause().endable_holders().is_empty())
        };
        let Some(place) = self.places.iter().find(is_missing) else {
            let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
            return reply(answer, Ok(Outcome::Freed { ended, took_ms, service: self.shown() }));
        };
        if self.is_stopped() || until <= Instant::now() {
            let cause = place.cause().clone();
            return reply(answer, Err(Failure::StillTaken { ended, cause }));
        }
        self.replies.push(Reply::Freed { ended, began, until, answer });
    }

    fn carry_out(&mut self, deed: Deed) {
        match deed {
            Deed::Nothing => {}
            Deed::LetGo => {
                (self.work, self.rest) = (None, None);
                self.tell_ports(port::Event::Close);
            }
            Deed::Open => {
                self.serve();
                self.tell_ports(port::Event::Open);
            }
            Deed::Retry => self.tell_ports(port::Event::Open),
            Deed::Serve => self.serve(),
            Deed::Halt => {
                self.halt();
                self.tell_ports(port::Event::Unserved);
                self.tell_ports(port::Event::Open);
            }
            Deed::HaltAndRelease => {
                self.halt();
                self.tell_ports(port::Event::Close);
            }
            Deed::Rest => {
                let rest = self.ground.policy.rest(self.facts.crashes);
                self.facts.next_at = timestamp(rest);
                self.tell_ports(port::Event::Unserved);
                self.rest = Some(self.ground.begin(move |reporter| async move {
                    tokio::time::sleep(rest).await;
                    reporter.tell(LifeNews::Rested).await;
                }));
            }
        }
    }

    fn tell_ports(&mut self, event: port::Event) {
        self.places.iter_mut().for_each(|place| place.happens(event));
    }

    /// Starts the service over whichever listeners there are.
    fn serve(&mut self) {
        self.rest = None;
        let stop = CancellationToken::new();
        let (serve, connections) = (Arc::clone(&self.serve), self.ground.gates.connections());
        let (limit, tasks) = (self.ground.policy.stop_limit, self.ground.tasks.clone());
        let stopped = stop.clone();
        let work = self.ground.begin(move |reporter| async move {
            reporter.tell(deeds::serve(serve, connections, stopped, limit, tasks).await).await;
        });
        self.work = Some((stop, work));
        self.tell_ports(port::Event::Served);
    }

    fn halt(&self) {
        if let Some((stop, _)) = &self.work {
            stop.cancel();
        }
    }

    fn count_crash(&mut self, reason: String) -> Event {
        let policy = &self.ground.policy;
        let was_stable =
            self.facts.last_crash.is_some_and(|last| last.elapsed() > policy.stable_after);
        self.facts.crashes = if was_stable { 1 } else { self.facts.crashes + 1 };
        self.facts.last_crash = Some(Instant::now());
        self.facts.reason = reason;
        Event::Crashed { again: self.facts.crashes <= policy.most_crashes }
    }

    fn remember(&mut self, what: Mishap) {
        if self.facts.troubles.len() == REMEMBERED {
            self.facts.troubles.pop_front();
        }
        self.facts.troubles.push_back(Trouble { at: timestamp(Duration::ZERO), what });
    }

    fn is_proven(&self) -> bool {
        self.places[0].port().is_proven()
    }

    /// How it is, in the words of the wire.
    pub(crate) fn shown(&self) -> Service {
        let Facts { since, next_at, crashes, .. } = self.facts;
        let reason = || self.facts.reason.clone();
        let (life, state) = match self.life {
            Life::Stopped => (wire::Life::Stopped, PortState::Stopped),
            Life::Running => (self.shown_life(), self.places[0].shown()),
            Life::Restarting => (wire::Life::Starting, PortState::Proving { since }),
            Life::Resting => (
                wire::Life::Restarting { crashes, next_at, reason: reason() },
                PortState::Proving { since },
            ),
            Life::Failed => (wire::Life::Failed { reason: reason() }, PortState::Stopped),
            Life::Stopping { .. } => (wire::Life::Stopping, PortState::Stopped),
        };
        let companions = self.places[1..]
            .iter()
            .map(|place| Companion::new(place.address(), place.shown()))
            .collect();
        let mut service = Service::new(self.name(), self.address(), life, state, companions);
        service.troubles = self.facts.troubles.iter().cloned().collect();
        service
    }

    /// Where a running service is in its life depends on the port that it must have.
    fn shown_life(&self) -> wire::Life {
        match self.places[0].port() {
            Port::Closed | Port::Binding { .. } | Port::Proving => wire::Life::Starting,
            Port::Waiting { .. } | Port::Taken | Port::Refused => wire::Life::Waiting,
            Port::Proven | Port::Crowded | Port::Doubted(_) => wire::Life::Running,
        }
    }
}
