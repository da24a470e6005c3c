//! What carriers are sent: they are alike but for what is around the sound.

use base64::Engine as _;

use super::coding::BASE64;

/// Writes what a carrier understands, for one stream.
///
/// A message is the same each time but for its sound, so what is around it is made once.
#[derive(Debug)]
pub(crate) struct Pen {
    pub(super) media: Around,
    pub(super) mark: Around,
    pub(super) clear: String,
}

/// What comes before and after the part that differs.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) before: String,
    pub(super) after: &'static str,
}

impl Pen {
    /// The message that has the carrier play this sound, µ-law at 8 kHz, after all that it was sent before.
    pub(crate) fn media(&self, sound: &[u8]) -> String {
        let Around { before, after } = &self.media;
        let mut text =
            String::with_capacity(before.len() + sound.len().div_ceil(3) * 4 + after.len());
        text.push_str(before);
        BASE64.encode_string(sound, &mut text);
        text.push_str(after);
        text
    }

    /// The message that has the carrier tell when all that it was sent before has been played.
    pub(crate) fn mark(&self, name: &str) -> String {
        let Around { before, after } = &self.mark;
        format!("{before}{}{after}", quoted(name))
    }

    /// The message that has the carrier forget what it hasn't played yet.
    pub(crate) fn clear(&self) -> String {
        self.clear.clone()
    }
}

/// This text as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
