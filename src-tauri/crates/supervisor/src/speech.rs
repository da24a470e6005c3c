//! Speech: text that is said to a caller for a client, word for word, and how it ends.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::info;
use wire::Snapshot;
use wire::steering::{CutShort, Reason, Refused};

use crate::calls::{Calls, Speech, ambiguous};
use crate::hub::{Subscriber, milliseconds};
use crate::protocol::{Message, Moment, Silencing, Synthesizing};
use crate::settings::Settings;

/// What is being said for all clients, or about to be.
pub(crate) struct Speeches {
    calls: Arc<dyn Calls>,
    going_on: Arc<GoingOn>,
    last: AtomicU64,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// In which call each piece is said, and how to silence it.
#[derive(Default)]
struct GoingOn(Mutex<BTreeMap<u64, (u64, CancellationToken)>>);

impl GoingOn {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, (u64, CancellationToken)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much a client may have said at once.
pub(crate) struct Allowance {
    most: usize,
    places: Arc<Semaphore>,
}

impl Allowance {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { most: settings.speeches, places: Arc::new(Semaphore::new(settings.speeches)) }
    }
}

/// A piece of speech. It can be silenced for as long as it lives.
struct Piece {
    going_on: Arc<GoingOn>,
    number: u64,
    call: u64,
    silenced: CancellationToken,
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.going_on.lock().remove(&self.number);
    }
}

impl Speeches {
    pub(crate) fn new(calls: Arc<dyn Calls>) -> Arc<Self> {
        Arc::new(Self {
            calls,
            going_on: Arc::default(),
            last: AtomicU64::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Silences everything, and waits until nobody is told anything more.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Silences what is meant, and tells how many pieces of speech that were.
    pub(crate) fn silence(&self, Silencing { call, speech }: Silencing) -> usize {
        let going_on = self.going_on.lock();
        let is_meant = |(number, (spoken_to, _)): &(&u64, &(u64, CancellationToken))| {
            call.is_none_or(|call| call == *spoken_to)
                && speech.is_none_or(|speech| speech == **number)
        };
        let meant = going_on.iter().filter(is_meant);
        meant.map(|(_, (_, silenced))| silenced.cancel()).count()
    }

    /// Has text said to a caller. The answer tells that it is being said; that it was heard, or was not, follows.
    pub(crate) async fn speak(
        self: &Arc<Self>,
        Synthesizing { text, call, stream_sid }: Synthesizing,
        id: Option<Value>,
        allowance: &Allowance,
        subscriber: &Arc<Subscriber>,
        snapshot: &Snapshot,
        stop: &CancellationToken,
    ) -> Message {
        let begun = self.may_speak(&text, call, stream_sid.as_deref(), allowance, snapshot);
        let (piece, place) = match begun {
            Ok(begun) => begun,
            Err(refused) => return not_said(subscriber, text, refused, None),
        };
        let (call, silenced) = (piece.call, piece.silenced.clone());
        let voice = self.calls.speak(call, text.clone(), silenced.clone());
        let speech = tokio::select! {
            () = silenced.cancelled() => Err(Reason::Stopped.into()),
            () = stop.cancelled() => Err(ending()),
            speech = voice => speech,
        };
        let Speech { length, end } = match speech {
            Ok(speech) => speech,
            Err(refused) => return not_said(subscriber, text, refused, Some(&piece)),
        };
        info!(client = subscriber.id, call, speech = piece.number, ?length, "text is being said");
        let (length_ms, speech, timestamp) = (milliseconds(length), piece.number, Moment::now());
        let started =
            Message::SynthesisStarted { text: text.clone(), timestamp, call, speech, length_ms };
        let (speeches, subscriber) = (Arc::clone(self), Arc::clone(subscriber));
        self.tasks.spawn(async move {
            let ended = speeches.until_said(end, &piece, text).await;
            // From here on the client may have something else said.
            drop((piece, place));
            subscriber.outbox.answer(ended.write(id.as_ref()));
        });
        started
    }

    /// Takes a place among what is being said in the call that is meant.
    fn may_speak(
        &self,
        text: &str,
        call: Option<u64>,
        stream_sid: Option<&str>,
        allowance: &Allowance,
        snapshot: &Snapshot,
    ) -> Result<(Piece, OwnedSemaphorePermit), Refused> {
        if text.trim().is_empty() {
            return Err(Reason::Empty.into());
        }
        let call = spoken_to(call, stream_sid, &*self.calls, snapshot)?;
        let place = Arc::clone(&allowance.places).try_acquire_owned().map_err(|_| {
            let most = allowance.most;
            let text = format!("{most} texts are being said for this client already");
            Refused::new(Reason::QueueFull, text)
        })?;
        Ok((self.enter(call), place))
    }

    fn enter(&self, call: u64) -> Piece {
        let (number, silenced) =
            (self.last.fetch_add(1, Ordering::Relaxed) + 1, self.stop.child_token());
        self.going_on.lock().insert(number, (call, silenced.clone()));
        Piece { going_on: Arc::clone(&self.going_on), number, call, silenced }
    }

    async fn until_said(
        &self,
        end: BoxFuture<'static, Result<Duration, CutShort>>,
        piece: &Piece,
        text: String,
    ) -> Message {
        let ended = tokio::select! {
            () = self.stop.cancelled() => Err(CutShort { after: None, why: ending() }),
            ended = end => ended,
        };
        match ended {
            Ok(took) => Message::SynthesisComplete {
                text,
                duration_ms: milliseconds(took),
                timestamp: Moment::now(),
                call: piece.call,
                speech: piece.number,
            },
            Err(CutShort { after, why }) => {
                let is_ours = piece.silenced.is_cancelled() && why.reason == Reason::Interrupted;
                failed(text, if is_ours { Reason::Stopped.into() } else { why }, after, Some(piece))
            }
        }
    }
}

fn ending() -> Refused {
    Refused::new(Reason::Stopped, "the supervisor is ending")
}

fn not_said(
    subscriber: &Subscriber,
    text: String,
    refused: Refused,
    piece: Option<&Piece>,
) -> Message {
    info!(client = subscriber.id, reason = ?refused.reason, "text could not be said");
    failed(text, refused, Some(Duration::ZERO), piece)
}

fn failed(text: String, why: Refused, heard: Option<Duration>, piece: Option<&Piece>) -> Message {
    let Refused { reason: code, text: error, .. } = why;
    Message::SynthesisFailed {
        text,
        error,
        timestamp: Moment::now(),
        code,
        heard_ms: heard.map(milliseconds),
        call: piece.map(|piece| piece.call),
        speech: piece.map(|piece| piece.number),
    }
}

/// To whom text is said. Carriers know a call by its own name and by that of its stream.
fn spoken_to(
    call: Option<u64>,
    stream_sid: Option<&str>,
    calls: &dyn Calls,
    snapshot: &Snapshot,
) -> Result<u64, Refused> {
    let no_call = |text: &str| Refused::new(Reason::NoSuchCall, text);
    let of_carrier = |name: &str| {
        let mut shown = snapshot.calls.iter();
        shown.find(|call| call.carrier_id.as_deref() == Some(name)).map(|call| call.id)
    };
    match (call, stream_sid) {
        (Some(call), _) => Ok(call),
        (None, Some(name)) => calls
            .named(name)
            .or_else(|| of_carrier(name))
            .ok_or_else(|| no_call("there is no such call")),
        (None, None) => match snapshot.calls.as_slice() {
            [] => Err(no_call("there is no call")),
            [call] => Ok(call.id),
            several => Err(ambiguous(several)),
        },
    }
}
