//! Sound that is to be said, as µ-law, put together from parts.
//!
//! The line check's phrases are the same for all calls, so they are never copied; what belongs to a call is kept once, however
//! often it is repeated.

use std::sync::Arc;

use audio::{FRAME_SAMPLES, g711};

/// A frame as it is sent.
pub(crate) type Payload = [u8; FRAME_SAMPLES];

/// Sound in parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sound {
    parts: Vec<Part>,
    length: usize,
}

#[derive(Clone, Debug)]
enum Part {
    /// One for all calls.
    Phrase(&'static [u8]),
    /// A call's own.
    Own(Arc<[u8]>),
}

impl Part {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Phrase(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Sound {
    fn from(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len(), parts: vec![Part::Own(bytes.into())] }
    }
}

impl Sound {
    /// Appends a phrase.
    pub(crate) fn push(&mut self, phrase: &'static [u8]) {
        self.length += phrase.len();
        self.parts.push(Part::Phrase(phrase));
    }

    /// Appends other sound.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.length += other.length;
        self.parts.append(&mut other.parts);
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The frame that begins `at` that byte; a short one is filled up with silence.
    pub(crate) fn frame(&self, mut at: usize) -> Payload {
        let mut frame = [g711::SILENCE; FRAME_SAMPLES];
        let mut filled = 0;
        for part in self.parts.iter().map(Part::bytes) {
            if let Some(rest) = part.get(at..).filter(|rest| !rest.is_empty()) {
                let length = rest.len().min(FRAME_SAMPLES - filled);
                frame[filled..filled + length].copy_from_slice(&rest[..length]);
                filled += length;
                at = 0;
            } else {
                at = at.saturating_sub(part.len());
            }
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_go_across_parts_and_end_in_silence() {
        let mut sound = Sound::default();
        sound.push(&[1; 100]);
        sound.append(vec![2; 20].into());
        sound.push(&[]);
        sound.push(&[3; 60]);
        assert_eq!(sound.len(), 180);
        let mut expected = vec![1; 100];
        expected.extend([2; 20]);
        expected.extend([3; 40]);
        assert_eq!(sound.frame(0).to_vec(), expected);
        let mut last = vec![3; 20];
        last.extend([g711::SILENCE; 140]);
        assert_eq!(sound.frame(160).to_vec(), last);
        assert_eq!(sound.frame(1_000), [g711::SILENCE; 160]);
    }

    proptest::proptest! {
        #[test]
        fn it_is_what_its_parts_are_one_after_the_other(parts in proptest::collection::vec(proptest::collection::vec(proptest::num::u8::ANY, 0..300), 0..6)) {
            let mut sound = Sound::default();
            for part in &parts {
                sound.append(part.clone().into());
            }
            let all = parts.concat();
            for (number, expected) in all.chunks(FRAME_SAMPLES).enumerate() {
                let frame = sound.frame(number * FRAME_SAMPLES);
                proptest::prop_assert_eq!(&frame[..expected.len()], expected);
            }
        }
    }
}
