//! Sentences that people read, with what ticks in them left open.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, span};

/// What people read, in pieces. Whoever shows it puts in how long it is until the moments in it.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
pub struct Sentence(pub Vec<Piece>);

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(untagged)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The time that is left until then, for instance `4 s`.
    Until(Timestamp),
}

impl Sentence {
    /// Followed by that text.
    pub fn and(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Text(text.into()));
        self
    }

    /// Followed by the time that is left until then.
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.0.push(Piece::Until(moment));
        self
    }

    /// Followed by another.
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// As it reads at that moment.
    pub fn at(&self, now: Timestamp) -> String {
        let read = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Until(moment) => span(now, *moment),
        };
        self.0.iter().map(read).collect()
    }

    /// Whether it reads otherwise with every second.
    pub fn ticks(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Until(_)))
    }
}

impl<T: Into<String>> From<T> for Sentence {
    fn from(text: T) -> Self {
        Self(vec![Piece::Text(text.into())])
    }
}
