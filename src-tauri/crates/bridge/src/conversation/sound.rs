//! Sound that is to be said, put together from parts.
//!
//! The line check's phrases are the same for all calls, so they are never copied; what belongs to a call is kept once, however
//! often it is repeated.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use audio::{Rate, g711};

/// Sound of one rate, in parts.
#[derive(Clone, Debug)]
pub struct Sound {
    rate: Rate,
    parts: Vec<Part>,
    length: usize,
    /// What is spoken in it, word by word, each with the sample at which it begins.
    words: Vec<(usize, Cow<'static, str>)>,
}

#[derive(Clone, Debug)]
enum Part {
    /// One for all calls, as µ-law.
    Phrase(&'static [u8]),
    /// A call's own that µ-law holds without loss, for it came so: kept as linear samples it would take twice the memory.
    MuLaw(Arc<[u8]>),
    /// A call's own.
    Linear(Arc<[i16]>),
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::Phrase(bytes) => bytes.len(),
            Self::MuLaw(bytes) => bytes.len(),
            Self::Linear(samples) => samples.len(),
        }
    }

    /// Appends what it has from `at` on, `most` samples at most.
    fn fill(&self, at: usize, most: usize, frame: &mut Vec<i16>) {
        let part = at..self.len().min(at + most);
        match self {
            Self::Phrase(bytes) => frame.extend(g711::decode(&bytes[part])),
            Self::MuLaw(bytes) => frame.extend(g711::decode(&bytes[part])),
            Self::Linear(samples) => frame.extend_from_slice(&samples[part]),
        }
    }
}

/// Nothing, at the rate of telephones.
impl Default for Sound {
    fn default() -> Self {
        Self { rate: Rate::Telephone, parts: Vec::new(), length: 0, words: Vec::new() }
    }
}

impl Sound {
    /// These samples.
    pub fn new(samples: Vec<i16>, rate: Rate) -> Self {
        let byte = |&sample: &i16| {
            Some(g711::encoded(sample)).filter(|&byte| g711::decoded(byte) == sample)
        };
        let length = samples.len();
        let mu_law = samples.iter().map(byte).collect::<Option<_>>().map(Part::MuLaw);
        let parts = vec![mu_law.unwrap_or_else(|| Part::Linear(samples.into()))];
        Self { rate, parts, length, words: Vec::new() }
    }

    /// These samples, in which that is spoken.
    pub fn spoken(samples: Vec<i16>, rate: Rate, text: &str) -> Self {
        let mut sound = Self::new(samples, rate);
        let words = words(text, sound.length);
        sound.words = words.map(|(at, word)| (at, Cow::Owned(word.to_owned()))).collect();
        sound
    }

    /// Appends a phrase of telephone sound, as µ-law, in which that is spoken, to other telephone sound.
    pub(crate) fn push(&mut self, phrase: &'static [u8], text: &'static str) {
        let words = words(text, phrase.len());
        self.words.extend(words.map(|(at, word)| (self.length + at, Cow::Borrowed(word))));
        self.length += phrase.len();
        self.parts.push(Part::Phrase(phrase));
    }

    /// Appends other sound of the same rate.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.words.extend(other.words.into_iter().map(|(at, word)| (self.length + at, word)));
        self.length += other.length;
        self.parts.append(&mut other.parts);
    }

    /// Its rate.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// The word at this place, if it has begun before that sample.
    pub(crate) fn word(&self, place: usize, before: usize) -> Option<&str> {
        self.words.get(place).filter(|(at, _)| *at < before).map(|(_, word)| &**word)
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// How long so much of it is.
    pub(crate) fn duration_of(&self, samples: usize) -> Duration {
        self.rate.duration_of(samples.min(self.length))
    }

    /// Puts the frame that begins `at` that sample in place of what is there; a short one is filled up with silence.
    pub(crate) fn frame(&self, mut at: usize, frame: &mut Vec<i16>) {
        let wanted = self.rate.frame_samples();
        frame.clear();
        for part in &self.parts {
            if at < part.len() {
                part.fill(at, wanted - frame.len(), frame);
                at = 0;
            } else {
                at -= part.len();
            }
        }
        frame.resize(wanted, 0);
    }
}

/// The words of a text that takes so many samples to be spoken, with about when each begins.
fn words(text: &str, samples: usize) -> impl Iterator<Item = (usize, &str)> {
    let is_between = |letter: char| letter.is_whitespace() || letter.is_control();
    let start = text.as_ptr().addr();
    let words = text.split(is_between).filter(|word| !word.is_empty());
    words.map(move |word| (samples * (word.as_ptr().addr() - start) / text.len(), word))
}

#[cfg(test)]
mod tests {
    use audio::FRAME_SAMPLES;

    use super::*;

    fn frame(sound: &Sound, at: usize) -> Vec<i16> {
        let mut frame = vec![7; 3];
        sound.frame(at, &mut frame);
        frame
    }

    #[test]
    fn frames_go_across_parts_and_end_in_silence() {
        static PHRASE: [u8; 60] = [3; 60];
        let mut sound = Sound::new(vec![1; 100], Rate::Telephone);
        sound.append(Sound::new(vec![2; 20], Rate::Telephone));
        sound.push(&[], "");
        sound.push(&PHRASE, "well done");
        assert_eq!(sound.len(), 180);
        let word = |place, before| sound.word(place, before);
        assert_eq!((word(0, 120), word(0, 121)), (None, Some("well")));
        assert_eq!((word(1, 150), word(1, 180), word(2, 180)), (None, Some("done"), None));
        let phrase = g711::decoded(3);
        let mut expected = vec![1; 100];
        expected.extend([2; 20]);
        expected.extend([phrase; 40]);
        assert_eq!(frame(&sound, 0), expected);
        let mut last = vec![phrase; 20];
        last.extend([0; 140]);
        assert_eq!(frame(&sound, 160), last);
        assert_eq!(frame(&sound, 1_000), [0; 160]);
    }

    #[test]
    fn what_came_as_mu_law_takes_half_the_memory_and_is_the_same() {
        let came: Vec<i16> = g711::decode(&Vec::from_iter(0..=u8::MAX)).collect();
        let sound = Sound::new(came.clone(), Rate::Telephone);
        assert!(matches!(*sound.parts, [Part::MuLaw(_)]), "{sound:?}");
        assert_eq!([frame(&sound, 0), frame(&sound, 160)].concat()[..256], came);
    }

    proptest::proptest! {
        #[test]
        fn it_is_what_its_parts_are_one_after_the_other(parts in proptest::collection::vec(proptest::collection::vec(proptest::num::i16::ANY, 0..300), 0..6)) {
            let mut sound = Sound::default();
            for part in &parts {
                sound.append(Sound::new(part.clone(), Rate::Telephone));
            }
            let all = parts.concat();
            for (number, expected) in all.chunks(FRAME_SAMPLES).enumerate() {
                let frame = frame(&sound, number * FRAME_SAMPLES);
                proptest::prop_assert_eq!(&frame[..expected.len()], expected);
            }
        }
    }
}
