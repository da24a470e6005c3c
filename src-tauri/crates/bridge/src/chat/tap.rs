//! One side of a call that is recorded while it is passed on unchanged.

use audio::opus::Reader as OpusReader;
use audio::{Downsampler, Framer};
use tracing::warn;

use crate::recording::{Side, Tape};

/// What listens in on one side, if the call is recorded.
pub(super) struct Tap {
    side: Side,
    deck: Option<Deck>,
}

struct Deck {
    tape: Tape,
    opus: OpusReader,
    down: Downsampler,
    framer: Framer,
}

impl Tap {
    pub(super) fn new(side: Side, tape: Option<Tape>) -> Self {
        let deck = |tape| Deck {
            tape,
            opus: OpusReader::default(),
            down: Downsampler::default(),
            framer: Framer::default(),
        };
        Self { side, deck: tape.map(deck) }
    }

    /// Takes down what is passed on, in pages of Ogg. Sound that can't be read ends this side's recording, and nothing else.
    pub(super) fn hear(&mut self, pages: &[u8]) {
        let Some(Deck { tape, opus, down, framer }) = &mut self.deck else { return };
        match opus.push(pages) {
            Ok(sound) => {
                framer.push(down.push(&sound)).for_each(|frame| tape.take(self.side, frame));
            }
            Err(garbled) => {
                warn!(side = ?self.side, %garbled, "this side of the call is no longer recorded");
                self.deck = None;
            }
        }
    }
}
