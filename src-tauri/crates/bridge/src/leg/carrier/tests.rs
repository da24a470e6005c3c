//! What is understood of each carrier's messages, and what each is sent.

use std::time::Duration;

use wire::Carrier;

use super::coding::Coding;
use super::message::{CarrierEvent, CarrierMessage, Start, read};
use super::pen::Pen;
use crate::ending::Garbled;

/// What this text says, with its sound as bytes.
fn told(text: &str) -> Result<CarrierEvent<'_>, Garbled> {
    read(text).map(|message| message.told)
}

fn sound_in(text: &str) -> (Vec<u8>, Option<Duration>, Option<u64>) {
    let Ok(CarrierEvent::Sound(sound)) = told(text) else { panic!("no sound in {text}") };
    let mut bytes = vec![1, 2, 3];
    sound.decode(&mut bytes).expect("base64");
    (bytes, sound.at, sound.chunk)
}

fn started(text: &str) -> Start {
    match told(text) {
        Ok(CarrierEvent::Start(start)) => *start,
        other => panic!("{other:?} from {text}"),
    }
}

#[test]
fn what_is_sent_is_exactly_what_each_carrier_expects() {
    let sent = |carrier| {
        let pen = Pen::new(carrier, "a\"b");
        [pen.media(&[0xFF, 0x7F, 0x00]), pen.mark("echo-2"), pen.clear()]
    };
    assert_eq!(
        sent(Carrier::Twilio),
        [
            r#"{"event":"media","streamSid":"a\"b","media":{"payload":"/38A"}}"#,
            r#"{"event":"mark","streamSid":"a\"b","mark":{"name":"echo-2"}}"#,
            r#"{"event":"clear","streamSid":"a\"b"}"#,
        ]
    );
    assert_eq!(
        sent(Carrier::Telnyx),
        [
            r#"{"event":"media","media":{"payload":"/38A"}}"#,
            r#"{"event":"mark","mark":{"name":"echo-2"}}"#,
            r#"{"event":"clear"}"#,
        ]
    );
    assert_eq!(
        sent(Carrier::Plivo),
        [
            r#"{"event":"playAudio","streamId":"a\"b","media":{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":"/38A"}}"#,
            r#"{"event":"checkpoint","streamId":"a\"b","name":"echo-2"}"#,
            r#"{"event":"clearAudio","streamId":"a\"b"}"#,
        ]
    );
}

#[test]
fn the_messages_of_twilios_own_documents_are_understood() {
    assert_eq!(
        told(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#),
        Ok(CarrierEvent::Connected)
    );
    let start = started(
        r#"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC","streamSid":"MZ1","callSid":"CA1",
        "tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},
        "customParameters":{"FirstName":"Jane","secret":"s1"}},"streamSid":"MZ1"}"#,
    );
    let expected = Start {
        carrier: Carrier::Twilio,
        stream: "MZ1".into(),
        call: Some("CA1".into()),
        coding: Coding::MuLaw,
        secret: Some("s1".into()),
    };
    assert_eq!(start, expected);
    let media = r#"{"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"20",
        "payload":"/38A"},"streamSid":"MZ1"}"#;
    assert_eq!(sound_in(media), (vec![0xFF, 0x7F, 0], Some(Duration::from_millis(20)), Some(2)));
    let dtmf = r#"{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}"#;
    assert_eq!(told(dtmf), Ok(CarrierEvent::Key('1')));
    let mark =
        r#"{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"my label"}}"#;
    assert_eq!(told(mark), Ok(CarrierEvent::Played("my label".into())));
    let stop = r#"{"event":"stop","sequenceNumber":"5","stop":{"accountSid":"AC","callSid":"CA"},"streamSid":"MZ1"}"#;
    assert_eq!(told(stop), Ok(CarrierEvent::Stop));
}

#[test]
fn telnyx_is_known_by_its_start_and_may_send_a_law() {
    assert_eq!(told(r#"{"event":"connected","version":"1.0.0"}"#), Ok(CarrierEvent::Connected));
    let start = started(
        r#"{"event":"start","sequence_number":"1","stream_id":"32de","start":{"call_control_id":"v2:T02","user_id":"u",
        "client_state":null,"from":"+15550100","to":"+15550101","custom_parameters":{"secret":"s2"},
        "media_format":{"encoding":"PCMA","sample_rate":8000,"channels":1}}}"#,
    );
    let expected = Start {
        carrier: Carrier::Telnyx,
        stream: "32de".into(),
        call: Some("v2:T02".into()),
        coding: Coding::ALaw,
        secret: Some("s2".into()),
    };
    assert_eq!(start, expected);
    let media = r#"{"event":"media","sequence_number":"4","media":{"track":"inbound","chunk":"2","timestamp":"5",
        "payload":"/38A"},"stream_id":"32de"}"#;
    assert_eq!(sound_in(media), (vec![0xFF, 0x7F, 0], Some(Duration::from_millis(5)), Some(2)));
    let error = r#"{"event":"error","payload":{"code":100003,"title":"malformed_frame","detail":"x"},"stream_id":"32de"}"#;
    assert_eq!(told(error), Ok(CarrierEvent::Complaint("malformed_frame".into())));
}

