//! Which engines answer calls: a call takes the first that can.

use std::sync::Arc;

use futures_util::future::{BoxFuture, join_all, pending, select_all};
use tracing::info;
use wire::Engine as Kind;

use crate::capabilities::Capabilities;
use crate::conversation::mouth::Said;
use crate::ending::Farewell;
use crate::engine::moshi::{Moshi, MoshiSettings};
use crate::engine::{Answered, Conversation, Engine, LineCheck, Surroundings};
use crate::settings::Settings;

/// The engines that answer calls, the most preferred first. There is always one. A call keeps those that it began with.
pub(crate) struct Engines {
    in_turn: Vec<Arc<dyn Engine>>,
    /// The speech models as they were set up last, and by which settings. They know in which calls their servers are, also
    /// while others answer the next ones.
    moshi: Option<(MoshiSettings, Arc<Moshi>)>,
}

impl Engines {
    /// `additional` ones, and after them those that the settings ask for.
    pub(crate) fn new(
        additional: &[Arc<dyn Engine>],
        settings: &Settings,
        around: &Surroundings,
    ) -> Self {
        Self { in_turn: Vec::new(), moshi: None }.replaced(additional, settings, around)
    }

    /// Those that come in their place once the settings are these.
    pub(crate) fn replaced(
        &self,
        additional: &[Arc<dyn Engine>],
        settings: &Settings,
        around: &Surroundings,
    ) -> Self {
        let mut next = Self { in_turn: additional.to_vec(), moshi: self.moshi.clone() };
        for kind in settings.in_turn() {
            let made = next.made(kind, settings, around);
            next.in_turn.extend(made);
        }
        // The settings were checked when they were read; whoever composes them otherwise gets the line check.
        if next.in_turn.is_empty() {
            next.in_turn.push(Arc::new(LineCheck(around.clone())));
        }
        next
    }

    /// The engine of that kind, if the settings have what it takes.
    fn made(
        &mut self,
        kind: Kind,
        settings: &Settings,
        around: &Surroundings,
    ) -> Option<Arc<dyn Engine>> {
        match kind {
            Kind::LineCheck => Some(Arc::new(LineCheck(around.clone()))),
            Kind::Moshi => {
                let wanted = settings.moshi.as_ref()?;
                if self.moshi.as_ref().is_none_or(|(made_by, _)| made_by != wanted) {
                    let before = self.moshi.as_ref().map(|(_, moshi)| &**moshi);
                    let (partings, models) = (around.partings.clone(), around.models.clone());
                    let moshi = Moshi::new(wanted, before, partings, models).ok()?;
                    self.moshi = Some((wanted.clone(), Arc::new(moshi)));
                }
                self.moshi.as_ref().map(|(_, moshi)| Arc::clone(moshi) as Arc<dyn Engine>)
            }
        }
    }

    pub(crate) fn first(&self) -> &dyn Engine {
        &*self.in_turn[0]
    }

    /// Finds out, for as long as it is polled, how it is with the models that they speak with.
    pub(crate) async fn watch_models(&self) {
        let behind = |nth: usize| self.in_turn.get(nth + 1).map(|engine| engine.kind());
        let watched = self.in_turn.iter().enumerate();
        join_all(watched.map(|(nth, engine)| engine.watch_models(behind(nth)))).await;
    }

    /// Whether one of that kind is among them.
    pub(crate) fn have(&self, kind: Kind) -> bool {
        self.in_turn.iter().any(|engine| engine.kind() == kind)
    }

    /// Has them answer a call until one has: one after another, and those that couldn't take it back as soon as they can.
    /// `note` is told of each.
    pub(crate) async fn answer(
        &self,
        conversation: Conversation<'_>,
        note: impl Fn(Kind, Capabilities),
    ) -> Option<Farewell> {
        let (mut nth, mut times) = (0, 0);
        let mut part = self.first().answer(conversation.clone());
        loop {
            note(self.in_turn[nth].kind(), self.in_turn[nth].capabilities());
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
            let Some(next) = self.in_turn.get(nth) else {
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
        let preferred = self.in_turn[..nth].iter();
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
