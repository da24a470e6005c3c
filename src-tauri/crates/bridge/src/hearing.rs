//! The caller's sound on its way to the engine: µ-law in, frames and utterances out, what was lost counted.
//!
//! Whoever reads the caller's messages never waits for the engine: what an engine doesn't take in time is dropped, the
//! oldest sound first, and counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audio::{Frame, Framer, Limits, Utterance, Utterances, duration_of, g711};
use tokio::sync::Notify;
use tokio::time::Instant;
use wire::Carrier;

use crate::caller::{Coding, Garbled, Order, Piece, Sound};
use crate::lag::Lag;
use crate::meter::Meter;
use crate::recording::{Side, Tape};
use crate::suggestions::Suggestions;

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
    is_sound_unwanted: AtomicBool,
    suggestions: Suggestions,
    lost: AtomicU64,
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

    /// Leaves the sound itself out of what is heard from now on: an engine that has no use for it needn't be woken for every
    /// frame of it.
    pub(crate) fn leave_out_sound(&self) {
        self.0.is_sound_unwanted.store(true, Ordering::Relaxed);
    }

    /// What is suggested meanwhile.
    pub(crate) fn suggestions(&self) -> &Suggestions {
        &self.0.suggestions
    }

    /// How much of the caller's sound was lost on the way here so far.
    pub(crate) fn lost(&self) -> Duration {
        Duration::from_millis(self.0.lost.load(Ordering::Relaxed))
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
    coding: Coding,
    /// Where the carrier may send sound out of turn.
    order: Option<Order>,
    /// The bytes of the piece that is being heard; kept, so that no piece needs memory of its own.
    bytes: Vec<u8>,
    framer: Framer,
    utterances: Utterances,
    is_speaking: bool,
    last_utterance: Duration,
    /// When, after the start of the stream, the next sound should have been made.
    expected: Option<Duration>,
    /// Where the call is recorded, if it is.
    tape: Option<Tape>,
    lag: Lag,
    level: Meter,
    tally: Tally,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How much sound arrived.
    pub(crate) sound: Duration,
    /// How much was lost on the way here.
    pub(crate) lost: Duration,
    /// By how much the last of it came late.
    pub(crate) lag: Duration,
    /// By how much the latest of it came late.
    pub(crate) longest_lag: Duration,
    /// How many utterances it held.
    pub(crate) utterances: u32,
    /// How often a key was pressed.
    pub(crate) keys: u32,
    /// How often the engine was too slow to hear.
    pub(crate) dropped: u64,
}

impl Hearing {
    pub(crate) fn new(ears: Ears, carrier: Carrier, coding: Coding, tape: Option<Tape>) -> Self {
        Self {
            ears,
            coding,
            order: (carrier == Carrier::Telnyx).then(Order::default),
            bytes: Vec::new(),
            framer: Framer::default(),
            utterances: Utterances::new(Limits::default()),
            is_speaking: false,
            last_utterance: Duration::ZERO,
            expected: None,
            tape,
            lag: Lag::default(),
            level: Meter::default(),
            tally: Tally::default(),
        }
    }

    /// Takes a piece of sound that came `now`.
    pub(crate) fn sound(&mut self, sound: &Sound<'_>, now: Instant) -> Result<(), Garbled> {
        let mut bytes = std::mem::take(&mut self.bytes);
        let decoded = sound.decode(&mut bytes);
        if decoded.is_ok() {
            if let Some(at) = sound.at {
                self.lag.note(at, now);
                self.tally.lag = self.lag.last();
                self.tally.longest_lag = self.tally.longest_lag.max(self.tally.lag);
            }
            match (&mut self.order, sound.chunk) {
                (Some(order), Some(number)) => {
                    let due = order.put(number, Piece { bytes: bytes.clone(), at: sound.at });
                    self.hear_all(due);
                }
                (None, _) | (_, None) => self.hear(&bytes, sound.at),
            }
        }
        self.bytes = bytes;
        decoded
    }

    fn hear_all(&mut self, pieces: Vec<Piece>) {
        for Piece { bytes, at } in pieces {
            self.hear(&bytes, at);
        }
    }

    /// Hears sound that was made `at` that time after the start of the stream, where the carrier tells.
    fn hear(&mut self, bytes: &[u8], at: Option<Duration>) {
        let length = duration_of(bytes.len());
        if let Some(at) = at {
            let gap = self.expected.map_or(Duration::ZERO, |expected| at.saturating_sub(expected));
            if !gap.is_zero() {
                self.tally.lost = self.tally.lost.saturating_add(gap);
                let lost = u64::try_from(self.tally.lost.as_millis()).unwrap_or(u64::MAX);
                self.ears.0.lost.store(lost, Ordering::Relaxed);
            }
            self.expected = Some(at.saturating_add(length));
        }
        self.tally.sound += length;
        let mut framer = std::mem::take(&mut self.framer);
        match self.coding {
            Coding::MuLaw => framer.push(g711::decode(bytes)).for_each(|frame| self.frame(frame)),
            Coding::ALaw => {
                framer.push(g711::a_law::decode(bytes)).for_each(|frame| self.frame(frame));
            }
        }
        self.framer = framer;
    }

