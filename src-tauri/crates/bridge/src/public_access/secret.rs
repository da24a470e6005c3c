//! Secrets, such as a stream must show to be taken.

use std::fmt;

use serde::{Serialize, Serializer};
use subtle::ConstantTimeEq;

/// The name of the secret among a stream's parameters, and in the query of `/twiml`.
pub(super) const SECRET: &str = "secret";

/// Something that is never shown. White space around it isn't part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl Secret {
    /// A secret with this text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(trimmed(text.as_ref()).to_owned())
    }

    /// Its text, for whoever must be given it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares in constant time, so that the time taken tells nothing about the secret. An empty one is never right.
    pub(crate) fn is(&self, shown: &str) -> bool {
        !self.0.is_empty() && bool::from(shown.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret")
    }
}

/// Whoever reads the settings learns that it is set, and no more.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("(secret)")
    }
}

/// Text as it was meant by who copied it: without white space or marks that nobody sees around it.
pub(super) fn trimmed(text: &str) -> &str {
    let is_unseen = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    text.trim_matches(is_unseen)
}
