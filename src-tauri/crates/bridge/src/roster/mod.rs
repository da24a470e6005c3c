//! The calls that go on and the last that ended, for all to see.
//!
//! A call changes fifty times a second, and there may be hundreds. So each keeps its own figures, and the list is put
//! together a few times a second, the more seldom the longer it is.

mod sentence;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Notify, broadcast, watch};
use tokio::time::{Instant, sleep_until};
use wire::steering::Refused;
use wire::{
    Call, CallEnd, CallPhase, Carrier, EndedBy, Engine, Gaps, Happening, Heard, ModelServer,
    ModelState, Said, Speaker, Words, bounded_name,
};

use crate::conversation::CallHandle;
use crate::conversation::suggestions::Suggestions;
use sentence::Sentence;

/// How often the list changes at most.
const OFTEN: Duration = Duration::from_millis(250);
/// How much longer the list is left as it is for each call on it: to put it together costs that much less.
const SELDOMER: Duration = Duration::from_millis(2);
/// How many calls that ended are remembered.
const REMEMBERED: usize = 20;
/// How much of what happens is kept for whoever listens, all calls together.
const HAPPENINGS: usize = 1024;
/// The level of silence.
const SILENT: i8 = -100;

pub(crate) struct Roster {
    places: Mutex<Places>,
    changed: Notify,
    /// The calls that go on, the oldest first.
    pub(crate) calls: watch::Sender<Vec<Call>>,
    /// The last calls that ended, the latest first.
    pub(crate) ended: watch::Sender<Vec<Call>>,
    /// Where what happens in calls is told.
    pub(crate) happenings: broadcast::Sender<Happening>,
    /// What is suggested for the next call to begin.
    pub(crate) next: Suggestions,
}

/// How often something ended, by the word for whom or what ended it.
type Endings = BTreeMap<&'static str, u64>;

#[derive(Default)]
struct Places {
    last: u64,
    going_on: BTreeMap<u64, Arc<Listed>>,
    ended: VecDeque<Call>,
    /// How many calls ended in each way since the start.
    endings: Endings,
    /// The same of streams that never became calls, for they never started.
    not_started: Endings,
}

struct Listed {
    call: Mutex<Call>,
    handle: CallHandle,
}

impl Default for Roster {
    fn default() -> Self {
        Self {
            places: Mutex::default(),
            changed: Notify::new(),
            calls: watch::Sender::default(),
            ended: watch::Sender::default(),
            happenings: broadcast::Sender::new(HAPPENINGS),
            next: Suggestions::default(),
        }
    }
}

impl Roster {
    pub(crate) fn count(&self) -> usize {
        lock(&self.places).going_on.len()
    }

    /// How many calls ended since the start, and how many never began, by whom or by what, for `/metrics`.
    pub(crate) fn metrics(&self) -> String {
        let places = lock(&self.places);
        let tables = [
            ("xswarm_calls_ended_total", "How many calls ended", &places.endings),
            (
                "xswarm_streams_not_started_total",
                "How many streams ended before they started",
                &places.not_started,
            ),
        ];
        let mut text = String::new();
        for (name, what, endings) in tables {
            text += &format!("# HELP {name} {what}, by whom or by what.\n# TYPE {name} counter\n");
            for (way, count) in endings {
                text += &format!("{name}{{by=\"{way}\"}} {count}\n");
            }
        }
        text
    }

    /// Counts a stream that ended before it started.
    pub(crate) fn note_not_started(&self, by: EndedBy) {
        *lock(&self.places).not_started.entry(<&str>::from(by)).or_default() += 1;
    }

    /// What may be done with a call that goes on.
    pub(crate) fn handle(&self, id: u64) -> Result<CallHandle, Refused> {
        let places = lock(&self.places);
        let place = places.going_on.get(&id).ok_or_else(|| Refused::no_such_call(id))?;
        Ok(place.handle.clone())
    }

    /// The call whose stream its carrier calls by this name.
    pub(crate) fn named(&self, stream: &str) -> Option<u64> {
        let places = lock(&self.places);
        let mut all = places.going_on.iter();
        all.find(|(_, place)| place.handle.stream.as_deref() == Some(stream)).map(|(id, _)| *id)
    }

    /// Notes the last words of a call that goes on.
    pub(crate) fn note_words(&self, id: u64, by: Speaker, text: &str) {
        let place = lock(&self.places).going_on.get(&id).map(Arc::clone);
        if let Some(place) = place {
            let words = Words { by, text: text.to_owned(), at: SystemTime::now().into() };
            lock(&place.call).words = Some(words);
            self.changed.notify_one();
        }
    }

