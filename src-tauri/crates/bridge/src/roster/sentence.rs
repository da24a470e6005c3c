//! What a speech model says, put together from its pieces.

use std::time::Duration;

use tokio::time::Instant;

/// How much of what the model said last is shown, in characters.
const SHOWN: usize = 240;
/// A pause this long ends what the model says.
const SENTENCE: Duration = Duration::from_secs(3);

#[derive(Default)]
pub(crate) struct Sentence {
    text: String,
    last: Option<Instant>,
}

impl Sentence {
    /// What it is with this piece.
    pub(crate) fn add(&mut self, piece: &str, now: Instant) -> &str {
        if self.last.is_some_and(|last| now.duration_since(last) >= SENTENCE) {
            self.text.clear();
        }
        self.last = Some(now);
        self.text.push_str(piece);
        let length = self.text.chars().count();
        if let Some((start, _)) = self.text.char_indices().nth(length.saturating_sub(SHOWN)) {
            self.text.drain(..start);
        }
        self.text.trim_start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_words_and_a_pause_ends_them() {
        let mut sentence = Sentence::default();
        let start = Instant::now();
        assert_eq!(sentence.add(" Hel", start), "Hel");
        assert_eq!(sentence.add("lo", start + Duration::from_millis(80)), "Hello");
        assert_eq!(sentence.add(" you", start + Duration::from_secs(1)), "Hello you");
        assert_eq!(sentence.add(" Well", start + Duration::from_secs(5)), "Well");
    }

    #[test]
    fn of_a_long_speech_the_end_is_shown() {
        let mut sentence = Sentence::default();
        let start = Instant::now();
        for _ in 0..1_000 {
            sentence.add("ä", start);
        }
        assert_eq!(sentence.add("z", start), "ä".repeat(SHOWN - 1) + "z");
    }
}
