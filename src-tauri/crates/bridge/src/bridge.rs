//! What belongs to the bridge as a whole.

use std::sync::Arc;

use door::{BearerOf, Ledger, Pages};
use tokio::sync::{broadcast, watch};
use tokio_util::task::TaskTracker;

use crate::engine::{Engine, Surroundings};
use crate::engines::Engines;
use crate::roster::Roster;
use crate::settings::Settings;
use crate::speech::Voice;
use crate::tap::Tap;

/// The voice bridge. It is handed its connections and never has a say in its port.
pub struct Bridge {
    pub(crate) settings: Settings,
    engines: watch::Sender<Arc<Engines>>,
    /// Engines that were made elsewhere, and are asked first.
    additional: Vec<Arc<dyn Engine>>,
    around: Surroundings,
    pub(crate) taps: Vec<Arc<dyn Tap>>,
    pub(crate) roster: Arc<Roster>,
    models: watch::Sender<Vec<wire::Model>>,
    pub(crate) pages: Pages,
    pub(crate) voice: Option<Voice>,
    pub(crate) bearer_of: Option<BearerOf>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) partings: TaskTracker,
}

/// What a bridge has besides what it has of itself.
#[derive(Default)]
pub struct Additions {
    /// Engines, which are asked before its own.
    pub engines: Vec<Arc<dyn Engine>>,
    /// Those who listen along to every call.
    pub taps: Vec<Arc<dyn Tap>>,
}

impl Bridge {
    /// A bridge whose engine speaks of what `snapshots` says, with these pages beside its calls. Programs that show one of our
    /// tokens find a place when all others are taken.
    pub fn new(
        snapshots: watch::Receiver<wire::Snapshot>,
        pages: Pages,
        bearer_of: Option<BearerOf>,
        settings: Settings,
        Additions { engines: additional, mut taps }: Additions,
    ) -> Arc<Self> {
        let roster = Arc::new(Roster::default());
        let voice = Voice::find();
        let (partings, shown) = (TaskTracker::new(), Arc::clone(&roster));
        let models = watch::Sender::default();
        let around = Surroundings {
            snapshots,
            roster: shown,
            voice: voice.clone(),
            models: models.clone(),
            partings: partings.clone(),
        };
        let engines = watch::Sender::new(Arc::new(Engines::new(&additional, &settings, &around)));
        let recorder = settings.recordings.clone();
        taps.extend(recorder.map(|recorder| Arc::new(recorder) as Arc<dyn Tap>));
        let ledger = Arc::default();
        Arc::new(Self {
            settings,
            engines,
            additional,
            around,
            taps,
            roster,
            models,
            pages,
            voice,
            bearer_of,
            ledger,
            partings,
        })
    }

    /// What answers calls as they begin.
    pub fn engine(&self) -> wire::Engine {
        self.engines().first().kind()
    }

    /// Has the engines that these settings ask for answer calls from the next one on. Calls that go on keep theirs, and
    /// whatever else the settings say stays as it is.
    pub fn choose(&self, settings: &Settings) {
        self.engines.send_modify(|engines| {
            *engines = Arc::new(engines.replaced(&self.additional, settings, &self.around));
        });
    }

    /// The engines that a call has which begins at this moment.
    pub(crate) fn engines(&self) -> Arc<Engines> {
        Arc::clone(&self.engines.borrow())
    }

    /// The calls that go on, the oldest first.
    pub fn calls(&self) -> watch::Receiver<Vec<wire::Call>> {
        self.roster.calls.subscribe()
    }

    /// The last calls that ended, the latest first.
    pub fn ended_calls(&self) -> watch::Receiver<Vec<wire::Call>> {
        self.roster.ended.subscribe()
    }

    /// The models that are set to answer calls, and how they are, as far as [`Bridge::watch_models`] finds out. Nothing is
    /// said of them yet.
    pub fn models(&self) -> watch::Receiver<Vec<wire::Model>> {
        self.models.subscribe()
    }

    /// Finds out how it is with the models that are set to answer calls, again and again. Never takes a place of theirs.
    pub async fn watch_models(&self) {
        let mut engines = self.engines.subscribe();
        loop {
            let these = Arc::clone(&engines.borrow_and_update());
            // Nothing is said of models that are not to answer.
            self.models.send_if_modified(|models| {
                let before = models.len();
                models.retain(|model| these.have(model.engine));
                models.len() < before
            });
            tokio::select! {
                () = these.watch_models() => return,
                changed = engines.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Who was turned away.
    pub fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.ledger)
    }

    /// Where what happens in calls is told.
    pub fn happenings(&self) -> broadcast::Sender<wire::Happening> {
        self.roster.happenings.clone()
    }
}
