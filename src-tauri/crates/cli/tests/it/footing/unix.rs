//! What the program stands on: whatever lies in its folder, and whatever that folder is like, a start comes to its end
//! soon, and what is wrong is said.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod linux;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::holder::Holder;
use crate::home::{Ended, Home, Running, bridge_listens, supervisor_listens};

/// How long a start may take, whatever it finds.
const DEADLINE: Duration = Duration::from_secs(3);

/// What somebody may find in the place of one of our files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Pipe,
    Folder,
    Junk,
    DanglingLink,
    Huge,
}

const THINGS: [Thing; 5] =
    [Thing::Pipe, Thing::Folder, Thing::Junk, Thing::DanglingLink, Thing::Huge];

/// Every file and folder of ours, besides the settings.
const NAMES: [&str; 14] = [
    "lock",
    "turn",
    "running.json",
    "token",
    "token-observe",
    "stream-secret",
    "ended.jsonl",
    "desktop.json",
    "handover",
    "status.sock",
    "window.sock",
    "logs",
    "recordings",
    "welcomed",
];

impl Thing {
    fn lie_at(self, path: &str) {
        // What is there from the making of the home gives way.
        let _ = std::fs::remove_file(path);
        match self {
            Self::Pipe => {
                let made = Command::new("mkfifo").arg(path).status().expect("there is mkfifo");
                assert!(made.success());
            }
            Self::Folder => std::fs::create_dir(path).expect("room"),
            Self::Junk => std::fs::write(path, [0xff, 0, b'{', b'\n', 0xfe]).expect("room"),
            Self::DanglingLink => {
                std::os::unix::fs::symlink("/nowhere/gone", path).expect("room");
            }
            Self::Huge => {
                let file = std::fs::File::create(path).expect("room");
                file.set_len(300 << 20).expect("a sparse file takes no room");
            }
        }
    }

    /// Whether a start is refused that finds it there. Elsewhere the ports come up.
    fn is_refused_at(self, name: &str) -> bool {
        match name {
            // A lock may hold anything.
            "lock" => matches!(self, Self::Pipe | Self::Folder | Self::DanglingLink),
            "token" | "token-observe" => matches!(self, Self::Pipe | Self::Folder),
            _ => false,
        }
    }
}

