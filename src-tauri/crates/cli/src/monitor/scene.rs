//! What the view shows: made of what is heard and of the keys pressed, and of nothing else.

use std::collections::VecDeque;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use station::words;
use wire::protocol::{Message, Moment};
use wire::steering::{CallOrder, Priority, Silencing, Speaking, Suggesting, Whom};
use wire::{ModelState, Snapshot};

use crate::orders::{seconds, sentence, silenced};
use crate::terminal::now;

/// How many lines of what was said and done are kept.
const LINES: usize = 500;
/// How many letters of words are quoted that were told before.
const QUOTED: usize = 30;
/// In the order in which they are offered.
const PRIORITIES: [Priority; 3] = [Priority::Normal, Priority::High, Priority::Low];

#[derive(Default)]
pub(crate) struct Scene {
    /// How everything is, while somebody tells.
    pub(crate) snapshot: Option<Snapshot>,
    /// What was said and done, the latest last.
    pub(crate) story: VecDeque<Line>,
    pub(crate) typed: String,
    /// Whether it will be said word for word, or suggested.
    pub(crate) is_speech: bool,
    /// Whether nothing can be typed.
    pub(crate) only_watches: bool,
    pub(crate) chosen: Option<u64>,
    priority: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) time: String,
    pub(crate) who: Who,
    pub(crate) text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Caller(u64),
    Engine(u64),
    Note,
}

/// What is to be done about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Nothing,
    Quit,
    Say(CallOrder),
}

impl Scene {
    pub(crate) fn new(only_watches: bool) -> Self {
        Self { only_watches, ..Self::default() }
    }

