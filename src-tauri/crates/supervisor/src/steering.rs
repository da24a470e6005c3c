//! Suggestions and speech: from a client to a call, and what becomes of them back to the client.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::info;
use wire::{Call, Snapshot};

use crate::calls::{Calls, Fate, Reason, Refused, Speech, Whom};
use crate::newsroom::{Newsroom, Seat, milliseconds};
use crate::protocol::{CallChoice, Message, Moment, Suggesting, Synthesizing};
use crate::settings::Settings;
use crate::topic::Topic;

/// What all clients' suggestions and speech have in common.
pub(crate) struct Steering {
    pub(crate) calls: Arc<dyn Calls>,
    newsroom: Arc<Newsroom>,
    tasks: TaskTracker,
    /// What is being said: in which call, and how to silence it.
    speeches: Mutex<BTreeMap<u64, (u64, CancellationToken)>>,
    last_suggestion: AtomicU64,
    last_speech: AtomicU64,
    stop: CancellationToken,
}

/// How much a client may ask for.
pub(crate) struct Allowance {
    interval: Duration,
    suggested_at: Option<Instant>,
    most_waiting: usize,
    waiting: Arc<Semaphore>,
    most_speaking: usize,
    speaking: Arc<Semaphore>,
}

impl Allowance {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            interval: settings.suggestion_interval,
            suggested_at: None,
            most_waiting: settings.suggestions,
            waiting: Arc::new(Semaphore::new(settings.suggestions)),
            most_speaking: settings.speeches,
            speaking: Arc::new(Semaphore::new(settings.speeches)),
        }
    }

    /// Whether a suggestion may be made at this moment, whatever its priority.
    fn pace(&self) -> Result<(), Refused> {
        match self.suggested_at {
            Some(at) if at.elapsed() < self.interval => {
                let wait = self.interval.as_millis();
                let text = format!("Rate limited. Wait {wait} ms between suggestions.");
                Err(Refused::new(Reason::RateLimited, text))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Steering {
    pub(crate) fn new(
        calls: Arc<dyn Calls>,
        newsroom: Arc<Newsroom>,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            calls,
            newsroom,
            tasks: TaskTracker::new(),
            speeches: Mutex::default(),
            last_suggestion: AtomicU64::default(),
            last_speech: AtomicU64::default(),
            stop,
        })
    }

    /// Waits until nobody is told anything more. Speech that goes on is silenced.
    pub(crate) async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Hands a suggestion on, and sees to it that its fate is told.
    pub(crate) fn suggest(
        self: &Arc<Self>,
        suggesting: Suggesting,
        id: Option<Value>,
        allowance: &mut Allowance,
        seat: &Arc<Seat>,
        snapshot: &Snapshot,
    ) -> Message {
        match self.take_suggestion(suggesting, id, allowance, seat, snapshot) {
            Ok(applied) => applied,
            Err(Refused { reason, text, can_speak }) => {
                info!(?reason, "a suggestion was not taken");
                Message::SuggestionRejected { reason: text, code: reason, can_speak }
            }
        }
    }

    fn take_suggestion(
        self: &Arc<Self>,
        Suggesting { text, priority, call }: Suggesting,
        id: Option<Value>,
        allowance: &mut Allowance,
        seat: &Arc<Seat>,
        snapshot: &Snapshot,
    ) -> Result<Message, Refused> {
        if text.trim().is_empty() {
            return Err(Refused::new(Reason::Empty, "the text is empty"));
        }
        let whom = whom(call, snapshot)?;
        allowance.pace()?;
        let waits = Arc::clone(&allowance.waiting).try_acquire_owned().map_err(|_| {
            let most = allowance.most_waiting;
            Refused::new(Reason::QueueFull, format!("Queue full ({most}/{most})"))
        })?;
        let fate = self.calls.suggest(whom, &text, priority)?;
        allowance.suggested_at = Some(Instant::now());
        let suggestion = self.last_suggestion.fetch_add(1, Ordering::Relaxed) + 1;
        info!(suggestion, ?whom, ?priority, "a suggestion was taken");
        let (steering, seat, said) = (Arc::clone(self), Arc::clone(seat), text.clone());
        self.tasks.spawn(async move {
            if let Some(fate) = steering.stop.run_until_cancelled(fate).await {
                // From here on the client may make another one.
                drop(waits);
                steering.tell_fate(fate, suggestion, said, id.as_ref(), &seat);
            }
        });
        let call = match whom {
            Whom::Call(call) => Some(call),
            Whom::Next => None,
        };
        Ok(Message::SuggestionApplied { text, timestamp: Moment::now(), suggestion, call })
    }

    /// Tells the client that labelled its suggestion, and all who have subscribed.
    fn tell_fate(
        &self,
        fate: Fate,
        suggestion: u64,
        text: String,
        id: Option<&Value>,
        seat: &Seat,
    ) {
        let timestamp = Moment::now();
        let message = match fate {
            Fate::Delivered { call, at } => {
                Message::SuggestionDelivered { suggestion, text, call, timestamp: at.into() }
            }
            Fate::Failed { call, why: Refused { reason: code, text: reason, .. } } => {
                Message::SuggestionFailed { suggestion, text, reason, code, call, timestamp }
            }
            Fate::Expired => Message::SuggestionExpired { suggestion, text, timestamp },
        };
        let mut told = None;
        if id.is_some() {
            seat.outbox.answer(message.write(id));
            told = Some(seat.id);
        }
        self.newsroom.tell_all_but(told, Topic::Suggestions, || message);
    }

    /// Has text said to a caller. The answer tells that it is being said; that it was heard, or was not, follows.
    pub(crate) async fn speak(
        self: &Arc<Self>,
        synthesizing: Synthesizing,
        id: Option<Value>,
        allowance: &Allowance,
        seat: &Arc<Seat>,
        snapshot: &Snapshot,
    ) -> Message {
        let Synthesizing { text, call, stream_sid } = synthesizing;
        let begun = async {
            if text.trim().is_empty() {
                return Err(Refused::new(Reason::Empty, "the text is empty"));
            }
            let call = spoken_to(call, stream_sid.as_deref(), snapshot)?;
            let speaks = Arc::clone(&allowance.speaking).try_acquire_owned().map_err(|_| {
                let most = allowance.most_speaking;
                let text = format!("{most} texts are being said for this client already");
                Refused::new(Reason::QueueFull, text)
            })?;
            let speech = tokio::select! {
                () = self.stop.cancelled() => Err(ending()),
                speech = self.calls.speak(call, text.clone()) => speech,
            }?;
            Ok((call, speech, speaks))
        };
        let (call, Speech { length, end }, speaks) = match begun.await {
            Ok(begun) => begun,
            Err(refused) => {
                info!(reason = ?refused.reason, "text could not be said");
                return failed(text, refused, Duration::ZERO);
            }
        };
        info!(call, ?length, "text is being said for a client");
        let (speech, silenced) = self.enter(call);
        let (steering, seat, said) = (Arc::clone(self), Arc::clone(seat), text.clone());
        self.tasks.spawn(async move {
            let ended = steering.until_said(end, &silenced, call, said).await;
            steering.lock().remove(&speech);
            drop(speaks);
            seat.outbox.answer(ended.write(id.as_ref()));
        });
        let length_ms = milliseconds(length);
        Message::SynthesisStarted { text, timestamp: Moment::now(), call, length_ms }
    }

    async fn until_said(
        &self,
        end: BoxFuture<'static, Result<Duration, crate::calls::Cut>>,
        silenced: &CancellationToken,
        call: u64,
        text: String,
    ) -> Message {
        let began = Instant::now();
        tokio::select! {
            ended = end => match ended {
                Ok(took) => Message::SynthesisComplete {
                    text,
                    duration_ms: milliseconds(took),
                    timestamp: Moment::now(),
                    call,
                },
                Err(cut) => failed(text, cut.why, cut.after),
            },
            () = silenced.cancelled() => {
                failed(text, Refused::new(Reason::Stopped, "it was stopped"), began.elapsed())
            }
            () = self.stop.cancelled() => failed(text, ending(), began.elapsed()),
        }
    }

    /// Silences what is being said in this call, or in all, and tells how many pieces of speech that were.
    pub(crate) fn silence(&self, call: Option<u64>) -> usize {
        let speeches = self.lock();
        let meant =
            speeches.values().filter(|(spoken_to, _)| call.is_none_or(|it| it == *spoken_to));
        meant.map(|(_, silenced)| silenced.cancel()).count()
    }

    fn enter(&self, call: u64) -> (u64, CancellationToken) {
        let speech = self.last_speech.fetch_add(1, Ordering::Relaxed) + 1;
        let silenced = CancellationToken::new();
        self.lock().insert(speech, (call, silenced.clone()));
        (speech, silenced)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, (u64, CancellationToken)>> {
        self.speeches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ending() -> Refused {
    Refused::new(Reason::Stopped, "the supervisor is ending")
}

fn failed(text: String, why: Refused, heard: Duration) -> Message {
    let Refused { reason: code, text: error, .. } = why;
    let (timestamp, heard_ms) = (Moment::now(), milliseconds(heard));
    Message::SynthesisFailed { text, error, timestamp, code, heard_ms }
}

/// For whom a suggestion is. It never lands in a call by chance.
fn whom(choice: Option<CallChoice>, snapshot: &Snapshot) -> Result<Whom, Refused> {
    match choice {
        Some(CallChoice::Number(call)) => Ok(Whom::Call(call)),
        Some(CallChoice::Word(_)) => Ok(Whom::Next),
        None => match snapshot.calls.as_slice() {
            [] => Ok(Whom::Next),
            [call] => Ok(Whom::Call(call.id)),
            several => Err(ambiguous(several)),
        },
    }
}

/// To whom text is said.
fn spoken_to(
    call: Option<u64>,
    stream_sid: Option<&str>,
    snapshot: &Snapshot,
) -> Result<u64, Refused> {
    let no_call = |text: String| Refused::new(Reason::NoSuchCall, text);
    match (call, stream_sid) {
        (Some(call), _) => Ok(call),
        (None, Some(sid)) => {
            let mut calls = snapshot.calls.iter();
            let named = calls.find(|call| call.carrier_id.as_deref() == Some(sid));
            named.map(|call| call.id).ok_or_else(|| no_call("there is no such call".to_owned()))
        }
        (None, None) => match snapshot.calls.as_slice() {
            [] => Err(no_call("there is no call".to_owned())),
            [call] => Ok(call.id),
            several => Err(ambiguous(several)),
        },
    }
}

fn ambiguous(calls: &[Call]) -> Refused {
    let numbers: Vec<String> = calls.iter().map(|call| call.id.to_string()).collect();
    let text = format!("several calls go on ({}); say which is meant", numbers.join(", "));
    Refused::new(Reason::Ambiguous, text)
}
