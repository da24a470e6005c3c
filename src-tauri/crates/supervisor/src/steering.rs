//! Orders for calls, carried out in one place, whoever gives them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::steering::{
    CallFailure, CallOrder, CallOutcome, CutShort, Fate, Reason, Refused, Silencing, Speaking,
    Suggesting, Whom,
};
use wire::{Call, Snapshot};

use crate::calls::{Calls, Speech};

/// What came of an order for a call.
pub type Steered = Result<CallOutcome, CallFailure>;

/// An order for a call that was carried out, as far as that goes at once.
pub struct Begun {
    /// What it has led to so far.
    pub outcome: CallOutcome,
    /// Waits for the end, where one is to come: for what becomes of a suggestion, which to drop this withdraws nothing
    /// of, or for the end of speech, which to drop this silences.
    pub end: Option<BoxFuture<'static, Steered>>,
}

impl From<CallOutcome> for Begun {
    fn from(outcome: CallOutcome) -> Self {
        Self { outcome, end: None }
    }
}

/// Carries out orders for calls. What is suggested and what is said is numbered, and can be silenced by whoever steers.
pub struct Steering {
    calls: Arc<dyn Calls>,
    snapshots: watch::Receiver<Snapshot>,
    last_suggestion: AtomicU64,
    last_speech: AtomicU64,
    going_on: Arc<GoingOn>,
}

/// In which call each piece is said, and how to silence it.
#[derive(Default)]
struct GoingOn(Mutex<BTreeMap<u64, (u64, CancellationToken)>>);

impl GoingOn {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, (u64, CancellationToken)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A piece of speech. It can be silenced for as long as it lives.
struct SpokenPiece {
    going_on: Arc<GoingOn>,
    number: u64,
    call: u64,
    silenced: CancellationToken,
}

impl Drop for SpokenPiece {
    fn drop(&mut self) {
        self.going_on.lock().remove(&self.number);
    }
}

impl SpokenPiece {
    fn not_heard(&self, CutShort { after, why }: CutShort) -> CallFailure {
        let is_ours = self.silenced.is_cancelled() && why.reason == Reason::Interrupted;
        CallFailure::NotHeard {
            call: Some(self.call),
            speech: Some(self.number),
            heard_ms: after.map(milliseconds),
            why: if is_ours { Reason::Stopped.into() } else { why },
        }
    }
}

impl Steering {
    /// For those calls, which the snapshots show.
    pub fn new(calls: Arc<dyn Calls>, snapshots: watch::Receiver<Snapshot>) -> Self {
        Self {
            calls,
            snapshots,
            last_suggestion: AtomicU64::default(),
            last_speech: AtomicU64::default(),
            going_on: Arc::default(),
        }
    }

    /// Carries an order out, or tells why it came to nothing at once.
    pub async fn begin(&self, order: CallOrder) -> Result<Begun, CallFailure> {
        match order {
            CallOrder::HangUp { call } => match self.calls.hang_up(call) {
                Ok(()) => Ok(CallOutcome::HungUp { call }.into()),
                Err(_) => Err(CallFailure::NoSuchCall { call }),
            },
            CallOrder::Suggest(suggesting) => {
                self.suggest(suggesting).map_err(CallFailure::NotTaken)
            }
            CallOrder::Speak(speaking) => self.speak(speaking).await,
            CallOrder::StopSpeech(meant) => {
                Ok(CallOutcome::SpeechStopped { stopped: self.silence(meant) }.into())
            }
        }
    }

    fn suggest(&self, Suggesting { text, priority, call }: Suggesting) -> Result<Begun, Refused> {
        if text.trim().is_empty() {
            return Err(Reason::Empty.into());
        }
        let whom = whom(call, &self.snapshots.borrow())?;
        let fate = self.calls.suggest(whom, &text, priority)?;
        let suggestion = self.last_suggestion.fetch_add(1, Ordering::Relaxed) + 1;
        let call = match whom {
            Whom::Call(call) => Some(call),
            Whom::Next => None,
        };
        let end = async move {
            match fate.await {
                Fate::Delivered { call, at } => Ok(CallOutcome::Delivered { suggestion, call, at }),
                Fate::Failed { call, why } => {
                    Err(CallFailure::NotDelivered { suggestion, call, why })
                }
                Fate::Expired => Err(CallFailure::Expired { suggestion }),
            }
        };
        let outcome = CallOutcome::Suggested { suggestion, call };
        Ok(Begun { outcome, end: Some(end.boxed()) })
    }

