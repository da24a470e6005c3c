//! The servers that may answer a call: which is free, and which has failed of late.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Bytes;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};
use wire::{ModelCause, ModelHealth, ModelServer, ModelState};

use super::address::{Address, BadAddress};
use super::causes;
use super::health::Health;
use super::session::{self, Connection, Lost};
use super::settings::MoshiSettings;

/// A session that ends sooner than this was none: the server took the client and dropped it.
const QUICK: Duration = Duration::from_secs(2);
/// After this long without its handshake a server is taken to be busy.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How long a server may keep us waiting while there are others to be asked, or somebody else answers.
const SHORT: Duration = Duration::from_secs(3);

/// The servers, in the order in which they are preferred.
pub(super) struct Servers {
    pub(super) all: Vec<Server>,
    pub(super) connect: Duration,
    ready: Duration,
    /// How many sessions each may have.
    pub(super) at_once: usize,
    /// How often they are asked how they are.
    pub(super) check: Duration,
    /// Rung whenever anything is learnt of any of them.
    pub(super) changed: Arc<Notify>,
    partings: TaskTracker,
}

pub(crate) struct Server {
    pub(super) address: Address,
    record: Arc<Record>,
}

/// What is known of a server, also after the settings that it was named in have changed.
struct Record {
    sessions: AtomicUsize,
    health: Mutex<Health>,
    /// Rung when it is to be asked how it is, for a call may have shown that this has changed.
    is_to_be_asked: Notify,
    changed: Arc<Notify>,
}

/// A session that is ready, and a seat among the sessions of its server.
pub(crate) struct Session<'a> {
    pub(super) server: &'a Server,
    pub(crate) connection: Connection,
    /// What the server said up to its handshake.
    pub(crate) opening: Vec<Bytes>,
    began: Instant,
    has_ended_by_itself: bool,
    _seat: Seat<'a>,
}

impl Servers {
    /// Those of these settings. What was known of them `before` is still so.
    pub(super) fn new(
        settings: &MoshiSettings,
        before: Option<&Self>,
        partings: TaskTracker,
    ) -> Result<Self, BadAddress> {
        let changed = before.map(|before| Arc::clone(&before.changed)).unwrap_or_default();
        let known = before.map_or(&[][..], |before| &before.all);
        let all = settings.servers.iter().map(|text| {
            let address = Address::new(text, settings)?;
            let same = known.iter().find(|server| server.address.is_place_of(&address));
            let record = same.map_or_else(
                || Arc::new(Record::new(Arc::clone(&changed))),
                |server| Arc::clone(&server.record),
            );
            Ok(Server { address, record })
        });
        let all = all.collect::<Result<_, _>>()?;
        let MoshiSettings { connect, ready, at_once, check, .. } = *settings;
        Ok(Self { all, connect, ready, at_once, check, changed, partings })
    }

