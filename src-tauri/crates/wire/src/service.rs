//! The services and how they are.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    Cause, PortState, Program, Refusal, Sentence, ServiceKind, ServiceName, Silence, Timestamp,
};

/// Where a service is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "life", rename_all = "snake_case")]
pub enum Life {
    /// Stopped by a person; it stays so until a person starts it.
    Stopped,
    /// On its way: binding, or bound and not proven yet.
    Starting,
    /// It can't have its port; the port's state says why, and what happens next.
    Waiting,
    /// It serves.
    Running,
    /// It ended by itself and is started again at `next_at`.
    Restarting {
        /// How often it has ended since it was last stable.
        crashes: u32,
        next_at: Timestamp,
        reason: String,
    },
    /// It finishes what it has begun.
    Stopping,
    /// It ended too often, the last time for that reason.
    Failed { reason: String },
}

/// A service as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Service {
    pub name: ServiceName,
    #[serde(default)]
    pub kind: ServiceKind,
    /// Which program it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "described", ts(optional))]
    pub program: Option<Box<Program>>,
    #[serde(default)]
    pub title: String,
    /// What it is for, in a few words.
    #[serde(default)]
    pub purpose: String,
    /// What it does, as the end of a sentence.
    #[serde(default)]
    pub deed: String,
    /// Where it listens or would, for instance `127.0.0.1:9998`.
    pub address: String,
    pub port: u16,
    /// How it is, in one word. Follows from `life` and `state`.
    pub condition: Condition,
    pub life: Life,
    /// The truth about its port at the address that it must have.
    pub state: PortState,
    /// Its port at the other addresses, which it has where it can.
    pub companions: Vec<Companion>,
    /// What its mark shows. Follows from `life`, `state` and `companions`.
    #[serde(default)]
    pub face: Face,
    /// The same as a word.
    #[serde(default)]
    pub word: String,
    /// How it is, without its name: `listening on 127.0.0.1:9998`.
    #[serde(default)]
    pub sentence: Sentence,
    /// What comes of that by itself, or what helps: whole sentences, or nothing.
    #[serde(default)]
    pub hint: String,
    /// What can be done about it, the most helpful first.
    #[serde(default)]
    pub offers: Vec<Offer>,
    /// What went wrong with it since the start, the latest last; the oldest are forgotten.
    pub troubles: Vec<Trouble>,
}

/// A service's port at an address that it has where it can: clients that are told `localhost` may go there first. What
/// isn't explained is as in a [`Service`], and follows from `state`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Companion {
    /// The address, for instance `[::1]:9998`.
    pub address: String,
    pub state: PortState,
    /// Whether somebody else takes connections there that were meant for us. Follows from `state`.
    pub is_shadowed: bool,
    #[serde(default)]
    pub condition: Condition,
    #[serde(default)]
    pub word: String,
    #[serde(default)]
    pub sentence: Sentence,
    #[serde(default)]
    pub hint: String,
}

/// What a service's mark shows: its port's state, unless its life or its further addresses have more to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Face {
    #[default]
    Stopped,
    Binding,
    Waiting,
    Proving,
    /// As `PortState::Listening`, and at its further addresses nothing is wrong.
    Listening,
    /// As `PortState::Crowded`, at any of its addresses.
    Crowded,
    Shared,
    Silent,
    Taken,
    Refused,
    Stopping,
    Restarting,
    Failed,
    /// It listens, but connections go astray at one of its further addresses.
    Partial,
}

/// Something that can be done about a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Offer {
    pub remedy: Remedy,
    /// The same on a button.
    pub label: String,
    /// Whether it mends what is wrong.
    pub is_cure: bool,
}

/// What can be done about a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// End whoever holds its port, once a person has seen who that is and agreed.
    Free,
    Start,
    /// Try its port again at once, which is the order to start.
    Retry,
    Restart,
    Stop,
}

/// How a service is, in one word; the tray's and the window's marks show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Stopped on purpose.
    #[default]
    Off,
    /// Proven to work.
    Well,
    /// Working on it; nobody needs to do anything.
    Busy,
    /// It will not come right without a person.
    NeedsYou,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Trouble {
    pub at: Timestamp,
    pub what: Mishap,
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(tag = "mishap", rename_all = "snake_case")]
pub enum Mishap {
    /// An address could not be had.
    InUse { address: String, cause: Cause },
    /// The system would not let us.
    Refused { address: String, refusal: Refusal },
    /// Somebody else listened beside us.
    Shared { address: String, cause: Cause },
    /// Our own probe got no answer.
    Silent { address: String, why: Silence },
    /// The listener stopped listening, and was made again.
    Lost { address: String },
    /// The service ended by itself.
    Crashed { reason: String },
}

