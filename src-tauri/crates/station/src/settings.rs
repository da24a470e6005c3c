//! The settings: one commented TOML file that people edit by hand. A bad file never stops the app, nor lets anybody in whom
//! it would not let in if it were right: it says where the error is and what is wrong, and all else in it is in force.

mod check;
mod defaults;
mod difference;
mod edit;
mod form;
mod garbled;
mod load;
mod program;
mod programs;
mod read;
mod section;
mod typo;
mod wording;

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bridge::{PublicUrl, Secret};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use wire::{Engine, EngineChoice};

pub(crate) use difference::{ENGINE, differences, is_applied_at_once};
pub use form::Unchanged;
pub use load::Loaded;
pub use program::{ProgramProof, ProgramSettings};
pub use section::{Listening, Section};

const FILE: &str = "settings.toml";

/// What a person may set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Port 9998.
    pub voice_bridge: VoiceBridge,
    pub(crate) moshi: bridge::MoshiSettings,
    /// Port 9999.
    pub supervisor: Supervisor,
    #[serde(with = "Retry")]
    pub(crate) retry: keeper::Retry,
    pub(crate) proof: Proof,
    /// What the app does on the desktop.
    pub desktop: Desktop,
    /// Programs that are run. What they are given may hold secrets, so it goes nowhere else.
    #[serde(skip)]
    pub programs: Vec<ProgramSettings>,
}

/// Port 9998.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VoiceBridge {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens besides, with the same port, if this machine has the address.
    pub also: Vec<IpAddr>,
    pub(crate) reuse_port: bool,
    #[serde(deserialize_with = "unless_empty")]
    pub(crate) public_url: Option<PublicUrl>,
    #[serde(deserialize_with = "unless_empty")]
    pub(crate) twilio_auth_token: Option<Secret>,
    /// What streams show that nobody has signed; made at random if it isn't set.
    #[serde(deserialize_with = "unless_empty")]
    pub(crate) stream_secret: Option<Secret>,
    pub(crate) engine: EngineChoice,
    pub(crate) recording: Recording,
    /// How much it takes.
    pub limits: bridge::Settings,
}

/// Whether calls are recorded, and how much is kept of all recordings.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Recording {
    pub(crate) on: bool,
    pub(crate) days: u32,
    pub(crate) megabytes: u32,
}

/// Port 9999.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Supervisor {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens besides, with the same port, if this machine has the address.
    pub also: Vec<IpAddr>,
    pub(crate) reuse_port: bool,
    /// How much it takes.
    pub limits: supervisor::Settings,
}

/// What the keeper does when a port is in use, as the file has it.
#[derive(Serialize, Deserialize)]
#[serde(remote = "keeper::Retry", default = "keeper::Retry::default", deny_unknown_fields)]
struct Retry {
    attempts: u32,
    #[serde(with = "door::seconds")]
    first_delay: Duration,
    #[serde(with = "Growth")]
    growth: keeper::Growth,
    #[serde(with = "door::seconds")]
    longest_delay: Duration,
    jitter: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "keeper::Growth", rename_all = "snake_case")]
enum Growth {
    Linear,
    Exponential,
}

/// How the ports are proven: how often, and how long a service may take to answer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Proof {
    #[serde(with = "door::seconds")]
    pub(crate) interval: Duration,
    #[serde(with = "door::seconds")]
    pub(crate) deadline: Duration,
}

/// What the app does on the desktop.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Desktop {
    /// Whether it tells of trouble while its window is closed.
    pub notifications: bool,
}

impl VoiceBridge {
    /// Whether streams that nobody has signed must show a secret: a public address is set, or something that is of no use without
    /// one, or what the settings say of all this can't be read.
    pub(crate) fn asks_for_secret(&self) -> bool {
        self.public_url.is_some()
            || self.twilio_auth_token.is_some()
            || self.stream_secret.is_some()
            || self.limits.only_this_machine
    }
}

impl Settings {
    /// Where the file is in this folder.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// What is to answer calls.
    pub fn engine(&self) -> &EngineChoice {
        &self.voice_bridge.engine
    }

    /// What the voice bridge is to know.
    pub(crate) fn bridge(&self) -> bridge::Settings {
        let choice = &self.voice_bridge.engine;
        let moshi = choice.engines().contains(&Engine::Moshi).then(|| self.moshi.clone());
        // What stands in for one alone is for the bridge to say.
        let engines = match choice {
            EngineChoice::One(_) => Vec::new(),
            EngineChoice::InTurn(engines) => engines.clone(),
        };
        bridge::Settings { engines, moshi, ..self.voice_bridge.limits.clone() }
    }

    /// Whether the file names what nobody else may know. An address may hold a key.
    pub(crate) fn has_secrets(&self) -> bool {
        let VoiceBridge { twilio_auth_token, stream_secret, .. } = &self.voice_bridge;
        let has_key = |address: &String| address.contains(['?', '@']);
        let may_have_one = self.moshi.servers.iter().any(has_key);
        let is_given_some = self.programs.iter().any(|program| !program.environment.is_empty());
        twilio_auth_token.is_some() || stream_secret.is_some() || may_have_one || is_given_some
    }
}

/// For settings that are not set where they are empty.
fn unless_empty<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<String, Error: Display>,
{
    let text = String::deserialize(from)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    T::try_from(text).map(Some).map_err(D::Error::custom)
}

/// The file that is left for people.
const TEMPLATE: &str = include_str!("settings/template.toml");

#[cfg(test)]
mod every_key;
#[cfg(test)]
mod never_wider;
#[cfg(test)]
mod tests;
