//! What a leg is: the side of a call that calls.

use std::time::Duration;

use audio::Rate;
use tokio_tungstenite::tungstenite::Bytes;
use wire::Carrier;

use crate::conversation::playout::Mark;
use crate::ending::{Ending, Farewell};

/// Somebody who calls: a carrier's stream, a client, a microphone.
pub trait Leg: Send {
    /// The half that hears them.
    type Hears: Hears;
    /// The half that has them hear us.
    type Plays: Plays;

    /// Who calls. It is asked once.
    fn caller(&mut self) -> Caller;

    /// Both halves. They are used side by side.
    fn halves(&mut self) -> (&mut Self::Hears, &mut Self::Plays);

    /// The call is over, and nobody else has said so to the caller's side.
    fn end(self, farewell: Farewell) -> impl Future<Output = ()> + Send;
}

/// Who calls, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who brings them.
    pub from: Carrier,
    /// The rate at which they are heard and hear.
    pub rate: Rate,
    /// Whether their side tells what they have heard, as [`Event::Played`].
    pub has_marks: bool,
    /// What their carrier calls the call, where it tells.
    pub carrier_id: Option<String>,
    /// What their carrier calls the stream, where it does.
    pub stream: Option<String>,
}

/// Hears the caller.
pub trait Hears: Send {
    /// Waits for what comes next. Its sound replaces what is in `sound`, at the rate of the caller. Cancel-safe.
    fn hear(&mut self, sound: &mut Vec<i16>) -> impl Future<Output = Result<Event, Ending>> + Send;
}

/// What comes from the caller's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Sound.
    Sound {
        /// How long after the start it was made, where that is told. What is missing between pieces was lost.
        at: Option<Duration>,
        /// Which piece it is, where pieces may come out of turn.
        number: Option<u64>,
    },
    /// A piece of sound that can't be read, and is lost. It would have been made and numbered like this.
    Unreadable {
        /// How long after the start, where that is told.
        at: Option<Duration>,
        /// Which piece it is, where pieces may come out of turn.
        number: Option<u64>,
    },
    /// A message of a MOSHI client, which is to be passed on as it is, and its sound if it holds any that can be read.
    Message(Bytes),
    /// The caller pressed this key.
    Key(char),
    /// All that came before this mark has been heard, or was cleared.
    Played(Mark),
    /// Their side complains of something.
    Complaint(String),
    /// Something that isn't for us.
    Other,
    /// Something that nobody says who speaks as this caller does.
    Odd,
    /// A sign of life, and nothing else.
    Alive,
}

/// Has the caller hear us. What a leg hasn't, it leaves to the ways that are written here.
pub trait Plays: Send {
    /// Plays 20 ms of sound, or of silence where it fills pauses some more, at the rate of the caller, after all that it was
    /// given before.
    fn play(&mut self, frame: &[i16]) -> impl Future<Output = Result<(), Ending>> + Send;

    /// Whether it is to be given silence while nothing is said, for the caller's player must not run dry.
    fn fills_pauses(&self) -> bool {
        false
    }

    /// Shows the caller the next word of what is being said.
    fn show(&mut self, _word: &str) -> impl Future<Output = Result<(), Ending>> + Send {
        async { Ok(()) }
    }

    /// Tells, as [`Event::Played`], when all that came before has been heard.
    fn mark(&mut self, _mark: Mark) -> impl Future<Output = Result<(), Ending>> + Send {
        async { Ok(()) }
    }

    /// Forgets what hasn't been heard yet.
    fn clear(&mut self) -> impl Future<Output = Result<(), Ending>> + Send {
        async { Ok(()) }
    }

    /// Passes on a message of a MOSHI server as it is. Only who brings [`Event::Message`] is asked to.
    fn pass_on(&mut self, _message: Bytes) -> impl Future<Output = Result<(), Ending>> + Send {
        async { Ok(()) }
    }
}