impl Service {
    /// Its title; of the name, where an older build tells none.
    pub fn heading(&self) -> Cow<'_, str> {
        if self.title.is_empty() { self.name.title().into() } else { (&*self.title).into() }
    }

    /// A service in this state; its condition follows.
    pub fn new(
        name: ServiceName,
        address: std::net::SocketAddr,
        life: Life,
        state: PortState,
        companions: Vec<Companion>,
    ) -> Self {
        let service = Self {
            name,
            kind: ServiceKind::Hosted,
            program: None,
            title: name.title(),
            purpose: String::new(),
            deed: String::new(),
            address: address.to_string(),
            port: address.port(),
            condition: Condition::default(),
            life,
            state,
            companions,
            face: Face::default(),
            word: String::new(),
            sentence: Sentence::default(),
            hint: String::new(),
            offers: Vec::new(),
            troubles: Vec::new(),
        };
        service.anew()
    }

    /// Whether its port is crowded at any of its addresses.
    pub fn is_crowded(&self) -> bool {
        self.states().any(|state| state.crowd().is_some())
    }

    /// The same, as it would be if nobody crowded its port.
    #[must_use]
    pub fn uncrowded(mut self) -> Self {
        self.state = self.state.uncrowded();
        for companion in &mut self.companions {
            companion.state = companion.state.clone().uncrowded();
        }
        self.anew()
    }

    /// The same, with what follows from its life and its states.
    #[must_use]
    pub fn anew(mut self) -> Self {
        for companion in &mut self.companions {
            companion.condition = companion.condition();
        }
        self.condition = Condition::of(&self.life, &self.state, &self.companions);
        self.face = Face::of(&self.life, &self.state, &self.companions);
        self
    }

    /// Everything that keeps its port, at any of its addresses, from being ours alone, but for what the settings allow.
    pub fn unwanted_causes(&self) -> impl Iterator<Item = &Cause> {
        let is_wanted =
            |state: &&PortState| matches!(state, PortState::Shared { is_intended: true, .. });
        self.states().filter(move |state| !is_wanted(state)).filter_map(PortState::cause)
    }

    /// Everything that keeps its port, at any of its addresses, from being ours alone.
    pub fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.states().filter_map(PortState::cause)
    }

    /// How its port is at each of its addresses, first at the one that it must have.
    pub fn states(&self) -> impl Iterator<Item = &PortState> {
        let companions = self.companions.iter().map(|companion| &companion.state);
        std::iter::once(&self.state).chain(companions)
    }
}

impl Companion {
    /// An address in this state; whether it is shadowed follows.
    pub fn new(address: std::net::SocketAddr, state: PortState) -> Self {
        let is_shadowed = if let PortState::Shared { is_intended, .. } = state {
            !is_intended
        } else {
            matches!(
                state.cause(),
                Some(Cause::Held { .. } | Cause::Hidden { .. } | Cause::Orphaned { .. })
            )
        };
        let mut companion = Self {
            address: address.to_string(),
            state,
            is_shadowed,
            condition: Condition::Off,
            word: String::new(),
            sentence: Sentence::default(),
            hint: String::new(),
        };
        companion.condition = companion.condition();
        companion
    }

    fn condition(&self) -> Condition {
        match self.state {
            _ if self.is_in_trouble() => Condition::NeedsYou,
            PortState::Listening { .. } | PortState::Shared { .. } => Condition::Well,
            PortState::Binding { .. }
            | PortState::Waiting { .. }
            | PortState::Proving { .. }
            | PortState::Taken { .. } => Condition::Busy,
            PortState::Stopped
            | PortState::Refused { .. }
            | PortState::Silent { .. }
            | PortState::Crowded { .. } => Condition::Off,
        }
    }

    /// Whether connections that are meant for us go wrong there, so that somebody is needed.
    pub fn is_in_trouble(&self) -> bool {
        self.is_shadowed
            || matches!(self.state, PortState::Silent { .. } | PortState::Crowded { .. })
    }
}

impl Condition {
    fn of(life: &Life, state: &PortState, companions: &[Companion]) -> Self {
        match (life, state) {
            (Life::Failed { .. }, _)
            | (
                _,
                PortState::Taken { .. }
                | PortState::Refused { .. }
                | PortState::Shared { is_intended: false, .. }
                | PortState::Crowded { .. }
                | PortState::Silent { .. },
            ) => Self::NeedsYou,
            (Life::Stopped, PortState::Stopped) => Self::Off,
            (Life::Running, PortState::Listening { .. } | PortState::Shared { .. })
                if companions.iter().any(Companion::is_in_trouble) =>
            {
                Self::NeedsYou
            }
            (Life::Running, PortState::Listening { .. } | PortState::Shared { .. }) => Self::Well,
            // Every mixture that is not one of the above is on its way somewhere.
            _ => Self::Busy,
        }
    }
}

impl Face {
    fn of(life: &Life, state: &PortState, companions: &[Companion]) -> Self {
        match life {
            Life::Stopping => return Self::Stopping,
            Life::Restarting { .. } => return Self::Restarting,
            Life::Failed { .. } => return Self::Failed,
            Life::Stopped | Life::Starting | Life::Waiting | Life::Running => {}
        }
        let face = Self::of_port(state);
        let mut further = companions.iter().filter(|each| each.is_in_trouble());
        if face != Self::Listening {
            face
        } else if further.clone().any(|each| each.state.crowd().is_none()) {
            Self::Partial
        } else {
            further.next().map_or(face, |_| Self::Crowded)
        }
    }

    /// What the mark of a port at one address shows.
    pub const fn of_port(state: &PortState) -> Self {
        match state {
            PortState::Stopped => Self::Stopped,
            PortState::Binding { .. } => Self::Binding,
            PortState::Waiting { .. } => Self::Waiting,
            PortState::Proving { .. } => Self::Proving,
            PortState::Listening { .. } => Self::Listening,
            PortState::Crowded { .. } => Self::Crowded,
            PortState::Shared { .. } => Self::Shared,
            PortState::Silent { .. } => Self::Silent,
            PortState::Taken { .. } => Self::Taken,
            PortState::Refused { .. } => Self::Refused,
        }
    }
}
