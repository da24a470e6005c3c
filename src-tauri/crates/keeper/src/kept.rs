//! One service that is kept: its life, what is under way for it, and the facts to show.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use wire::{Cause, Ended, Failure, Outcome, PortState, Refusal, Service, ServiceName, Timestamp};

use crate::connections::Gate;
use crate::deeds;
use crate::life::{Deed, Doubt, Event, Life};
use crate::message::{Answer, Message, News, Reporter, reply};
use crate::{Charge, Policy};

/// What all kept services have in common.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) policy: Policy,
    pub(crate) known: ports::Known,
    pub(crate) tx: mpsc::Sender<Message>,
    pub(crate) tasks: TaskTracker,
}

/// An answer that waits for the life to settle.
pub(crate) enum Reply {
    Done(Answer),
    Freed { ended: Vec<Ended>, began: Instant, answer: Answer },
}

pub(crate) struct Kept {
    charge: Charge,
    common: Common,
    life: Life,
    facts: Facts,
    gate: Option<Arc<Gate>>,
    /// What is under way: an attempt, a wait, the proofs, a rest.
    deed: Option<Doing>,
    service: Option<(CancellationToken, Doing)>,
    last_tag: u64,
    replies: Vec<Reply>,
}

/// Something under way; it ends when this is dropped.
struct Doing {
    tag: u64,
    _task: AbortOnDropHandle<()>,
}

/// What is shown besides the life.
struct Facts {
    since: Timestamp,
    proven_at: Timestamp,
    next_at: Timestamp,
    cause: Cause,
    refusal: Refusal,
    crashes: u32,
    last_crash: Option<Instant>,
    reason: String,
}

impl Kept {
    pub(crate) fn new(charge: Charge, common: Common) -> Self {
        let facts = Facts {
            since: timestamp(Duration::ZERO),
            proven_at: timestamp(Duration::ZERO),
            next_at: timestamp(Duration::ZERO),
            cause: Cause::Unseen,
            refusal: Refusal::NotPermitted,
            crashes: 0,
            last_crash: None,
            reason: String::new(),
        };
        Self {
            charge,
            common,
            life: Life::Stopped,
            facts,
            gate: None,
            deed: None,
            service: None,
            last_tag: 0,
            replies: Vec::new(),
        }
    }

    pub(crate) fn name(&self) -> ServiceName {
        self.charge.name
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.charge.address
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.life == Life::Stopped
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.common.policy
    }

    pub(crate) fn life(&self) -> Life {
        self.life
    }

    pub(crate) fn cause(&self) -> &Cause {
        &self.facts.cause
    }

    pub(crate) fn refusal(&self) -> &Refusal {
        &self.facts.refusal
    }

    pub(crate) fn crashes(&self) -> u32 {
        self.facts.crashes
    }

    pub(crate) fn reason(&self) -> &str {
        &self.facts.reason
    }

    /// Whether it wants its port and hasn't got it.
    pub(crate) fn is_without_port(&self) -> bool {
        matches!(self.life, Life::Waiting { .. } | Life::Taken | Life::Refused)
    }

    /// Takes note of what came of a deed, unless that has been given up since.
    pub(crate) fn hear(&mut self, tag: u64, news: News) {
        let is_current = self.deed.as_ref().is_some_and(|doing| doing.tag == tag)
            || self.service.as_ref().is_some_and(|(_, doing)| doing.tag == tag);
        if !is_current {
            return;
        }
        let event = match news {
            News::Bound(gate) => {
                self.gate = Some(gate);
                Event::Bound
            }
            News::InUse(cause) => {
                self.facts.cause = cause;
                Event::InUse { attempts: self.common.policy.retry.attempts }
            }
            News::CauseChanged(cause) => {
                self.facts.cause = cause;
                self.log_new_holder();
                return;
            }
            News::Refused(refusal) => {
                self.facts.refusal = refusal;
                Event::Refused
            }
            News::TimeUp => Event::TimeUp,
            News::Proven => {
                self.facts.proven_at = timestamp(Duration::ZERO);
                Event::Proven
            }
            News::Shared(cause) => {
                self.facts.cause = cause;
                Event::Doubted(Doubt::Shared)
            }
            News::Silent => Event::Doubted(Doubt::Silent),
            News::Lost => Event::Lost,
            News::Ended => {
                self.service = None;
                Event::Ended
            }
            News::Crashed(reason) => {
                self.service = None;
                self.count_crash(reason)
            }
        };
        self.happens(event);
    }

    /// Goes where the table says and does what it says.
    pub(crate) fn happens(&mut self, event: Event) {
        let before = self.life;
        let (life, deed) = before.after(event);
        self.life = life;
        if std::mem::discriminant(&before) != std::mem::discriminant(&life) {
            self.facts.since = timestamp(Duration::ZERO);
        }
        self.carry_out(deed);
        self.log(before, event);
        if self.life.is_settled() {
            for reply in std::mem::take(&mut self.replies) {
                self.answer(reply);
            }
        }
    }

    /// Answers an order when it has taken effect.
    pub(crate) fn answer_when_settled(&mut self, reply: Reply) {
        if self.life.is_settled() {
            self.answer(reply);
        } else {
            self.replies.push(reply);
        }
    }

    fn answer(&self, kind: Reply) {
        let service = self.shown();
        match kind {
            Reply::Done(answer) => reply(answer, Ok(Outcome::Done { service })),
            Reply::Freed { ended, began, answer } if self.life == Life::Proven => {
                let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
                reply(answer, Ok(Outcome::Freed { ended, took_ms, service }));
            }
            Reply::Freed { ended, answer, .. } => {
                reply(answer, Err(Failure::StillTaken { ended, cause: self.facts.cause.clone() }));
            }
        }
    }

