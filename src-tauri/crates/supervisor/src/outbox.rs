//! What waits to be sent to a client. It never grows beyond its limits, however slowly the client reads.

use std::collections::VecDeque;
use std::mem::take;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use wire::protocol::{self, Message};

use crate::topic::Topic;

/// While so many answers wait, no further command is read.
const ANSWERS: usize = 16;
/// The same, in bytes: some answers are long.
const ANSWER_BYTES: usize = 256 * 1024;
/// How many bytes of events may wait. Most events are shared by all who wait for them.
const EVENT_BYTES: usize = 1024 * 1024;

/// How many events may go before a status, which is by far the largest of them.
const PATIENCE: u32 = 16;

/// Answers go first and are never dropped; the client's next command waits for them instead. Of the events that are a
/// state, only the latest waits. Of all others the oldest is dropped when too many wait, and the client is told how many
/// were.
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    most_events: usize,
    changed: Notify,
    has_room: Notify,
}

#[derive(Default)]
struct Waiting {
    answers: VecDeque<Utf8Bytes>,
    answer_bytes: usize,
    events: VecDeque<Utf8Bytes>,
    bytes: usize,
    lost: u64,
    status: Option<Utf8Bytes>,
    levels: Option<Utf8Bytes>,
    /// How many events went before the status that waits.
    passed_over: u32,
}

impl Outbox {
    pub(crate) fn new(most_events: usize) -> Self {
        let (changed, has_room) = (Notify::new(), Notify::new());
        Self { waiting: Mutex::default(), most_events: most_events.max(1), changed, has_room }
    }

    pub(crate) fn answer(&self, text: Utf8Bytes) {
        let mut waiting = self.lock();
        waiting.answer_bytes += text.len();
        waiting.answers.push_back(text);
        drop(waiting);
        self.changed.notify_one();
    }

