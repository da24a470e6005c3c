//! What an engine hears of a call, in order.
//!
//! Whoever reads the caller's messages never waits for the engine: what an engine doesn't take in time is dropped, the
//! oldest sound first, and counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audio::{Rate, Utterance};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Bytes;

use super::suggestions::Suggestions;

/// How much may wait for the engine: a second of sound, and what happened meanwhile.
pub(crate) const CAPACITY: usize = 64;

/// What an engine hears of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarEvent {
    /// The next 20 ms of the caller's sound.
    Sound {
        /// The samples.
        samples: Box<[i16]>,
        /// Their rate.
        rate: Rate,
    },
    /// A message of a MOSHI client, as it came.
    Message(Bytes),
    /// The caller began to speak. What was being said to them has stopped.
    Started,
    /// The caller has ended an utterance.
    Ended(Utterance),
    /// The caller pressed a key.
    Key(char),
}

/// The engine's end: what it hears, in order.
#[derive(Clone, Default)]
pub struct Ears(Arc<Ring>);

#[derive(Default)]
struct Ring {
    waiting: Mutex<VecDeque<EarEvent>>,
    more: Notify,
    is_sound_unwanted: AtomicBool,
    suggestions: Suggestions,
    lost: AtomicU64,
}

impl Ears {
    /// Waits for what is heard next. Cancel-safe.
    pub async fn next(&mut self) -> EarEvent {
        loop {
            let more = self.0.more.notified();
            let heard = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match heard {
                Some(heard) => return heard,
                None => more.await,
            }
        }
    }

    /// Lets go by whatever is heard, for nobody is there to hear it. Never ends.
    pub(crate) async fn overhear(&mut self) {
        loop {
            self.next().await;
        }
    }

    /// Leaves the sound itself out of what is heard from now on: an engine that has no use for it needn't be woken for every
    /// frame of it.
    pub fn leave_out_sound(&self) {
        self.0.is_sound_unwanted.store(true, Ordering::Relaxed);
    }

    /// Hears the sound itself from now on, which an engine before may have left out.
    pub(crate) fn take_in_sound(&self) {
        self.0.is_sound_unwanted.store(false, Ordering::Relaxed);
    }

    pub(crate) fn want_sound(&self) -> bool {
        !self.0.is_sound_unwanted.load(Ordering::Relaxed)
    }

    /// What is suggested meanwhile.
    pub fn suggestions(&self) -> &Suggestions {
        &self.0.suggestions
    }

    /// How much of the caller's sound was lost on the way here so far.
    pub fn lost(&self) -> Duration {
        Duration::from_millis(self.0.lost.load(Ordering::Relaxed))
    }

    /// For the reader: notes how much was lost.
    pub(crate) fn note_lost(&self, lost: Duration) {
        let lost = u64::try_from(lost.as_millis()).unwrap_or(u64::MAX);
        self.0.lost.store(lost, Ordering::Relaxed);
    }

    /// For the reader: passes this on and says whether something was dropped for it.
    pub(crate) fn push(&self, heard: EarEvent) -> bool {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = waiting.len() >= CAPACITY;
        if is_full {
            let is_sound =
                |heard: &EarEvent| matches!(heard, EarEvent::Sound { .. } | EarEvent::Message(_));
            let oldest = waiting.iter().position(is_sound).unwrap_or(0);
            waiting.remove(oldest);
        }
        waiting.push_back(heard);
        drop(waiting);
        self.0.more.notify_one();
        is_full
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.0.waiting.lock().expect("nobody panicked").len()
    }
}
