//! How a call goes on, and how it ends.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, info_span};

use super::hearing::Hearing;
use crate::bridge::Bridge;
use crate::conversation::CallHandle;
use crate::conversation::ears::Ears;
use crate::conversation::mouth::Mouth;
use crate::conversation::playout::Playout;
use crate::ending::{Ending, Farewell, Fault};
use crate::engine::{Conversation, Passage};
use crate::engines::Engines;
use crate::leg::interface::{Caller, Leg, Plays};
use crate::reasons::FLOOD;
use crate::roster::Entry;
use crate::tap::{Listening, Taps};

/// What belongs to a call for as long as it goes on.
pub(super) struct OngoingCall {
    pub(super) entry: Entry,
    pub(super) handle: CallHandle,
    pub(super) taps: Taps,
    /// After how long without a sign of life it is given up.
    pub(super) idle: Duration,
    /// How long the caller's side may take to read what it is sent.
    pub(super) patience: Duration,
    /// Whether a frame of the caller's has come that none of ours went along with.
    pub(super) has_frame_come: AtomicBool,
}

impl Bridge {
    /// Holds a call of somebody who comes by another way than the bridge's port, until either side hangs up or `stop` is
    /// cancelled.
    pub async fn call(&self, leg: impl Leg, stop: CancellationToken) {
        hold(self, leg, self.engines().into(), stop).await;
    }
}

/// What answers a call, from its beginning to its end.
pub(crate) struct Answering {
    pub(crate) engines: Arc<Engines>,
    /// What the caller has asked for whose messages go to a model as they are, and come back so.
    pub(crate) passage: Option<Passage>,
}

impl From<Arc<Engines>> for Answering {
    fn from(engines: Arc<Engines>) -> Self {
        Self { engines, passage: None }
    }
}

/// Holds one call until either side hangs up or `stop` is cancelled.
pub(crate) async fn hold(
    bridge: &Bridge,
    mut leg: impl Leg,
    answering: Answering,
    stop: CancellationToken,
) {
    let Caller { from, rate, has_marks, carrier_id, stream } = leg.caller();
    let handle = CallHandle {
        ears: Ears::default(),
        mouth: Mouth::new(rate, has_marks),
        hang_up: CancellationToken::new(),
        stream: stream.map(Arc::from),
        capabilities: Arc::new(Mutex::new(answering.engines.first().capabilities())),
        is_relayed: answering.passage.is_some(),
    };
    let engine = answering.engines.first().kind();
    let entry = bridge.roster.enter(from, carrier_id.as_deref(), engine, handle.clone());
    let span = info_span!("call", id = entry.id, ?from);
    async {
        info!("the call began");
        let (taps, listening) = Listening::begin(&bridge.taps, entry.id, rate);
        let hearing = Hearing::new(handle.ears.clone(), handle.mouth.clone(), rate, taps.clone());
        let patience = bridge.settings.idle;
        // Whoever passes on what a model says need not have anything to say.
        let idle = if handle.is_relayed { bridge.settings.longest } else { patience };
        let has_frame_come = AtomicBool::new(false);
        let call = OngoingCall { entry, handle, taps, idle, patience, has_frame_come };
        call.go_on(hearing, bridge, leg, (answering, stop)).await;
        listening.ended().await;
    }
    .instrument(span)
    .await;
}

impl OngoingCall {
    async fn go_on(
        self,
        mut hearing: Hearing,
        bridge: &Bridge,
        mut leg: impl Leg,
        (Answering { engines, passage }, stop): (Answering, CancellationToken),
    ) {
        let CallHandle { ears, mouth, hang_up, .. } = &self.handle;
        let conversation = Conversation {
            ears: ears.clone(),
            mouth: mouth.clone(),
            entry: &self.entry,
            passage: passage.as_ref(),
        };
        let note = |engine, capabilities| {
            self.handle.is_answered_by_one_with(capabilities);
            let not_offered = bridge.not_offered(&self.handle);
            self.entry.note(|call| (call.engine, call.not_offered) = (engine, not_offered));
        };
        // A call is woken fifty times a second for its sound. What happens in it once in a while isn't asked for each time.
        let mut seldom = FuturesUnordered::new();
        seldom.push(async {
            tokio::select! {
                () = stop.cancelled() => (Ending::Stopping, None),
                () = hang_up.cancelled() => (Ending::Steered, None),
                () = sleep(bridge.settings.longest) => (Ending::TooLong, None),
                farewell = engines.answer(conversation, note) => (Ending::Answered, farewell),
            }
        });
        let (hears, plays) = leg.halves();
        if plays.fills_pauses() {
            mouth.playout(Playout::fill_pauses);
        }
        let (ending, farewell): (Ending, Option<Farewell>) = tokio::select! {
            // In this order, so that our frames go along with the caller's.
            biased;
            Some(ended) = seldom.next() => ended,
            ending = self.listen(hears, &mut hearing) => (ending, None),
            ending = self.speak(plays) => (ending, None),
        };
        drop(seldom);
        self.show_heard(&hearing);
        self.show_said();
        self.log(&ending, &hearing);
        if let Ending::Fault(Fault::Flood) = ending {
            bridge.ledger.note(&FLOOD);
        }
        self.handle.mouth.playout(Playout::finish);
        self.entry.close(ending.by(), ending.to_string());
        // The call is over whether or not the caller takes note, so it leaves the roster first.
        drop((self, hearing));
        if !matches!(ending, Ending::Gone) {
            leg.end(farewell.unwrap_or_else(|| (&ending).into())).await;
        }
    }
}
