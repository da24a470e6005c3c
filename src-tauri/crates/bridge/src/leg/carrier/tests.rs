//! What is understood of each carrier's messages, and what each is sent.

use std::time::Duration;

use wire::Carrier;

use super::coding::Coding;
use super::message::{self, CarrierEvent, Start};
use super::pen::Pen;
use crate::ending::Garbled;

/// What this text says; that it may need to be mended is another test's.
fn read(text: &str) -> CarrierEvent<'_> {
    message::read(text, Box::leak(Box::default()))
}

fn sound_in(text: &str) -> (Vec<u8>, Option<Duration>, Option<u64>) {
    let CarrierEvent::Sound(sound) = read(text) else { panic!("no sound in {text}") };
    let mut bytes = vec![1, 2, 3];
    assert!(sound.decode(&mut bytes), "base64 in {text}");
    (bytes, sound.at, sound.chunk)
}

fn start_in(text: &str) -> Result<Start, Garbled> {
    let CarrierEvent::Start(start) = read(text) else { panic!("no start: {text}") };
    start.map(|start| *start)
}

fn started(text: &str) -> Start {
    start_in(text).unwrap_or_else(|garbled| panic!("{garbled} in {text}"))
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
        read(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#),
        CarrierEvent::Connected
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
        account: Some("AC".into()),
        secrets: vec!["s1".into()],
    };
    assert_eq!(start, expected);
    let media = r#"{"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"20",
        "payload":"/38A"},"streamSid":"MZ1"}"#;
    assert_eq!(sound_in(media), (vec![0xFF, 0x7F, 0], Some(Duration::from_millis(20)), Some(2)));
    let dtmf = r#"{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}"#;
    assert_eq!(read(dtmf), CarrierEvent::Key('1'));
    let mark =
        r#"{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"my label"}}"#;
    assert_eq!(read(mark), CarrierEvent::Played("my label".into()));
    let stop = r#"{"event":"stop","sequenceNumber":"5","stop":{"accountSid":"AC","callSid":"CA"},"streamSid":"MZ1"}"#;
    assert_eq!(read(stop), CarrierEvent::Stop(Some("MZ1".into())));
}

