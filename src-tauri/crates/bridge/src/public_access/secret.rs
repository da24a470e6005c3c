//! Secrets, such as a stream must show to be taken.

use std::fmt;

use door::RequestHead;
use http::header::AUTHORIZATION;
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
    pub(super) fn is(&self, shown: &str) -> bool {
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

/// What a stream must show to be taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entrance<'a> {
    /// Nothing: it need not, or its request has shown it.
    Open,
    /// Nothing: its request has shown the secret, though its signature is wrong.
    OpenAllTheSame,
    /// The secret.
    Needs(&'a Secret),
    /// The secret, for the signature of its request is wrong.
    NeedsAsWell(&'a Secret),
}

impl Entrance<'_> {
    /// Whether it opens for who shows one of these.
    pub(crate) fn opens_for(self, shown: &[String]) -> bool {
        match self {
            Self::Open | Self::OpenAllTheSame => true,
            Self::Needs(secret) | Self::NeedsAsWell(secret) => {
                shown.iter().any(|shown| secret.is(shown))
            }
        }
    }
}

/// Whether a request shows this secret in one of the ways in which carriers can: in the query, as a bearer's token, or in a
/// header that says that it is a secret.
pub(crate) fn shows(head: &RequestHead, secret: &Secret) -> bool {
    let query = head.query.as_deref().unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let is_in_query = parameters.any(|(name, value)| names_a_secret(&name) && secret.is(&value));
    let is_in_headers = head.headers.iter().any(|(name, value)| {
        let Ok(value) = value.to_str() else { return false };
        if *name == AUTHORIZATION {
            let token = value.trim().split_once(' ');
            return token.is_some_and(|(scheme, token)| {
                scheme.eq_ignore_ascii_case("bearer") && secret.is(token.trim())
            });
        }
        names_a_secret(name.as_str()) && secret.is(value)
    });
    is_in_query || is_in_headers
}

/// Whether a parameter or a header of this name holds the secret: `secret`, `X-PH-Secret`.
pub(crate) fn names_a_secret(name: &str) -> bool {
    name.trim().to_ascii_lowercase().ends_with("secret")
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
