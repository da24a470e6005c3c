//! What phone carriers say over a call's WebSocket, and what they are told: JSON, alike but for names.

use std::fmt;

use audio::{FRAME, g711};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::socket::{Broken, Closed};

/// The account that calls are placed for. A real one has other digits.
const ACCOUNT: &str = "AC00000000000000000000000000000000";

/// Whose messages they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "what is not explained is named as what it is")]
pub enum Dialect {
    Twilio,
    Telnyx,
    Plivo,
}

/// What a carrier is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromBridge {
    /// To play this, µ-law at 8 kHz, after all that it was sent before.
    Sound(Vec<u8>),
    /// To say when all that was played.
    Mark(String),
    /// To forget what it hasn't played yet.
    Clear,
    /// Nothing any more.
    Closed(Closed),
}

/// A call's stream of sound: writes what its carrier sends, and reads what it is sent.
#[derive(Clone, Debug)]
pub struct Stream {
    dialect: Dialect,
    name: String,
    /// The same as JSON writes it.
    quoted: String,
    /// The carrier's name for the call.
    call: String,
    secret: Option<String>,
    messages: u64,
    frames: u64,
}

impl Stream {
    /// A stream with this name, of the call with that one.
    pub fn new(dialect: Dialect, name: impl Into<String>, call: impl Into<String>) -> Self {
        let (name, call) = (name.into(), call.into());
        let quoted = json!(name).to_string();
        Self { dialect, name, quoted, call, secret: None, messages: 0, frames: 0 }
    }

    /// The same, which shows this secret to be let in.
    #[must_use]
    pub fn showing(self, secret: Option<String>) -> Self {
        Self { secret, ..self }
    }

    /// The carrier's name for the call.
    pub fn call(&self) -> &str {
        &self.call
    }

    /// What comes before the start, if anything does.
    pub fn connected(&self) -> Option<&'static str> {
        match self.dialect {
            Dialect::Twilio => Some(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#),
            Dialect::Telnyx => Some(r#"{"event":"connected","version":"1.0.0"}"#),
            Dialect::Plivo => None,
        }
    }

    /// The stream starts.
    pub fn start(&mut self) -> String {
        let Self { name, call, secret, .. } = &*self;
        let format = json!({"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1});
        let parameters = secret.as_ref().map_or(json!({}), |secret| json!({ "secret": secret }));
        let start = match self.dialect {
            Dialect::Twilio => {
                json!({"start": {"accountSid": ACCOUNT, "streamSid": name, "callSid": call,
                    "tracks": ["inbound"], "mediaFormat": format, "customParameters": parameters}})
            }
            Dialect::Telnyx => {
                json!({"start": {"call_control_id": call, "custom_parameters": parameters,
                    "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1}}})
            }
            Dialect::Plivo => {
                let headers = secret.as_ref().map(|secret| format!("{{X-PH-secret: {secret}}}"));
                json!({"extra_headers": headers, "start": {"accountId": ACCOUNT, "streamId": name,
                    "callId": call, "tracks": ["inbound"], "mediaFormat": format}})
            }
        };
        let start = start.to_string();
        self.message("start", format_args!("{}", &start[1..start.len() - 1]))
    }

    /// The caller's sound.
    pub fn media(&mut self, samples: &[i16]) -> String {
        self.coded(&STANDARD.encode(g711::encode(samples)))
    }

    /// The caller's sound, as base64 of its coding.
    pub fn coded(&mut self, payload: &str) -> String {
        let at = FRAME.as_millis() as u64 * self.frames;
        self.frames += 1;
        let (quote, chunk) = (self.quote(), self.frames);
        self.message(
            "media",
            format_args!(r#""media":{{"track":"inbound","chunk":{quote}{chunk}{quote},"timestamp":"{at}","payload":"{payload}"}}"#),
        )
    }

    /// That many frames are lost on their way.
    pub fn lose(&mut self, frames: u64) {
        self.frames += frames;
    }

    /// The caller presses a key.
    pub fn key(&mut self, digit: char) -> String {
        let digit = json!(digit);
        self.message("dtmf", format_args!(r#""dtmf":{{"track":"inbound_track","digit":{digit}}}"#))
    }

    /// All before the mark of this name has been played, or was cleared.
    pub fn played(&mut self, mark: &str) -> String {
        let mark = json!(mark);
        match self.dialect {
            Dialect::Twilio | Dialect::Telnyx => {
                self.message("mark", format_args!(r#""mark":{{"name":{mark}}}"#))
            }
            Dialect::Plivo => self.message("playedStream", format_args!(r#""name":{mark}"#)),
        }
    }

    /// The caller hangs up.
    pub fn stop(&mut self) -> String {
        let stop = json!({"accountSid": ACCOUNT, "callSid": self.call});
        self.message("stop", format_args!(r#""stop":{stop}"#))
    }

    /// What this message has the carrier do, if it would understand it.
    pub fn read(&self, text: &str) -> Result<FromBridge, Broken> {
        let message: Value =
            serde_json::from_str(text).map_err(|_| Broken::says("sends what is not JSON"))?;
        let is_of_this_stream = match self.dialect {
            Dialect::Twilio => message["streamSid"] == self.name,
            Dialect::Telnyx => message.get("stream_id").is_none(),
            Dialect::Plivo => message["streamId"] == self.name,
        };
        let event = message["event"].as_str();
        if event.is_some() && !is_of_this_stream {
            return Err(Broken::says(format!("sends a message for another stream: {text}")));
        }
        match (self.dialect, event) {
            (Dialect::Twilio | Dialect::Telnyx, Some("media"))
            | (Dialect::Plivo, Some("playAudio")) => {
                let payload = message["media"]["payload"].as_str();
                let payload = payload.ok_or_else(|| Broken::says("sends sound without sound"))?;
                let sound = STANDARD.decode(payload).map(FromBridge::Sound);
                sound.map_err(|_| Broken::says("sends sound that is not base64"))
            }
            (Dialect::Twilio | Dialect::Telnyx, Some("mark")) => mark(&message["mark"]["name"]),
            (Dialect::Plivo, Some("checkpoint")) => mark(&message["name"]),
            (Dialect::Twilio | Dialect::Telnyx, Some("clear"))
            | (Dialect::Plivo, Some("clearAudio")) => Ok(FromBridge::Clear),
            (Dialect::Twilio | Dialect::Telnyx | Dialect::Plivo, _) => {
                Err(Broken::says(format!("is no voice bridge, for it says {text}")))
            }
        }
    }

    /// A message of this stream with its number.
    fn message(&mut self, event: &str, rest: fmt::Arguments<'_>) -> String {
        let [number, stream] = match self.dialect {
            Dialect::Twilio => ["sequenceNumber", "streamSid"],
            Dialect::Telnyx => ["sequence_number", "stream_id"],
            Dialect::Plivo => ["sequenceNumber", "streamId"],
        };
        self.messages += 1;
        let (quote, nth, name) = (self.quote(), self.messages, &self.quoted);
        format!(r#"{{"event":"{event}","{number}":{quote}{nth}{quote},{rest},"{stream}":{name}}}"#)
    }

    /// What stands around a number.
    fn quote(&self) -> &'static str {
        match self.dialect {
            Dialect::Twilio | Dialect::Telnyx => "\"",
            Dialect::Plivo => "",
        }
    }
}

fn mark(name: &Value) -> Result<FromBridge, Broken> {
    let name = name.as_str().ok_or_else(|| Broken::says("sends a mark without a name"))?;
    Ok(FromBridge::Mark(name.to_owned()))
}
