//! The built-in line check: no model, no network. It says how the services are, plays the caller back and says what it
//! measured.
//!
//! | key | what the caller hears |
//! |---|---|
//! | 1 | how the services are |
//! | 2 | the last echo |
//! | 3 | the last suggestion |
//! | 0 | what was said last |
//! | # | nothing any more |
//! | * | a good-bye, and the line check hangs up |
//! | another | what the keys are for |
//!
//! Whoever speaks or presses a key is heard at once: what is being said stops.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use audio::{Rate, Utterance, g711};
use futures_util::future::BoxFuture;
use tracing::debug;
use wire::steering::{Fate, Reason, Refused};

use super::clips::{self, Measured, Phrase};
use super::interface::{Answered, Conversation, Engine, Surroundings};
use crate::capabilities::{Capabilities, TextInjection};
use crate::conversation::ears::{EarEvent, Ears};
use crate::conversation::mouth::{Mouth, Said};
use crate::conversation::playout::Played;
use crate::conversation::sound::Sound;
use crate::conversation::suggestions::{Suggested, Suggestions};

/// The quiet between two phrases, as µ-law: a quarter of a second.
static PAUSE: [u8; 2_000] = [g711::SILENCE; 2_000];

pub(crate) struct LineCheck(pub(crate) Surroundings);

impl LineCheck {
    fn announcement(&self) -> Sound {
        let phrases = clips::announcement(&self.0.snapshots.borrow(), self.0.roster.count());
        let names: Vec<_> = phrases.iter().map(|phrase| phrase.name).collect();
        debug!(phrases = names.join(" "), "announcing");
        spoken(phrases.chunks(1))
    }
}

impl Engine for LineCheck {
    fn kind(&self) -> wire::Engine {
        wire::Engine::LineCheck
    }

    fn capabilities(&self) -> Capabilities {
        // What is suggested is said, so it takes a voice.
        let text =
            if self.0.voice.is_some() { TextInjection::Live } else { TextInjection::Unvoiced };
        Capabilities { text, at_once: None }
    }

    fn answer<'a>(&'a self, conversation: Conversation<'a>) -> BoxFuture<'a, Answered> {
        let Conversation { ears, mouth, .. } = conversation;
        ears.leave_out_sound();
        let talk = Talk { check: self, mouth, ears: ears.clone(), memory: Mutex::default() };
        Box::pin(async move {
            tokio::select! {
                // How things are is said before anything that may have been suggested already, and who has just spoken is
                // answered before that, too.
                biased;
                () = talk.begin() => {}
                () = talk.converse(ears) => {}
                () = talk.advise() => {}
            }
            Answered::HungUp(None)
        })
    }
}

struct Talk<'a> {
    check: &'a LineCheck,
    mouth: Mouth,
    ears: Ears,
    memory: Mutex<Memory>,
}

/// What may be asked for again.
#[derive(Default)]
struct Memory {
    said: Sound,
    echo: Option<Sound>,
    suggestion: Option<Sound>,
}

