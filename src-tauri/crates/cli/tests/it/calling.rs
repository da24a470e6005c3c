//! `call`.

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
        (&home.path("none.wav"), "cannot be read as a WAV file"),
        (concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "cannot be read as a WAV file"),
    ];
    for (file, reason) in cases {
        let call = home.run(&["call", file]);
        assert_eq!(call.code, Some(1));
        assert!(call.err.contains(reason), "{}", call.err);
    }
}
