//! Legs, engines and taps that are made elsewhere.

#![allow(clippy::disallowed_methods, reason = "tasks end with their test")]

mod caller;

use std::f64::consts::TAU;
use std::sync::Arc;
use std::time::Duration;

use audio::{Converter, Level, Rate};
use bridge::{
    Additions, Answered, Bridge, Capabilities, Conversation, EarEvent, Ending, Engine, Event,
    Farewell, Hears, Leg, Mark, Overheard, Plays, Settings, Side, Snippet, Sound, Tap,
    TextInjection,
};
use caller::voice;
use futures_util::future::BoxFuture;
use futures_util::stream;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wire::{CallPhase, Carrier, Happening, Snapshot};

/// Nothing that a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_an_engine_of_24_khz_says_reaches_a_leg_of_24_khz_with_all_its_treble() {
    let (engine, _) = Whistler::at_work();
    let (_bridge, mut caller) = calls(vec![engine], Vec::new());
    let mut heard = Vec::new();
    while heard.len() < 12_000 {
        if let Told::Frame(frame) = caller.next().await {
            assert_eq!(frame.len(), 480, "every frame has 20 ms");
            heard.extend(frame);
        }
    }
    let (treble, all) = powers(&heard[2_400..]);
    assert!(treble > 0.95 * all, "{treble} of {all} is left");
}

#[tokio::test]
async fn what_a_caller_of_24_khz_says_reaches_an_engine_with_all_its_treble() {
    let (engine, mut heard) = Whistler::at_work();
    let (_bridge, caller) = calls(vec![engine], Vec::new());
    for frame in whistle().chunks(480) {
        caller.say(frame.to_vec()).await;
    }
    let heard = timeout(PATIENCE, heard.recv()).await.expect("in time").expect("it hears");
    let (treble, all) = powers(&heard);
    assert!(treble > 0.95 * all, "{treble} of {all} is left");
}

#[tokio::test]
async fn a_leg_made_elsewhere_has_the_call_that_everybody_has() {
    let (bridge, mut caller) = calls(Vec::new(), Vec::new());
    let mut happenings = bridge.happenings().subscribe();
    let mut shown = bridge.calls();
    while !matches!(caller.next().await, Told::Frame(frame) if Level::of(&frame) > Level::dbfs(-40.0))
    {
    }
    for frame in Converter::new(Rate::Telephone, Rate::Wide).push(&voice()).chunks(480) {
        caller.say(frame.to_vec()).await;
    }
    while !matches!(caller.next().await, Told::Clear) {}
    become_so(&mut shown, |call| call.phase == CallPhase::Caller && call.heard.level_dbfs > -60)
        .await;
    for _ in 0..50 {
        caller.say(vec![0; 480]).await;
    }
    // The voice comes back as wide as it was.
    while !matches!(caller.next().await, Told::Mark(Mark::Echo(1))) {}
    let happening = timeout(PATIENCE, happenings.recv()).await.expect("in time");
    assert!(matches!(happening, Ok(Happening::Utterance { .. })));
    let call = become_so(&mut shown, |call| call.echoes == 1).await;
    assert_eq!((call.heard.utterances, call.said.clears), (1, 1));
    bridge.hang_up(call.id).expect("it goes on");
    let farewell = timeout(PATIENCE, caller.ended).await.expect("in time").expect("it is told");
    let expected = Farewell { code: 1000, reason: "somebody who steers hung up".to_owned() };
    assert_eq!(farewell, expected);
    caller.held.await.expect("the call ends in peace");
    let gone = timeout(PATIENCE, shown.wait_for(Vec::is_empty)).await;
    gone.expect("in time").expect("the bridge lives");
}

#[tokio::test]
async fn where_an_engine_cannot_answer_the_next_one_does() {
    let (bridge, mut caller) = calls(vec![Arc::new(Absent)], Vec::new());
    let mut shown = bridge.calls();
    assert_eq!(bridge.engine(), wire::Engine::Moshi);
    while !matches!(caller.next().await, Told::Frame(frame) if Level::of(&frame) > Level::dbfs(-40.0))
    {
    }
    become_so(&mut shown, |call| call.engine == wire::Engine::LineCheck).await;
}

