//! Watches over the model of one session: what is found is shown, and told to the caller where anything of ours is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};
use wire::ModelState;

use super::health::Health;
use super::pulse::{Finding, Pulse};
use super::servers::Server;
use super::session::Lost;
use super::told::say;
use crate::conversation::mouth::{Mouth, Said};
use crate::roster::Entry;

pub(super) struct Vigil<'a> {
    server: &'a Server,
    entry: &'a Entry,
    /// Where the caller is told, unless all that they hear comes from the model as it is.
    mouth: Option<Mouth>,
    pulse: Mutex<Pulse>,
    /// What the caller was told last.
    told: Mutex<Option<Said>>,
    asks: Notify,
    /// Whether the server is known by all to have stalled in this session.
    has_stalled: AtomicBool,
}

impl<'a> Vigil<'a> {
    /// That over a session which has just begun.
    pub(super) fn new(server: &'a Server, entry: &'a Entry, mouth: Option<Mouth>) -> Self {
        let asks = Notify::new();
        asks.notify_one();
        let pulse = Mutex::new(Pulse::new(Instant::now()));
        entry.note_model(server.shown(ModelState::Ready));
        Self {
            server,
            entry,
            mouth,
            pulse,
            told: Mutex::default(),
            asks,
            has_stalled: AtomicBool::new(false),
        }
    }

    /// Goes on until the server has been silent for too long; it is left sooner where there is another.
    pub(super) async fn keep(&self, has_another: impl Fn() -> bool) -> Lost {
        let server = &*self.server.address.authority;
        loop {
            let rest = self.pulse().rest(Instant::now());
            sleep(rest).await;
            let finding = self.pulse().wake(Instant::now(), &has_another);
            match finding {
                Finding::Same => {}
                Finding::Stalled => {
                    warn!(server, "the speech model has stopped answering");
                    self.entry.note_model(self.server.shown(ModelState::Stalled));
                    self.has_stalled.store(true, Ordering::Relaxed);
                    self.server.note(Health::stalls);
                }
                Finding::Untold => {
                    let said =
                        self.mouth.as_ref().and_then(|mouth| say(mouth, ModelState::Stalled));
                    *lock(&self.told) = said;
                }
                Finding::Gone => return Lost::Silent,
            }
            if self.pulse().asks() {
                self.asks.notify_one();
            }
        }
    }

    /// Waits until the server is to be asked whether it is there. Cancel-safe.
    pub(super) async fn asks(&self) {
        self.asks.notified().await;
    }

    /// Whether the next piece of the caller's sound is to be sent. To one that has stalled only some of it is, so that it
    /// doesn't hear at length what was said long ago when it goes on; without any some servers never would.
    pub(super) fn wants_sound(&self) -> bool {
        self.pulse().wants_sound()
    }

    /// The server was sent some of the caller's sound.
    pub(super) fn sent(&self) {
        self.pulse().sends(Instant::now());
    }

    /// A message with sound has come, which is empty if it can't be read.
    pub(super) fn sound(&self, samples: &[i16]) {
        let is_back = self.pulse().sound(samples, Instant::now());
        self.note(is_back);
    }

    /// Words have come.
    pub(super) fn words(&self) {
        let is_back = self.pulse().words(Instant::now());
        self.note(is_back);
    }

    /// The server has answered a ping, or sent one.
    pub(super) fn is_there(&self) {
        let is_back = self.pulse().is_there(Instant::now());
        self.note(is_back);
    }

    /// Something else has come.
    pub(super) fn comes(&self) {
        self.pulse().comes(Instant::now());
    }

    /// Waits until somebody has taken what the server has sent. Meanwhile nothing is read.
    pub(super) async fn until_taken(&self, taken: impl Future<Output = ()>) {
        self.pulse().note_deaf(true, Instant::now());
        taken.await;
        self.pulse().note_deaf(false, Instant::now());
    }

    fn note(&self, is_back: bool) {
        if !is_back {
            return;
        }
        info!(server = &*self.server.address.authority, "the speech model answers again");
        self.entry.note_model(self.server.shown(ModelState::Ready));
        self.is_over();
        if let (Some(mouth), Some(said)) = (&self.mouth, lock(&self.told).take()) {
            mouth.retract(&said);
        }
    }

    /// The server hasn't stalled in this session any more, if it had.
    fn is_over(&self) {
        if self.has_stalled.swap(false, Ordering::Relaxed) {
            self.server.note(Health::stalls_no_more);
        }
    }

    fn pulse(&self) -> MutexGuard<'_, Pulse> {
        lock(&self.pulse)
    }
}

impl Drop for Vigil<'_> {
    fn drop(&mut self) {
        self.is_over();
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