impl Talk<'_> {
    /// Says how things are. It may be begun in place of another engine, while the caller speaks. Never ends.
    async fn begin(&self) {
        self.mouth.pause().await;
        self.say(self.check.announcement());
        std::future::pending::<()>().await;
    }

    /// Hears the caller out, and answers. Returns when the caller wants to be hung up on.
    async fn converse(&self, mut ears: Ears) {
        // What is being played back, and what was measured of it.
        let mut echo: Option<(Said, Measured)> = None;
        let mut lost = Duration::ZERO;
        loop {
            let heard = tokio::select! {
                // Who has begun to speak is told nothing more of what they said before.
                biased;
                heard = ears.next() => heard,
                (played, measured) = ended(&mut echo), if echo.is_some() => {
                    echo = None;
                    if let Played::Whole { round_trip } = played {
                        self.say(spoken(clips::report(measured, round_trip)));
                    }
                    continue;
                }
            };
            match heard {
                EarEvent::Sound { .. } | EarEvent::Message(_) => {}
                EarEvent::Started => {
                    // It may have been heard so late that it is being played back already.
                    if let Some((said, _)) = echo.take() {
                        self.mouth.retract(&said);
                    }
                }
                EarEvent::Ended(utterance) => {
                    let lost_before = std::mem::replace(&mut lost, ears.lost());
                    let lost = lost.saturating_sub(lost_before);
                    let measured = Measured { level: utterance.level(), lost };
                    echo = Some((self.play_back(utterance), measured));
                }
                EarEvent::Key('*') => {
                    self.mouth.hush();
                    self.say(spoken([[clips::GOOD_BYE]])).ended().await;
                    return;
                }
                EarEvent::Key(key) => {
                    echo = None;
                    // Who wants to hear nothing any more is told nothing again.
                    if key == '#' {
                        self.mouth.hush();
                    } else {
                        self.mouth.give_way();
                    }
                    self.press(key);
                }
            }
        }
    }

    /// Says what is suggested, whenever neither the caller nor we speak.
    async fn advise(&self) {
        let Some(voice) = &self.check.0.voice else { return std::future::pending().await };
        let suggestions = self.ears.suggestions();
        loop {
            suggestions.any().await;
            self.mouth.quiet().await;
            let Some(suggested) = suggestions.take().map(|it| InUse::new(it, suggestions)) else {
                continue;
            };
            let call = suggestions.call();
            let fate = match voice.say(suggested.text()).await {
                Ok(said) => {
                    let said = Sound::spoken(said, Rate::Telephone, suggested.text());
                    self.pass_on(said, call).await
                }
                Err(why) => Fate::Failed { call: Some(call), why },
            };
            suggested.settle(fate);
        }
    }

    async fn pass_on(&self, said: Sound, call: u64) -> Fate {
        let mut sound = spoken([[clips::SUGGESTION]]);
        sound.push(&PAUSE, "");
        sound.append(said);
        self.remember(|memory| memory.suggestion = Some(sound.clone()));
        // The caller may have begun to speak while the voice was at work.
        self.mouth.quiet().await;
        match self.say(sound).ended().await {
            Played::Whole { .. } => Fate::Delivered { call, at: SystemTime::now().into() },
            Played::Cut { after } => {
                let text = format!("somebody cut in after {} ms", after.as_millis());
                Fate::Failed { call: Some(call), why: Refused::new(Reason::Interrupted, text) }
            }
            Played::CallEnded => Fate::call_ended(),
        }
    }

    fn press(&self, key: char) {
        let remembered = |pick: fn(&Memory) -> Option<Sound>, otherwise: Phrase| {
            self.remember(|memory| pick(memory)).unwrap_or_else(|| spoken([[otherwise]]))
        };
        let sound = match key {
            '1' => self.check.announcement(),
            '2' => remembered(|memory| memory.echo.clone(), clips::NO_ECHO_YET),
            '3' => remembered(|memory| memory.suggestion.clone(), clips::NO_SUGGESTION),
            '0' => self.remember(|memory| memory.said.clone()),
            '#' => return,
            _ => spoken(clips::MENU.chunks(1)),
        };
        self.say(sound);
    }

    fn play_back(&self, Utterance { samples, rate }: Utterance) -> Said {
        let sound = Sound::new(samples, rate);
        self.remember(|memory| {
            memory.echo = Some(sound.clone());
            memory.said = sound.clone();
        });
        self.mouth.play_back(sound)
    }

    fn say(&self, sound: Sound) -> Said {
        self.remember(|memory| memory.said = sound.clone());
        self.mouth.say(sound)
    }

    fn remember<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A suggestion that is being used. An engine whose part in the call ends meanwhile leaves it to the next.
struct InUse<'a> {
    suggested: Option<Suggested>,
    suggestions: &'a Suggestions,
}

impl<'a> InUse<'a> {
    fn new(suggested: Suggested, suggestions: &'a Suggestions) -> Self {
        Self { suggested: Some(suggested), suggestions }
    }

    fn text(&self) -> &str {
        self.suggested.as_ref().map_or("", |suggested| &suggested.text)
    }

    fn settle(mut self, fate: Fate) {
        if let Some(suggested) = self.suggested.take() {
            suggested.settle(fate);
        }
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        if let Some(suggested) = self.suggested.take() {
            self.suggestions.put_back(vec![suggested]);
        }
    }
}

/// How the playback ended, and what was measured.
async fn ended(echo: &mut Option<(Said, Measured)>) -> (Played, Measured) {
    match echo {
        Some((said, measured)) => (said.ended().await, *measured),
        None => std::future::pending().await,
    }
}

/// Sentences, each of one phrase or more, with a pause between them.
fn spoken<S: AsRef<[Phrase]>>(sentences: impl IntoIterator<Item = S>) -> Sound {
    let mut sound = Sound::default();
    for sentence in sentences {
        if sound.len() > 0 {
            sound.push(&PAUSE, "");
        }
        for phrase in sentence.as_ref() {
            sound.push(phrase.sound, phrase.words());
        }
    }
    sound
}