    fn carry_out(&mut self, deed: Deed) {
        let addr = self.charge.address;
        let known = self.common.known.clone();
        match deed {
            Deed::Nothing => {}
            Deed::LetGo => self.let_go(),
            Deed::Bind => {
                self.let_go();
                self.begin(move |reporter| async move {
                    reporter.tell(deeds::bind(addr, known).await).await;
                });
            }
            Deed::Wait => {
                let limit = self.common.policy.retry.delay(self.attempt());
                self.facts.next_at = timestamp(limit);
                self.wait(Some(limit));
            }
            Deed::Watch => self.wait(None),
            Deed::Serve => self.serve(),
            Deed::Halt => self.halt(),
            Deed::HaltAndRelease => {
                self.halt();
                self.gate = None;
            }
            Deed::Rest => {
                let rest = self.common.policy.rest(self.facts.crashes);
                self.facts.next_at = timestamp(rest);
                self.begin(move |reporter| async move {
                    tokio::time::sleep(rest).await;
                    reporter.tell(News::TimeUp).await;
                });
            }
        }
    }

    fn let_go(&mut self) {
        self.deed = None;
        self.service = None;
        self.gate = None;
    }

    fn wait(&mut self, limit: Option<Duration>) {
        let (addr, known, cause) =
            (self.charge.address, self.common.known.clone(), self.facts.cause.clone());
        self.begin(move |reporter| async move {
            let news = deeds::wait(addr, known, cause, limit, &reporter).await;
            reporter.tell(news).await;
        });
    }

    fn serve(&mut self) {
        let Some(gate) = self.gate.clone() else { return };
        let stop = CancellationToken::new();
        let (serve, connections) = (Arc::clone(&self.charge.serve), gate.connections());
        let (limit, tasks) = (self.common.policy.stop_limit, self.common.tasks.clone());
        let stopped = stop.clone();
        let service = self.spawn(move |reporter| async move {
            reporter.tell(deeds::serve(serve, connections, stopped, limit, tasks).await).await;
        });
        self.service = Some((stop, service));
        let (addr, known, policy) =
            (self.charge.address, self.common.known.clone(), self.common.policy);
        self.begin(move |reporter| deeds::prove(gate, addr, known, policy, reporter));
    }

    fn halt(&mut self) {
        self.deed = None;
        if let Some((stop, _)) = &self.service {
            stop.cancel();
        }
    }

    /// Begins a deed; the one before it is given up.
    fn begin<F>(&mut self, deed: impl FnOnce(Reporter) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.deed = None;
        self.deed = Some(self.spawn(deed));
    }

    fn spawn<F>(&mut self, deed: impl FnOnce(Reporter) -> F) -> Doing
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.last_tag += 1;
        let reporter =
            Reporter { tx: self.common.tx.clone(), service: self.charge.name, tag: self.last_tag };
        let task = self.common.tasks.spawn(deed(reporter));
        Doing { tag: self.last_tag, _task: AbortOnDropHandle::new(task) }
    }

    fn count_crash(&mut self, reason: String) -> Event {
        let policy = &self.common.policy;
        let was_stable =
            self.facts.last_crash.is_some_and(|last| last.elapsed() > policy.stable_after);
        self.facts.crashes = if was_stable { 1 } else { self.facts.crashes + 1 };
        self.facts.last_crash = Some(Instant::now());
        self.facts.reason = reason;
        Event::Crashed { again: self.facts.crashes <= policy.most_crashes }
    }

    fn attempt(&self) -> u32 {
        if let Life::Binding { attempt } | Life::Waiting { attempt } = self.life {
            attempt
        } else {
            self.common.policy.retry.attempts
        }
    }

    /// How it is, in the words of the wire.
    pub(crate) fn shown(&self) -> Service {
        let Facts { since, proven_at, next_at, crashes, .. } = self.facts;
        let attempts = self.common.policy.retry.attempts;
        let (cause, reason) = (|| self.facts.cause.clone(), || self.facts.reason.clone());
        let (life, state) = match self.life {
            Life::Stopped => (wire::Life::Stopped, PortState::Stopped),
            Life::Binding { attempt } => {
                (wire::Life::Starting, PortState::Binding { attempt, attempts })
            }
            Life::Waiting { attempt } => (
                wire::Life::Waiting,
                PortState::Waiting { attempt, attempts, next_at, cause: cause() },
            ),
            Life::Taken => (wire::Life::Waiting, PortState::Taken { attempts, cause: cause() }),
            Life::Refused => {
                (wire::Life::Waiting, PortState::Refused { refusal: self.facts.refusal.clone() })
            }
            Life::Proving | Life::Restarting => {
                (wire::Life::Starting, PortState::Proving { since })
            }
            Life::Proven => (wire::Life::Running, PortState::Listening { since, proven_at }),
            Life::Doubted(Doubt::Shared) => {
                (wire::Life::Running, PortState::Shared { since, cause: cause() })
            }
            Life::Doubted(Doubt::Silent) => (wire::Life::Running, PortState::Silent { since }),
            Life::Resting => (
                wire::Life::Restarting { crashes, next_at, reason: reason() },
                PortState::Proving { since },
            ),
            Life::Failed => (wire::Life::Failed { reason: reason() }, PortState::Stopped),
            Life::Stopping { .. } => (wire::Life::Stopping, PortState::Stopped),
        };
        Service::new(self.charge.name, self.charge.address, life, state)
    }
}

/// The moment that far from here.
fn timestamp(ahead: Duration) -> Timestamp {
    (SystemTime::now() + ahead).into()
}
