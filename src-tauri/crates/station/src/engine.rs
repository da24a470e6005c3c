//! What answers calls, by the settings.

use wire::Engine;

use crate::Settings;

impl Settings {
    /// What the voice bridge is to know.
    #[must_use]
    pub fn bridge(&self) -> bridge::Settings {
        let moshi = match self.voice_bridge.engine {
            Engine::LineCheck => None,
            Engine::Moshi => Some(self.moshi.clone()),
        };
        bridge::Settings { moshi, ..self.voice_bridge.limits.clone() }
    }
}
