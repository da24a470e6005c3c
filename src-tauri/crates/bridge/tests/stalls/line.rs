//! A caller on the telephone: a frame goes every 20 ms, silence where nothing is to be said.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use audio::{FRAME, Frame};
use testcall::{FromBridge, frames};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use wire::{Call, ModelState};

use crate::caller::{Caller, Running};
use crate::is;

/// Nothing that a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(40);
/// How much of a clip is enough to know it by, in samples.
const ENOUGH: usize = 2_000;

pub(crate) struct Line {
    caller: Caller,
    clock: Interval,
    words: VecDeque<Frame>,
    /// What was heard, as µ-law.
    heard: Vec<u8>,
}

impl Line {
    pub(crate) async fn of(bridge: &Running) -> Self {
        Self::new(bridge.caller().await)
    }

    pub(crate) fn new(caller: Caller) -> Self {
        let mut clock = interval(FRAME);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Self { caller, clock, words: VecDeque::new(), heard: Vec::new() }
    }

    /// Has this said from now on.
    pub(crate) fn says(&mut self, samples: &[i16]) {
        self.words.extend(frames(samples));
    }

    pub(crate) async fn press(&mut self, key: char) {
        self.caller.press(key).await;
    }

    /// Goes on for as long as that takes.
    pub(crate) async fn during<T>(&mut self, what: impl Future<Output = T>) -> T {
        let mut what = pin!(timeout(PATIENCE, what));
        loop {
            tokio::select! {
                done = &mut what => return done.expect("it happens in time"),
                () = self.step() => {}
            }
        }
    }

    /// Goes on for so many frames of the caller's.
    pub(crate) async fn goes_on(&mut self, time: Duration) {
        for _ in 0..time.as_millis() / FRAME.as_millis() {
            let _ = self.clock.tick().await;
            self.say().await;
            while let Ok(heard) = timeout(Duration::from_millis(1), self.caller.hear()).await {
                self.note(heard);
            }
        }
    }

    /// Goes on until the speech model of some call is in this state.
    pub(crate) async fn becomes(&mut self, bridge: &mut Running, state: ModelState) -> Vec<Call> {
        let so = bridge.calls_become(|calls| calls.iter().any(|call| is(call, state)));
        self.during(so).await
    }

    /// Goes on until the clip is heard.
    pub(crate) async fn hears(&mut self, clip: &[u8]) {
        let begins = &clip[..ENOUGH];
        let hearing = async {
            while !self.heard.windows(ENOUGH).any(|heard| heard == begins) {
                self.step().await;
            }
        };
        timeout(PATIENCE, hearing).await.expect("it is heard in time");
        self.heard.clear();
    }

    /// Says or hears what is next.
    async fn step(&mut self) {
        tokio::select! {
            _ = self.clock.tick() => self.say().await,
            heard = self.caller.hear() => self.note(heard),
        }
    }

    async fn say(&mut self) {
        let frame = self.words.pop_front().unwrap_or([0; audio::FRAME_SAMPLES]);
        self.caller.say(&frame).await;
    }

    fn note(&mut self, heard: FromBridge) {
        match heard {
            FromBridge::Sound(bytes) => self.heard.extend(bytes),
            FromBridge::Clear | FromBridge::Mark(_) => {}
            FromBridge::Closed(closed) => panic!("{closed}"),
        }
    }
}
