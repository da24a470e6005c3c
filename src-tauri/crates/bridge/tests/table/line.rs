//! The caller's end of a call, whoever calls: it sends a frame every 20 ms, silence where nothing is to be said, and notes
//! what it hears.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use audio::{FRAME, FRAME_SAMPLES, Frame, Level, g711};
use testcall::{Caller, FromBridge, frames};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use crate::moshi_client::MoshiClient;
use crate::own::{Cable, Played};

/// Nothing that a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// From this level on a frame is one of a voice.
const LOUD: Level = Level::dbfs(-35.0);

/// What a caller calls with.
pub(crate) enum Phone {
    Carrier(Box<Caller>),
    Client(Box<MoshiClient>),
    Own(Cable),
}

/// What the caller notes.
#[derive(Default)]
pub(crate) struct Noted {
    /// When the first loud frame was said.
    pub(crate) spoke: Option<Instant>,
    /// When the last loud sound came.
    pub(crate) loud: Option<Instant>,
    /// When the first order came to forget what was not played yet.
    pub(crate) cleared: Option<Instant>,
    /// With which code the other side ended the call.
    pub(crate) closed: Option<u16>,
}

/// The caller's end.
pub(crate) struct Line {
    phone: Phone,
    clock: Interval,
    words: VecDeque<Frame>,
    /// How many frames are lost on the way from now on.
    lost: u32,
    pub(crate) noted: Noted,
}

impl Line {
    pub(crate) fn new(phone: Phone) -> Self {
        let mut clock = interval(FRAME);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Self { phone, clock, words: VecDeque::new(), lost: 0, noted: Noted::default() }
    }

    /// Has this said from now on, at the pace of a telephone.
    pub(crate) fn says(&mut self, samples: &[i16]) {
        self.words.extend(frames(samples));
    }

    /// Leaves out so many frames, as a line does that loses them.
    pub(crate) fn lose(&mut self, frames: u32) {
        self.lost += frames;
        match &mut self.phone {
            Phone::Carrier(caller) => caller.stream.lose(frames.into()),
            Phone::Client(_) => {}
            Phone::Own(cable) => cable.lose(frames),
        }
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

    /// Goes on until what is noted is like that.
    pub(crate) async fn until(&mut self, is_so: impl Fn(&Noted) -> bool) {
        let noting = async {
            while !is_so(&self.noted) {
                self.step().await;
            }
        };
        timeout(PATIENCE, noting).await.expect("it is noted in time");
    }

    /// Says or hears what is next.
    async fn step(&mut self) {
        if self.noted.closed.is_some() {
            return std::future::pending().await;
        }
        tokio::select! {
            _ = self.clock.tick() => self.say().await,
            heard = hear(&mut self.phone) => self.note(heard).await,
        }
    }

    async fn say(&mut self) {
        let frame = self.words.pop_front().unwrap_or([0; 160]);
        if self.lost > 0 {
            self.lost -= 1;
            return;
        }
        if Level::of(&frame) >= LOUD {
            self.noted.spoke.get_or_insert_with(Instant::now);
        }
        // Where the other side has hung up, that is to be heard.
        match &mut self.phone {
            Phone::Carrier(caller) => drop(caller.say(&frame).await),
            Phone::Client(client) => drop(client.say(&frame).await),
            Phone::Own(cable) => cable.say(&frame).await,
        }
    }

    async fn note(&mut self, heard: Played) {
        let now = Instant::now();
        match heard {
            Played::Sound(samples) if Level::of(&samples) >= LOUD => self.noted.loud = Some(now),
            Played::Sound(_) => {}
            Played::Clear => drop(self.noted.cleared.get_or_insert(now)),
            Played::Mark(name) => {
                if let Phone::Carrier(caller) = &mut self.phone {
                    let played = caller.stream.played(&name);
                    drop(caller.send(played).await);
                }
            }
            Played::Closed(code) => self.noted.closed = Some(code.unwrap_or_default()),
        }
    }

    /// Hangs up, as whoever calls with this does.
    pub(crate) async fn hang_up(&mut self) {
        match &mut self.phone {
            Phone::Carrier(caller) => {
                let stop = caller.stream.stop();
                caller.send(stop).await.expect("the call goes on");
            }
            Phone::Client(client) => client.hang_up().await,
            Phone::Own(cable) => cable.hang_up(),
        }
    }
}

/// Waits for what is heard next. Cancel-safe.
async fn hear(phone: &mut Phone) -> Played {
    match phone {
        Phone::Carrier(caller) => match caller.hear().await.expect("the carrier understands it") {
            FromBridge::Sound(bytes) => Played::Sound(g711::decode(&bytes).collect()),
            FromBridge::Mark(name) => Played::Mark(name),
            FromBridge::Clear => Played::Clear,
            FromBridge::Closed(closed) => Played::Closed(closed.code),
        },
        Phone::Client(client) => match client.next().await {
            Ok(message) if message[0] == 1 => {
                // It begins with the last of what was sent before, for Opus and the converter lag behind.
                let sound = client.decode(&message[1..]);
                Played::Sound(sound[sound.len().saturating_sub(FRAME_SAMPLES)..].to_vec())
            }
            Ok(_) => Played::Sound(Vec::new()),
            Err(code) => Played::Closed(code),
        },
        Phone::Own(cable) => cable.hear().await,
    }
}
