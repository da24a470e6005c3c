//! What phone carriers send: JSON objects in text frames, sound as base64. They are alike but for names.
//!
//! Reading is liberal: other programs speak these formats too, numbers may be text, and what isn't needed may be missing.
//! Nothing is copied out of a message whose sound is merely to be heard.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use serde::Deserialize;
use wire::Carrier;

use super::coding::{BASE64, Coding};
use super::loose::Loose;
use crate::ending::Garbled;

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CarrierMessage<'a> {
    /// The stream that it says it is of.
    pub(crate) stream: Option<Cow<'a, str>>,
    /// What it says.
    pub(crate) told: CarrierEvent<'a>,
}

/// What a carrier tells us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CarrierEvent<'a> {
    /// The connection is there; a start will follow.
    Connected,
    /// The stream starts.
    Start(Box<Start>),
    /// The caller's sound.
    Sound(Sound<'a>),
    /// The caller pressed this key.
    Key(char),
    /// All sound that we sent before the mark of this name has been played, or was cleared.
    Played(Cow<'a, str>),
    /// The stream is over.
    Stop,
    /// The carrier complains of something that we sent.
    Complaint(Cow<'a, str>),
    /// Something that isn't for us.
    Other,
}

/// How a stream starts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) carrier: Carrier,
    /// The stream's name.
    pub(crate) stream: String,
    /// The carrier's name for the call.
    pub(crate) call: Option<String>,
    pub(crate) coding: Coding,
    /// What the stream shows to be let in.
    pub(crate) secret: Option<String>,
}

/// A piece of the caller's sound, as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sound<'a> {
    payload: Cow<'a, str>,
    /// How long after the start of the stream it was made.
    pub(crate) at: Option<Duration>,
    /// Which piece it is, counted from the first.
    pub(crate) chunk: Option<u64>,
}

impl Sound<'_> {
    /// Its bytes, in place of what `into` holds.
    pub(crate) fn decode(&self, into: &mut Vec<u8>) -> Result<(), Garbled> {
        into.clear();
        BASE64.decode_vec(self.payload.as_bytes(), into).map_err(|_| Garbled::Payload)
    }
}

/// What this text says.
pub(crate) fn read(text: &str) -> Result<CarrierMessage<'_>, Garbled> {
    let raw: Raw = serde_json::from_str(text).map_err(|_| Garbled::NoMessage)?;
    let Raw { event, stream_sid, stream_id, plivo_id, .. } = raw;
    if event.0 == "start" {
        let names =
            [stream_sid, stream_id, plivo_id].map(|name| name.map(|Text(name)| name.into_owned()));
        let start = start(raw.start.unwrap_or_default(), names, raw.extra_headers)?;
        let stream = Some(start.stream.clone().into());
        return Ok(CarrierMessage { stream, told: CarrierEvent::Start(Box::new(start)) });
    }
    let told = match &*event.0 {
        "connected" => CarrierEvent::Connected,
        "media" => sound(raw.media.unwrap_or_default())?,
        "dtmf" => key(raw.dtmf),
        "mark" => raw
            .mark
            .and_then(|mark| mark.name)
            .map_or(CarrierEvent::Other, |Text(name)| CarrierEvent::Played(name)),
        // Plivo's word for the echo of a mark.
        "playedStream" => {
            raw.name.map_or(CarrierEvent::Other, |Text(name)| CarrierEvent::Played(name))
        }
        "stop" => CarrierEvent::Stop,
        "error" => CarrierEvent::Complaint(complaint(raw.payload)),
        _ => CarrierEvent::Other,
    };
    let stream = stream_sid.or(stream_id).or(plivo_id).map(|Text(name)| name);
    Ok(CarrierMessage { stream, told })
}

/// A start, with the stream's name as it stands outside of it, in the ways of Twilio, Telnyx and Plivo.
fn start(
    start: RawStart<'_>,
    [sid, id, plivo_id]: [Option<String>; 3],
    headers: Option<Loose<'_>>,
) -> Result<Start, Garbled> {
    let coding = start.media_format.unwrap_or_default().coding()?;
    let owned = |text: Option<Text<'_>>| text.map(|Text(text)| text.into_owned());
    let within = [start.stream_sid, start.stream_id, start.plivo_id].map(owned);
    let [in_sid, in_id, in_plivo_id] = within;
    let (carrier, stream, call) = if let Some(stream) = sid.or(in_sid) {
        (Carrier::Twilio, stream, start.call_sid)
    } else if let Some(stream) = id.or(in_id) {
        (Carrier::Telnyx, stream, start.call_control_id)
    } else if let Some(stream) = plivo_id.or(in_plivo_id) {
        (Carrier::Plivo, stream, start.call_id)
    } else {
        return Err(Garbled::NoStream);
    };
    let told = start.parameters.and_then(|parameters| parameters.secret).and_then(Loose::text);
    let secret = told.map(Cow::into_owned).or_else(|| headers.and_then(secret_in));
    Ok(Start { carrier, stream, call: owned(call), coding, secret })
}

