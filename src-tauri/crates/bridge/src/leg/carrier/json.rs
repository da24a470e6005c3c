//! Other people's JSON, read for what is needed of it: whatever has another form than that counts as missing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value. Text is borrowed wherever it has no escapes.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Json<'a> {
    Whole(u64),
    Fraction(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    #[default]
    Other,
}

impl<'a> Json<'a> {
    /// What an object has under the first of these names that it has anything under.
    pub(super) fn get(&self, names: &[&str]) -> &Self {
        names
            .iter()
            .map(|name| self.under(name))
            .find(|it| **it != Json::Other)
            .unwrap_or(&Json::Other)
    }

    fn under(&self, name: &str) -> &Self {
        let Self::Object(entries) = self else { return &Json::Other };
        let found = entries.iter().find(|(key, _)| key == name);
        found.map_or(&Json::Other, |(_, value)| value)
    }

    /// The number that it is or that its text begins with, without what is behind the point. What is below zero is none.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Whole(number) => Some(*number),
            Self::Fraction(number) => (*number >= 0.0).then_some(*number as u64),
            Self::Text(text) => {
                let text = text.trim();
                let end = text.find(|letter: char| !letter.is_ascii_digit());
                text[..end.unwrap_or(text.len())].parse().ok()
            }
            Self::List(_) | Self::Object(_) | Self::Other => None,
        }
    }

    /// Its text, if that is what it is.
    pub(super) fn written(&self) -> Option<&Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Whole(_) | Self::Fraction(_) | Self::List(_) | Self::Object(_) | Self::Other => {
                None
            }
        }
    }

    /// Its text, or its number spelt out. Where there is nothing to be read it has none.
    pub(super) fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Whole(number) => Some(number.to_string().into()),
            Self::Fraction(number) => Some(number.to_string().into()),
            Self::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            Self::Text(_) | Self::List(_) | Self::Object(_) | Self::Other => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Json<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Whole(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json<'de>, E> {
        Ok(Json::Fraction(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json<'de>, E> {
        Ok(Json::Fraction(number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some((Key(key), value)) = entries.next_entry()? {
            object.push((key, value));
        }
        Ok(Json::Object(object))
    }
}

/// A name in an object, borrowed wherever it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let key = Json::deserialize(from)?;
        Ok(Self(key.text().unwrap_or_default()))
    }
}
