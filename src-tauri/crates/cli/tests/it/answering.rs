//! `call` to others that answer as voice bridges do: with silence, with an echo, for a while.

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use hound::WavReader;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, accept};

use crate::home::{Ended, Home};

const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");
/// A frame of silence, and one of sound, as carriers send them.
const SILENCE: [u8; 160] = [0xFF; 160];
const SOUND: [u8; 160] = [0x80; 160];

/// What is sent for each frame that comes in.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Silence,
    Sound,
    Echo,
}

/// Somebody who takes one call, and ends it after so many frames.
pub(crate) struct Bridge {
    pub(crate) address: String,
    frames: Receiver<u32>,
}

impl Bridge {
    pub(crate) fn that_answers(answer: Answer, most: u32, says_good_bye: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has one").to_string();
        let (tx, frames) = sync_channel(100_000);
        thread::spawn(move || {
            let mut call = accept(listener.accept().expect("a call").0).expect("a handshake");
            let mut number = 0;
            while let Ok(message) = call.read() {
                let Message::Text(text) = message else { continue };
                let heard: Value = serde_json::from_str(&text).expect("JSON");
                if heard["event"] != "media" {
                    continue;
                }
                number += 1;
                // Whoever has heard enough doesn't listen any more.
                let _ = tx.send(number);
                if number > most {
                    if says_good_bye {
                        call.close(None).expect("it reads");
                        while call.read().is_ok() {}
                    }
                    return;
                }
                let payload = match answer {
                    Answer::Silence => encoded(SILENCE),
                    Answer::Sound => encoded(SOUND),
                    Answer::Echo => heard["media"]["payload"].clone(),
                };
                let sid = &heard["streamSid"];
                let media =
                    json!({"event": "media", "streamSid": sid, "media": {"payload": payload}});
                if call.send(Message::text(media.to_string())).is_err() {
                    return;
                }
            }
        });
        Self { address, frames }
    }

    /// Waits until it has heard so many frames.
    pub(crate) fn hears(&self, frames: u32) {
        assert!(self.frames.iter().any(|number| number >= frames), "the call ended before");
    }
}

/// In base64, of which both kinds of frames are one letter over and over, but for the end.
fn encoded(frame: [u8; 160]) -> Value {
    let [letter, end] = if frame == SILENCE { ["////", "/w=="] } else { ["gICA", "gA=="] };
    (letter.repeat(53) + end).into()
}

fn call(home: &Home, bridge: &Bridge) -> Ended {
    home.run(&["call", VOICE, "--address", &bridge.address, "--out", &home.path("reply.wav")])
}

/// How much was kept of what was heard, in seconds.
pub(crate) fn kept(home: &Home) -> f64 {
    f64::from(WavReader::open(home.path("reply.wav")).expect("it was saved").duration()) / 8000.0
}

#[test]
fn silence_is_no_greeting_and_the_call_ends_by_itself() {
    let home = Home::new();
    let call = call(&home, &Bridge::that_answers(Answer::Silence, u32::MAX, true));
    assert_eq!(call.code, Some(6), "{}{}", call.out, call.err);
    assert!(call.out.starts_with("Greeting: none"), "{}", call.out);
    assert!(call.out.contains("Spoken: 3.0 s") && call.out.contains("Echo: no"), "{}", call.out);
    assert!((20.0..26.0).contains(&kept(&home)), "{}", kept(&home));
}

#[test]
fn an_echo_is_no_greeting_and_the_voice_comes_back_by_it() {
    let home = Home::new();
    let call = call(&home, &Bridge::that_answers(Answer::Echo, u32::MAX, true));
    assert_eq!(call.code, Some(0), "{}{}", call.out, call.err);
    assert!(call.out.starts_with("Greeting: none.\n"), "{}", call.out);
    assert!(call.out.contains("Echo: yes"), "{}", call.out);
    assert!((14.0..19.0).contains(&kept(&home)), "{}", kept(&home));
}

#[test]
fn what_was_heard_is_kept_however_the_other_side_ends_the_call() {
    for says_good_bye in [true, false] {
        let home = Home::new();
        let call = call(&home, &Bridge::that_answers(Answer::Sound, 100, says_good_bye));
        assert_eq!(call.code, Some(6), "{}{}", call.out, call.err);
        assert!(call.out.contains("The other side ended the call: "), "{}", call.out);
        assert!(call.out.contains("Saved what was heard"), "{}", call.out);
        assert!((1.8..2.3).contains(&kept(&home)), "{}", kept(&home));
    }
}
