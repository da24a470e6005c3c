//! The servers that may answer a call: which is free, and which has failed of late.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Bytes;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};
use wire::{ModelServer, ModelState};

use super::address::{Address, BadAddress};
use super::session::{self, Connection, Lost};
use super::settings::MoshiSettings;

/// A session that ends sooner than this was none: the server took the client and dropped it.
const QUICK: Duration = Duration::from_secs(2);
/// For how long a server that has failed is asked after the others, and by how much longer each time.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// After this long without its handshake a server is taken to be busy.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How long a server may keep us waiting while there are others to be asked, or somebody else answers.
const SHORT: Duration = Duration::from_secs(3);

/// The servers, in the order in which they are preferred.
pub(super) struct Servers {
    all: Vec<Server>,
    connect: Duration,
    ready: Duration,
    /// How many sessions each may have.
    at_once: usize,
    partings: TaskTracker,
}

pub(crate) struct Server {
    pub(super) address: Address,
    sessions: AtomicUsize,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    failures: u32,
    rests_until: Option<Instant>,
    /// Until when it is asked after the others, because it has kept us waiting.
    waits_until: Option<Instant>,
    /// How long it took last until it was ready.
    took: Option<Duration>,
}

impl Health {
    fn is_ready(&mut self, after: Duration) {
        (self.waits_until, self.took) = (None, Some(after));
    }
}

/// A session that is ready, and a seat among the sessions of its server.
pub(crate) struct Session<'a> {
    pub(super) server: &'a Server,
    pub(crate) connection: Connection,
    /// What the server said up to its handshake.
    pub(crate) opening: Vec<Bytes>,
    began: Instant,
    _seat: Seat<'a>,
}

impl Servers {
    pub(super) fn new(settings: &MoshiSettings, partings: TaskTracker) -> Result<Self, BadAddress> {
        let all = settings.servers.iter().map(|text| {
            let address = Address::new(text, settings)?;
            Ok(Server { address, sessions: AtomicUsize::new(0), health: Mutex::default() })
        });
        let all = all.collect::<Result<_, _>>()?;
        let MoshiSettings { connect, ready, at_once, .. } = *settings;
        Ok(Self { all, connect, ready, at_once, partings })
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
            if server.sessions.load(Ordering::Relaxed) >= self.at_once {
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
            .any(|other| !other.rests(now) && other.sessions.load(Ordering::Relaxed) < self.at_once)
    }

    /// How long a server may keep us waiting while there is something else to be done: one that is slow by nature is given the
    /// time that it has shown to need.
    fn short(&self, server: &Server) -> Duration {
        let needed = server.health().took.unwrap_or_default() * 2;
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
        opened.inspect_err(|_| server.fail())
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
                server.health().is_ready(began - asked);
                Ok(Session { server, connection, opening, began, _seat: seat })
            }
            Ok(Err(lost)) => {
                server.fail();
                Err(lost)
            }
            // It is busy, which is no fault of its own. Another is asked first for a while.
            Err(_) => {
                server.health().waits_until = Some(Instant::now() + LONGEST_REST);
                Err(Lost::NotReady)
            }
        }
    }

    /// Whether every server has as many sessions of ours as it takes.
    pub(super) fn are_busy(&self) -> bool {
        self.all.iter().all(|server| server.sessions.load(Ordering::Relaxed) >= self.at_once)
    }

    /// Those that are free come first, and those that have failed of late last.
    fn candidates(&self) -> Vec<&Server> {
        let now = Instant::now();
        let mut all: Vec<&Server> = self.all.iter().collect();
        all.sort_by_key(|server| {
            let sessions = server.sessions.load(Ordering::Relaxed);
            (server.rests(now), sessions >= self.at_once, server.keeps_waiting(now), sessions)
        });
        all
    }
}

struct Seat<'a>(&'a Server);

impl<'a> Seat<'a> {
    fn take(server: &'a Server) -> Self {
        server.sessions.fetch_add(1, Ordering::Relaxed);
        Self(server)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Session<'_> {
    /// Notes that the session ended by itself, and tells whether it was none worth the name.
    pub(super) fn was_quick(&self) -> bool {
        let is_quick = self.began.elapsed() < QUICK;
        if is_quick {
            self.server.fail();
        } else {
            let mut health = self.server.health();
            (health.failures, health.rests_until) = (0, None);
        }
        is_quick
    }
}

impl Server {
    /// It, and how it is with it.
    pub(super) fn shown(&self, state: ModelState) -> ModelServer {
        ModelServer { server: self.address.authority.clone(), state }
    }

    fn keeps_waiting(&self, now: Instant) -> bool {
        self.health().waits_until.is_some_and(|until| until > now)
    }

    fn rests(&self, now: Instant) -> bool {
        self.health().rests_until.is_some_and(|until| until > now)
    }

    pub(super) fn fail(&self) {
        let mut health = self.health();
        let rest = FIRST_REST.saturating_mul(1 << health.failures.min(16)).min(LONGEST_REST);
        health.failures += 1;
        health.rests_until = Some(Instant::now() + rest);
    }

    fn health(&self) -> std::sync::MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
