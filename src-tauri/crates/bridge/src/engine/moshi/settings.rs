//! What may be set about speech models, and what they are told by it before they say their first word.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Which speech models answer calls, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MoshiSettings {
    /// Servers of the MOSHI protocol, for instance `ws://127.0.0.1:8998`. A call takes the first that is free.
    pub servers: Vec<String>,
    /// How many seconds a server may take to be connected.
    #[serde(with = "door::seconds")]
    pub connect: Duration,
    /// How many seconds a server may take until it is ready. Most take one client at a time, and let others wait without a
    /// word.
    #[serde(with = "door::seconds")]
    pub ready: Duration,
    /// How many calls a server takes at once.
    pub at_once: usize,
    /// How many seconds pass until a server that no call goes to is asked again how it is.
    #[serde(with = "door::seconds")]
    pub check: Duration,
    /// The port of this machine on which a server is looked for that isn't among `servers`, so that it can be offered; on
    /// none if it is 0.
    pub look_at: u16,
    /// Whether the line check takes over where no server answers.
    pub fall_back: bool,
    /// Whether certificates are taken that nobody vouches for, from servers on this machine.
    pub self_signed: bool,
    /// What PersonaPlex is told to be. It takes both prompts or none.
    pub text_prompt: Option<String>,
    /// The voice that PersonaPlex is to have: the name of a file of its own, for instance `NATF2.pt`.
    pub voice_prompt: Option<String>,
}

impl Default for MoshiSettings {
    fn default() -> Self {
        Self {
            servers: vec!["ws://127.0.0.1:8998".to_owned()],
            connect: Duration::from_secs(5),
            ready: Duration::from_secs(30),
            at_once: 1,
            check: Duration::from_secs(30),
            look_at: 8998,
            fall_back: true,
            self_signed: false,
            text_prompt: None,
            voice_prompt: None,
        }
    }
}

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

    /// As a query, where anything was suggested besides what is set.
    pub(super) fn query_of(&self, suggested: &[String]) -> Option<String> {
        (!suggested.is_empty()).then(|| self.query("", suggested))
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