    /// Returns when the voice has made the sound.
    async fn speak(&self, speaking: Speaking) -> Result<Begun, CallFailure> {
        let piece = self.piece(&speaking).map_err(not_said)?;
        let (call, speech, silenced) = (piece.call, piece.number, piece.silenced.clone());
        let made = tokio::select! {
            () = silenced.cancelled() => Err(Reason::Stopped.into()),
            made = self.calls.speak(call, speaking.text, silenced.clone()) => made,
        };
        let Speech { length, end } =
            made.map_err(|why| piece.not_heard(CutShort { after: Some(Duration::ZERO), why }))?;
        let end = async move {
            match end.await {
                Ok(took) => {
                    Ok(CallOutcome::Heard { call, speech, duration_ms: milliseconds(took) })
                }
                Err(cut) => Err(piece.not_heard(cut)),
            }
        };
        let outcome = CallOutcome::Speaking { call, speech, length_ms: milliseconds(length) };
        Ok(Begun { outcome, end: Some(end.boxed()) })
    }

    /// A piece of speech in the call that is meant.
    fn piece(&self, speaking: &Speaking) -> Result<SpokenPiece, Refused> {
        if speaking.text.trim().is_empty() {
            return Err(Reason::Empty.into());
        }
        let call = self.spoken_to(speaking.call, speaking.stream_sid.as_deref())?;
        let number = self.last_speech.fetch_add(1, Ordering::Relaxed) + 1;
        let silenced = CancellationToken::new();
        self.going_on.lock().insert(number, (call, silenced.clone()));
        Ok(SpokenPiece { going_on: Arc::clone(&self.going_on), number, call, silenced })
    }

    /// To whom text is said. Carriers know a call by its own name and by that of its stream.
    fn spoken_to(&self, call: Option<u64>, stream: Option<&str>) -> Result<u64, Refused> {
        let snapshot = self.snapshots.borrow();
        let of_carrier = |name: &str| {
            let mut shown = snapshot.calls.iter();
            shown.find(|call| call.carrier_id.as_deref() == Some(name)).map(|call| call.id)
        };
        match (call, stream, snapshot.calls.as_slice()) {
            (Some(call), ..) => Ok(call),
            (None, Some(name), _) => {
                let named = self.calls.named(name).or_else(|| of_carrier(name));
                named.ok_or_else(|| Reason::NoSuchCall.into())
            }
            (None, None, []) => Err(Refused::new(Reason::NoSuchCall, "there is no call")),
            (None, None, [call]) => Ok(call.id),
            (None, None, several) => Err(ambiguous(several)),
        }
    }

    /// Silences what is meant, and tells how many pieces of speech that were.
    fn silence(&self, Silencing { call, speech }: Silencing) -> u64 {
        let going_on = self.going_on.lock();
        let is_meant = |(number, (spoken_to, _)): &(&u64, &(u64, CancellationToken))| {
            call.is_none_or(|call| call == *spoken_to)
                && speech.is_none_or(|speech| speech == **number)
        };
        let meant = going_on.iter().filter(is_meant);
        meant.map(|(_, (_, silenced))| silenced.cancel()).fold(0, |pieces, ()| pieces + 1)
    }
}

/// Text was never said, nor given a number.
pub(crate) fn not_said(why: Refused) -> CallFailure {
    CallFailure::NotHeard { call: None, speech: None, heard_ms: Some(0), why }
}

/// For whom a suggestion is. It never lands in a call by chance.
fn whom(choice: Option<Whom>, snapshot: &Snapshot) -> Result<Whom, Refused> {
    match (choice, snapshot.calls.as_slice()) {
        (Some(whom), _) => Ok(whom),
        (None, []) => Ok(Whom::Next),
        (None, [call]) => Ok(Whom::Call(call.id)),
        (None, several) => Err(ambiguous(several)),
    }
}

fn ambiguous(calls: &[Call]) -> Refused {
    let numbers: Vec<String> = calls.iter().map(|call| call.id.to_string()).collect();
    let text = format!("several calls go on ({}); say which is meant", numbers.join(", "));
    Refused::new(Reason::Ambiguous, text)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
