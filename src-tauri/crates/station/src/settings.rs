//! The settings: one commented TOML file that people edit by hand. A bad file never stops the app, nor lets anybody in whom
//! it would not let in if it were right: it says where the error is and what is wrong, and all else in it is in force.

mod change;
mod check;
mod defaults;
mod edit;
mod form;
mod load;
mod problem;
mod read;
mod section;
mod typo;
mod value;

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bridge::{PublicUrl, Secret};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use wire::Engine;

pub use change::Unchanged;
pub use load::Loaded;
pub use section::{Listening, Section};

const FILE: &str = "settings.toml";

/// What a person may set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Port 9998.
    pub voice_bridge: VoiceBridge,
    /// The speech models that may answer calls.
    pub moshi: bridge::MoshiSettings,
    /// Port 9999.
    pub supervisor: Supervisor,
    /// What happens when a port is in use.
    pub retry: Retry,
    /// How the ports are proven.
    pub proof: Proof,
    /// What the app does on the desktop.
    pub desktop: Desktop,
}

/// Port 9998.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VoiceBridge {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens besides, with the same port, if this machine has the address.
    pub also: Vec<IpAddr>,
    /// Whether other programs may listen beside it.
    pub reuse_port: bool,
    /// The address under which the world reaches it, if it does.
    #[serde(deserialize_with = "unless_empty")]
    pub public_url: Option<PublicUrl>,
    /// With what Twilio signs its requests.
    #[serde(deserialize_with = "unless_empty")]
    pub twilio_auth_token: Option<Secret>,
    /// What streams show that nobody has signed; made at random if it isn't set.
    #[serde(deserialize_with = "unless_empty")]
    pub stream_secret: Option<Secret>,
    /// What answers calls.
    pub engine: Engine,
    /// Whether calls are recorded.
    pub recording: Recording,
    /// How much it takes.
    pub limits: bridge::Settings,
}

/// Whether calls are recorded, and how long recordings are kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recording {
    /// Whether they are.
    pub on: bool,
    /// How many days each is kept.
    pub days: u32,
    /// How much room all may take.
    pub megabytes: u32,
}

/// Port 9999.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Supervisor {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens besides, with the same port, if this machine has the address.
    pub also: Vec<IpAddr>,
    /// Whether other programs may listen beside it.
    pub reuse_port: bool,
    /// How much it takes.
    pub limits: supervisor::Settings,
}

/// What happens when a port is in use.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// How many attempts are made.
    pub attempts: u32,
    /// The wait after the first, in seconds.
    #[serde(with = "door::seconds")]
    pub first_delay: Duration,
    /// How the waits grow.
    pub growth: Growth,
    /// The longest wait, in seconds.
    #[serde(with = "door::seconds")]
    pub longest_delay: Duration,
    /// By which part of itself a wait may be longer or shorter.
    pub jitter: f64,
}

/// How the ports are proven.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proof {
    /// How often, in seconds.
    #[serde(with = "door::seconds")]
    pub interval: Duration,
    /// How long a service may take to answer, in seconds.
    #[serde(with = "door::seconds")]
    pub deadline: Duration,
}

/// What the app does on the desktop.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Desktop {
    /// Whether it tells of trouble while its window is closed.
    pub notifications: bool,
}

/// How waits grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// 1, 2, 3, 4 s.
    Linear,
    /// 1, 2, 4, 8 s.
    Exponential,
}

impl From<Retry> for keeper::Retry {
    fn from(retry: Retry) -> Self {
        Self {
            attempts: retry.attempts,
            first_delay: retry.first_delay,
            growth: match retry.growth {
                Growth::Linear => keeper::Growth::Linear,
                Growth::Exponential => keeper::Growth::Exponential,
            },
            longest_delay: retry.longest_delay,
            jitter: retry.jitter,
        }
    }
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
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// Whether the file names what nobody else may know. An address may hold a key.
    pub(crate) fn has_secrets(&self) -> bool {
        let VoiceBridge { twilio_auth_token, stream_secret, .. } = &self.voice_bridge;
        let has_key = |address: &String| address.contains(['?', '@']);
        let may_have_one = self.moshi.servers.iter().any(has_key);
        twilio_auth_token.is_some() || stream_secret.is_some() || may_have_one
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
mod never_wider;
#[cfg(test)]
mod tests;
