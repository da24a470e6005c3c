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
use crate::hub::{EventHub, Subscriber};
use crate::protocol::{Message, Moment, Suggesting};
use crate::settings::Settings;
use crate::topic::Topic;

/// What all clients' suggestions have in common.
pub(crate) struct Suggestions {
    calls: Arc<dyn Calls>,
    hub: Arc<EventHub>,
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
    pub(crate) fn new(calls: Arc<dyn Calls>, hub: Arc<EventHub>) -> Arc<Self> {
        Arc::new(Self {
            calls,
            hub,
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
        subscriber: &Arc<Subscriber>,
        snapshot: &Snapshot,
    ) -> Message {
        match self.take_suggestion(suggesting, id, allowance, subscriber, snapshot) {
            Ok(applied) => applied,
            Err(refused) => {
                info!(client = subscriber.id, reason = ?refused.reason, "a suggestion was not taken");
                Message::SuggestionRejected(refused)
            }
        }
    }

    fn take_suggestion(
        self: &Arc<Self>,
        Suggesting { text, priority, call }: Suggesting,
        id: Option<Value>,
        allowance: &mut Allowance,
        subscriber: &Arc<Subscriber>,
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
        info!(client = subscriber.id, suggestion, ?whom, ?priority, "a suggestion was taken");
        let (suggestions, subscriber, said) =
            (Arc::clone(self), Arc::clone(subscriber), text.clone());
        self.tasks.spawn(async move {
            if let Some(fate) = suggestions.stop.run_until_cancelled(fate).await {
                // From here on the client may make another one.
                drop(waits);
                suggestions.tell_fate(fate, suggestion, said, id.as_ref(), &subscriber);
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
        subscriber: &Subscriber,
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
            subscriber.outbox.answer(message.write(id));
            told = Some(subscriber.id);
        }
        self.hub.tell_all_but(told, Topic::Suggestions, || message);
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