/// Runs a command that is to end by itself, and soon.
fn soon(home: &Home, arguments: &[&str]) -> Ended {
    let began = Instant::now();
    let mut command = Command::new("sh");
    // So that it can be ended where it hangs.
    command.args(["-c", r#"echo $$ >&2; exec "$0" "$@""#, env!("CARGO_BIN_EXE_xswarm")]);
    command.args(arguments).stdin(Stdio::null());
    let mut running = home.start_as(command);
    let pid = running.next();
    let (ended, hangs) = channel::<()>();
    let watchdog = thread::spawn(move || {
        if hangs.recv_timeout(2 * DEADLINE).is_err() {
            let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a number");
            kill_process(pid, Signal::KILL).expect("it runs");
        }
    });
    let code = running.child.wait().expect("it is our child").code();
    assert!(began.elapsed() <= DEADLINE, "{arguments:?} took {:?}", began.elapsed());
    ended.send(()).expect("it waits");
    watchdog.join().expect("it waits for us");
    Ended { code, out: String::new(), err: running.rest() }
}

/// Starts it, and waits until both ports are proven.
fn comes_up(home: &Home) -> Running {
    let began = Instant::now();
    let serve = home.start(&["serve"]);
    let lines = [serve.until("server listening"), serve.until("server listening")].join("\n");
    for line in [bridge_listens(home), supervisor_listens(home)] {
        assert!(lines.contains(&line), "{lines}");
    }
    assert!(began.elapsed() <= DEADLINE, "it took {:?}", began.elapsed());
    serve
}

#[test]
fn whatever_lies_in_the_place_of_a_file_a_start_comes_to_its_end() {
    for name in NAMES {
        for thing in THINGS {
            println!("{thing:?} at {name}");
            let home = Home::new();
            // So that the secret of streams is needed, and recordings are made.
            home.set_bridge("public_url = \"https://voice.example.org\"\nrecording.on = true\n");
            thing.lie_at(&home.path(name));
            if thing.is_refused_at(name) {
                let refused = soon(&home, &["serve"]);
                assert_eq!(refused.code, Some(1), "{}", refused.err);
                let named = format!("{} is a ", home.path(name));
                assert!(refused.err.contains(&named), "{}", refused.err);
                let is_helpful =
                    ["Move it away", "Mend the link"].iter().any(|way| refused.err.contains(way));
                assert!(is_helpful, "{}", refused.err);
            } else {
                drop(comes_up(&home));
            }
        }
    }
}

#[test]
fn whatever_the_settings_are_a_start_comes_to_its_end() {
    for thing in THINGS {
        println!("{thing:?} at settings.toml");
        let home = Home::new();
        thing.lie_at(&home.path("settings.toml"));
        // The defaults are two fixed ports, which others may have: what counts is that it gets as far as to try.
        let began = Instant::now();
        home.start(&["serve"]).until("9998");
        assert!(began.elapsed() <= DEADLINE, "it took {:?}", began.elapsed());
    }
}

#[test]
fn the_doctor_names_what_is_no_file() {
    for (thing, what) in [
        (Thing::Pipe, "is a named pipe (FIFO) and no file"),
        (Thing::Folder, "is a folder and no file"),
        (Thing::DanglingLink, "is a link to /nowhere/gone, which is not there"),
    ] {
        for name in ["running.json", "stream-secret", "ended.jsonl", "turn"] {
            let home = Home::new();
            let _serve = home.serve();
            thing.lie_at(&home.path(name));
            let doctor = home.run(&["doctor"]);
            let told = format!("- {} {what}", home.path(name));
            assert!(doctor.out.contains(&told), "{}", doctor.out);
            assert_eq!(doctor.code, Some(1));
        }
    }
}

#[test]
fn a_token_that_was_cut_is_replaced_and_that_is_said() {
    for cut in ["5db1e", "", "123456789012345"] {
        let home = Home::new();
        std::fs::write(home.path("token"), cut).expect("room");
        let serve = home.start(&["serve"]);
        let said = serve.until("has fewer than 16 readable characters");
        assert!(said.contains(&home.path("token")), "{said}");
        serve.until("server listening");
        serve.until("server listening");
        let status = home.run(&["status"]);
        assert_eq!(status.code, Some(0), "{}{}", status.out, status.err);
        assert!(status.out.contains("a new secret was made in its place"), "{}", status.out);
        let token = std::fs::read_to_string(home.path("token")).expect("it is kept");
        assert_eq!(token.trim().len(), 64);
    }
}

#[test]
fn a_variable_that_anybody_could_guess_is_ignored_and_that_is_said() {
    for short in ["a", " 123456789012345 "] {
        let mut home = Home::new();
        home.token = Some(short);
        let serve = home.start(&["serve"]);
        serve.until("SUPERVISOR_TOKEN is ignored");
        serve.until("server listening");
        serve.until("server listening");
        let status = home.run(&["status"]);
        assert_eq!(status.code, Some(0), "{}{}", status.out, status.err);
        assert!(status.out.contains("SUPERVISOR_TOKEN is ignored"), "{}", status.out);
        let doctor = home.run(&["doctor"]);
        assert!(doctor.out.contains("- SUPERVISOR_TOKEN is ignored"), "{}", doctor.out);
        assert_eq!(home.run(&["token"]).out.trim().len(), 64);
    }
}

#[test]
fn a_home_with_a_long_path_is_a_home_as_any_other() {
    let mut home = Home::new();
    home.move_to(&format!("{0}/{0}/{0}/{0}", "h".repeat(75)));
    let serve = comes_up(&home);
    let doctor = home.run(&["doctor"]);
    assert!(doctor.out.ends_with("\nAll well.\n"), "{}", doctor.out);
    // What needs a socket of a short path works.
    let mut first = serve;
    let second = home.start(&["serve", "--take-over"]);
    first.until("another xSwarm Voice has taken over");
    assert_eq!(first.child.wait().expect("it is our child").code(), Some(0));
    second.until("server listening");
}

#[test]
fn a_home_may_be_named_from_where_one_stands() {
    let mut home = Home::new();
    let from = home.path("");
    home.move_to("below/here");
    home.name_from(Path::new(&from));
    let _serve = comes_up(&home);
    assert_eq!(home.run(&["status"]).code, Some(0));
    let doctor = home.run(&["doctor"]);
    assert!(
        doctor.out.contains(&format!("data      {}\n", home.path("").trim_end_matches('/'))),
        "{}",
        doctor.out
    );
}

#[test]
fn who_does_not_have_the_lock_is_not_ended_on_the_word_of_a_file() {
    let home = Home::new();
    let mut innocent = Holder::of(home.bridge);
    let status: Value = serde_json::from_str(&home.run(&["status", "--json"]).out).expect("JSON");
    let identity = &status["ports"][0]["cause"]["holders"][0]["identity"];
    assert_eq!(identity["pid"], innocent.pid(), "{status}");
    let lie = json!({"identity": identity, "since": 1, "role": "serve"}).to_string();
    let tell_it = || std::fs::write(home.path("running.json"), &lie).expect("room");
    tell_it();
    let status = home.run(&["status"]);
    assert!(status.out.contains("No xSwarm Voice is running."), "{}", status.out);
    let doctor = home.run(&["doctor"]);
    assert!(doctor.out.contains("running   no"), "{}", doctor.out);

    let serve = home.start(&["serve", "--take-over"]);
    serve.until(&supervisor_listens(&home));
    assert!(innocent.is_running());
    // Though somebody has the lock, it isn't the one whom the file names.
    tell_it();
    for command in [&["serve"][..], &["serve", "--take-over"], &["voice-bridge"]] {
        let second = home.run(command);
        assert_eq!(second.code, Some(4), "{}", second.err);
        assert!(!second.err.contains(&innocent.pid().to_string()), "{}", second.err);
        assert!(innocent.is_running());
    }
}