#[tokio::test]
async fn who_listens_along_hears_both_sides_and_who_is_slow_loses_only_what_is_its_own() {
    let (quick, mut all) = Listener::at_work(None);
    let gate = Arc::new(Notify::new());
    let (slow, mut rest) = Listener::at_work(Some(Arc::clone(&gate)));
    let (_bridge, mut caller) = calls(Vec::new(), vec![quick, slow]);
    for _ in 0..1_000 {
        caller.say(vec![0; 480]).await;
    }
    assert!(matches!(caller.next().await, Told::Frame(_)), "nobody is held up");
    drop(caller.to_bridge);
    let farewell = timeout(PATIENCE, caller.ended).await.expect("in time").expect("it is told");
    assert_eq!(farewell.reason, "the caller hung up");
    let (pieces, lost) = timeout(PATIENCE, all.recv()).await.expect("in time").expect("it ends");
    let of = |side| pieces.iter().filter(|piece| piece.side == side).count();
    assert_eq!((of(Side::Caller), lost), (1_000, 0));
    assert!(of(Side::Us) > 0);
    assert!(pieces.iter().all(|piece| piece.samples.len() == 480));
    gate.notify_one();
    let (pieces, lost) = timeout(PATIENCE, rest.recv()).await.expect("in time").expect("it ends");
    assert!(lost > 0 && pieces.len() < 1_000, "{lost} were lost");
    caller.held.await.expect("the call ends when all have finished");
}

/// A call of a leg made here to a bridge that has these besides what it has of itself.
fn calls(engines: Vec<Arc<dyn Engine>>, taps: Vec<Arc<dyn Tap>>) -> (Arc<Bridge>, Called) {
    let now = std::time::SystemTime::now().into();
    let snapshot = Snapshot::new("0.0.0", 1, now, wire::Engine::LineCheck);
    let (_, snapshots) = watch::channel(snapshot);
    let additions = Additions { engines, taps };
    let pages = Arc::new(|_: &str, _| Ok(None));
    let bridge = Bridge::new(snapshots, pages, None, Settings::default(), additions);
    let (to_bridge, hears) = mpsc::channel(1_024);
    let (plays, from_bridge) = mpsc::channel(1_024);
    let (end, ended) = oneshot::channel();
    let leg = Desk { hears: Microphone(hears), plays: Speakers(plays), end };
    // Nobody comes to its port.
    let served = Arc::clone(&bridge).serve(stream::pending(), CancellationToken::new());
    tokio::spawn(served);
    let at_work = Arc::clone(&bridge);
    let held = tokio::spawn(async move { at_work.call(leg, CancellationToken::new()).await });
    (bridge, Called { to_bridge, from_bridge, ended, held })
}

async fn become_so(
    shown: &mut watch::Receiver<Vec<wire::Call>>,
    is_so: impl Fn(&wire::Call) -> bool,
) -> wire::Call {
    let so = timeout(PATIENCE, shown.wait_for(|calls| calls.first().is_some_and(&is_so))).await;
    so.expect("in time").expect("the bridge lives")[0].clone()
}

/// The other end of the leg.
struct Called {
    to_bridge: mpsc::Sender<Vec<i16>>,
    from_bridge: mpsc::Receiver<Told>,
    ended: oneshot::Receiver<Farewell>,
    held: JoinHandle<()>,
}

impl Called {
    async fn say(&self, frame: Vec<i16>) {
        self.to_bridge.send(frame).await.expect("the call goes on");
    }

    async fn next(&mut self) -> Told {
        let told = timeout(PATIENCE, self.from_bridge.recv()).await.expect("in time");
        told.expect("the call goes on")
    }
}

/// What a leg is told.
enum Told {
    Frame(Vec<i16>),
    Mark(Mark),
    Clear,
}

/// A microphone and speakers, as a desk has them.
struct Desk {
    hears: Microphone,
    plays: Speakers,
    end: oneshot::Sender<Farewell>,
}

struct Microphone(mpsc::Receiver<Vec<i16>>);

struct Speakers(mpsc::Sender<Told>);

impl Speakers {
    async fn tell(&self, told: Told) -> Result<(), Ending> {
        self.0.send(told).await.map_err(|_| Ending::Gone)
    }
}

impl Leg for Desk {
    type Hears = Microphone;
    type Plays = Speakers;

    fn caller(&mut self) -> bridge::Caller {
        bridge::Caller {
            from: Carrier::Moshi,
            rate: Rate::Wide,
            has_marks: false,
            carrier_id: None,
            stream: None,
        }
    }

    fn halves(&mut self) -> (&mut Microphone, &mut Speakers) {
        (&mut self.hears, &mut self.plays)
    }