    /// A session with the first server that is ready; what goes on meanwhile is told.
    pub(super) async fn first_free(
        &self,
        query: Option<&str>,
        progress: &(impl Fn(ModelServer) + Sync),
    ) -> Option<Session<'_>> {
        let candidates = self.candidates();
        let last = candidates.len().saturating_sub(1);
        for (nth, server) in candidates.into_iter().enumerate() {
            let patience = if nth < last { self.short(server) } else { self.ready };
            progress(server.shown(ModelState::Connecting));
            match self.session(server, query, patience, progress).await {
                Ok(session) => {
                    info!(server = server.address.authority, "the speech model is ready");
                    return Some(session);
                }
                Err(lost) => {
                    let cause = std::error::Error::source(&lost).map(ToString::to_string);
                    let server = &*server.address.authority;
                    warn!(server, %lost, cause, "no session with the speech model");
                }
            }
        }
        None
    }

    /// A session with the first server that has a place and is ready soon, for a call that another engine answers.
    pub(super) async fn vacant(&self, query: Option<&str>) -> Option<Session<'_>> {
        for server in self.candidates() {
            if server.sessions() >= self.at_once {
                continue;
            }
            let session = async {
                // A server that isn't there is no place that others could want, so it is counted once it is.
                let connection = self.open(server, query).await?;
                let (seat, patience) = (Seat::take(server), self.short(server));
                self.ready(server, seat, connection, patience, &|_| {}).await
            };
            match session.await {
                Ok(session) => return Some(session),
                Err(lost) => {
                    let server = &*server.address.authority;
                    debug!(server, %lost, "the speech model isn't back yet");
                }
            }
        }
        None
    }

    /// Whether another server could be asked in place of this one.
    pub(super) fn has_another(&self, server: &Server) -> bool {
        let now = Instant::now();
        self.all
            .iter()
            .filter(|other| !std::ptr::eq(*other, server))
            .any(|other| !other.health().rests(now) && other.sessions() < self.at_once)
    }

    /// How long a server may keep us waiting while there is something else to be done: one that is slow by nature is given the
    /// time that it has shown to need.
    fn short(&self, server: &Server) -> Duration {
        let needed = server.health().took() * 2;
        SHORT.max(needed).min(self.ready)
    }

    async fn session<'a>(
        &self,
        server: &'a Server,
        query: Option<&str>,
        patience: Duration,
        progress: &(impl Fn(ModelServer) + Sync),
    ) -> Result<Session<'a>, Lost> {
        // Counted from here on, so that two calls at once don't both take the same for free.
        let seat = Seat::take(server);
        let connection = self.open(server, query).await?;
        self.ready(server, seat, connection, patience, progress).await
    }

    async fn open(&self, server: &Server, query: Option<&str>) -> Result<Connection, Lost> {
        let opened = session::open(&server.address, query, self.connect, &self.partings).await;
        opened.inspect_err(|lost| server.fail(causes::of_call(lost)))
    }

    async fn ready<'a>(
        &self,
        server: &'a Server,
        seat: Seat<'a>,
        mut connection: Connection,
        patience: Duration,
        progress: &(impl Fn(ModelServer) + Sync),
    ) -> Result<Session<'a>, Lost> {
        let asked = Instant::now();
        let ready = timeout(patience, async {
            let (_, reader) = connection.halves();
            let mut ready = std::pin::pin!(session::until_ready(reader));
            match timeout(AT_ONCE, ready.as_mut()).await {
                Ok(ready) => ready,
                Err(_) => {
                    debug!(server = server.address.authority, "the speech model keeps us waiting");
                    progress(server.shown(ModelState::Queued));
                    ready.await
                }
            }
        });
        match ready.await {
            Ok(Ok(opening)) => {
                let began = Instant::now();
                server.note(|health| health.is_ready(began - asked));
                let has_ended_by_itself = false;
                Ok(Session { server, connection, opening, began, has_ended_by_itself, _seat: seat })
            }
            Ok(Err(lost)) => {
                server.fail(causes::of_call(&lost));
                Err(lost)
            }
            Err(_) => {
                server.note(Health::keeps_call_waiting);
                Err(Lost::NotReady)
            }
        }
    }

    /// Whether every server has as many sessions of ours as it takes.
    pub(super) fn are_busy(&self) -> bool {
        self.all.iter().all(|server| server.sessions() >= self.at_once)
    }

    /// Those that are free come first, and those that have failed of late last.
    fn candidates(&self) -> Vec<&Server> {
        let now = Instant::now();
        let mut all: Vec<&Server> = self.all.iter().collect();
        all.sort_by_key(|server| {
            let sessions = server.sessions();
            let health = server.health();
            (health.rests(now), sessions >= self.at_once, health.keeps_waiting(now), sessions)
        });
        all
    }
}

impl Record {
    fn new(changed: Arc<Notify>) -> Self {
        Self {
            sessions: AtomicUsize::new(0),
            health: Mutex::default(),
            is_to_be_asked: Notify::new(),
            changed,
        }
    }
}

struct Seat<'a>(&'a Server);

impl<'a> Seat<'a> {
    fn take(server: &'a Server) -> Self {
        server.record.sessions.fetch_add(1, Ordering::Relaxed);
        Self(server)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.record.sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Session<'_> {
    /// Notes that the session ended by itself, and tells whether it was none worth the name.
    pub(super) fn was_quick(&mut self) -> bool {
        self.has_ended_by_itself = true;
        let is_quick = self.began.elapsed() < QUICK;
        if is_quick {
            self.server.fail(Some(ModelHealth::Unreachable { cause: ModelCause::DropsCalls }));
        } else {
            self.server.note(Health::has_lasted);
        }
        is_quick
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.server.note(|health| health.is_left(self.has_ended_by_itself));
        self.server.record.is_to_be_asked.notify_one();
    }
}

impl Server {
    /// It, and how it is with it.
    pub(super) fn shown(&self, state: ModelState) -> ModelServer {
        ModelServer { server: self.address.authority.clone(), state }
    }

    /// Notes that there was no session, and what that shows; it is asked at once how it is.
    pub(super) fn fail(&self, shows: Option<ModelHealth>) {
        self.note(|health| health.fails(shows));
        self.record.is_to_be_asked.notify_one();
    }

    /// Waits until it is to be asked how it is.
    pub(super) async fn is_to_be_asked(&self) {
        self.record.is_to_be_asked.notified().await;
    }

    /// How many sessions of ours it has.
    fn sessions(&self) -> usize {
        self.record.sessions.load(Ordering::Relaxed)
    }

    /// Notes what was learnt of it.
    pub(super) fn note(&self, learn: impl FnOnce(&mut Health)) {
        learn(&mut self.health());
        self.record.changed.notify_one();
    }

    pub(super) fn health(&self) -> MutexGuard<'_, Health> {
        self.record.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
