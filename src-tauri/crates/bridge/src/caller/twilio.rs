//! Twilio Media Streams: JSON objects in text frames, sound as base64 of µ-law at 8 kHz.
//!
//! Reading is liberal, for other programs speak it too: numbers may be strings, and what isn't needed may be missing.
//! Writing is strict: Twilio complains of every field that it doesn't expect.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

/// Takes base64 with and without its padding, and writes it with.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A message of Twilio's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The stream that it says it is of.
    pub(crate) stream: Option<String>,
    /// What it says.
    pub(crate) told: Told,
}

/// What Twilio tells us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The connection is there; a start will follow.
    Connected,
    /// The stream with this name starts.
    Start { stream: String },
    /// The caller's sound, and how long after the start of the stream it was made.
    Sound { sound: Vec<u8>, at: Option<Duration> },
    /// The caller pressed this key.
    Key(char),
    /// All sound that we sent before the mark of this name has been played, or was cleared.
    Played(String),
    /// The stream is over.
    Stop,
    /// Something that isn't for us.
    Other,
}

/// What is wrong with a message.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Garbled {
    #[error("a message that is not a JSON object of Twilio Media Streams")]
    NotTwilio,
    #[error("a start without a streamSid")]
    NoStream,
    #[error("sound that is not µ-law at 8 kHz on one channel")]
    Format,
    #[error("media without a payload")]
    NoPayload,
    #[error("a payload that is not base64")]
    Payload,
}

/// What this text says.
pub(crate) fn read(text: &str) -> Result<Message, Garbled> {
    let Raw { event, stream_sid, start, media, mark, dtmf } =
        serde_json::from_str(text).map_err(|_| Garbled::NotTwilio)?;
    let mut stream = stream_sid;
    let told = match &*event {
        "connected" => Told::Connected,
        "start" => {
            let start = start.unwrap_or_default();
            start.media_format.unwrap_or_default().check()?;
            stream = stream.or(start.stream_sid);
            Told::Start { stream: stream.clone().ok_or(Garbled::NoStream)? }
        }
        "media" => sound(media.unwrap_or_default())?,
        "dtmf" => key(&dtmf.unwrap_or_default()),
        "mark" => mark.and_then(|mark| mark.name).map_or(Told::Other, Told::Played),
        "stop" => Told::Stop,
        _ => Told::Other,
    };
    Ok(Message { stream, told })
}

/// The message that has Twilio play this sound after all that it was sent before.
pub(crate) fn media(stream: &str, sound: &[u8]) -> String {
    let payload = Payload { payload: BASE64.encode(sound) };
    Written { event: "media", stream, media: Some(payload), mark: None }.text()
}

/// The message that has Twilio tell when all that it was sent before has been played.
pub(crate) fn mark(stream: &str, name: &str) -> String {
    Written { event: "mark", stream, media: None, mark: Some(Name { name }) }.text()
}

/// The message that has Twilio forget what it hasn't played yet.
pub(crate) fn clear(stream: &str) -> String {
    Written { event: "clear", stream, media: None, mark: None }.text()
}

fn sound(media: Media) -> Result<Told, Garbled> {
    // A stream with both tracks brings what we said ourselves, too.
    if media.track.is_some_and(|track| track.starts_with("outbound")) {
        return Ok(Told::Other);
    }
    let payload = media.payload.ok_or(Garbled::NoPayload)?;
    let sound = BASE64.decode(&*payload).map_err(|_| Garbled::Payload)?;
    let at = media.timestamp.as_ref().and_then(Loose::number).map(Duration::from_millis);
    Ok(Told::Sound { sound, at })
}

fn key(dtmf: &Dtmf) -> Told {
    dtmf.digit.as_ref().and_then(|digit| digit.chars().next()).map_or(Told::Other, Told::Key)
}

#[derive(Deserialize)]
struct Raw {
    event: String,
    #[serde(rename = "streamSid")]
    stream_sid: Option<String>,
    start: Option<Start>,
    media: Option<Media>,
    mark: Option<Mark>,
    dtmf: Option<Dtmf>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    stream_sid: Option<String>,
    media_format: Option<MediaFormat>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MediaFormat {
    encoding: Option<String>,
    sample_rate: Option<Loose>,
    channels: Option<Loose>,
}

impl MediaFormat {
    fn check(&self) -> Result<(), Garbled> {
        let is_mulaw = self.encoding.as_deref().is_none_or(|encoding| encoding == "audio/x-mulaw");
        let is = |told: &Option<Loose>, wanted| {
            told.as_ref().and_then(Loose::number).is_none_or(|number| number == wanted)
        };
        let fits = is_mulaw && is(&self.sample_rate, 8_000) && is(&self.channels, 1);
        if fits { Ok(()) } else { Err(Garbled::Format) }
    }
}

#[derive(Default, Deserialize)]
struct Media {
    track: Option<String>,
    timestamp: Option<Loose>,
    payload: Option<String>,
}

#[derive(Default, Deserialize)]
struct Mark {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
struct Dtmf {
    digit: Option<String>,
}

/// A number, or a number in a string, or anything else, which counts as missing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(u64),
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl Loose {
    fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Other(_) => None,
        }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    event: &'static str,
    #[serde(rename = "streamSid")]
    stream: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Payload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Name<'a>>,
}

#[derive(Serialize)]
struct Payload {
    payload: String,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

impl Written<'_> {
    fn text(&self) -> String {
        serde_json::to_string(self).expect("text and nothing else can always be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_exactly_what_twilio_expects() {
        assert_eq!(
            media("MZ1", &[0xFF, 0x7F, 0x00]),
            r#"{"event":"media","streamSid":"MZ1","media":{"payload":"/38A"}}"#
        );
        assert_eq!(
            mark("MZ1", "echo-2"),
            r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"echo-2"}}"#
        );
        assert_eq!(clear("MZ1"), r#"{"event":"clear","streamSid":"MZ1"}"#);
    }