    pub(crate) fn priority(&self) -> Priority {
        PRIORITIES[self.priority % PRIORITIES.len()]
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "answers are told as their words, if at all"
    )]
    pub(crate) fn hear(&mut self, message: Message) {
        let words = sentence(&message);
        match message {
            Message::Status { snapshot } => self.take_status(snapshot),
            Message::UserTranscription { text, timestamp, call } => {
                self.tell(Some(timestamp), Who::Caller(call), text);
            }
            Message::AssistantText { text, timestamp, call } => {
                self.hear_engine(timestamp, call, &text);
            }
            Message::UserSpeech { duration_ms, timestamp, call } => {
                let spoke = format!("(spoke for {})", seconds(duration_ms));
                self.tell(Some(timestamp), Who::Caller(call), spoke);
            }
            Message::CallStarted { call, timestamp } => {
                self.note(Some(timestamp), format!("Call {} began.", call.id));
            }
            Message::CallEnded { call, timestamp } => {
                let reason = call.end.map(|end| end.reason);
                let reason = reason.as_deref().unwrap_or("for no reason told");
                self.note(Some(timestamp), format!("Call {} ended: {reason}.", call.id));
            }
            Message::ServiceChanged { service, timestamp } => {
                self.note(Some(timestamp), words::service(&service, now()));
            }
            Message::ModelChanged { call, model, timestamp } => {
                self.note(Some(timestamp), words::model(call, &model));
            }
            Message::ModelHealthChanged { model, timestamp } => {
                self.note(Some(timestamp), words::voice_model(&model, now()) + ".");
            }
            Message::SpeechStopped { stopped } => self.note(None, silenced(stopped)),
            Message::Lagged { lost } => self.note(None, format!("{lost} events were missed here.")),
            // It was told in full when it was taken.
            Message::SuggestionApplied { text, timestamp, .. }
            | Message::SynthesisStarted { text, timestamp, .. } => {
                self.note(Some(timestamp), quoted(&text, true) + &words.unwrap_or_default());
            }
            Message::SuggestionDelivered { text, timestamp, .. }
            | Message::SuggestionFailed { text, timestamp, .. }
            | Message::SuggestionExpired { text, timestamp, .. }
            | Message::SynthesisComplete { text, timestamp, .. }
            | Message::SynthesisFailed { text, timestamp, .. } => {
                self.note(Some(timestamp), quoted(&text, false) + &words.unwrap_or_default());
            }
            _ => {
                if let Some(words) = words {
                    self.note(None, words);
                }
            }
        }
    }

    /// Nobody tells any more.
    pub(crate) fn lose(&mut self) {
        self.snapshot = None;
        self.note(None, "xSwarm Voice has ended the conversation.".to_owned());
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "most keys of a keyboard mean nothing here")]
    pub(crate) fn press(&mut self, key: KeyEvent) -> Act {
        if key.kind == KeyEventKind::Release {
            return Act::Nothing;
        }
        let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Act::Quit,
            KeyCode::Char('c' | 'd') if with_control => return Act::Quit,
            KeyCode::Up => self.choose(-1),
            KeyCode::Down => self.choose(1),
            _ if self.only_watches => {}
            KeyCode::Char('s') if with_control => self.is_speech = !self.is_speech,
            KeyCode::Char('x') if with_control => {
                let silencing = Silencing { call: self.chosen, speech: None };
                return Act::Say(CallOrder::StopSpeech(silencing));
            }
            KeyCode::Char(letter) if !with_control => self.typed.push(letter),
            KeyCode::Backspace => drop(self.typed.pop()),
            KeyCode::Tab => self.priority += 1,
            KeyCode::Enter => return self.enter(),
            _ => {}
        }
        Act::Nothing
    }

    fn enter(&mut self) -> Act {
        // Nobody would hear it; it can be sent once somebody is there.
        if self.snapshot.is_none() || self.typed.trim().is_empty() {
            return Act::Nothing;
        }
        let text = std::mem::take(&mut self.typed);
        let call = self.chosen;
        Act::Say(if self.is_speech {
            CallOrder::Speak(Speaking { text, call, stream_sid: None })
        } else {
            let (priority, call) = (self.priority(), call.map(Whom::Call));
            CallOrder::Suggest(Suggesting { text, priority, call })
        })
    }

    /// The next call up or down. Above the first and below the last is none of them.
    fn choose(&mut self, step: isize) {
        let Some(snapshot) = &self.snapshot else { return };
        let calls = snapshot.calls.iter().map(|call| Some(call.id));
        let choices: Vec<_> = std::iter::once(None).chain(calls).collect();
        let at = choices.iter().position(|choice| *choice == self.chosen).unwrap_or(0);
        let next = at.cast_signed() + step;
        self.chosen = choices[next.rem_euclid(choices.len().cast_signed()).cast_unsigned()];
    }

    fn take_status(&mut self, snapshot: Snapshot) {
        if !snapshot.calls.iter().any(|call| Some(call.id) == self.chosen) {
            self.chosen = None;
        }
        if self.snapshot.is_none() {
            // How it is with them when somebody begins to watch is no event.
            for call in &snapshot.calls {
                let model = call.model.as_ref().filter(|model| model.state != ModelState::Ready);
                if let Some(model) = model {
                    self.note(None, words::model(call.id, model));
                }
            }
        }
        self.snapshot = Some(snapshot);
    }

    /// An engine's words come in pieces, which belong together until somebody else is heard.
    fn hear_engine(&mut self, timestamp: Moment, call: u64, piece: &str) {
        match self.story.back_mut() {
            Some(line) if line.who == Who::Engine(call) => line.text.push_str(piece),
            Some(_) | None => {
                self.tell(Some(timestamp), Who::Engine(call), piece.trim_start().to_owned());
            }
        }
    }

    fn note(&mut self, timestamp: Option<Moment>, text: String) {
        self.tell(timestamp, Who::Note, text);
    }

    fn tell(&mut self, timestamp: Option<Moment>, who: Who, text: String) {
        if self.story.len() == LINES {
            self.story.pop_front();
        }
        let moment = timestamp.unwrap_or_else(|| now().into()).to_string();
        let time = moment.split(['T', '.']).nth(1).unwrap_or_default().to_owned();
        self.story.push_back(Line { time, who, text });
    }
}

/// Words that something is told of, or their beginning.
fn quoted(words: &str, in_full: bool) -> String {
    match words.char_indices().nth(QUOTED) {
        _ if words.is_empty() => String::new(),
        Some((end, _)) if !in_full => format!("\"{}…\": ", words[..end].trim_end()),
        Some(_) | None => format!("\"{words}\": "),
    }
}
