//! Values that some write as numbers and some as text. Whatever else stands in their place counts as missing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A number, a text, or anything else.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Loose<'a> {
    Number(u64),
    Text(Cow<'a, str>),
    #[default]
    Other,
}

impl<'a> Loose<'a> {
    /// The number that it is, or that its text spells.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Other => None,
        }
    }

    /// Its text, or its number spelt out.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Number(number) => Some(number.to_string().into()),
            Self::Text(text) => Some(text),
            Self::Other => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Loose<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose<'de>, E> {
        Ok(Loose::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Loose<'de>, E> {
        Ok(u64::try_from(number).map_or(Loose::Other, Loose::Number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Loose<'de>, E> {
        // Milliseconds with a fraction are as good; what is below zero or beyond all measure becomes the nearest.
        Ok(if number.is_finite() { Loose::Number(number as u64) } else { Loose::Other })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Other)
    }

    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Loose<'de>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }
}