#[test]
fn plivo_is_known_by_its_start_and_has_a_word_of_its_own_for_marks() {
    let start = started(
        r#"{"event":"start","sequenceNumber":0,"start":{"callId":"c1","streamId":"s1","accountId":"MA",
        "tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}},
        "extra_headers":"userId=12345;secret=s3"}"#,
    );
    let expected = Start {
        carrier: Carrier::Plivo,
        stream: "s1".into(),
        call: Some("c1".into()),
        coding: Coding::MuLaw,
        secret: Some("s3".into()),
    };
    assert_eq!(start, expected);
    let played = r#"{"event":"playedStream","streamId":"s1","name":"echo-1"}"#;
    assert_eq!(told(played), Ok(CarrierEvent::Played("echo-1".into())));
    assert_eq!(told(r#"{"event":"clearedAudio","streamId":"s1"}"#), Ok(CarrierEvent::Other));
}

#[test]
fn numbers_may_be_text_and_the_other_way_round() {
    for timestamp in ["20", "\"20\"", "20.0"] {
        let text =
            format!(r#"{{"event":"media","media":{{"timestamp":{timestamp},"payload":"/w=="}}}}"#);
        assert_eq!(sound_in(&text), (vec![0xFF], Some(Duration::from_millis(20)), None));
    }
    let start = r#"{"event":"start","start":{"streamSid":"MZ1","mediaFormat":{"sampleRate":"8000","channels":"1"}}}"#;
    assert_eq!(started(start).stream, "MZ1");
    assert_eq!(told(r#"{"event":"dtmf","dtmf":{"digit":7}}"#), Ok(CarrierEvent::Key('7')));
}

#[test]
fn what_is_not_needed_may_be_missing_or_odd() {
    for payload in ["/w==", "/w", r"\/w=="] {
        let text = format!(r#"{{"event":"media","media":{{"payload":"{payload}"}}}}"#);
        assert_eq!(sound_in(&text), (vec![0xFF], None, None));
    }
    for odd in ["null", "true", "[1,{}]", "{\"x\":[]}", "-1", "\"soon\""] {
        let text = format!(r#"{{"event":"media","media":{{"timestamp":{odd},"payload":"/w=="}}}}"#);
        assert_eq!(sound_in(&text).1, None, "{odd}");
    }
    assert_eq!(started(r#"{"event":"start","streamSid":"MZ1"}"#).call, None);
    assert_eq!(told(r#"{"event":"stop"}"#), Ok(CarrierEvent::Stop));
    assert_eq!(told(r#"{"event":"something-else","x":[1]}"#), Ok(CarrierEvent::Other));
    assert_eq!(
        told(r#"{"event":"media","media":{"track":"outbound","payload":"/w=="}}"#),
        Ok(CarrierEvent::Other)
    );
}

#[test]
fn what_cannot_be_understood_is_named() {
    assert_eq!(told("{"), Err(Garbled::NoMessage));
    assert_eq!(told("[]"), Err(Garbled::NoMessage));
    assert_eq!(told(r#"{"media":{}}"#), Err(Garbled::NoMessage));
    assert_eq!(told(r#"{"event":"start"}"#), Err(Garbled::NoStream));
    assert_eq!(told(r#"{"event":"media"}"#), Err(Garbled::NoPayload));
    let Ok(CarrierEvent::Sound(sound)) = told(r#"{"event":"media","media":{"payload":"!"}}"#)
    else {
        panic!("the payload is looked at later");
    };
    assert_eq!(sound.decode(&mut Vec::new()), Err(Garbled::Payload));
}

#[test]
fn a_coding_that_is_not_ours_is_named_in_a_reason_that_fits_a_close() {
    let format = r#""media_format":{"encoding":"OPUS 🦀","sample_rate":16000,"channels":1}"#;
    let text = format!(r#"{{"event":"start","stream_id":"1","start":{{{format}}}}}"#);
    let garbled = told(&text).expect_err("Opus is not taken");
    assert_eq!(
        garbled.to_string(),
        "sound as OPUS 16000 Hz 1 ch is not taken, only µ-law or A-law at 8000 Hz, one channel"
    );
    let longest = Garbled::Format(format!("{} 999999 Hz 999999 ch", "x".repeat(20)));
    assert!(longest.to_string().len() <= 123);
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in ".*") {
        let _ = read(&text);
    }

    #[test]
    fn arbitrary_values_in_place_of_others_never_panic(
        event in "start|media|dtmf|mark|stop|error|playedStream",
        value in r#"null|-?[0-9]{1,25}|[0-9]e[0-9]{1,3}|"[^"\\]{0,9}"|\[\]|\{"payload":("[A-Za-z=+/]{0,9}"|3),"timestamp":[0-9]{1,25}\}"#,
    ) {
        for key in ["media", "start", "dtmf", "mark", "payload", "streamSid", "stream_id", "name", "extra_headers"] {
            let text = format!(r#"{{"event":"{event}","{key}":{value}}}"#);
            if let Ok(CarrierMessage { told: CarrierEvent::Sound(sound), .. }) = read(&text) {
                let _ = sound.decode(&mut Vec::new());
            }
        }
    }

    #[test]
    fn sound_survives_the_way_there_and_back(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let text = Pen::new(Carrier::Twilio, "MZ1").media(&bytes);
        proptest::prop_assert_eq!(sound_in(&text), (bytes, None, None));
    }
}
