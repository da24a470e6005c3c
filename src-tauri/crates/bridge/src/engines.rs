//! Which engines answer calls: a call takes the first that can.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::info;

use crate::ending::Farewell;
use crate::engine::moshi::{Moshi, MoshiSettings};
use crate::engine::{Answered, Capabilities, Conversation, Engine, LineCheck, Surroundings};
use crate::settings::Settings;

/// Makes an engine, if the settings ask for it.
type Make = fn(&Settings, &Surroundings) -> Option<Arc<dyn Engine>>;

/// All engines that there are, the one that is asked first at the top.
const TABLE: [Make; 2] = [
    |settings, around| {
        // The settings were checked when they were read; whoever composes them otherwise gets the line check.
        let moshi = Moshi::new(settings.moshi.as_ref()?, around.partings.clone()).ok()?;
        Some(Arc::new(moshi))
    },
    |settings, around| {
        let stands_back = |moshi: &MoshiSettings| !moshi.fall_back && moshi.check().is_ok();
        if settings.moshi.as_ref().is_some_and(stands_back) {
            return None;
        }
        Some(Arc::new(LineCheck(around.clone())))
    },
];

/// The engines that answer calls, the most preferred first. There is always one.
pub(crate) struct Engines(Vec<Arc<dyn Engine>>);

impl Engines {
    /// These, and after them those that the settings ask for.
    pub(crate) fn new(
        mut these: Vec<Arc<dyn Engine>>,
        settings: &Settings,
        around: &Surroundings,
    ) -> Self {
        these.extend(TABLE.iter().filter_map(|make| make(settings, around)));
        Self(these)
    }

    pub(crate) fn first(&self) -> &dyn Engine {
        &*self.0[0]
    }

    /// What the one at this place can do.
    pub(crate) fn capabilities(&self, place: usize) -> Capabilities {
        self.0.get(place).map_or_else(|| self.first().capabilities(), |it| it.capabilities())
    }

    /// Has them answer a call, one after another, until one has; `place` is where the one that is at it stands, and `note` is
    /// told of each.
    pub(crate) async fn answer(
        &self,
        conversation: Conversation<'_>,
        place: &AtomicUsize,
        note: impl Fn(wire::Engine),
    ) -> Option<Farewell> {
        let last = self.0.len() - 1;
        for (nth, engine) in self.0.iter().enumerate() {
            place.store(nth, Ordering::Relaxed);
            note(engine.kind());
            if nth > 0 {
                info!(engine = ?engine.kind(), "another engine answers in its place");
            }
            match engine.answer(conversation.clone()).await {
                Answered::HungUp(farewell) => return farewell,
                Answered::Not { told: Some(mut told) } if nth == last => {
                    let mut ears = conversation.ears.clone();
                    tokio::select! {
                        _ = told.ended() => {}
                        () = ears.overhear() => {}
                    }
                }
                Answered::Not { .. } => {}
            }
        }
        None
    }
}
