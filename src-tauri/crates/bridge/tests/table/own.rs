//! A leg and an engine of the test's own making: what another crate can add to a bridge.

use std::f32::consts::TAU;
use std::time::{Duration, SystemTime};

use audio::{FRAME, Level, Rate};
use bridge::{
    Answered, Caller, Capabilities, Conversation, EarEvent, Ending, Engine, Event, Farewell, Hears,
    Leg, Plays, Sound, TextInjection,
};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use wire::Carrier;
use wire::steering::Fate;

/// How much may be on its way: more than a test says or hears.
const ROOM: usize = 4_096;

/// What a caller hears.
pub(crate) enum Played {
    Sound(Vec<i16>),
    Mark(String),
    Clear,
    Closed(Option<u16>),
}

/// The caller's end of a leg that is nothing but a cable.
pub(crate) struct Cable {
    said: Option<Sender<(Duration, Vec<i16>)>>,
    played: Receiver<Played>,
    /// How long after the start the next frame is said.
    at: Duration,
}

impl Cable {
    pub(crate) async fn say(&mut self, frame: &[i16]) {
        if let Some(said) = &self.said {
            // Nobody hears it where the other side has hung up.
            let _ = said.send((self.at, frame.to_vec())).await;
        }
        self.at += FRAME;
    }

    pub(crate) fn lose(&mut self, frames: u32) {
        self.at += FRAME * frames;
    }

    pub(crate) fn hang_up(&mut self) {
        self.said = None;
    }

    /// Waits for what is heard next. Cancel-safe.
    pub(crate) async fn hear(&mut self) -> Played {
        self.played.recv().await.unwrap_or(Played::Closed(None))
    }
}

/// The bridge's end of it.
pub(crate) struct OwnLeg {
    hears: Ear,
    plays: Loudspeaker,
}

pub(crate) struct Ear(Receiver<(Duration, Vec<i16>)>);

pub(crate) struct Loudspeaker(Sender<Played>);

/// Both ends of a leg.
pub(crate) fn cable() -> (Cable, OwnLeg) {
    let (said, hears) = channel(ROOM);
    let (plays, played) = channel(ROOM);
    let leg = OwnLeg { hears: Ear(hears), plays: Loudspeaker(plays) };
    (Cable { said: Some(said), played, at: Duration::ZERO }, leg)
}

impl Leg for OwnLeg {
    type Hears = Ear;
    type Plays = Loudspeaker;

    fn caller(&mut self) -> Caller {
        Caller {
            from: Carrier::Twilio,
            rate: Rate::Telephone,
            has_marks: false,
            carrier_id: None,
            stream: None,
        }
    }

    fn halves(&mut self) -> (&mut Ear, &mut Loudspeaker) {
        (&mut self.hears, &mut self.plays)
    }

    async fn end(self, farewell: Farewell) {
        // Whoever has hung up hears nothing any more.
        let _ = self.plays.0.send(Played::Closed(Some(farewell.code))).await;
    }
}

impl Hears for Ear {
    async fn hear(&mut self, sound: &mut Vec<i16>) -> Result<Event, Ending> {
        let (at, samples) = self.0.recv().await.ok_or(Ending::HungUp)?;
        *sound = samples;
        Ok(Event::Sound { at: Some(at), number: None })
    }
}

impl Loudspeaker {
    async fn send(&mut self, played: Played) -> Result<(), Ending> {
        self.0.send(played).await.map_err(|_| Ending::Gone)
    }
}

impl Plays for Loudspeaker {
    async fn play(&mut self, frame: &[i16]) -> Result<(), Ending> {
        self.send(Played::Sound(frame.to_vec())).await
    }

    async fn clear(&mut self) -> Result<(), Ending> {
        self.send(Played::Clear).await
    }
}

/// An engine that whistles as loud as that, at first and whenever something is suggested to it.
pub(crate) struct Whistler(pub(crate) Level);

impl Whistler {
    fn tune(&self) -> Sound {
        let peak = 2_f32.sqrt() * 10_f32.powf(self.0.decibels() / 20.0) * f32::from(i16::MAX);
        let wave = |n: usize| ((TAU * n as f32 / 24.0).sin() * peak).round() as i16;
        Sound::new(
            (0..Rate::Wide.samples_per_second() as usize * 5).map(wave).collect(),
            Rate::Wide,
        )
    }
}

impl Engine for Whistler {
    fn kind(&self) -> wire::Engine {
        wire::Engine::LineCheck
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { text: TextInjection::Live, at_once: None }
    }

    fn answer<'a>(&'a self, conversation: Conversation<'a>) -> BoxFuture<'a, Answered> {
        let call = conversation.call();
        let Conversation { mut ears, mouth, .. } = conversation;
        Box::pin(async move {
            mouth.say(self.tune());
            let suggestions = ears.suggestions().clone();
            loop {
                tokio::select! {
                    heard = ears.next() => match heard {
                        EarEvent::Key('*') => return Answered::HungUp(None),
                        EarEvent::Key(_) | EarEvent::Sound { .. } | EarEvent::Message(_) | EarEvent::Started | EarEvent::Ended(_) => {}
                    },
                    () = suggestions.any() => {
                        let Some(suggested) = suggestions.take() else { continue };
                        mouth.say(self.tune());
                        let at = SystemTime::now().into();
                        suggested.settle(Fate::Delivered { call, at });
                    }
                }
            }
        })
    }
}
