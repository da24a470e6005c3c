//! What answers calls.

mod clips;
mod line_check;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::hearing::Ears;
use crate::playout::{Mark, Playout};

pub(crate) use line_check::LineCheck;

/// What an engine can do. What people are shown and what supervisors are answered follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it can be told what to say.
    pub text: TextInjection,
    /// Whether it writes down what the caller said.
    pub transcribes: bool,
    /// How many calls it can take at once, if it sets a limit.
    pub at_once: Option<usize>,
}

/// Whether an engine can be told what to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextInjection {
    /// It can't.
    None,
    /// Once, when a call begins.
    AtConnect,
    /// At any time.
    Live,
}

/// Something that answers calls.
pub(crate) trait Engine: Send + Sync + 'static {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Takes part in one call, for as long as it likes. It is dropped when the caller has gone.
    fn answer(&self, ears: Ears, mouth: Mouth) -> impl Future<Output = ()> + Send;
}

/// The engine's way to be heard. What it says is queued and paced; it never waits.
#[derive(Clone, Default)]
pub(crate) struct Mouth(Arc<Voice>);

#[derive(Default)]
struct Voice {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    playout: Playout,
    said: u32,
    echoes: u32,
}

impl Mouth {
    /// Says this, as µ-law, after all that was said before.
    pub(crate) fn say(&self, sound: Vec<u8>) {
        let mut state = self.lock();
        state.said += 1;
        let mark = Mark::Said(state.said);
        state.playout.say(sound, mark);
        drop(state);
        self.0.changed.notify_one();
    }

    /// Plays an utterance of the caller back.
    pub(crate) fn play_back(&self, sound: Vec<u8>) {
        let mut state = self.lock();
        state.echoes += 1;
        let mark = Mark::Echo(state.echoes);
        state.playout.say(sound, mark);
        drop(state);
        self.0.changed.notify_one();
    }

    /// Falls silent at once.
    pub(crate) fn hush(&self) {
        self.lock().playout.hush();
        self.0.changed.notify_one();
    }

    /// For the writer: what waits to be sent.
    pub(crate) fn playout<T>(&self, look: impl FnOnce(&mut Playout) -> T) -> T {
        look(&mut self.lock().playout)
    }

    /// For the writer: waits until something was said or hushed. Cancel-safe.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
