//! `call`.

use std::fs;
use std::path::Path;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::holder::Holder;
use crate::home::{Home, supervisor_listens};

/// A recorded voice.
const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");

#[test]
fn a_recorded_voice_is_answered_and_comes_back() {
    let home = Home::new();
    let _serve = home.serve();
    let reply = home.path("reply.wav");
    let call = home.run(&["call", VOICE, "--out", &reply]);
    assert_eq!(call.code, Some(0), "{}{}", call.out, call.err);
    assert!(call.out.starts_with("Greeting: "), "{}", call.out);
    assert!(call.out.contains("Echo: yes"), "{}", call.out);
    let heard = WavReader::open(reply).expect("it was saved");
    let spec = heard.spec();
    assert_eq!((spec.sample_rate, spec.channels, spec.bits_per_sample), (8000, 1, 16));
    assert!(
        call.out.contains(&format!("{:.1} s", f64::from(heard.duration()) / 8000.0)),
        "{}",
        call.out
    );
}

#[test]
fn nobody_at_home_is_no_answer() {
    let home = Home::new();
    let call = home.run(&["call", VOICE]);
    assert_eq!(call.code, Some(3));
    assert!(call.out.contains("no xSwarm Voice is running"), "{}", call.out);
    let address = format!("127.0.0.1:{}", home.bridge);
    let call = home.run(&["call", VOICE, "--address", &address]);
    assert_eq!(call.code, Some(3));
    assert!(call.out.contains(&format!("Nobody answers at {address}")), "{}", call.out);
}

#[test]
fn a_foreign_program_on_the_bridges_port_is_neither_called_nor_shown_anything() {
    let home = Home::new();
    home.set_further("public_url = \"https://voice.example.org\"\nalso = []");
    let foreign = Holder::eavesdropping(home.bridge);
    let serve = home.start(&["serve"]);
    serve.until(&supervisor_listens(&home));
    let call = home.run(&["call", VOICE]);
    assert_eq!(call.code, Some(3), "{}{}", call.out, call.err);
    let told = format!("port {} isn't held by the xSwarm Voice that runs", home.bridge);
    assert!(call.out.contains(&told), "{}", call.out);
    home.run(&["free", &home.bridge.to_string(), "--yes"]);
    assert_eq!(foreign.into_report(), "", "nobody has come to it");
}

#[test]
fn our_own_call_finds_a_place_when_all_others_are_taken() {
    let home = Home::new();
    home.set_further("limits.calls = 1");
    let _serve = home.serve();
    let address = format!("127.0.0.1:{}", home.bridge);
    let stranger = home.follow(&["call", VOICE, "--address", &address]);
    home.follow(&["status", "--watch", "--json"])
        .until_json(|status| status["calls"].as_array().is_some_and(|calls| calls.len() == 1));
    let late = home.run(&["call", VOICE, "--address", &address]);
    assert!(late.out.contains("all places are taken"), "{}", late.out);
    let ours = home.run(&["call", VOICE]);
    assert_eq!(ours.code, Some(0), "{}{}", ours.out, ours.err);
    drop(stranger);
}

#[test]
fn what_is_no_voice_bridge_is_told_by_what_it_says() {
    let home = Home::new();
    let _serve = home.serve();
    let call = home.run(&["call", VOICE, "--address", &format!("127.0.0.1:{}", home.supervisor)]);
    assert_eq!(call.code, Some(1));
    assert!(call.err.contains("is no voice bridge, for it says"), "{}", call.err);
}

#[test]
fn a_file_without_a_voice_is_not_called_with() {
    let home = Home::new();
    let silence = home.path("silence.wav");
    let spec = WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::create(&silence, spec).expect("a file");
    (0..8000).for_each(|_| writer.write_sample(0_i16).expect("room"));
    writer.finalize().expect("room");
    let cases = [
        (silence.as_str(), "holds only silence"),
        (&home.path("none.wav"), "can't be used as a recorded voice: "),
        (
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            "it is no sound file that is known here, and a WAV file is wanted",
        ),
    ];
    for (file, reason) in cases {
        let call = home.run(&["call", file]);
        assert_eq!(call.code, Some(1));
        assert!(call.err.contains(reason), "{}", call.err);
    }
}

/// A voice of so many seconds, as a WAV file: the recorded one over and over, without a pause in which somebody may answer.
fn long_voice(home: &Home, seconds: usize) -> String {
    let once: Vec<i16> = testcall::voice().into_iter().skip(2_000).take(20_000).collect();
    let path = home.path(&format!("{seconds}.wav"));
    let samples = once.iter().copied().cycle().take(seconds * 8_000);
    write(&path, &samples.collect::<Vec<_>>());
    path
}

