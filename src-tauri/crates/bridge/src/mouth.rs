//! An engine's way to be heard, which it shares with the writer of its call.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::playout::{Cue, Mark, Played, Playout, Step};
use crate::sound::Sound;

/// The engine's way to be heard. What it says is queued and paced; it never waits.
#[derive(Clone, Default)]
pub(crate) struct Mouth(Arc<Voice>);

#[derive(Default)]
struct Voice {
    state: Mutex<State>,
    changed: Notify,
    /// Told when nothing is to be heard any more.
    rested: Notify,
}

#[derive(Default)]
struct State {
    playout: Playout,
    said: u32,
    echoes: u32,
    caller_speaks: bool,
}

impl State {
    fn is_quiet(&self) -> bool {
        !self.caller_speaks && !self.playout.is_heard()
    }
}

/// Something that was said.
pub(crate) struct Said {
    mark: Mark,
    played: oneshot::Receiver<Played>,
}

impl Said {
    /// Waits until it has been heard or cut short. Cancel-safe.
    pub(crate) async fn ended(&mut self) -> Played {
        (&mut self.played).await.unwrap_or(Played::CallEnded)
    }
}

impl Mouth {
    /// Says this, as µ-law, after all that was said before.
    pub(crate) fn say(&self, sound: impl Into<Sound>) -> Said {
        let mut state = self.lock();
        state.said += 1;
        let mark = Mark::Said(state.said);
        self.queue(state, sound.into(), mark)
    }

    /// Plays an utterance of the caller back.
    pub(crate) fn play_back(&self, sound: impl Into<Sound>) -> Said {
        let mut state = self.lock();
        state.echoes += 1;
        let mark = Mark::Echo(state.echoes);
        self.queue(state, sound.into(), mark)
    }

    /// Has these frames, as µ-law, heard as they come. There is no end to them.
    pub(crate) fn stream(&self, frames: &[u8]) {
        self.lock().playout.stream(frames);
        self.0.changed.notify_one();
    }

    fn queue(&self, mut state: MutexGuard<'_, State>, sound: Sound, mark: Mark) -> Said {
        let played = state.playout.say(sound, mark);
        drop(state);
        self.0.changed.notify_one();
        Said { mark, played }
    }

    /// Falls silent at once.
    pub(crate) fn hush(&self) {
        self.lock().playout.hush(Instant::now());
        self.0.changed.notify_one();
    }

    /// Takes back what hasn't been heard of this.
    pub(crate) fn retract(&self, said: &Said) {
        self.lock().playout.retract(said.mark, Instant::now());
        self.0.changed.notify_one();
    }

    /// For the engine: notes whether the caller speaks.
    pub(crate) fn note_caller(&self, speaks: bool) {
        self.lock().caller_speaks = speaks;
        self.0.rested.notify_waiters();
    }

    /// Waits until neither the caller nor we can be heard. Cancel-safe.
    pub(crate) async fn quiet(&self) {
        loop {
            let mut rested = pin!(self.0.rested.notified());
            rested.as_mut().enable();
            if self.lock().is_quiet() {
                return;
            }
            rested.await;
        }
    }

    /// For the writer: what is to be done next.
    pub(crate) fn step(&self, cue: Cue) -> Step {
        let mut state = self.lock();
        let step = state.playout.step(Instant::now(), cue);
        let is_heard = state.playout.is_heard();
        drop(state);
        if !is_heard {
            self.0.rested.notify_waiters();
        }
        step
    }

    /// For the reader and the writer: what waits to be sent.
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