#[test]
fn telnyx_is_known_by_its_start_and_may_send_a_law() {
    assert_eq!(read(r#"{"event":"connected","version":"1.0.0"}"#), CarrierEvent::Connected);
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
        account: Some("u".into()),
        secrets: vec!["s2".into()],
    };
    assert_eq!(start, expected);
    let media = r#"{"event":"media","sequence_number":"4","media":{"track":"inbound","chunk":"2","timestamp":"5",
        "payload":"/38A"},"stream_id":"32de"}"#;
    assert_eq!(sound_in(media), (vec![0xFF, 0x7F, 0], Some(Duration::from_millis(5)), Some(2)));
    let error = r#"{"event":"error","payload":{"code":100003,"title":"malformed_frame","detail":"x"},"stream_id":"32de"}"#;
    assert_eq!(read(error), CarrierEvent::Complaint("malformed_frame".into()));
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
        account: Some("MA".into()),
        secrets: vec!["s3".into()],
    };
    assert_eq!(start, expected);
    let played = r#"{"event":"playedStream","streamId":"s1","name":"echo-1"}"#;
    assert_eq!(read(played), CarrierEvent::Played("echo-1".into()));
    assert_eq!(read(r#"{"event":"clearedAudio","streamId":"s1"}"#), CarrierEvent::Other);
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
    assert_eq!(read(r#"{"event":"dtmf","dtmf":{"digit":7}}"#), CarrierEvent::Key('7'));
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
    assert_eq!(read(r#"{"event":"stop"}"#), CarrierEvent::Stop(None));
    assert_eq!(read(r#"{"event":"something-else","x":[1]}"#), CarrierEvent::Other);
    assert_eq!(
        read(r#"{"event":"media","media":{"track":"outbound","payload":"/w=="}}"#),
        CarrierEvent::Other
    );
}

#[test]
fn what_nobody_can_understand_is_odd_and_no_more() {
    for text in
        ["", "{", "[]", "3", "null", r#"{"media":{}}"#, r#"{"type":"ping"}"#, r#"{"event":[]}"#]
    {
        assert_eq!(read(text), CarrierEvent::Odd, "{text}");
    }
    for rest in [r#""mark":{"name":{}}"#, r#""mark":"said-1""#, r#""x":1"#] {
        assert_eq!(read(&format!(r#"{{"event":"mark",{rest}}}"#)), CarrierEvent::Odd, "{rest}");
    }
    for digit in [r#""12""#, "null", "[1]", r#""x""#, "true", "1.5"] {
        let text = format!(r#"{{"event":"dtmf","dtmf":{{"digit":{digit}}}}}"#);
        assert_eq!(read(&text), CarrierEvent::Odd, "{text}");
    }
}

#[test]
fn what_can_be_read_is_whatever_is_around_it() {
    assert_eq!(read(r#"{"event":"dtmf","dtmf":"5"}"#), CarrierEvent::Key('5'));
    assert_eq!(read(r#"{"event":"dtmf","dtmf":{"digit":" * "}}"#), CarrierEvent::Key('*'));
    assert_eq!(read(r#"{"event":"mark","mark":{"name":7}}"#), CarrierEvent::Played("7".into()));
    assert_eq!(read(r#"{"event":"stop","stop":7,"streamSid":[]}"#), CarrierEvent::Stop(None));
    for (payload, complaint) in
        [(r#""no good""#, "no good"), (r#"{"message":"no"}"#, "no"), ("7", "7"), ("null", "")]
    {
        let text = format!(r#"{{"event":"error","payload":{payload}}}"#);
        assert_eq!(read(&text), CarrierEvent::Complaint(complaint.into()));
    }
    for (timestamp, at) in [
        (r#"" 20 ms""#, Some(20)),
        ("20.7", Some(20)),
        ("-3", None),
        ("1e3", Some(1_000)),
        ("{}", None),
    ] {
        let text =
            format!(r#"{{"event":"media","media":{{"timestamp":{timestamp},"payload":"/w=="}}}}"#);
        assert_eq!(sound_in(&text).1, at.map(Duration::from_millis), "{timestamp}");
    }
}

#[test]
fn sound_that_cannot_be_read_is_sound_all_the_same() {
    for payload in [r#""!""#, "null", "7", "[]", r#"{"a":"/w=="}"#] {
        let text = format!(
            r#"{{"event":"media","media":{{"timestamp":20,"chunk":2,"payload":{payload}}}}}"#
        );
        let CarrierEvent::Sound(sound) = read(&text) else { panic!("no sound in {text}") };
        assert!(!sound.decode(&mut Vec::new()), "{payload}");
        assert_eq!((sound.at, sound.chunk), (Some(Duration::from_millis(20)), Some(2)));
    }
    let CarrierEvent::Sound(sound) = read(r#"{"event":"media"}"#) else { panic!("it is media") };
    assert!(!sound.decode(&mut Vec::new()));
}

#[test]
fn the_secret_counts_however_the_parameters_are_written() {
    for parameters in [
        r#""customParameters":{"Secret":"s1"}"#,
        r#""customParameters":[{"name":"secret","value":"s1"}]"#,
        r#""custom_parameters":[{"name":"a","value":"b"},{"name":"secret","value":"s1"}]"#,
        r#""custom_parameters":[{"key":"X-PH-Secret","value":"s1"}]"#,
        r#""custom_parameters":[["a","b"],["secret","s1"]]"#,
        r#""custom_parameters":[{"secret":"s1"}]"#,
        r#""custom_parameters":["secret","s1"]"#,
        r#""customParameters":{"secret":["s1"]}"#,
        r#""customParameters":{"secret":{"value":"s1"}}"#,
        r#""custom_parameters":[{"name":"secret","value":["s1","s2"]}]"#,
        r#""customParameters":"{\"secret\":\"s1\"}""#,
        r#""extra_headers":{"X-PH-SECRET":"s1"}"#,
        r#""extraHeaders":"userId=12345;secret=s1""#,
        r#""extra_headers":"{X-PH-secret: s1, X-PH-a: b}""#,
        r#""custom_headers":[{"name":"X-Secret","value":"s1"}]"#,
    ] {
        let within = format!(r#"{{"event":"start","start":{{"streamSid":"MZ1",{parameters}}}}}"#);
        let beside = format!(r#"{{"event":"start","streamSid":"MZ1",{parameters}}}"#);
        for text in [within, beside] {
            assert!(started(&text).secrets.contains(&"s1".to_owned()), "{text}");
        }
    }
    let number = r#"{"event":"start","streamSid":"MZ1","customParameters":{"secret":12345}}"#;
    assert_eq!(started(number).secrets, ["12345"]);
}

#[test]
fn a_start_is_refused_only_for_what_can_be_read_of_it() {
    for odd in ["[]", r#""""#, "null", "7", "true", "{}", r#"[["a"]]"#, "-1", r#""x""#] {
        for text in [
            format!(
                r#"{{"event":"start","streamSid":"MZ1","start":{{"customParameters":{odd}}}}}"#
            ),
            format!(
                r#"{{"event":"start","streamSid":"MZ1","start":{{"callSid":{odd},"tracks":{odd}}}}}"#
            ),
            format!(r#"{{"event":"start","streamSid":"MZ1","start":{{"mediaFormat":{odd}}}}}"#),
            format!(r#"{{"event":"start","streamSid":"MZ1","start":{odd}}}"#),
            format!(r#"{{"event":"start","streamSid":{odd},"start":{{"streamSid":"MZ1"}}}}"#),
            format!(
                r#"{{"event":"start","streamSid":"MZ1","extra_headers":{odd},"sequenceNumber":{odd}}}"#
            ),
        ] {
            assert!(start_in(&text).is_ok(), "{text}");
        }
    }
    for odd in ["[]", r#""""#, "null", "true", "{}", "-8000", "0", "7.0e-3"] {
        let format = format!(r#"{{"encoding":{odd},"sampleRate":{odd},"channels":{odd}}}"#);
        let text =
            format!(r#"{{"event":"start","streamSid":"MZ1","start":{{"mediaFormat":{format}}}}}"#);
        assert_eq!(started(&text).coding, Coding::MuLaw, "{text}");
    }
    let number = started(r#"{"event":"start","start":{"streamId":9007199254740993,"callId":15}}"#);
    assert_eq!((&*number.stream, number.call.as_deref()), ("9007199254740993", Some("15")));
    for none in
        [r#"{"event":"start"}"#, r#"{"event":"start","streamSid":" ","start":{"streamId":[]}}"#]
    {
        assert_eq!(start_in(none), Err(Garbled::NoStream), "{none}");
    }
    let long = format!(r#"{{"event":"start","streamSid":"{}"}}"#, "x".repeat(129));
    assert_eq!(start_in(&long), Err(Garbled::LongStream));
    for format in [
        r#""sampleRate":16000"#,
        r#""sampleRate":"16000 Hz""#,
        r#""channels":2"#,
        r#""encoding":"L16""#,
    ] {
        let text = format!(
            r#"{{"event":"start","streamSid":"1","start":{{"mediaFormat":{{{format}}}}}}}"#
        );
        assert!(matches!(start_in(&text), Err(Garbled::Format(_))), "{format}");
    }
}

#[test]
fn what_is_nearly_json_is_read_as_it_was_meant() {
    let start = r#"{"event":"start","streamSid":"MZ1","start":{"customParameters":{"name":"Tom \ud83d","secret":"s1"}}}"#;
    for text in [start.to_owned(), format!("\u{feff}{start}"), format!("{start}\0\n")] {
        assert_eq!(started(&text).secrets, ["s1"], "{text}");
    }
    let whole =
        r#"{"event":"mark","mark":{"name":"\ud83d\ude00 \" \\ NaN -Infinity 1e999"},"x":1}"#;
    assert_eq!(message_mended(whole), whole, "what is right stays");
    for odd in
        ["NaN", "-Infinity", "1e400", "-1E+4000", "[NaN,1e999]", r#""\ud800""#, r#""\udc00\ud800""#]
    {
        let text = format!(
            r#"{{"event":"media","note":{odd},"media":{{"timestamp":20,"payload":"/w=="}}}}"#
        );
        assert_eq!(sound_in(&text).0, [0xFF], "{text}");
    }
    assert_eq!(read(r#"{"event":"STOP"}"#), CarrierEvent::Stop(None));
    let other = r#"{"event":"stop","stop":{"streamSid":"MZ2"}}"#;
    assert_eq!(read(other), CarrierEvent::Stop(Some("MZ2".into())));
}

fn message_mended(text: &str) -> String {
    super::json::mended(text)
}

#[test]
fn a_coding_that_is_not_ours_is_named_in_a_reason_that_fits_a_close() {
    let format = r#""media_format":{"encoding":"OPUS 🦀","sample_rate":16000,"channels":1}"#;
    let text = format!(r#"{{"event":"start","stream_id":"1","start":{{{format}}}}}"#);
    let garbled = start_in(&text).expect_err("Opus is not taken");
    assert_eq!(
        garbled.to_string(),
        "sound as OPUS 16000 Hz 1 ch is not taken, only µ-law or A-law at 8000 Hz, one channel"
    );
    let longest = Garbled::Format(format!("{} 999999 Hz 999999 ch", "x".repeat(20)));
    assert!(longest.to_string().len() <= 123);
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "[\"\\\\uUdD0-9eN\\-]{0,30}|.*") {
        let _ = read(&text);
    }

    #[test]
    fn arbitrary_values_in_place_of_others_never_panic(
        event in "start|media|dtmf|mark|stop|error|playedStream",
        value in r#"null|-?[0-9]{1,25}|[0-9]e[0-9]{1,3}|"[^"\\]{0,9}"|\[\]|\{"payload":("[A-Za-z=+/]{0,9}"|3),"timestamp":[0-9]{1,25}\}"#,
    ) {
        for key in ["media", "start", "dtmf", "mark", "payload", "streamSid", "stream_id", "name", "extra_headers"] {
            let text = format!(r#"{{"event":"{event}","{key}":{value}}}"#);
            let _ = super::json::mended(&text);
            if let CarrierEvent::Sound(sound) = read(&text) {
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
