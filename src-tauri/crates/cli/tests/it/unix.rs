//! Signals, and listeners that pass from one process to another.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::answering::{Answer, Bridge, kept};
use crate::caller::Call;
use crate::holder::Holder;
use crate::home::{Ended, Home, bridge_listens, supervisor_listens};

#[test]
fn a_request_to_end_is_followed_in_order_and_the_ports_are_free() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let home = Home::new();
        let mut serve = home.serve();
        let pid = Pid::from_child(&serve.child);
        kill_process(pid, signal).expect("it runs");
        serve.until("ended");
        assert_eq!(serve.child.wait().expect("it is our child").code(), Some(0), "{signal:?}");
        for port in [home.bridge, home.supervisor] {
            assert!(TcpListener::bind(("127.0.0.1", port)).is_ok(), "{port} is free");
        }
    }
}

#[test]
fn speech_that_is_interrupted_falls_silent_and_that_of_others_does_not() {
    let Call { home, .. } = &Call::new();
    let lovely = "It is a lovely day, and nobody shall say that it is not. ".repeat(3);
    let first = home.follow(&["say", &lovely]);
    if first.next().starts_with("Not said: this machine has no voice") {
        println!("SKIPPED speech_that_is_interrupted_falls_silent: this machine has no voice");
        return;
    }
    let mut second = home.follow(&["say", "Good bye"]);
    second.until("Saying it in call 1");
    kill_process(Pid::from_child(&second.child), Signal::INT).expect("it runs");
    assert_eq!(second.next(), "Not said: it was stopped.", "the first is still being said");
    assert_eq!(second.child.wait().expect("it is our child").code(), Some(7));
    first.until("Heard in call 1");
}

/// A recorded voice.
const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");

#[test]
fn a_call_that_is_interrupted_keeps_what_was_heard() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let home = Home::new();
        let bridge = Bridge::that_answers(Answer::Sound, u32::MAX, true);
        let reply = home.path("reply.wav");
        let mut call = home.follow(&["call", VOICE, "--address", &bridge.address, "--out", &reply]);
        bridge.hears(100);
        kill_process(Pid::from_child(&call.child), signal).expect("it runs");
        let told = call.rest();
        assert_eq!(call.child.wait().expect("it is our child").code(), Some(6), "{told}");
        assert!(told.contains("The call was stopped before its end."), "{told}");
        assert!((1.8..2.5).contains(&kept(&home)), "{}", kept(&home));
    }
}

/// Runs the program with this at its standard input.
fn with_input(home: &Home, arguments: &[&str], input: &[u8]) -> Ended {
    let (reader, mut writer) = std::io::pipe().expect("the system has pipes");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xswarm"));
    command.args(arguments).stdin(reader);
    thread::scope(|scope| {
        scope.spawn(move || writer.write_all(input).expect("it is read"));
        home.run_as(command)
    })
}

