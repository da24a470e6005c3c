//! Who is told what: the clients that listen, and the events they hear.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::sync::{broadcast, watch};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::warn;
use wire::protocol::{self, Kind, Message, Moment};
use wire::{Happening, Snapshot};

use crate::changes::Changes;
use crate::outbox::Outbox;
use crate::topic::{Topic, bits};

pub(crate) struct Subscriber {
    /// The client's number since the start.
    pub(crate) id: u64,
    pub(crate) outbox: Outbox,
    interest: AtomicU16,
}

impl Subscriber {
    pub(crate) fn subscribe(&self, kinds: &[Kind]) {
        self.interest.store(bits(kinds.iter().flat_map(|kind| Topic::of(*kind))), Ordering::SeqCst);
        self.outbox.forget_events();
    }

    pub(crate) fn wants(&self, topic: Topic) -> bool {
        self.interest.load(Ordering::SeqCst) & topic.bit() != 0
    }
}

#[derive(Default)]
pub(crate) struct EventHub {
    subscribers: Mutex<Vec<Arc<Subscriber>>>,
    last: AtomicU64,
}

/// A client's subscription, for as long as this lives.
pub(crate) struct Subscription {
    hub: Arc<EventHub>,
    pub(crate) subscriber: Arc<Subscriber>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.lock().retain(|subscriber| subscriber.id != self.subscriber.id);
    }
}

impl EventHub {
    /// Lets a client listen, for whom so many events may wait.
    pub(crate) fn enter(self: &Arc<Self>, most_events: usize) -> Subscription {
        let subscriber = Arc::new(Subscriber {
            id: self.last.fetch_add(1, Ordering::Relaxed) + 1,
            outbox: Outbox::new(most_events),
            interest: AtomicU16::new(bits(&Topic::OF_THE_ARCHIVE)),
        });
        self.lock().push(Arc::clone(&subscriber));
        Subscription { hub: Arc::clone(self), subscriber }
    }

    /// Tells all who want to hear of it. The text is made once, and only if there is somebody.
    pub(crate) fn tell(&self, topic: Topic, event: impl FnOnce() -> Message) {
        self.tell_all_but(None, topic, event);
    }

    /// The same, except one who hears of it in another way.
    pub(crate) fn tell_all_but(
        &self,
        except: Option<u64>,
        topic: Topic,
        event: impl FnOnce() -> Message,
    ) {
        let wanting: Vec<Arc<Subscriber>> = self
            .lock()
            .iter()
            .filter(|subscriber| subscriber.wants(topic) && Some(subscriber.id) != except)
            .map(Arc::clone)
            .collect();
        if wanting.is_empty() {
            return;
        }
        let text = Utf8Bytes::from(protocol::write(&event(), None));
        for subscriber in wanting {
            subscriber.outbox.put(topic, text.clone());
        }
    }

    /// Tells of all that changes and all that happens, until it is dropped.
    pub(crate) async fn report(
        &self,
        mut snapshots: watch::Receiver<Snapshot>,
        mut happenings: broadcast::Receiver<Happening>,
    ) {
        let mut changes = Changes::since(&snapshots.borrow_and_update());
        let mut happenings_last = true;
        loop {
            tokio::select! {
                Ok(()) = snapshots.changed() => {
                    let snapshot = snapshots.borrow_and_update().clone();
                    for (topic, event) in changes.to(&snapshot) {
                        self.tell(topic, || event);
                    }
                    self.tell(Topic::Status, || Message::Status { snapshot });
                }
                happening = happenings.recv(), if happenings_last => match happening {
                    Ok(happening) => self.tell_of(happening),
                    Err(broadcast::error::RecvError::Lagged(missed)) => {
                        warn!(missed, "more happened in calls than could be told");
                        self.lose(missed);
                    }
                    Err(broadcast::error::RecvError::Closed) => happenings_last = false,
                },
                else => std::future::pending().await,
            }
        }
    }

    /// Counts what happened in calls and can't be told any more, for all who wanted to hear of it.
    fn lose(&self, happenings: u64) {
        let wanting = |subscriber: &&Arc<Subscriber>| {
            Topic::OF_HAPPENINGS.iter().any(|topic| subscriber.wants(*topic))
        };
        self.lock()
            .iter()
            .filter(wanting)
            .for_each(|subscriber| subscriber.outbox.lose(happenings));
    }

    fn tell_of(&self, happening: Happening) {
        let timestamp = Moment::from(SystemTime::now());
        let (topic, event) = match happening {
            Happening::Utterance { call, duration_ms } => {
                (Topic::UserSpeech, Message::UserSpeech { duration_ms, timestamp, call })
            }
            Happening::Transcript { call, text } => {
                (Topic::UserTranscription, Message::UserTranscription { text, timestamp, call })
            }
            Happening::SuggestionEnded { text, end } => {
                (Topic::Suggestions, Message::of_call(end, text, timestamp))
            }
            Happening::EngineText { call, text } => {
                (Topic::AssistantText, Message::AssistantText { text, timestamp, call })
            }
        };
        self.tell(topic, || event);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Subscriber>>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_gone_leaves_nothing_behind() {
        let hub = Arc::new(EventHub::default());
        let (one, other) = (hub.enter(1), hub.enter(1));
        drop(one);
        let left: Vec<u64> = hub.lock().iter().map(|subscriber| subscriber.id).collect();
        assert_eq!(left, [other.subscriber.id]);
        drop(other);
        assert!(hub.lock().is_empty());
    }
}
