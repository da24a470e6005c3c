//! Which engines answer calls: a call takes the first that can.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::{BoxFuture, pending, select_all};
use tracing::info;

use crate::conversation::mouth::Said;
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

    /// Has them answer a call until one has: one after another, and those that couldn't take it back as soon as they can.
    /// `place` is where the one that is at it stands, and `note` is told of each.
    pub(crate) async fn answer(
        &self,
        conversation: Conversation<'_>,
        place: &AtomicUsize,
        note: impl Fn(wire::Engine),
    ) -> Option<Farewell> {
        let (mut nth, mut times) = (0, 0);
        let mut part = self.first().answer(conversation.clone());
        loop {
            place.store(nth, Ordering::Relaxed);
            note(self.0[nth].kind());
            let answered = tokio::select! {
                biased;
                answered = &mut part => answered,
                (better, taken) = self.comes_back(nth, &conversation, times) => {
                    (nth, part, times) = (better, taken, times + 1);
                    continue;
                }
            };
            let told = match answered {
                Answered::HungUp(farewell) => return farewell,
                Answered::Not { told } => told,
            };
            nth += 1;
            let Some(next) = self.0.get(nth) else {
                hear_out(told, &conversation).await;
                return None;
            };
            info!(engine = ?next.kind(), "another engine answers in its place");
            part = next.answer(conversation.clone());
        }
    }

    /// Waits until one of those that are preferred to the `nth` takes the call back, and returns which and its part in it.
    async fn comes_back<'a>(
        &'a self,
        nth: usize,
        conversation: &Conversation<'a>,
        times: u32,
    ) -> (usize, BoxFuture<'a, Answered>) {
        if nth == 0 {
            return pending().await;
        }
        let preferred = self.0[..nth].iter();
        let come = preferred.map(|engine| engine.come_back(conversation.clone(), times));
        let (part, which, _) = select_all(come).await;
        (which, part)
    }
}

/// Waits until the caller has heard what they were told.
async fn hear_out(told: Option<Said>, conversation: &Conversation<'_>) {
    let Some(mut told) = told else { return };
    let mut ears = conversation.ears.clone();
    tokio::select! {
        _ = told.ended() => {}
        () = ears.overhear() => {}
    }
}
