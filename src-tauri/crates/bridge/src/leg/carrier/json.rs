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
                let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
                // Thousands of something.
                let factor = if unit.trim_start().starts_with(['k', 'K']) { 1_000 } else { 1 };
                digits.parse::<u64>().ok()?.checked_mul(factor)
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

/// The same text without what JSON doesn't know and libraries write all the same: marks around it, half of a letter beyond the
/// basic ones, numbers that are none or beyond all measure. Nothing but what is wrong is changed.
pub(super) fn mended(text: &str) -> String {
    let text = text.trim_matches(|letter: char| letter == '\u{feff}' || letter <= ' ');
    let (mut mended, mut rest, mut is_quoted) = (String::with_capacity(text.len()), text, false);
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '\\' if is_quoted => escape(rest, &mut mended),
            'a'..='z' | 'A'..='Z' if !is_quoted => word(rest, &mut mended),
            other => {
                is_quoted ^= other == '"';
                mended.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    mended
}

/// Writes the escape that this begins with, or what stands for half a letter. Returns how long it was.
fn escape(text: &str, into: &mut String) -> usize {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let length = match (unit(text), text.get(6..).and_then(unit)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
        (Some(0xD800..=0xDFFF), _) => {
            into.push('\u{fffd}');
            return 6;
        }
        (Some(_), _) => 6,
        (None, _) => text.chars().take(2).map(char::len_utf8).sum(),
    };
    into.push_str(&text[..length]);
    length
}

/// Writes the word that this begins with, unless it is a number that JSON doesn't know. Returns how long it was.
fn word(text: &str, into: &mut String) -> usize {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+-".contains(letter);
    let length = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    match &text[..length] {
        "NaN" | "Infinity" => {
            if into.ends_with('-') {
                into.pop();
            }
            into.push_str("null");
        }
        // The exponent of a number that is too large for any.
        exponent if exponent.len() > 3 && exponent.starts_with(['e', 'E']) => {}
        other => into.push_str(other),
    }
    length
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
