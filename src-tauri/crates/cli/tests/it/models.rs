//! What commands tell of a voice model that can't be had, and of a service that is switched off.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;

use crate::home::{Home, free_port};

/// A recorded voice.
const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");

/// A home whose calls a model at that port is to answer.
fn home_with(port: u16) -> Home {
    let home = Home::new();
    let (bridge, supervisor) = (home.bridge, home.supervisor);
    home.set(&format!(
        "[voice_bridge]\naddress = \"127.0.0.1:{bridge}\"\nengine = \"moshi\"\n\
         [moshi]\nservers = [\"ws://127.0.0.1:{port}\"]\ncheck = 1\n\
         [supervisor]\naddress = \"127.0.0.1:{supervisor}\"\n"
    ));
    home
}

/// Answers every request there with that status, for ever.
fn answering(status: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("it has one").port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn a_model_that_cannot_be_had_is_told_of_by_every_command_and_no_call_is_well() {
    thread::scope(|scope| {
        for (port, sentence) in [
            (free_port(), "nobody listens there"),
            (answering("404 Not Found"), "it has nothing at that path (404)"),
            (answering("200 OK"), "no MOSHI server answers there, but something else (200)"),
        ] {
            scope.spawn(move || is_told(port, sentence));
        }
    });
}

fn is_told(port: u16, sentence: &str) {
    let home = home_with(port);
    let _serve = home.serve();
    let watch = home.follow(&["status", "--watch", "--json"]);
    watch.until_json(|status| status["models"][0]["condition"] == "needs_you");
    let told = format!("Voice model at 127.0.0.1:{port}: {sentence}");
    let status = home.run(&["status"]);
    assert!(status.out.contains(&format!("\n{told}\n")), "{}", status.out);
    let json: Value =
        serde_json::from_str(&home.run(&["status", "--json"]).out).expect("it is JSON");
    assert_eq!(json["condition"], "needs_you");
    assert_eq!(json["models"][0]["health"]["health"], "unreachable");

    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1), "{}", doctor.out);
    assert!(doctor.out.contains(&format!("- {told}. ")), "{}", doctor.out);
    assert!(!doctor.out.contains("All well"), "{}", doctor.out);

    let call = home.run(&["call", VOICE]);
    assert_eq!(call.code, Some(6), "{}{}", call.out, call.err);
    let who =
        format!("No voice model answered (127.0.0.1:{port}: {sentence}); the line check did.\n");
    assert!(call.out.contains(&who), "{}", call.out);
}

#[test]
fn a_service_that_is_switched_off_is_not_well() {
    let home = Home::new();
    let _serve = home.serve();
    assert_eq!(home.run(&["stop", "voice-bridge"]).code, Some(0));
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1), "{}", doctor.out);
    let told = "- Voice bridge: switched off. `xswarm start voice-bridge` switches it on.\n";
    assert!(doctor.out.contains(told), "{}", doctor.out);
    let json: Value = serde_json::from_str(&home.run(&["status", "--json"]).out).expect("JSON");
    assert_eq!(json["condition"], "off");
}
