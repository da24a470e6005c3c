//! What callers are told of their speech model.

use wire::ModelState;

use crate::conversation::mouth::{Mouth, Said};
use crate::conversation::sound::Sound;
use crate::engine::clips::{self, Phrase};

/// Tells the caller how it is with their model, where there are words for it, until they have heard it.
pub(super) fn say(mouth: &Mouth, state: ModelState) -> Option<Said> {
    clips::of_model(state).map(|phrase| mouth.announce(spoken(phrase)))
}

/// Tells the caller that their model is back.
pub(super) fn say_back(mouth: &Mouth) -> Said {
    mouth.say(spoken(clips::MODEL_BACK))
}

fn spoken(phrase: Phrase) -> Sound {
    let mut sound = Sound::default();
    sound.push(phrase.sound, phrase.words());
    sound
}
