//! Which engine answers calls, and what happens where it can't.

use tracing::info;
use wire::ModelState;

use super::moshi::{Moshi, Unanswered};
use super::{Capabilities, Engine, LineCheck, Mouth, clips};
use crate::hearing::Ears;
use crate::roster::Entry;

/// The engine that the settings name, and the one that stands in for it.
pub(crate) struct Answering {
    line_check: LineCheck,
    moshi: Option<Moshi>,
    falls_back: bool,
}

impl Answering {
    /// The line check alone, or a speech model with the line check behind it.
    pub(crate) fn new(line_check: LineCheck, moshi: Option<Moshi>, falls_back: bool) -> Self {
        Self { line_check, moshi, falls_back }
    }

    /// What answers calls as they begin.
    pub(crate) fn engine(&self) -> wire::Engine {
        if self.moshi.is_some() { wire::Engine::Moshi } else { wire::Engine::LineCheck }
    }

    /// What the engine that answers a call can do.
    pub(crate) fn capabilities_of(&self, engine: wire::Engine) -> Capabilities {
        match (engine, &self.moshi) {
            (wire::Engine::Moshi, Some(moshi)) => moshi.capabilities(),
            (wire::Engine::Moshi | wire::Engine::LineCheck, _) => self.line_check.capabilities(),
        }
    }

    /// The speech model, if there is one.
    pub(crate) fn moshi(&self) -> Option<&Moshi> {
        self.moshi.as_ref()
    }
}

impl Engine for Answering {
    fn capabilities(&self) -> Capabilities {
        self.capabilities_of(self.engine())
    }

    async fn answer(&self, mut ears: Ears, mouth: Mouth, entry: &Entry) {
        if let Some(moshi) = &self.moshi {
            let Unanswered = moshi.answer(&mut ears, &mouth, entry).await;
            mouth.hush();
            let phrase = clips::of_model(ModelState::Unanswered);
            let mut said = phrase.map(|phrase| mouth.say(phrase.sound.to_vec()));
            if !self.falls_back {
                if let Some(said) = &mut said {
                    said.ended().await;
                }
                return;
            }
            info!("the line check answers in place of the speech model");
            entry.note(|call| call.engine = wire::Engine::LineCheck);
        }
        self.line_check.answer(ears, mouth, entry).await;
    }
}
