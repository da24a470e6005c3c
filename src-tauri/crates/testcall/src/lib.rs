//! The other end of a phone call to the voice bridge, for people who test it, and for tests and measurements.
//!
//! - [`PhoneCall`] listens to the greeting, speaks a recorded voice, listens to what comes back and hangs up.
//! - [`Course`] is what came of it: when it was answered, what was heard, whether the voice came back.
//! - [`Caller`] is whoever calls by way of a carrier, word for word; [`Stream`] writes and reads the carriers' messages.
//! - [`voice`] is a recorded voice for those who have none at hand.

mod call;
mod caller;
mod dialect;
mod echo;
mod playback;
mod script;
mod socket;

use std::array;
use std::time::Duration;

use audio::{FRAME, FRAME_SAMPLES, Level, duration_of, g711};

pub use call::{End, Ended, PhoneCall};
pub use caller::Caller;
pub use dialect::{Dialect, FromBridge, Stream};
pub use echo::Echo;
use echo::{Returned, Turn};
pub use playback::QUIET;
pub use socket::{Broken, Closed, Socket, Unanswered, connect};

/// A recorded voice of 3 s, in µ-law: the one of `audio/tests/data`, which says where it is from.
const VOICE: &[u8] = include_bytes!("voice.ulaw");

/// A recorded voice.
pub fn voice() -> Vec<i16> {
    g711::decode(VOICE).collect()
}

/// A voice, cut into what is sent at a time. The last piece is filled up with silence.
pub fn frames(voice: &[i16]) -> Vec<[i16; FRAME_SAMPLES]> {
    let frame = |samples: &[i16]| array::from_fn(|at| samples.get(at).copied().unwrap_or(0));
    voice.chunks(FRAME_SAMPLES).map(frame).collect()
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Course {
    /// From the start of the call until something was heard, if anything was.
    pub answered_after: Option<Duration>,
    /// How long the other side spoke before the voice did.
    pub greeting: Duration,
    /// How much of the voice was spoken.
    pub spoken: Duration,
    /// The voice, if it came back, be it piece by piece.
    pub echo: Option<Echo>,
    /// How much of it came back, and of how much. Pauses don't count.
    pub returned: (Duration, Duration),
    /// How much was heard, in real time.
    pub heard: Duration,
    /// How loud that was.
    pub level: Level,
}

impl Course {
    /// What came of a call in which that voice was spoken.
    pub fn of(ended: &Ended, voice: &[i16]) -> Self {
        let Ended { script, heard, .. } = ended;
        // The telephone's own coding is no difference between what was said and what came back.
        let spoken: Vec<i16> = g711::decode(&g711::encode(voice)).collect();
        let turns = script.turns().filter_map(|(frames, spoke_after)| {
            let end = spoken.len().min(frames.end * FRAME_SAMPLES);
            Some(Turn {
                spoken: spoken.get(frames.start * FRAME_SAMPLES..end)?,
                heard: heard.get(spoke_after * FRAME_SAMPLES..).unwrap_or_default(),
            })
        });
        let Returned { echo, returned, whole } = echo::find(&turns.collect::<Vec<_>>());
        Self {
            answered_after: script.answered_after.map(|frames| FRAME * frames),
            greeting: FRAME * script.greeting,
            spoken: FRAME * u32::try_from(script.spoken).unwrap_or(u32::MAX),
            echo,
            returned: (returned, whole),
            heard: duration_of(heard.len()),
            level: Level::of(heard),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_voice_for_those_who_have_none_can_be_heard() {
        assert_eq!(duration_of(voice().len()).as_secs_f64().round(), 3.0);
        assert!(Level::of(&voice()) > QUIET);
    }
}
