//! What a service is called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tinystr::TinyAsciiStr;

/// Which service: one short name on the wire, in settings, in the log and on the command line. Which there are is the
/// station's to say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "described", derive(schemars::JsonSchema, ts_rs::TS))]
#[serde(try_from = "String", into = "String")]
pub struct ServiceName(
    #[cfg_attr(feature = "described", ts(type = "string"))]
    #[cfg_attr(feature = "described", schemars(with = "String"))]
    TinyAsciiStr<32>,
);

/// A text that is no service's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a service's name is at most 32 of a-z, 0-9 and _, and begins with a letter")]
pub struct NotAName;

impl ServiceName {
    /// The name that a program has in its text. Panics if it is none; in a constant, the compiler says so.
    pub const fn literal(name: &str) -> Self {
        match Self::read(name) {
            Some(name) => name,
            None => panic!("this is no service's name"),
        }
    }

    /// The name as programs and settings have it.
    pub fn id(&self) -> &str {
        &self.0
    }

    /// The name as a heading: `Voice bridge`.
    pub fn title(&self) -> String {
        let (first, rest) = self.id().split_at(1);
        first.to_uppercase() + &rest.replace('_', " ")
    }

    const fn read(text: &str) -> Option<Self> {
        let letters = text.as_bytes();
        let mut at = 0;
        while at < letters.len() {
            if !matches!((at, letters[at]), (_, b'a'..=b'z') | (1.., b'0'..=b'9' | b'_')) {
                return None;
            }
            at += 1;
        }
        match TinyAsciiStr::try_from_utf8(letters) {
            Ok(name) if !letters.is_empty() => Some(Self(name)),
            Ok(_) | Err(_) => None,
        }
    }
}

/// As a sentence has it: `voice bridge`.
impl fmt::Display for ServiceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.id().replace('_', " "))
    }
}

impl fmt::Debug for ServiceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

impl FromStr for ServiceName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        Self::read(text).ok_or(NotAName)
    }
}

impl TryFrom<String> for ServiceName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        text.parse()
    }
}

impl From<ServiceName> for String {
    fn from(name: ServiceName) -> Self {
        name.id().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_for_programs_and_for_people() {
        const NAME: ServiceName = ServiceName::literal("voice_bridge");
        assert_eq!((NAME.id(), &*NAME.to_string()), ("voice_bridge", "voice bridge"));
        assert_eq!(NAME.title(), "Voice bridge");
        assert_eq!(serde_json::to_string(&NAME).expect("plain data"), "\"voice_bridge\"");
        assert_eq!(serde_json::from_str::<ServiceName>("\"voice_bridge\"").ok(), Some(NAME));
    }

    #[test]
    fn what_is_no_name_is_refused_however_long_it_is() {
        let long = ["m".repeat(33), "m".repeat(1 << 20)];
        for text in ["", "Voice", "voice bridge", "9998", "_", "a\u{301}", &long[0], &long[1]] {
            assert_eq!(text.parse::<ServiceName>(), Err(NotAName), "{:.40}", text);
        }
        assert!("m".repeat(32).parse::<ServiceName>().is_ok());
    }
}
