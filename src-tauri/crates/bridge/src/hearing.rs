//! The caller's sound on its way to the engine: µ-law in, frames and utterances out, what was lost counted.
//!
//! Whoever reads the caller's messages never waits for the engine: what an engine doesn't take in time is dropped, the
//! oldest sound first, and counted.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audio::{Frame, Framer, Limits, Utterance, Utterances, duration_of, g711};
use tokio::sync::Notify;

/// How much may wait for the engine: a second of sound, and what happened meanwhile.
const CAPACITY: usize = 64;

/// What an engine hears of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The next 20 ms of the caller's sound.
    Sound(Box<Frame>),
    /// The caller began to speak.
    Started,
    /// The caller has ended an utterance.
    Ended(Utterance),
    /// The caller pressed a key.
    Key(char),
}

/// The engine's end: what it hears, in order.
#[derive(Clone, Default)]
pub(crate) struct Ears(Arc<Ring>);

#[derive(Default)]
struct Ring {
    waiting: Mutex<VecDeque<Heard>>,
    more: Notify,
}

impl Ears {
    /// Waits for what is heard next. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            let more = self.0.more.notified();
            let heard = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match heard {
                Some(heard) => return heard,
                None => more.await,
            }
        }
    }

    /// Passes this on and says whether something was dropped for it.
    fn push(&self, heard: Heard) -> bool {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = waiting.len() >= CAPACITY;
        if is_full {
            let sound = waiting.iter().position(|heard| matches!(heard, Heard::Sound(_)));
            waiting.remove(sound.unwrap_or(0));
        }
        waiting.push_back(heard);
        drop(waiting);
        self.0.more.notify_one();
        is_full
    }
}

/// The caller's end.
pub(crate) struct Hearing {
    ears: Ears,
    framer: Framer,
    utterances: Utterances,
    is_speaking: bool,
    /// When, after the start of the stream, the next sound should have been made.
    expected: Option<Duration>,
    tally: Tally,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How much sound arrived.
    pub(crate) sound: Duration,
    /// How much was lost on the way here.
    pub(crate) lost: Duration,
    /// How many utterances it held.
    pub(crate) utterances: u32,
    /// How often the engine was too slow to hear.
    pub(crate) dropped: u64,
}

impl Hearing {
    pub(crate) fn new(ears: Ears) -> Self {
        Self {
            ears,
            framer: Framer::default(),
            utterances: Utterances::new(Limits::default()),
            is_speaking: false,
            expected: None,
            tally: Tally::default(),
        }
    }

    /// Takes sound that was made `at` that time after the start of the stream, where the caller's side tells.
    pub(crate) fn sound(&mut self, bytes: &[u8], at: Option<Duration>) {
        let length = duration_of(bytes.len());
        if let Some(at) = at {
            let gap = self.expected.map_or(Duration::ZERO, |expected| at.saturating_sub(expected));
            self.tally.lost = self.tally.lost.saturating_add(gap);
            self.expected = Some(at.saturating_add(length));
        }
        self.tally.sound += length;
        for frame in self.framer.push(g711::decode(bytes)) {
            self.pass(Heard::Sound(Box::new(frame)));
            if let Some(event) = self.utterances.push(&frame) {
                self.note(event);
            }
        }
    }

    /// Takes a key.
    pub(crate) fn key(&mut self, key: char) {
        self.pass(Heard::Key(key));
    }

    /// Ends what is being said, because no sound comes any more.
    pub(crate) fn silence(&mut self) {
        if let Some(event) = self.utterances.finish() {
            self.note(event);
        }
    }

    /// Whether the caller speaks.
    pub(crate) fn is_speaking(&self) -> bool {
        self.is_speaking
    }

    /// What was counted so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    fn note(&mut self, event: audio::Heard) {
        let heard = match event {
            audio::Heard::Started => Heard::Started,
            audio::Heard::Ended(utterance) => {
                self.tally.utterances += 1;
                Heard::Ended(utterance)
            }
        };
        self.is_speaking = heard == Heard::Started;
        self.pass(heard);
    }

    fn pass(&mut self, heard: Heard) {
        self.tally.dropped += u64::from(self.ears.push(heard));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_that_does_not_listen_loses_the_oldest_sound_and_nothing_else() {
        let mut ears = Ears::default();
        let mut hearing = Hearing::new(ears.clone());
        hearing.key('1');
        hearing.sound(&vec![g711::SILENCE; 160 * CAPACITY], None);
        assert_eq!(hearing.tally().dropped, 1);
        assert_eq!(ears.next().await, Heard::Key('1'));
        assert_eq!(ears.next().await, Heard::Sound(Box::new([0; 160])));
    }

    #[test]
    fn a_jump_of_the_timestamp_is_lost_sound() {
        let mut hearing = Hearing::new(Ears::default());
        for milliseconds in [0, 20, 60, 80, 60] {
            hearing.sound(&[g711::SILENCE; 160], Some(Duration::from_millis(milliseconds)));
        }
        assert_eq!(hearing.tally().lost, Duration::from_millis(20));
        assert_eq!(hearing.tally().sound, Duration::from_millis(100));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_sound_and_times_never_panic(
            parts in proptest::collection::vec((proptest::collection::vec(proptest::num::u8::ANY, 0..400), proptest::option::of(proptest::num::u64::ANY)), 0..8)
        ) {
            let mut hearing = Hearing::new(Ears::default());
            for (bytes, at) in parts {
                hearing.sound(&bytes, at.map(Duration::from_millis));
            }
            hearing.silence();
        }
    }
}