fn write(path: impl AsRef<Path>, samples: &[i16]) {
    let spec = WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::create(path, spec).expect("a file");
    samples.iter().for_each(|sample| writer.write_sample(*sample).expect("room"));
    writer.finalize().expect("room");
}

fn correlation(told: &str) -> f64 {
    let number = told.split("correlation ").nth(1).unwrap_or_else(|| panic!("{told}"));
    number
        .lines()
        .next()
        .and_then(|line| line.trim_end_matches('.').parse().ok())
        .expect("a number")
}

#[test]
fn a_long_recording_comes_back_to_its_end() {
    let home = Home::new();
    let _serve = home.serve();
    let calls = [15, 20].map(|seconds| {
        let file = long_voice(&home, seconds);
        (seconds, home.follow(&["call", &file]))
    });
    for (seconds, call) in calls {
        let told = call.rest();
        assert!(told.contains(&format!("Spoken: {seconds}.0 s")), "{seconds}: {told}");
        assert!(correlation(&told) >= 0.9 && !told.contains("Missing"), "{seconds}: {told}");
    }
}

#[test]
fn a_recording_with_pauses_comes_back_to_its_end() {
    let home = Home::new();
    let _serve = home.serve();
    let calls = [300, 500, 700, 900, 1_500].map(|pause| {
        let sentence = [testcall::voice(), vec![0; pause * 8]].concat();
        let path = home.path(&format!("{pause}.wav"));
        write(&path, &sentence.repeat(3));
        (pause, home.follow(&["call", &path]))
    });
    for (pause, call) in calls {
        let told = call.rest();
        assert!(told.contains("Echo: yes") && !told.contains("Missing"), "{pause}: {told}");
    }
}

#[test]
fn the_recording_is_never_written_to() {
    let home = Home::new();
    let input = home.path("voice.wav");
    fs::copy(VOICE, &input).expect("room");
    let before = fs::read(&input).expect("it is there");
    let below = home.path("below");
    fs::create_dir(&below).expect("room");
    let mut names = vec![input.clone(), format!("{below}/../voice.wav")];
    let other = home.path("other.wav");
    fs::hard_link(&input, &other).expect("the file system has links");
    names.push(other);
    names.extend(Some(home.path("VOICE.WAV")).filter(|upper| Path::new(upper).exists()));
    for out in names {
        let call = home.run(&["call", &input, "--out", &out]);
        assert_eq!(call.code, Some(1), "{out}: {}{}", call.out, call.err);
        assert!(call.err.contains("is the recording itself; name another file"), "{}", call.err);
    }
    assert_eq!(fs::read(&input).expect("it is there"), before);
}

#[test]
fn a_reply_is_left_alone_until_something_was_heard() {
    let home = Home::new();
    let [kept, fresh] = ["kept.wav", "fresh.wav"].map(|name| home.path(name));
    fs::write(&kept, "what was there").expect("room");
    for out in [&kept, &fresh] {
        assert_eq!(home.run(&["call", VOICE, "--out", out]).code, Some(3));
    }
    assert_eq!(fs::read(&kept).expect("it is there"), b"what was there");
    assert!(!Path::new(&fresh).exists());
    let _serve = home.serve();
    let call = home.run(&["call", VOICE, "--out", &kept]);
    assert_eq!(call.code, Some(0), "{}{}", call.out, call.err);
    assert!(WavReader::open(&kept).is_ok());
    let nowhere = home.run(&["call", VOICE, "--out", &home.path("none/reply.wav")]);
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.err.contains("can't be written"), "{}", nowhere.err);
}

#[test]
fn an_address_is_taken_in_every_form() {
    let home = Home::new();
    let _serve = home.serve();
    let port = home.bridge.to_string();
    let calls = [format!("localhost:{port}"), port.clone(), format!(":{port}")]
        .map(|address| (home.follow(&["call", VOICE, "--address", &address]), address));
    for (call, address) in calls {
        let told = call.rest();
        assert!(told.contains("Echo: yes"), "{address}: {told}");
    }
    let nobody = home.run(&["call", VOICE, "--address", "nobody.invalid:9998"]);
    assert_eq!(nobody.code, Some(3));
    assert!(nobody.out.contains("There is no host of that name"), "{}", nobody.out);
    let url = home.run(&["call", VOICE, "--address", &format!("ws://localhost:{port}/")]);
    assert_eq!(url.code, Some(2));
    assert!(url.err.contains(&format!("write localhost:{port}")), "{}", url.err);
}
