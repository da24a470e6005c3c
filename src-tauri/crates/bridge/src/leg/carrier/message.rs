//! What phone carriers send: JSON objects, sound as base64. They are alike but for names.
//!
//! Reading is liberal: other programs speak these formats too. Numbers may be text, what isn't needed may be missing, and what
//! has another form than is needed counts as missing. Nothing is copied out of a message whose sound is merely to be heard.

use std::borrow::Cow;
use std::time::Duration;

use wire::Carrier;

use super::coding::{self, Coding};
use super::json::{Json, mended};
use super::parameters::secrets_of;
use crate::ending::Garbled;

/// What a carrier tells us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CarrierEvent<'a> {
    /// The connection is there; a start will follow.
    Connected,
    /// The stream starts, unless it can't be taken.
    Start(Result<Box<Start>, Garbled>),
    /// The caller's sound.
    Sound(Sound<'a>),
    /// The caller pressed this key.
    Key(char),
    /// All sound that we sent before the mark of this name has been played, or was cleared.
    Played(Cow<'a, str>),
    /// The stream of this name, or of none, is over.
    Stop(Option<Cow<'a, str>>),
    /// The carrier complains of something that we sent.
    Complaint(Cow<'a, str>),
    /// Something that isn't for us.
    Other,
    /// Something that no carrier says.
    Odd,
}

/// How a stream starts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) carrier: Carrier,
    /// The stream's name.
    pub(crate) stream: String,
    /// The carrier's name for the call.
    pub(crate) call: Option<String>,
    /// The carrier's name for the account whose call it is.
    pub(crate) account: Option<String>,
    pub(crate) coding: Coding,
    /// What the stream shows to be let in: one of it will do.
    pub(crate) secrets: Vec<String>,
}

/// A piece of the caller's sound, as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sound<'a> {
    payload: Option<Cow<'a, str>>,
    /// How long after the start of the stream it was made.
    pub(crate) at: Option<Duration>,
    /// Which piece it is, counted from the first.
    pub(crate) chunk: Option<u64>,
}

impl Sound<'_> {
    /// Its bytes, in place of what `into` holds. Says whether they can be read.
    pub(crate) fn decode(&self, into: &mut Vec<u8>) -> bool {
        self.payload.as_ref().is_some_and(|payload| coding::decode(payload, into).is_ok())
    }
}

/// The names of a stream in messages of Twilio, Telnyx and Plivo.
const STREAM: [&str; 3] = ["streamSid", "stream_id", "streamId"];

/// What this text says; it is mended in `room` where it is nearly JSON.
pub(crate) fn read<'a>(text: &'a str, room: &'a mut String) -> CarrierEvent<'a> {
    let message = serde_json::from_str::<Json<'_>>(text).or_else(move |_| {
        *room = mended(text);
        serde_json::from_str(room)
    });
    let Ok(message) = message else { return CarrierEvent::Odd };
    let Some(event) = message.get(&["event"]).text() else { return CarrierEvent::Odd };
    told(&event, &message)
}

fn told<'a>(event: &str, message: &Json<'a>) -> CarrierEvent<'a> {
    match event {
        "connected" => CarrierEvent::Connected,
        "start" => CarrierEvent::Start(start(message).map(Box::new)),
        "media" => sound(message.get(&["media"])),
        "dtmf" => key(message.get(&["dtmf"])),
        "mark" => played(message.get(&["mark"]).get(&["name"])),
        // Plivo's word for the echo of a mark.
        "playedStream" | "playedstream" => played(message.get(&["name"])),
        "stop" => {
            let within = || message.get(&["stop"]).get(&STREAM).text();
            CarrierEvent::Stop(message.get(&STREAM).text().or_else(within))
        }
        "error" => CarrierEvent::Complaint(complaint(message.get(&["payload"]))),
        other if other.contains(|letter: char| letter.is_ascii_uppercase()) => {
            told(&other.to_ascii_lowercase(), message)
        }
        _ => CarrierEvent::Other,
    }
}