    async fn end(self, farewell: Farewell) {
        // A test may not want to know.
        let _ = self.end.send(farewell);
    }
}

impl Hears for Microphone {
    async fn hear(&mut self, sound: &mut Vec<i16>) -> Result<Event, Ending> {
        *sound = self.0.recv().await.ok_or(Ending::HungUp)?;
        Ok(Event::Sound { at: None, number: None })
    }
}

impl Plays for Speakers {
    async fn play(&mut self, frame: &[i16]) -> Result<(), Ending> {
        self.tell(Told::Frame(frame.to_vec())).await
    }

    async fn mark(&mut self, mark: Mark) -> Result<(), Ending> {
        self.tell(Told::Mark(mark)).await
    }

    async fn clear(&mut self) -> Result<(), Ending> {
        self.tell(Told::Clear).await
    }
}

/// An engine that whistles, and passes on the first half second that it hears.
struct Whistler(mpsc::Sender<Vec<i16>>);

impl Whistler {
    fn at_work() -> (Arc<dyn Engine>, mpsc::Receiver<Vec<i16>>) {
        let (heard, by_test) = mpsc::channel(1);
        (Arc::new(Self(heard)), by_test)
    }
}

impl Engine for Whistler {
    fn kind(&self) -> wire::Engine {
        wire::Engine::Moshi
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { text: TextInjection::None, at_once: None }
    }

    fn answer<'a>(&'a self, mut conversation: Conversation<'a>) -> BoxFuture<'a, Answered> {
        Box::pin(async move {
            let mut said = conversation.mouth.say(Sound::new(whistle(), Rate::Wide));
            let mut heard = Vec::new();
            while heard.len() < 12_000 {
                if let EarEvent::Sound { samples, rate } = conversation.ears.next().await {
                    assert_eq!(rate, Rate::Wide);
                    heard.extend(samples);
                }
            }
            // A test may not want to know.
            let _ = self.0.send(heard).await;
            said.ended().await;
            Answered::HungUp(None)
        })
    }
}

/// An engine that never answers.
struct Absent;

impl Engine for Absent {
    fn kind(&self) -> wire::Engine {
        wire::Engine::Moshi
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { text: TextInjection::None, at_once: None }
    }

    fn answer<'a>(&'a self, _: Conversation<'a>) -> BoxFuture<'a, Answered> {
        Box::pin(async { Answered::Not { told: None } })
    }
}

/// A second of 8 kHz, which no telephone carries.
fn whistle() -> Vec<i16> {
    (0..24_000).map(|at| (8_000.0 * (f64::from(at) * TAU / 3.0).sin()) as i16).collect()
}

/// The power of what is at 8 kHz, and of all.
fn powers(sound: &[i16]) -> (f64, f64) {
    let (mut sine, mut cosine, mut all) = (0.0, 0.0, 0.0);
    for (at, &sample) in sound.iter().enumerate() {
        let (sample, angle) = (f64::from(sample), (at % 3) as f64 * TAU / 3.0);
        sine += sample * angle.sin();
        cosine += sample * angle.cos();
        all += sample * sample;
    }
    let count = sound.len() as f64;
    (2.0 * (sine.powi(2) + cosine.powi(2)) / count.powi(2), all / count)
}

/// All that a tap has heard, and how many pieces it lost.
type Overall = (Vec<Snippet>, u64);

/// A tap that hands over all that it heard and how much it lost, and may be kept waiting until the call is over.
struct Listener {
    heard: mpsc::Sender<Overall>,
    waits_for: Option<Arc<Notify>>,
}

impl Listener {
    fn at_work(waits_for: Option<Arc<Notify>>) -> (Arc<dyn Tap>, mpsc::Receiver<Overall>) {
        let (heard, by_test) = mpsc::channel(1);
        (Arc::new(Self { heard, waits_for }), by_test)
    }
}

impl Tap for Listener {
    fn name(&self) -> &'static str {
        "a listener"
    }

    fn listen(&self, mut sound: Overheard) -> BoxFuture<'static, ()> {
        let (heard, waits_for) = (self.heard.clone(), self.waits_for.clone());
        Box::pin(async move {
            if let Some(gate) = waits_for {
                gate.notified().await;
            }
            let mut pieces = Vec::new();
            while let Some(piece) = sound.next().await {
                pieces.push(piece);
            }
            heard.send((pieces, sound.lost())).await.expect("the test waits");
        })
    }
}
