//! Suggestions: from a client to a call, and what becomes of them back to the client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::info;
use wire::Snapshot;
use wire::steering::{Fate, Reason, Refused, Whom};

use crate::calls::{Calls, ambiguous};
use crate::newsroom::{Newsroom, Seat};
use crate::protocol::{Message, Moment, Suggesting};
use crate::settings::Settings;
use crate::topic::Topic;

/// What all clients' suggestions have in common.
pub(crate) struct Suggestions {
    calls: Arc<dyn Calls>,
    newsroom: Arc<Newsroom>,
    tasks: TaskTracker,
    last_suggestion: AtomicU64,
    stop: CancellationToken,
}

/// How much a client may suggest.
pub(crate) struct Allowance {
    interval: Duration,
    suggested_at: Option<Instant>,
    most_waiting: usize,
    waiting: Arc<Semaphore>,
}

impl Allowance {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            interval: settings.suggestion_interval,
            suggested_at: None,
            most_waiting: settings.suggestions,
            waiting: Arc::new(Semaphore::new(settings.suggestions)),
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

impl Suggestions {
    pub(crate) fn new(calls: Arc<dyn Calls>, newsroom: Arc<Newsroom>) -> Arc<Self> {
        Arc::new(Self {
            calls,
            newsroom,
            tasks: TaskTracker::new(),
            last_suggestion: AtomicU64::default(),
            stop: CancellationToken::new(),
        })
    }

    /// Waits until nobody is told anything more.
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
            Err(refused) => {
                info!(client = seat.id, reason = ?refused.reason, "a suggestion was not taken");
                Message::SuggestionRejected(refused)
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
            return Err(Reason::Empty.into());
        }
        let whom = whom(call, snapshot)?;
        allowance.pace()?;
        let waits = Arc::clone(&allowance.waiting)
            .try_acquire_owned()
            .map_err(|_| Refused::queue_full(allowance.most_waiting))?;
        let fate = self.calls.suggest(whom, &text, priority)?;
        allowance.suggested_at = Some(Instant::now());
        let suggestion = self.last_suggestion.fetch_add(1, Ordering::Relaxed) + 1;
        info!(client = seat.id, suggestion, ?whom, ?priority, "a suggestion was taken");
        let (suggestions, seat, said) = (Arc::clone(self), Arc::clone(seat), text.clone());
        self.tasks.spawn(async move {
            if let Some(fate) = suggestions.stop.run_until_cancelled(fate).await {
                // From here on the client may make another one.
                drop(waits);
                suggestions.tell_fate(fate, suggestion, said, id.as_ref(), &seat);
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
}

/// For whom a suggestion is. It never lands in a call by chance.
fn whom(choice: Option<Whom>, snapshot: &Snapshot) -> Result<Whom, Refused> {
    match choice {
        Some(whom) => Ok(whom),
        None => match snapshot.calls.as_slice() {
            [] => Ok(Whom::Next),
            [call] => Ok(Whom::Call(call.id)),
            several => Err(ambiguous(several)),
        },
    }
}
