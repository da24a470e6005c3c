//! What a model is told before it says its first word.

use super::settings::MoshiSettings;

/// The voice of PersonaPlex that is asked for where none is set.
const VOICE: &str = "NATF2.pt";

/// The prompts in the settings, for servers that take them. PersonaPlex breaks down where one of the two is missing.
#[derive(Clone, Debug)]
pub(super) struct Prompts {
    text: String,
    voice: String,
}

impl Prompts {
    /// Those that are set, if any is.
    pub(super) fn of(settings: &MoshiSettings) -> Option<Self> {
        let MoshiSettings { text_prompt: text, voice_prompt: voice, .. } = settings;
        (text.is_some() || voice.is_some()).then(|| Self {
            text: text.clone().unwrap_or_default(),
            voice: voice.clone().unwrap_or_else(|| VOICE.to_owned()),
        })
    }

    /// As a query after the one that is given, with what was suggested after what is set.
    pub(super) fn query(&self, given: &str, suggested: &[String]) -> String {
        let parts: Vec<&str> = std::iter::once(&self.text)
            .chain(suggested)
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        let mut query = form_urlencoded::Serializer::new(given.to_owned());
        query.append_pair("text_prompt", &parts.join(" "));
        query.append_pair("voice_prompt", &self.voice);
        query.finish()
    }
}