#[test]
fn a_recording_comes_by_a_pipe_and_an_output_by_its_other_name_is_still_the_recording() {
    let home = Home::new();
    let _serve = home.serve();
    let wav = std::fs::read(VOICE).expect("it is there");
    let input = home.path("voice.wav");
    std::fs::write(&input, &wav).expect("room");
    let link = home.path("link.wav");
    std::os::unix::fs::symlink(&input, &link).expect("room");
    for source in ["-", "/dev/stdin"] {
        let pipe = with_input(&home, &["call", source], &wav);
        assert_eq!(pipe.code, Some(0), "{source}: {}{}", pipe.out, pipe.err);
    }
    let fifo = home.path("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &*fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
        .expect("room");
    thread::scope(|scope| {
        scope.spawn(|| std::fs::write(&fifo, &wav).expect("it is read"));
        let call = home.run(&["call", &fifo]);
        assert_eq!(call.code, Some(0), "{}{}", call.out, call.err);
    });
    for (source, out) in [(&input, &link), (&link, &input)] {
        let call = home.run(&["call", source, "--out", out]);
        assert_eq!(call.code, Some(1), "{}", call.out);
        assert!(call.err.contains("is the recording itself"), "{}", call.err);
    }
    assert_eq!(std::fs::read(&input).expect("it is there"), wav);
}

#[test]
fn a_later_one_takes_over_and_nobody_is_refused() {
    let home = Home::new();
    let mut first = home.serve();
    let is_over = AtomicBool::new(false);
    let second = thread::scope(|scope| {
        let knocking = scope.spawn(|| {
            let mut knocks = 0_u32;
            while !is_over.load(Ordering::Relaxed) {
                TcpStream::connect(("127.0.0.1", home.bridge)).expect("nobody is refused");
                knocks += 1;
            }
            knocks
        });
        let second = home.start(&["serve", "--take-over"]);
        second.until("WebSocket server listening");
        second.until("WebSocket server listening");
        first.until("another xSwarm Voice has taken over");
        assert_eq!(first.child.wait().expect("it is our child").code(), Some(0));
        is_over.store(true, Ordering::Relaxed);
        assert!(knocking.join().expect("nobody was refused") > 0);
        second
    });
    let status: Value = serde_json::from_str(&home.run(&["status", "--json"]).out).expect("JSON");
    assert_eq!(status["pid"], second.child.id());
}

#[test]
fn one_that_hangs_is_ended_by_the_one_that_takes_over() {
    let home = Home::new();
    let mut first = home.serve();
    kill_process(Pid::from_child(&first.child), Signal::STOP).expect("it runs");
    let second = home.start(&["serve", "--take-over"]);
    second.until(&bridge_listens(&home));
    assert_eq!(first.child.wait().expect("it is our child").code(), Some(0));
    let report: Value = serde_json::from_str(&home.run(&["doctor", "--json"]).out).expect("JSON");
    let record = &report["ended"][0];
    assert_eq!(record["identity"]["pid"], first.child.id(), "{record}");
    assert_eq!([&record["force"], &record["by"]], ["polite", "successor"]);
}

#[test]
fn where_none_runs_there_is_nothing_to_take_over() {
    let home = Home::new();
    let serve = home.start(&["serve", "--take-over"]);
    serve.until(&bridge_listens(&home));
}

#[test]
fn sockets_of_a_service_manager_are_used() {
    let home = Home::new();
    let ours = TcpListener::bind(("127.0.0.1", home.bridge)).expect("it is free");
    let given = OwnedFd::from(ours.try_clone().expect("a descriptor"));
    let mut shell = Command::new("sh");
    let script = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" serve"#;
    shell.args(["-c", script, env!("CARGO_BIN_EXE_xswarm")]).stdin(Stdio::from(given));
    let serve = home.start_as(shell);
    // We hold it as well, so that it could not be bound anew.
    let lines = [serve.next(), serve.next()].join("\n");
    for line in [bridge_listens(&home), supervisor_listens(&home)] {
        assert!(lines.contains(&line), "{lines}");
    }
}

#[test]
fn one_that_has_no_port_for_its_commands_is_found_at_its_own_socket() {
    let home = Home::new();
    home.set_further("also = []");
    let foreign = Holder::eavesdropping(home.supervisor);
    let _other = Holder::at(&format!("[::1]:{}", home.supervisor));
    let serve = home.start(&["serve"]);
    serve.until(&bridge_listens(&home));
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(status.out.contains(&format!("process {}", serve.child.id())), "{}", status.out);
    let told = format!("Supervisor: port {} is held by", home.supervisor);
    assert!(status.out.contains(&told), "{}", status.out);
    let doctor = home.run(&["doctor"]);
    assert!(!doctor.out.contains("does not answer"), "{}", doctor.out);
    assert!(doctor.out.contains(&format!("({})", foreign.pid())), "{}", doctor.out);
    home.run(&["free", &home.supervisor.to_string(), "--yes"]);
    assert_eq!(foreign.into_report(), "a client is let in\n", "and is shown no token");
}
