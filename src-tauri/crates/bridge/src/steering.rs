//! What those who steer may do to calls: suggest, speak, hang up. Each is answered with what really became of it.

use std::fmt;
use std::time::Duration;

use audio::{Rate, duration_of};
use wire::steering::{CutShort, Priority, Reason, Refused, Whom};
use wire::{NotOffered, Speaker, Way};

use crate::bridge::Bridge;
use crate::capabilities::TextInjection;
use crate::conversation::CallHandle;
use crate::conversation::mouth::{Mouth, Said};
use crate::conversation::playout::Played;
use crate::conversation::sound::Sound;
use crate::conversation::suggestions::Suggestion;
use crate::speech::{HINT, Voice};

/// How long a suggestion may be, in characters.
const LONGEST: usize = 500;

/// Text that is being said to a caller. To drop it before its end silences it.
pub struct Speech {
    /// In which call.
    pub call: u64,
    /// How long it is.
    pub length: Duration,
    mouth: Mouth,
    said: Said,
}

impl Speech {
    /// Waits until the caller has heard it, and tells how long it was.
    ///
    /// # Errors
    /// If it was cut short.
    pub async fn heard(&mut self) -> Result<Duration, CutShort> {
        match self.said.ended().await {
            Played::Whole { .. } => Ok(self.length),
            Played::Cut { after } => {
                Err(CutShort { after: Some(after), why: Reason::Interrupted.into() })
            }
            Played::CallEnded => Err(CutShort { after: None, why: Reason::CallEnded.into() }),
        }
    }

    /// Silences it. [`Speech::heard`] then tells how much of it was heard.
    pub fn silence(&self) {
        self.mouth.retract(&self.said);
    }
}

impl Drop for Speech {
    fn drop(&mut self) {
        self.silence();
    }
}

impl fmt::Debug for Speech {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Speech").field("call", &self.call).field("length", &self.length).finish()
    }
}

impl Bridge {
    /// The name of the system's voice that says free text, if there is one.
    pub fn voice(&self) -> Option<&'static str> {
        self.voice.as_ref().map(|voice| voice.name)
    }

    /// Suggests something to the engine of a call, to be used at its next opportunity.
    ///
    /// # Errors
    /// If it isn't taken.
    pub fn suggest(
        &self,
        whom: Whom,
        text: &str,
        priority: Priority,
    ) -> Result<Suggestion, Refused> {
        if text.trim().is_empty() {
            return Err(Reason::Empty.into());
        }
        if text.chars().count() > LONGEST {
            return Err(Refused::too_long(LONGEST));
        }
        let call = match whom {
            Whom::Next => None,
            Whom::Call(call) => Some((call, self.roster.handle(call)?)),
        };
        self.takes_text(call.as_ref().map(|(_, handle)| handle))?;
        let Some((call, handle)) = call else { return self.roster.next.put(text, priority) };
        let taken = handle.ears.suggestions().put(text, priority)?;
        self.roster.note_words(call, Speaker::Suggested, text);
        Ok(taken)
    }

    /// Whether the engine of this call takes text, or that of the next one.
    fn takes_text(&self, call: Option<&CallHandle>) -> Result<(), Refused> {
        let next = || self.engines().first().capabilities();
        let capabilities = call.map_or_else(next, CallHandle::capabilities);
        let is_relayed = call.is_some_and(|handle| handle.is_relayed);
        match capabilities.text {
            TextInjection::Live if !is_relayed => Ok(()),
            TextInjection::AtConnect if call.is_none() => Ok(()),
            TextInjection::Unvoiced => Err(no_voice()),
            TextInjection::Live | TextInjection::AtConnect | TextInjection::None => {
                let can_speak = self.voice.is_some() && !is_relayed;
                Err(Refused { can_speak, ..Reason::EngineTakesNoText.into() })
            }
        }
    }

    /// What would come to nothing in a call, and why.
    pub(crate) fn not_offered(&self, handle: &CallHandle) -> Vec<NotOffered> {
        let suggested = (Way::Suggest, self.takes_text(Some(handle)).err());
        let spoken = (Way::Speak, self.takes_speech(handle).err());
        let refused = |(way, why): (Way, Option<Refused>)| Some(NotOffered { way, why: why? });
        [suggested, spoken].into_iter().filter_map(refused).collect()
    }

    /// The voice that would say something in this call.
    fn takes_speech(&self, handle: &CallHandle) -> Result<&Voice, Refused> {
        if handle.is_relayed {
            return Err(Reason::TakesNoSpeech.into());
        }
        self.voice.as_ref().ok_or_else(no_voice)
    }

    /// Says this to the caller of a call, after what is being said to them. Returns when it was made into sound.
    ///
    /// # Errors
    /// If it can't be said.
    pub async fn speak(&self, call: u64, text: &str) -> Result<Speech, Refused> {
        let samples = self.takes_speech(&self.roster.handle(call)?)?.say(text).await?;
        // The call may have ended while the voice was at work.
        let mouth = self.roster.handle(call)?.mouth;
        self.roster.note_words(call, Speaker::Dictated, text);
        let length = duration_of(samples.len());
        let said = mouth.say(Sound::spoken(samples, Rate::Telephone, text));
        Ok(Speech { call, length, mouth, said })
    }

    /// The number of the call whose stream its carrier calls by this name.
    pub fn named(&self, stream: &str) -> Option<u64> {
        self.roster.named(stream)
    }

    /// Hangs up. The call is off the list when its end was told to the caller's side.
    ///
    /// # Errors
    /// If there is no such call.
    pub fn hang_up(&self, call: u64) -> Result<(), Refused> {
        self.roster.handle(call)?.hang_up.cancel();
        Ok(())
    }
}

fn no_voice() -> Refused {
    Refused::new(Reason::NoVoice, format!("this machine has no voice: {HINT}"))
}