    /// Adds a call. It is on the roster for as long as its entry lives, so even a panic takes it off.
    pub(crate) fn enter(
        self: &Arc<Self>,
        from: Carrier,
        carrier_id: Option<&str>,
        engine: Engine,
        handle: CallHandle,
    ) -> Entry {
        let mut places = lock(&self.places);
        places.last += 1;
        let id = places.last;
        if !handle.is_relayed {
            handle.ears.suggestions().take_over(&self.next, id);
        }
        let call = Mutex::new(fresh(id, from, carrier_id.map(bounded_name), engine));
        let place = Arc::new(Listed { call, handle });
        places.going_on.insert(id, Arc::clone(&place));
        drop(places);
        self.changed.notify_one();
        Entry { roster: Arc::clone(self), id, place, sentence: Mutex::default() }
    }

    /// Puts the lists together whenever calls have changed, until it is dropped.
    pub(crate) async fn publish(&self) {
        loop {
            self.changed.notified().await;
            let shown = self.show();
            sleep_until(Instant::now() + OFTEN + SELDOMER * shown).await;
        }
    }

    /// Puts the lists together, and tells how many calls go on.
    pub(crate) fn show(&self) -> u32 {
        let places = lock(&self.places);
        let going_on: Vec<_> = places.going_on.values().map(Arc::clone).collect();
        let ended: Vec<Call> = places.ended.iter().cloned().collect();
        drop(places);
        let calls: Vec<Call> = going_on.iter().map(|place| lock(&place.call).clone()).collect();
        self.ended.send_if_modified(|shown| replace(shown, ended));
        self.calls.send_if_modified(|shown| replace(shown, calls));
        u32::try_from(going_on.len()).unwrap_or(u32::MAX)
    }
}

pub(crate) struct Entry {
    roster: Arc<Roster>,
    /// The call's number since the start.
    pub(crate) id: u64,
    place: Arc<Listed>,
    sentence: Mutex<Sentence>,
}

impl Entry {
    pub(crate) fn note(&self, change: impl FnOnce(&mut Call)) {
        change(&mut lock(&self.place.call));
        self.roster.changed.notify_one();
    }

    /// Tells what happens in the call. Where nobody listens nothing is lost by it.
    pub(crate) fn tell(&self, happening: Happening) {
        let _ = self.roster.happenings.send(happening);
    }

    /// Notes and tells a piece of what the model says.
    pub(crate) fn says(&self, piece: &str) {
        let text = lock(&self.sentence).add(piece, Instant::now()).to_owned();
        let words = Words { by: Speaker::Engine, text, at: SystemTime::now().into() };
        self.note(|call| call.words = Some(words));
        self.tell(Happening::EngineText { call: self.id, text: piece.to_owned() });
    }

    /// Notes how it is with a server of the model.
    pub(crate) fn note_model(&self, server: ModelServer) {
        self.note(|call| call.model = Some(server));
    }

    /// Notes that no server answers.
    pub(crate) fn note_unanswered(&self) {
        let nobody = ModelServer { server: String::new(), state: ModelState::Unanswered };
        self.note(|call| call.model.get_or_insert(nobody).state = ModelState::Unanswered);
    }

    pub(crate) fn close(&self, by: EndedBy, reason: String) {
        self.note(|call| call.end = Some(CallEnd { at: SystemTime::now().into(), by, reason }));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut call = lock(&self.place.call).clone();
        call.phase = CallPhase::Quiet;
        // An entry that was never closed is that of a call that broke down.
        call.end.get_or_insert_with(|| CallEnd {
            at: SystemTime::now().into(),
            by: EndedBy::Bridge,
            reason: "the call broke down".to_owned(),
        });
        let mut places = lock(&self.roster.places);
        places.going_on.remove(&self.id);
        let way = call.end.as_ref().map_or("bridge", |end| <&str>::from(end.by));
        *places.endings.entry(way).or_default() += 1;
        places.ended.push_front(call);
        places.ended.truncate(REMEMBERED);
        drop(places);
        self.roster.changed.notify_one();
    }
}

fn fresh(id: u64, from: Carrier, carrier_id: Option<String>, engine: Engine) -> Call {
    Call {
        id,
        from,
        carrier_id,
        engine,
        since: SystemTime::now().into(),
        phase: CallPhase::Quiet,
        echoes: 0,
        heard: Heard {
            level_dbfs: SILENT,
            sound_ms: 0,
            lost_ms: 0,
            lag_ms: 0,
            utterances: 0,
            keys: 0,
            dropped: 0,
            odd: 0,
            steps: 0,
        },
        said: Said {
            level_dbfs: SILENT,
            sound_ms: 0,
            clears: 0,
            gaps: Gaps::default(),
            round_trip_ms: None,
        },
        model: None,
        words: None,
        end: None,
        not_offered: Vec::new(),
    }
}

fn replace(shown: &mut Vec<Call>, with: Vec<Call>) -> bool {
    let is_different = *shown != with;
    *shown = with;
    is_different
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