    /// Appends an event; one that is a state takes the place of the one before.
    pub(crate) fn put(&self, topic: Topic, text: Utf8Bytes) {
        let mut waiting = self.lock();
        match topic {
            Topic::Status => waiting.status = Some(text),
            Topic::Levels => waiting.levels = Some(text),
            Topic::Calls
            | Topic::UserSpeech
            | Topic::UserTranscription
            | Topic::AssistantText
            | Topic::Suggestions
            | Topic::Services
            | Topic::Engine => waiting.push_event(text, self.most_events),
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Counts events that were dropped before they came here.
    pub(crate) fn lose(&self, events: u64) {
        self.lock().lost += events;
        self.changed.notify_one();
    }

    /// Forgets all events that wait, for a client that has chosen others.
    pub(crate) fn forget_events(&self) {
        let mut waiting = self.lock();
        let (answers, answer_bytes) = (take(&mut waiting.answers), waiting.answer_bytes);
        *waiting = Waiting { answers, answer_bytes, ..Waiting::default() };
    }

    /// Waits until a further command may be read. Cancel-safe.
    pub(crate) async fn room(&self) {
        while !self.lock().has_room() {
            self.has_room.notified().await;
        }
    }

    /// Waits until something can be taken. Cancel-safe.
    pub(crate) async fn filled(&self) {
        while self.lock().is_empty() {
            self.changed.notified().await;
        }
    }

    pub(crate) fn take(&self) -> Option<Utf8Bytes> {
        if let Some(answer) = self.take_answer() {
            return Some(answer);
        }
        let mut waiting = self.lock();
        if waiting.passed_over >= PATIENCE
            && let Some(status) = waiting.take_status()
        {
            return Some(status);
        }
        if waiting.lost > 0 {
            let lost = take(&mut waiting.lost);
            return Some(protocol::write(&Message::Lagged { lost }, None).into());
        }
        let small = waiting.pop_event().or_else(|| waiting.levels.take());
        if small.is_some() {
            waiting.passed_over += u32::from(waiting.status.is_some());
            return small;
        }
        waiting.take_status()
    }

    /// The next answer, for a client that is told nothing else any more.
    pub(crate) fn take_answer(&self) -> Option<Utf8Bytes> {
        let mut waiting = self.lock();
        let answer = waiting.answers.pop_front()?;
        waiting.answer_bytes -= answer.len();
        drop(waiting);
        self.has_room.notify_one();
        Some(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn has_room(&self) -> bool {
        self.answers.len() < ANSWERS && self.answer_bytes < ANSWER_BYTES
    }

    fn push_event(&mut self, text: Utf8Bytes, most: usize) {
        self.bytes += text.len();
        self.events.push_back(text);
        while self.events.len() > most || (self.bytes > EVENT_BYTES && self.events.len() > 1) {
            self.pop_event();
            self.lost += 1;
        }
    }

    fn pop_event(&mut self) -> Option<Utf8Bytes> {
        let event = self.events.pop_front()?;
        self.bytes -= event.len();
        Some(event)
    }

    fn take_status(&mut self) -> Option<Utf8Bytes> {
        self.passed_over = 0;
        self.status.take()
    }

    fn is_empty(&self) -> bool {
        self.answers.is_empty()
            && self.events.is_empty()
            && self.lost == 0
            && self.status.is_none()
            && self.levels.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(outbox: &Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.take()).map(|text| text.as_str().to_owned()).collect()
    }

    #[test]
    fn who_reads_slowly_loses_the_oldest_and_is_told_how_many() {
        let outbox = Outbox::new(3);
        (1..=10).for_each(|number| outbox.put(Topic::Calls, number.to_string().into()));
        assert_eq!(all(&outbox), [r#"{"type":"lagged","lost":7}"#, "8", "9", "10"]);
        outbox.put(Topic::Calls, "11".into());
        assert_eq!(all(&outbox), ["11"]);
    }

    #[test]
    fn large_events_do_not_pile_up_either() {
        let outbox = Outbox::new(1000);
        let large = "x".repeat(EVENT_BYTES / 4);
        (0..100).for_each(|_| outbox.put(Topic::Calls, large.clone().into()));
        assert_eq!(all(&outbox).iter().filter(|text| **text == large).count(), 4);
        outbox.put(Topic::Calls, "x".repeat(2 * EVENT_BYTES).into());
        assert_eq!(all(&outbox).len(), 1, "one is never too much");
    }

    #[test]
    fn of_a_state_only_the_latest_waits_and_answers_go_first() {
        let outbox = Outbox::new(3);
        for number in 1..=5 {
            outbox.put(Topic::Status, format!("status {number}").into());
            outbox.put(Topic::Levels, format!("levels {number}").into());
        }
        outbox.put(Topic::Calls, "event".into());
        outbox.answer("answer".into());
        assert_eq!(all(&outbox), ["answer", "event", "levels 5", "status 5"]);
    }

    #[test]
    fn a_status_does_not_wait_for_events_without_end() {
        let outbox = Outbox::new(1000);
        outbox.put(Topic::Status, "status".into());
        (0..100).for_each(|_| outbox.put(Topic::Calls, "event".into()));
        let sent = all(&outbox);
        assert_eq!(sent.iter().position(|text| text == "status"), Some(PATIENCE as usize));
    }

    #[tokio::test]
    async fn a_command_waits_while_too_many_answers_do() {
        let outbox = Outbox::new(3);
        (0..ANSWERS).for_each(|_| outbox.answer("answer".into()));
        let mut room = std::pin::pin!(outbox.room());
        assert!(futures_util::poll!(room.as_mut()).is_pending());
        outbox.take();
        assert!(futures_util::poll!(room.as_mut()).is_ready());
    }

    #[tokio::test]
    async fn a_command_waits_while_answers_are_too_large_too() {
        let outbox = Outbox::new(3);
        (0..2).for_each(|_| outbox.answer("x".repeat(ANSWER_BYTES / 2).into()));
        let mut room = std::pin::pin!(outbox.room());
        assert!(futures_util::poll!(room.as_mut()).is_pending());
        outbox.take();
        assert!(futures_util::poll!(room.as_mut()).is_ready());
    }
}
