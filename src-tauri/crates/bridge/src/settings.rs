//! What may be set.

use std::time::Duration;

use door::RequestHead;
use serde::{Deserialize, Serialize};
use wire::Engine;

use crate::engine::moshi::MoshiSettings;
use crate::public_access::{Entrance, Outside, Secret, shows};
use crate::tap::recorder::Recordings;

/// What may be set. The defaults suit a single desk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Host names besides loopback under which the bridge may be reached, without a port.
    pub hosts: Vec<String>,
    /// Origins whose web pages may call, for instance `https://example.org`.
    pub origins: Vec<String>,
    /// How many calls there may be at once; more are refused before they begin.
    pub calls: usize,
    /// The largest message that a caller may send, in bytes.
    pub message_bytes: usize,
    /// How many seconds a caller may take until its stream starts.
    #[serde(with = "door::seconds")]
    pub start: Duration,
    /// After how many seconds without any message a call is given up.
    #[serde(with = "door::seconds")]
    pub idle: Duration,
    /// How many seconds a call may last.
    #[serde(with = "door::seconds")]
    pub longest: Duration,
    /// Which engines are asked to answer a call, one after another. Where none is named it is the speech models, if there are
    /// any, and the line check unless it stands back behind them.
    #[serde(skip)]
    pub engines: Vec<Engine>,
    /// Which speech models may answer calls, if any may.
    #[serde(skip)]
    pub moshi: Option<MoshiSettings>,
    /// How it is reached from outside this machine, if it is.
    #[serde(skip)]
    pub outside: Option<Outside>,
    /// What every stream must show where it isn't known how the bridge is reached from outside, if anything: a secret is set
    /// for streams, or what the settings say of all this can't be read.
    #[serde(skip)]
    pub stream_secret: Option<Secret>,
    /// Whether nobody comes in from outside this machine, whatever they show: what the settings say of that can't be read.
    #[serde(skip)]
    pub only_this_machine: bool,
    /// Where calls are recorded, if they are.
    #[serde(skip)]
    pub recordings: Option<Recordings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            origins: Vec::new(),
            calls: 32,
            message_bytes: 256 * 1024,
            start: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            longest: Duration::from_hours(4),
            engines: Vec::new(),
            moshi: None,
            outside: None,
            stream_secret: None,
            only_this_machine: false,
            recordings: None,
        }
    }
}

impl Settings {
    /// What this visitor, who was let in, must show in the stream's start.
    pub(crate) fn entrance(&self, head: &RequestHead) -> Entrance<'_> {
        match (self.secret(), &self.outside) {
            (Some(secret), outside) if shows(head, secret) => {
                let entrance = outside.as_ref().map(|outside| outside.entrance(head));
                match entrance {
                    Some(Entrance::NeedsAsWell(_)) => Entrance::OpenAllTheSame,
                    Some(Entrance::Open | Entrance::OpenAllTheSame | Entrance::Needs(_)) | None => {
                        Entrance::Open
                    }
                }
            }
            (_, Some(outside)) => outside.entrance(head),
            (Some(secret), None) => Entrance::Needs(secret),
            (None, None) => Entrance::Open,
        }
    }

    /// The engines that are asked, in the order in which they are.
    pub(crate) fn in_turn(&self) -> Vec<Engine> {
        match (&*self.engines, &self.moshi) {
            ([], None) => vec![Engine::LineCheck],
            ([], Some(moshi)) if moshi.fall_back => vec![Engine::Moshi, Engine::LineCheck],
            ([], Some(_)) => vec![Engine::Moshi],
            (named, _) => named.to_vec(),
        }
    }

    /// What streams show that nobody has signed, where they must show anything.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.outside.as_ref().map(|outside| &outside.secret).or(self.stream_secret.as_ref())
    }
}