/// The secret among headers that are one text, such as `secret=5f..;name=Jane`.
fn secret_in(headers: Loose<'_>) -> Option<String> {
    let headers = headers.text()?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let mut parts = headers.split(|letter| !is_part(letter)).filter(|part| !part.is_empty());
    parts.find(|part| part.ends_with("secret"))?;
    parts.next().map(str::to_owned)
}

fn sound(media: RawMedia<'_>) -> Result<CarrierEvent<'_>, Garbled> {
    // A stream with both tracks brings what we said ourselves, too.
    if matches!(media.track, Some(Loose::Text(track)) if track.starts_with("outbound")) {
        return Ok(CarrierEvent::Other);
    }
    let Text(payload) = media.payload.ok_or(Garbled::NoPayload)?;
    let number = |told: Option<Loose<'_>>| told.as_ref().and_then(Loose::number);
    let at = number(media.timestamp).map(Duration::from_millis);
    Ok(CarrierEvent::Sound(Sound { payload, at, chunk: number(media.chunk) }))
}

fn key(dtmf: Option<RawDtmf<'_>>) -> CarrierEvent<'_> {
    let digit = dtmf.and_then(|dtmf| dtmf.digit).and_then(Loose::text);
    digit.and_then(|digit| digit.chars().next()).map_or(CarrierEvent::Other, CarrierEvent::Key)
}

fn complaint(payload: Option<RawComplaint<'_>>) -> Cow<'_, str> {
    payload.and_then(|payload| payload.title).and_then(Loose::text).unwrap_or_default()
}

/// Text that is borrowed wherever it has no escapes.
#[derive(Debug, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Raw<'a> {
    event: Text<'a>,
    #[serde(rename = "streamSid")]
    stream_sid: Option<Text<'a>>,
    stream_id: Option<Text<'a>>,
    #[serde(rename = "streamId")]
    plivo_id: Option<Text<'a>>,
    start: Option<RawStart<'a>>,
    media: Option<RawMedia<'a>>,
    mark: Option<RawMark<'a>>,
    dtmf: Option<RawDtmf<'a>>,
    name: Option<Text<'a>>,
    payload: Option<RawComplaint<'a>>,
    extra_headers: Option<Loose<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawStart<'a> {
    #[serde(rename = "streamSid")]
    stream_sid: Option<Text<'a>>,
    stream_id: Option<Text<'a>>,
    #[serde(rename = "streamId")]
    plivo_id: Option<Text<'a>>,
    #[serde(rename = "callSid")]
    call_sid: Option<Text<'a>>,
    call_control_id: Option<Text<'a>>,
    #[serde(rename = "callId")]
    call_id: Option<Text<'a>>,
    #[serde(rename = "mediaFormat", alias = "media_format")]
    media_format: Option<RawFormat<'a>>,
    #[serde(rename = "customParameters", alias = "custom_parameters")]
    parameters: Option<RawParameters<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawFormat<'a> {
    encoding: Option<Text<'a>>,
    #[serde(rename = "sampleRate", alias = "sample_rate")]
    sample_rate: Option<Loose<'a>>,
    channels: Option<Loose<'a>>,
}

impl RawFormat<'_> {
    fn coding(&self) -> Result<Coding, Garbled> {
        let is = |told: &Option<Loose<'_>>, wanted| {
            told.as_ref().and_then(Loose::number).is_none_or(|number| number == wanted)
        };
        let encoding = self.encoding.as_ref().map_or("audio/x-mulaw", |Text(encoding)| encoding);
        let coding = match encoding {
            "audio/x-mulaw" | "PCMU" => Some(Coding::MuLaw),
            "audio/x-alaw" | "PCMA" => Some(Coding::ALaw),
            _ => None,
        };
        coding
            .filter(|_| is(&self.sample_rate, 8_000) && is(&self.channels, 1))
            .ok_or_else(|| Garbled::Format(self.in_short(encoding)))
    }

    /// The format in a few words: the reason of a close has little room.
    fn in_short(&self, encoding: &str) -> String {
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || "/-_".contains(*letter);
        let mut words: String = encoding.chars().filter(plain).take(20).collect();
        for (told, unit) in [(&self.sample_rate, "Hz"), (&self.channels, "ch")] {
            if let Some(number) = told.as_ref().and_then(Loose::number) {
                words += &format!(" {} {unit}", number.min(999_999));
            }
        }
        words
    }
}

#[derive(Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawParameters<'a> {
    secret: Option<Loose<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawMedia<'a> {
    track: Option<Loose<'a>>,
    timestamp: Option<Loose<'a>>,
    chunk: Option<Loose<'a>>,
    payload: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawMark<'a> {
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawDtmf<'a> {
    digit: Option<Loose<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct RawComplaint<'a> {
    title: Option<Loose<'a>>,
}
