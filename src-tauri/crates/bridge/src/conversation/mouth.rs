//! An engine's way to be heard, which it shares with the writer of its call.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use audio::Rate;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Bytes;
use wire::CallPhase;

use super::playout::{Cue, Mark, Out, Played, Playout, Step};
use super::sound::Sound;

/// How many messages may wait to be passed on.
const MESSAGES: usize = 64;

/// The engine's way to be heard. What it says is queued and paced; it never waits.
#[derive(Clone)]
pub struct Mouth(Arc<Voice>);

#[derive(Default)]
struct Voice {
    state: Mutex<State>,
    changed: Notify,
    /// Told when somebody may have begun to be heard, when nothing is to be heard any more, and when messages were passed on.
    rested: Notify,
}

#[derive(Default)]
struct State {
    playout: Playout,
    said: u32,
    echoes: u32,
    caller_speaks: bool,
    /// Messages that are passed on to a MOSHI client as they are, each with its sound, if it could be read.
    messages: VecDeque<(Bytes, Vec<i16>)>,
    /// Whether a message may be on its way.
    is_passing_on: bool,
}

impl State {
    fn phase(&self) -> CallPhase {
        match (self.caller_speaks, self.playout.is_heard()) {
            (true, _) => CallPhase::Caller,
            (false, true) => CallPhase::Engine,
            (false, false) => CallPhase::Quiet,
        }
    }
}

/// Something that was said.
pub struct Said {
    mark: Mark,
    played: oneshot::Receiver<Played>,
}

impl Said {
    /// Waits until it has been heard or cut short. Cancel-safe.
    pub async fn ended(&mut self) -> Played {
        (&mut self.played).await.unwrap_or(Played::CallEnded)
    }
}

impl Mouth {
    /// For a call whose other side hears sound of this rate, and may tell when it has heard what was said.
    pub(crate) fn new(rate: Rate, has_marks: bool) -> Self {
        let state = State { playout: Playout::new(rate, has_marks), ..State::default() };
        Self(Arc::new(Voice { state: Mutex::new(state), ..Voice::default() }))
    }

    /// Says this after all that was said before.
    pub fn say(&self, sound: Sound) -> Said {
        let mut state = self.lock();
        state.said += 1;
        let mark = Mark::Said(state.said);
        self.queue(state, sound, mark)
    }

    /// Says what the caller must know: after what is being said, or when they pause. If they cut in it is said again, until they
    /// have heard all of it, the mouth was hushed, or something else is to be known.
    pub fn announce(&self, sound: Sound) -> Said {
        let mut state = self.lock();
        state.said += 1;
        let (mark, is_pause) = (Mark::Said(state.said), !state.caller_speaks);
        let played = state.playout.announce(sound, mark, is_pause, Instant::now());
        drop(state);
        self.0.changed.notify_one();
        self.0.rested.notify_waiters();
        Said { mark, played }
    }

    /// Plays an utterance of the caller back.
    pub fn play_back(&self, sound: Sound) -> Said {
        let mut state = self.lock();
        state.echoes += 1;
        let mark = Mark::Echo(state.echoes);
        self.queue(state, sound, mark)
    }

    /// Has this sound heard as it comes. There is no end to it.
    pub fn stream(&self, samples: &[i16], rate: Rate) {
        self.lock().playout.stream(samples, rate);
        self.0.changed.notify_one();
    }

    /// Passes a message on to a MOSHI client as it is, with a copy of its sound at the client's rate. Waits for as long as too
    /// many are on their way.
    pub(crate) async fn pass_on(&self, message: Bytes, sound: Vec<i16>) {
        self.until(|state| state.messages.len() < MESSAGES).await;
        let mut state = self.lock();
        state.messages.push_back((message, sound));
        state.is_passing_on = true;
        drop(state);
        self.0.changed.notify_one();
    }

    pub(crate) async fn passed_on(&self) {
        self.until(|state| !state.is_passing_on).await;
    }

    fn queue(&self, mut state: MutexGuard<'_, State>, sound: Sound, mark: Mark) -> Said {
        let played = state.playout.say(sound, mark);
        drop(state);
        self.0.changed.notify_one();
        self.0.rested.notify_waiters();
        Said { mark, played }
    }

    /// Falls silent at once, for whatever was to be known is out of date.
    pub fn hush(&self) {
        let mut state = self.lock();
        let now = Instant::now();
        state.playout.forget(now);
        state.playout.hush(now);
        drop(state);
        self.0.changed.notify_one();
    }

    /// Falls silent at once. What must be known is said again.
    pub fn give_way(&self) {
        self.lock().playout.hush(Instant::now());
        self.0.changed.notify_one();
    }

    /// Takes back what hasn't been heard of this.
    pub fn retract(&self, said: &Said) {
        self.lock().playout.retract(said.mark, Instant::now());
        self.0.changed.notify_one();
    }

    /// For the reader: notes whether the caller speaks. Who begins to is not talked over.
    pub(crate) fn note_caller(&self, speaks: bool) {
        let mut state = self.lock();
        state.caller_speaks = speaks;
        if speaks {
            state.playout.cut_in(Instant::now());
        } else {
            state.playout.remind();
        }
        drop(state);
        self.0.changed.notify_one();
        self.0.rested.notify_waiters();
    }

    pub(crate) fn phase(&self) -> CallPhase {
        self.lock().phase()
    }

    /// Waits until neither the caller nor we can be heard. Cancel-safe.
    pub async fn quiet(&self) {
        self.until(|state| state.phase() == CallPhase::Quiet).await;
    }

    /// Waits until the caller or we can be heard. Cancel-safe.
    pub(crate) async fn noise(&self) {
        self.until(|state| state.phase() != CallPhase::Quiet).await;
    }

    /// Waits until the caller doesn't speak. Cancel-safe.
    pub async fn pause(&self) {
        self.until(|state| !state.caller_speaks).await;
    }

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let mut rested = pin!(self.0.rested.notified());
            rested.as_mut().enable();
            if is_so(&self.lock()) {
                return;
            }
            rested.await;
        }
    }

    /// For the writer: what is to be done next. The sound that is to be sent, or that a message holds, lies in `frame` then.
    pub(crate) fn step(&self, cue: Cue, frame: &mut Vec<i16>) -> Step {
        let mut state = self.lock();
        let is_passing_on = state.is_passing_on;
        let step = match state.messages.pop_front() {
            Some((message, sound)) => {
                state.playout.note_passed(&sound, Instant::now());
                *frame = sound;
                Step::Send(Out::Message(message))
            }
            None => {
                state.is_passing_on = false;
                if !state.caller_speaks {
                    state.playout.remind();
                }
                state.playout.step(Instant::now(), cue, frame)
            }
        };
        let is_heard = state.playout.is_heard();
        drop(state);
        if !is_heard || is_passing_on {
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
