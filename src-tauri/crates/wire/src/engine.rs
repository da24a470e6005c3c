//! What is to answer calls: what is chosen, what can be, and what came of choosing.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::Engine;

/// What is chosen to answer calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(
    untagged,
    expecting = "what answers calls is \"line_check\", \"moshi\", or a list of these"
)]
pub enum EngineChoice {
    /// This one, and where it can't whatever its own settings let stand in for it.
    One(Engine),
    /// The first of these that can.
    InTurn(Vec<Engine>),
}

/// An order about what answers calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct EngineOrder {
    /// What is to answer them.
    pub engine: EngineChoice,
    /// The address of a server that was found: it becomes the first of those in the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "described", ts(optional))]
    pub server: Option<String>,
}

/// Something that may be chosen to answer calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct EngineOffer {
    /// What is given to choose it.
    pub choice: EngineChoice,
    /// What people call it: `MOSHI`.
    pub title: String,
    /// What it is, and what becomes of calls that it can't answer, in sentences.
    pub text: String,
    /// Whether the next call gets it.
    pub is_chosen: bool,
    /// What it takes before it can be chosen, as a sentence, if anything.
    pub needs: Option<String>,
}

/// What came of choosing what answers calls: the next call gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct EngineChosen {
    pub engine: EngineChoice,
    /// The server that was found and answers them now, if one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "described", ts(optional))]
    pub server: Option<String>,
    /// The file in which it is to be kept.
    pub path: String,
    /// Why it can't be kept there, so that it holds until xSwarm Voice quits; nothing where it is kept.
    pub unkept: Option<String>,
    /// All this as people read it.
    pub sentence: String,
}

impl EngineChoice {
    /// Those that are chosen, the one that is asked first at the top.
    pub fn engines(&self) -> &[Engine] {
        match self {
            Self::One(engine) => std::slice::from_ref(engine),
            Self::InTurn(engines) => engines,
        }
    }

    /// The one that is asked first.
    pub fn first(&self) -> Engine {
        self.engines().first().copied().unwrap_or_default()
    }

    /// What is wrong with it by itself, as the rest of a sentence about it.
    pub fn problem(&self) -> Option<&'static str> {
        let Self::InTurn(engines) = self else { return None };
        let is_named_twice =
            |engine: &Engine| engines.iter().filter(|one| *one == engine).count() > 1;
        match engines.as_slice() {
            [] => Some("must name at least one engine"),
            engines if engines.iter().any(is_named_twice) => {
                Some("must name each engine only once")
            }
            _ => None,
        }
    }
}

impl From<EngineChoice> for EngineOrder {
    fn from(engine: EngineChoice) -> Self {
        Self { engine, server: None }
    }
}

impl Default for EngineChoice {
    fn default() -> Self {
        Self::One(Engine::default())
    }
}

impl Engine {
    /// All that there are.
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_is_written_as_a_name_and_several_as_a_list() {
        for (written, choice) in [
            (json!("moshi"), EngineChoice::One(Engine::Moshi)),
            (json!(["moshi"]), EngineChoice::InTurn(vec![Engine::Moshi])),
            (
                json!(["moshi", "line_check"]),
                EngineChoice::InTurn(vec![Engine::Moshi, Engine::LineCheck]),
            ),
        ] {
            assert_eq!(serde_json::to_value(&choice).ok(), Some(written.clone()));
            assert_eq!(serde_json::from_value(written).ok(), Some(choice));
        }
        let wrong = serde_json::from_value::<EngineChoice>(json!("Moshi")).expect_err("no name");
        assert!(wrong.to_string().contains("\"line_check\", \"moshi\", or a list"), "{wrong}");
    }

    #[test]
    fn a_list_that_names_nothing_or_something_twice_is_none() {
        let problem = |engines: &[Engine]| EngineChoice::InTurn(engines.to_vec()).problem();
        assert!(problem(&[]).is_some());
        assert!(problem(&[Engine::Moshi, Engine::LineCheck, Engine::Moshi]).is_some());
        assert_eq!(problem(&[Engine::Moshi, Engine::LineCheck]), None);
        assert_eq!(EngineChoice::InTurn(Vec::new()).first(), Engine::LineCheck);
    }
}
