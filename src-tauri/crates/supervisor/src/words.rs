//! Orders for calls from a client: how much of them it may give, and what becomes of its words back to it.

use std::sync::Arc;
use std::time::SystemTime;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;
use wire::protocol::{self, Message};
use wire::steering::{CallFailure, CallOrder, CallOutcome, Reason, Refused};

use crate::given::Run;
use crate::hub::Subscriber;
use crate::settings::Settings;
use crate::steering::{Begun, Steered, not_said};
use crate::topic::Topic;

pub(crate) struct Allowance<'a> {
    settings: &'a Settings,
    suggested_at: Option<Instant>,
    suggestions: Arc<Semaphore>,
    speeches: Arc<Semaphore>,
}

impl<'a> Allowance<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Self {
        let [suggestions, speeches] =
            [settings.suggestions, settings.speeches].map(|most| Arc::new(Semaphore::new(most)));
        Self { settings, suggested_at: None, suggestions, speeches }
    }

    /// The place that an order takes until its end has come, if it takes one.
    fn place_for(&self, order: &CallOrder) -> Result<Option<OwnedSemaphorePermit>, CallFailure> {
        match order {
            CallOrder::Suggest(_) => self.for_suggestion().map(Some).map_err(CallFailure::NotTaken),
            CallOrder::Speak(_) => place(&self.speeches).map(Some).ok_or_else(|| {
                let most = self.settings.speeches;
                let text = format!("{most} texts are being said for this client already");
                not_said(Refused::new(Reason::QueueFull, text))
            }),
            CallOrder::HangUp { .. } | CallOrder::StopSpeech(_) => Ok(None),
        }
    }

    /// Whatever its priority.
    fn for_suggestion(&self) -> Result<OwnedSemaphorePermit, Refused> {
        let interval = self.settings.suggestion_interval;
        if self.suggested_at.is_some_and(|at| at.elapsed() < interval) {
            let wait = interval.as_millis();
            let text = format!("Rate limited. Wait {wait} ms between suggestions.");
            return Err(Refused::new(Reason::RateLimited, text));
        }
        place(&self.suggestions).ok_or_else(|| Refused::queue_full(self.settings.suggestions))
    }
}

fn place(places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(places).try_acquire_owned().ok()
}

impl Run {
    /// Carries out an order for a call. The answer tells how it began; how it ends follows.
    pub(crate) async fn give(
        self: &Arc<Self>,
        order: CallOrder,
        id: Option<Value>,
        allowance: &mut Allowance<'_>,
        subscriber: &Arc<Subscriber>,
        stop: &CancellationToken,
    ) -> Message {
        let (client, text) = (subscriber.id, order.text().to_owned());
        let begun = match allowance.place_for(&order) {
            Err(failure) => Err(failure),
            Ok(place) => tokio::select! {
                biased;
                begun = self.supervisor.steering.begin(order) => begun.map(|begun| (begun, place)),
                () = stop.cancelled() => Err(not_said(ending())),
            },
        };
        let steered = match begun {
            Ok((Begun { outcome, end }, place)) => {
                info!(client, ?outcome, "a client has steered a call");
                if let CallOutcome::Suggested { .. } = outcome {
                    allowance.suggested_at = Some(Instant::now());
                }
                if let Some(end) = end {
                    let told = Asker { id, text: text.clone(), subscriber: Arc::clone(subscriber) };
                    self.words.spawn(Arc::clone(self).follow(outcome, end, place, told));
                }
                Ok(outcome)
            }
            Err(failure) => {
                info!(client, %failure, "a client could not steer a call");
                Err(failure)
            }
        };
        Message::of_call(steered, text, SystemTime::now().into())
    }

    /// Tells of the end once it has come, and at the end of this service of that of speech.
    async fn follow(
        self: Arc<Self>,
        begun: CallOutcome,
        end: BoxFuture<'static, Steered>,
        place: Option<OwnedSemaphorePermit>,
        Asker { id, text, subscriber }: Asker,
    ) {
        let speech = if let CallOutcome::Speaking { call, speech, .. } = begun {
            Some((call, speech))
        } else {
            None
        };
        let end = match (self.silence.run_until_cancelled(end).await, speech) {
            (Some(end), _) => end,
            (None, Some((call, speech))) => {
                let (call, speech) = (Some(call), Some(speech));
                Err(CallFailure::NotHeard { call, speech, heard_ms: None, why: ending() })
            }
            (None, None) => return,
        };
        // From here on the client may ask for something else.
        drop(place);
        let message = Message::of_call(end, text, SystemTime::now().into());
        // Of a suggestion all hear who want to, and its client if it has labelled it.
        let is_told = speech.is_some() || id.is_some();
        if is_told {
            subscriber.outbox.answer(protocol::write(&message, id.as_ref()).into());
        }
        if speech.is_none() {
            self.hub.tell_all_but(is_told.then_some(subscriber.id), Topic::Suggestions, || message);
        }
    }
}

/// Whom to tell of what becomes of these words, under which label.
struct Asker {
    id: Option<Value>,
    text: String,
    subscriber: Arc<Subscriber>,
}

fn ending() -> Refused {
    Refused::new(Reason::Stopped, "the supervisor is ending")
}