    /// Hears sound that was decoded already.
    pub(crate) fn samples(&mut self, samples: &[i16]) {
        self.tally.sound += duration_of(samples.len());
        let mut framer = std::mem::take(&mut self.framer);
        framer.push(samples.iter().copied()).for_each(|frame| self.frame(frame));
        self.framer = framer;
    }

    fn frame(&mut self, frame: Frame) {
        if let Some(tape) = &self.tape {
            tape.take(Side::Caller, frame);
        }
        if !self.ears.0.is_sound_unwanted.load(Ordering::Relaxed) {
            self.pass(Heard::Sound(Box::new(frame)));
        }
        let event = self.utterances.push(&frame);
        self.level.note(self.utterances.level());
        if let Some(event) = event {
            self.note(event);
        }
    }

    /// Takes a key.
    pub(crate) fn key(&mut self, key: char) {
        self.tally.keys += 1;
        self.pass(Heard::Key(key));
    }

    /// Ends what is being said, because no sound comes any more.
    pub(crate) fn silence(&mut self) {
        let held = self.order.as_mut().map(Order::finish).unwrap_or_default();
        self.hear_all(held);
        self.level = Meter::default();
        if let Some(event) = self.utterances.finish() {
            self.note(event);
        }
    }

    /// Whether the caller speaks.
    pub(crate) fn is_speaking(&self) -> bool {
        self.is_speaking
    }

    /// How long the last utterance was.
    pub(crate) fn last_utterance(&self) -> Duration {
        self.last_utterance
    }

    /// How loud the caller is.
    pub(crate) fn level(&self) -> Meter {
        self.level
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
                self.last_utterance = utterance.duration();
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

    fn hearing(carrier: Carrier) -> (Ears, Hearing) {
        let ears = Ears::default();
        (ears.clone(), Hearing::new(ears, carrier, Coding::MuLaw, None))
    }

    #[tokio::test]
    async fn an_engine_that_does_not_listen_loses_the_oldest_sound_and_nothing_else() {
        let (mut ears, mut hearing) = hearing(Carrier::Twilio);
        hearing.key('1');
        hearing.hear(&vec![g711::SILENCE; 160 * CAPACITY], None);
        assert_eq!(hearing.tally().dropped, 1);
        assert_eq!(ears.next().await, Heard::Key('1'));
        assert_eq!(ears.next().await, Heard::Sound(Box::new([0; 160])));
    }

    #[tokio::test]
    async fn an_engine_that_has_no_use_for_sound_hears_all_else() {
        let (mut ears, mut hearing) = hearing(Carrier::Twilio);
        ears.leave_out_sound();
        hearing.hear(&[g711::SILENCE; 160 * 2 * CAPACITY], None);
        hearing.key('1');
        assert_eq!(hearing.tally().dropped, 0);
        assert_eq!(ears.next().await, Heard::Key('1'));
    }

    #[test]
    fn a_jump_of_the_timestamp_is_lost_sound() {
        let (_, mut hearing) = hearing(Carrier::Twilio);
        for milliseconds in [0, 20, 60, 80, 60] {
            hearing.hear(&[g711::SILENCE; 160], Some(Duration::from_millis(milliseconds)));
        }
        assert_eq!(hearing.tally().lost, Duration::from_millis(20));
        assert_eq!(hearing.tally().sound, Duration::from_millis(100));
    }

    #[test]
    fn a_burst_after_a_stall_leaves_no_more_than_a_second_to_be_heard() {
        let (ears, mut hearing) = hearing(Carrier::Twilio);
        for frame in 0..500 {
            hearing.hear(&[g711::SILENCE; 160], Some(audio::FRAME * frame));
        }
        assert_eq!(ears.0.waiting.lock().expect("nobody panicked").len(), CAPACITY);
        assert_eq!(hearing.tally().dropped, 500 - CAPACITY as u64);
    }

    #[tokio::test]
    async fn sound_out_of_turn_is_heard_in_order_where_the_carrier_may_send_it_so() {
        let (mut ears, mut hearing) = hearing(Carrier::Telnyx);
        for chunk in [1_u8, 3, 2, 4] {
            let payload = "AAAA".repeat(40)[..chunk as usize * 4].to_owned();
            let text = format!(
                r#"{{"event":"media","media":{{"chunk":"{chunk}","payload":"{payload}"}}}}"#
            );
            let Ok(message) = crate::caller::read(&text) else { panic!("{text}") };
            let crate::caller::Told::Sound(sound) = message.told else { panic!("{text}") };
            hearing.sound(&sound, Instant::now()).expect("base64");
        }
        assert_eq!(duration_of(3 + 6 + 9 + 12), hearing.tally().sound);
        hearing.hear(&[g711::SILENCE; 160], None);
        assert!(matches!(ears.next().await, Heard::Sound(_)));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_sound_and_times_never_panic(
            parts in proptest::collection::vec((proptest::collection::vec(proptest::num::u8::ANY, 0..400), proptest::option::of(proptest::num::u64::ANY)), 0..8)
        ) {
            let (_, mut hearing) = hearing(Carrier::Plivo);
            for (bytes, at) in parts {
                hearing.hear(&bytes, at.map(Duration::from_millis));
            }
            hearing.silence();
        }
    }
}
