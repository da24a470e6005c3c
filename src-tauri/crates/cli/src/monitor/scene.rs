//! What the view shows: made of what is heard and of the keys pressed, and of nothing else.

use std::collections::VecDeque;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use serde_json::{Value, json};
use station::words;
use wire::{Snapshot, Timestamp};

use crate::steer::sentence;
use crate::terminal::now;

/// How many lines of what was said and done are kept.
const LINES: usize = 500;
/// How many letters of words are quoted that were told before.
const QUOTED: usize = 30;
const PRIORITIES: [&str; 3] = ["normal", "high", "low"];

/// What is shown.
pub(crate) struct Scene {
    /// How everything is, while somebody tells.
    pub(crate) snapshot: Option<Snapshot>,
    /// What was said and done, the latest last.
    pub(crate) story: VecDeque<Line>,
    /// What is being typed.
    pub(crate) typed: String,
    /// Whether it will be said word for word, or suggested.
    pub(crate) is_speech: bool,
    /// Whether nothing can be typed.
    pub(crate) only_watches: bool,
    /// The call that was chosen, if any.
    pub(crate) chosen: Option<u64>,
    priority: usize,
}

/// Something that was said or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) time: String,
    pub(crate) who: Who,
    pub(crate) text: String,
}

/// Whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Caller(u64),
    Engine(u64),
    Note,
}

/// What is to be done about a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Nothing,
    Quit,
    Say(Value),
}

impl Scene {
    pub(crate) fn new(only_watches: bool) -> Self {
        Self {
            snapshot: None,
            story: VecDeque::new(),
            typed: String::new(),
            is_speech: false,
            only_watches,
            chosen: None,
            priority: 0,
        }
    }

    pub(crate) fn priority(&self) -> &'static str {
        PRIORITIES[self.priority % PRIORITIES.len()]
    }

    /// Takes a message in.
    pub(crate) fn hear(&mut self, message: &Value) {
        let text = |field: &str| message[field].as_str().unwrap_or_default().to_owned();
        let call = message["call"].as_u64().or_else(|| message["call"]["id"].as_u64());
        let number = call.unwrap_or_default();
        let note = match message["type"].as_str().unwrap_or_default() {
            "status" => return self.take_status(&message["snapshot"]),
            "user_transcription" => return self.tell(message, Who::Caller(number), text("text")),
            "assistant_text" => return self.hear_engine(message, number, &text("text")),
            "user_speech" => {
                let seconds = message["duration_ms"].as_f64().unwrap_or_default() / 1000.0;
                let spoke = format!("(spoke for {seconds:.1} s)");
                return self.tell(message, Who::Caller(number), spoke);
            }
            "call_started" => format!("Call {number} began."),
            "call_ended" => {
                let reason =
                    message["call"]["end"]["reason"].as_str().unwrap_or("for no reason told");
                format!("Call {number} ended: {reason}.")
            }
            "service_changed" => match serde_json::from_value(message["service"].clone()) {
                Ok(service) => words::service(&service, now()),
                Err(_) => return,
            },
            "model_changed" => match serde_json::from_value(message["model"].clone()) {
                Ok(model) => words::model(number, &model),
                Err(_) => return,
            },
            "speech_stopped" => match message["stopped"].as_u64() {
                Some(1) => "1 piece of speech was silenced.".to_owned(),
                pieces => format!("{} pieces of speech were silenced.", pieces.unwrap_or_default()),
            },
            "lagged" => format!("{} events were missed here.", message["lost"]),
            "error" => text("message"),
            kind if kind.starts_with("suggestion_") || kind.starts_with("synthesis_") => {
                // It was told in full when it was taken.
                let is_first = matches!(kind, "suggestion_applied" | "synthesis_started");
                quoted(&text("text"), is_first) + &sentence(message)
            }
            _ => return,
        };
        self.tell(message, Who::Note, note);
    }

    /// Nobody tells any more.
    pub(crate) fn lose(&mut self) {
        self.snapshot = None;
        self.tell(&Value::Null, Who::Note, "xSwarm Voice has ended the conversation.".to_owned());
    }

    /// Takes a key in.
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
                return Act::Say(json!({"type": "stop_speech", "call": self.chosen}));
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
            json!({"type": "synthesize_text", "text": text, "call": call})
        } else {
            let priority = self.priority();
            json!({"type": "inject_suggestion", "text": text, "call": call, "priority": priority})
        })
    }

    /// The next call up or down. Above the first and below the last is none of them.
    fn choose(&mut self, step: isize) {
        let Some(snapshot) = &self.snapshot else { return };
        let mut choices = vec![None];
        choices.extend(snapshot.calls.iter().map(|call| Some(call.id)));
        let at = choices.iter().position(|choice| *choice == self.chosen).unwrap_or(0);
        let next = at.cast_signed() + step;
        self.chosen = choices[next.rem_euclid(choices.len().cast_signed()).cast_unsigned()];
    }

    fn take_status(&mut self, snapshot: &Value) {
        self.snapshot = serde_json::from_value(snapshot.clone()).ok();
        let calls = self.snapshot.iter().flat_map(|snapshot| &snapshot.calls);
        if !calls.map(|call| call.id).any(|id| Some(id) == self.chosen) {
            self.chosen = None;
        }
    }

    /// An engine's words come in pieces, which belong together until somebody else is heard.
    fn hear_engine(&mut self, message: &Value, call: u64, piece: &str) {
        match self.story.back_mut() {
            Some(line) if line.who == Who::Engine(call) => line.text.push_str(piece),
            Some(_) | None => self.tell(message, Who::Engine(call), piece.trim_start().to_owned()),
        }
    }

    fn tell(&mut self, message: &Value, who: Who, text: String) {
        if self.story.len() == LINES {
            self.story.pop_front();
        }
        let time = match message["timestamp"].as_str() {
            Some(moment) => moment.split(['T', '.']).nth(1).unwrap_or_default().to_owned(),
            None => clock(now()),
        };
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

/// What a clock shows in UTC.
fn clock(Timestamp(milliseconds): Timestamp) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}