    #[test]
    fn the_messages_of_twilios_own_documents_are_understood() {
        let told = |text| read(text).map(|message| message.told);
        assert_eq!(
            told(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#),
            Ok(Told::Connected)
        );
        let start = r#"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC","streamSid":"MZ1","callSid":"CA",
            "tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},
            "customParameters":{"FirstName":"Jane"}},"streamSid":"MZ1"}"#;
        assert_eq!(told(start), Ok(Told::Start { stream: "MZ1".into() }));
        let media = r#"{"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"20",
            "payload":"/38A"},"streamSid":"MZ1"}"#;
        let sound = Told::Sound { sound: vec![0xFF, 0x7F, 0], at: Some(Duration::from_millis(20)) };
        assert_eq!(told(media), Ok(sound));
        let dtmf = r#"{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}"#;
        assert_eq!(told(dtmf), Ok(Told::Key('1')));
        let mark =
            r#"{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"my label"}}"#;
        assert_eq!(told(mark), Ok(Told::Played("my label".into())));
        let stop = r#"{"event":"stop","sequenceNumber":"5","stop":{"accountSid":"AC","callSid":"CA"},"streamSid":"MZ1"}"#;
        assert_eq!(told(stop), Ok(Told::Stop));
    }

    #[test]
    fn numbers_may_be_strings_and_the_other_way_round() {
        for timestamp in ["20", "\"20\""] {
            let text = format!(
                r#"{{"event":"media","media":{{"timestamp":{timestamp},"payload":"/w=="}}}}"#
            );
            let sound = Told::Sound { sound: vec![0xFF], at: Some(Duration::from_millis(20)) };
            assert_eq!(read(&text).map(|message| message.told), Ok(sound));
        }
        let start = r#"{"event":"start","start":{"streamSid":"MZ1","mediaFormat":{"sampleRate":"8000","channels":"1"}}}"#;
        assert_eq!(read(start).map(|message| message.stream), Ok(Some("MZ1".into())));
    }

    #[test]
    fn what_is_not_needed_may_be_missing() {
        for payload in ["/w==", "/w"] {
            let text = format!(r#"{{"event":"media","media":{{"payload":"{payload}"}}}}"#);
            assert_eq!(
                read(&text),
                Ok(Message { stream: None, told: Told::Sound { sound: vec![0xFF], at: None } })
            );
        }
        let told = |text| read(text).map(|message| message.told);
        assert_eq!(
            told(r#"{"event":"start","streamSid":"MZ1"}"#),
            Ok(Told::Start { stream: "MZ1".into() })
        );
        assert_eq!(told(r#"{"event":"stop"}"#), Ok(Told::Stop));
        assert_eq!(told(r#"{"event":"something-else","x":[1]}"#), Ok(Told::Other));
        assert_eq!(
            told(r#"{"event":"media","media":{"track":"outbound","payload":"/w=="}}"#),
            Ok(Told::Other)
        );
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        assert_eq!(read("{"), Err(Garbled::NotTwilio));
        assert_eq!(read("[]"), Err(Garbled::NotTwilio));
        assert_eq!(read(r#"{"media":{}}"#), Err(Garbled::NotTwilio));
        assert_eq!(read(r#"{"event":"start"}"#), Err(Garbled::NoStream));
        assert_eq!(read(r#"{"event":"media"}"#), Err(Garbled::NoPayload));
        assert_eq!(read(r#"{"event":"media","media":{"payload":"!"}}"#), Err(Garbled::Payload));
        let opus =
            r#"{"event":"start","start":{"streamSid":"MZ1","mediaFormat":{"encoding":"OPUS"}}}"#;
        assert_eq!(read(opus), Err(Garbled::Format));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let _ = read(&text);
        }

        #[test]
        fn sound_survives_the_way_there_and_back(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let told = read(&media("MZ1", &bytes)).map(|message| message.told);
            proptest::prop_assert_eq!(told, Ok(Told::Sound { sound: bytes, at: None }));
        }
    }
}
