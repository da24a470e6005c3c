//! Everything there is to show.

use serde::{Deserialize, Serialize};

use crate::{
    Call, Condition, Engine, EngineOffer, FoundServer, Model, Service, ServiceKind, ServiceName,
    Timestamp,
};

/// Everything there is to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Snapshot {
    pub version: String,
    pub pid: u32,
    pub started: Timestamp,
    /// The services that it runs, in the order in which they are shown.
    pub services: Vec<Service>,
    /// What the next call is to be answered by, first of all.
    pub engine: Engine,
    /// What may be chosen to answer calls, and what is.
    #[serde(default)]
    pub engines: Vec<EngineOffer>,
    /// The servers with the speech models that are set to answer calls, in the order in which they are preferred.
    #[serde(default)]
    pub models: Vec<Model>,
    /// Servers with speech models that run on this machine and answer no calls, for nobody has named them.
    #[serde(default)]
    pub found: Vec<FoundServer>,
    /// The calls going on, the oldest first.
    pub calls: Vec<Call>,
    /// The last calls that ended, the latest first; older ones are forgotten.
    #[serde(default)]
    pub ended_calls: Vec<Call>,
    /// Who was turned away since the start, and why, the latest first.
    #[serde(default)]
    pub turned_away: Vec<TurnedAway>,
    pub notes: Vec<Note>,
    /// The notes as people read them, in the same order.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// How the whole is, in one word: as what is worst off among the services and what is to answer their calls. It is off
    /// where nothing is worse and a service is.
    #[serde(default)]
    pub condition: Condition,
    /// Whether nothing would be wrong if nobody crowded the ports.
    #[serde(default)]
    pub is_only_crowded: bool,
    /// How the whole is, as a word for its mark.
    #[serde(default)]
    pub word: String,
    /// How the whole is, in a sentence: what is on its way or in trouble is said alone.
    #[serde(default)]
    pub sentence: String,
}

/// Those who were turned away from a service for one reason. It holds no name, number or secret of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct TurnedAway {
    pub service: ServiceName,
    /// Who they are, counted: `3 streams to the voice bridge`.
    #[serde(default)]
    pub whom: String,
    /// The reason in one word, for instance `no_secret`; in `/metrics` they are counted by it.
    pub reason: String,
    /// Why, as the end of a sentence: `they showed no secret`.
    pub because: String,
    /// What would mend it, as a sentence.
    pub cure: String,
    /// How often since the start.
    pub times: u64,
    pub last_at: Timestamp,
}

impl Snapshot {
    /// Of this process, in which nothing runs yet.
    pub fn new(version: &str, pid: u32, started: Timestamp, engine: Engine) -> Self {
        Self { version: version.to_owned(), pid, started, engine, ..Self::default() }
    }

    /// The service of that name, if this process runs it.
    pub fn service(&self, name: ServiceName) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// How the whole is: as what is worst off among the services and what is to answer their calls. Where nothing is worse
    /// than a service that is switched off, it is off: nobody is well who can't be reached.
    pub fn condition(&self) -> Condition {
        let conditions = self.services.iter().map(|service| service.condition);
        // A program that isn't wanted is missed by nobody.
        let is_off = |service: &Service| {
            service.kind == ServiceKind::Hosted && service.condition == Condition::Off
        };
        match conditions.chain(self.models_condition()).max() {
            Some(Condition::Well) if self.services.iter().any(is_off) => Condition::Off,
            Some(worst) if !self.services.is_empty() => worst,
            Some(_) | None => Condition::Off,
        }
    }

    /// How it is with what is to answer calls, where that are speech models: as the one that is best off, for one is enough.
    pub fn models_condition(&self) -> Option<Condition> {
        let in_use = self.models.iter().filter(|model| model.engine == self.engine);
        in_use.map(|model| model.condition).min()
    }
}

/// What is done about an error in the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SettingsEffect {
    /// Nothing: it works, and yet not as somebody may think.
    Kept,
    /// The default is in force in its place.
    #[default]
    SetAside,
    /// It says, or may have been meant to say, who comes in: until it is mended nobody does from other machines.
    OnlyThisMachine,
}

/// Something that people should know, and that no state of a service says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// The settings file has an error; all else in it is in force.
    SettingsUnreadable {
        path: String,
        /// Where and what, in one line.
        problem: String,
        #[serde(default)]
        effect: SettingsEffect,
    },
    /// The token in `SUPERVISOR_TOKEN` is the one that was once published; the private one is in force.
    PublishedToken,
    /// The token in `SUPERVISOR_TOKEN` is so short that it could be guessed; the private one is in force.
    ShortToken,
    /// What was kept in the place of a token or a secret was none, and another has been made.
    SecretReplaced {
        /// Which file, and what was wrong with it, in one line.
        problem: String,
    },
    /// What has to be kept can't be written there, so it is lost when this process or the system ends.
    NotKept { path: String, problem: String },
    /// What answers calls was chosen while xSwarm Voice runs and can't be kept there, so it holds until it quits.
    EngineNotKept { path: String, problem: String },
    /// The settings file says something else than what is in force, which takes a restart.
    RestartNeeded {
        path: String,
        /// Which settings a restart would change.
        settings: Vec<String>,
        /// What is wrong with the file that was not when it was read at the start, in one line.
        #[serde(default)]
        problem: Option<String>,
        /// Whether nobody comes in from other machines until then, for an error that has been mended.
        #[serde(default)]
        only_this_machine: bool,
    },
}