/// A start. The stream's name stands within or outside of it.
fn start(message: &Json<'_>) -> Result<Start, Garbled> {
    let start = message.get(&["start"]);
    let text = |value: &Json<'_>| value.text().map(Cow::into_owned);
    let named = |name| text(message.get(&[name])).or_else(|| text(start.get(&[name])));
    let [twilio, telnyx, plivo] = STREAM.map(named);
    let (carrier, stream, call) = if let Some(stream) = twilio {
        (Carrier::Twilio, stream, "callSid")
    } else if let Some(stream) = telnyx {
        (Carrier::Telnyx, stream, "call_control_id")
    } else if let Some(stream) = plivo {
        (Carrier::Plivo, stream, "callId")
    } else {
        return Err(Garbled::NoStream);
    };
    // Every message that we send has it, and there are fifty a second.
    if stream.chars().count() > wire::LONGEST_NAME {
        return Err(Garbled::LongStream);
    }
    Ok(Start {
        carrier,
        stream,
        call: text(start.get(&[call])),
        account: text(start.get(&["accountSid", "accountId", "user_id"])),
        coding: coding_of(start.get(&["mediaFormat", "media_format"]))?,
        secrets: [message, start].into_iter().flat_map(secrets_of).collect(),
    })
}

/// The coding of this format. What isn't told, or not so that it can be read, is as with everybody.
fn coding_of(format: &Json<'_>) -> Result<Coding, Garbled> {
    let encoding = format.get(&["encoding"]);
    let told = |names: &[&str]| format.get(names).number().filter(|number| *number > 0);
    let (rate, channels) = (told(&["sampleRate", "sample_rate"]), told(&["channels"]));
    let name = encoding.written().filter(|name| !name.trim().is_empty());
    let coding = name.map_or(Some(Coding::default()), |name| Coding::named(name));
    let is = |told: Option<u64>, wanted| told.is_none_or(|told| told == wanted);
    coding.filter(|_| is(rate, 8_000) && is(channels, 1)).ok_or_else(|| {
        // The reason of a close has little room.
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || "/-_".contains(*letter);
        let mut format: String =
            name.map_or("", |name| name).chars().filter(plain).take(20).collect();
        for (told, unit) in [(rate, "Hz"), (channels, "ch")] {
            if let Some(number) = told {
                format += &format!(" {} {unit}", number.min(999_999));
            }
        }
        Garbled::Format(format)
    })
}

fn sound<'a>(media: &Json<'a>) -> CarrierEvent<'a> {
    // A stream with both tracks brings what we said ourselves, too.
    if media.get(&["track"]).written().is_some_and(|track| track.starts_with("outbound")) {
        return CarrierEvent::Other;
    }
    let payload = media.get(&["payload"]).written().cloned();
    let at = media.get(&["timestamp"]).number().map(Duration::from_millis);
    CarrierEvent::Sound(Sound { payload, at, chunk: media.get(&["chunk"]).number() })
}

/// A key of a telephone. Some say it without anything around it.
fn key(dtmf: &Json<'_>) -> CarrierEvent<'static> {
    let digit = dtmf.get(&["digit"]).text().or_else(|| dtmf.text()).unwrap_or_default();
    let mut letters = digit.trim().chars();
    match (letters.next().map(|key| key.to_ascii_uppercase()), letters.next()) {
        (Some(key @ ('0'..='9' | '*' | '#' | 'A'..='D')), None) => CarrierEvent::Key(key),
        _ => CarrierEvent::Odd,
    }
}

fn played<'a>(name: &Json<'a>) -> CarrierEvent<'a> {
    name.text().map_or(CarrierEvent::Odd, CarrierEvent::Played)
}

fn complaint<'a>(payload: &Json<'a>) -> Cow<'a, str> {
    payload
        .get(&["title", "message", "detail", "code"])
        .text()
        .or_else(|| payload.text())
        .unwrap_or_default()
}
