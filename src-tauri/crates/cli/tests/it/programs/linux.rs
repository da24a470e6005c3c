//! Programs that the settings name: run, watched, shown, and never left behind. Python's own web server stands in for a model.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::holder::Holder;
use crate::home::{Home, Running};

const SOON: Duration = Duration::from_secs(30);

/// A home with that program in its settings, and more settings of it; or nothing where there is no Python.
fn home_with(port: u16, more: &str) -> Option<Home> {
    let home = Home::new();
    let there = Command::new("python3").arg("--version").output();
    if there.is_err() {
        println!("SKIPPED a program of the settings: there is no python3 here");
        return None;
    }
    let command =
        format!("[\"python3\", \"-m\", \"http.server\", \"--bind\", \"127.0.0.1\", \"{port}\"]");
    add(&home, &command, port, more);
    Some(home)
}

fn add(home: &Home, command: &str, port: u16, more: &str) {
    let path = home.path("settings.toml");
    let before = std::fs::read_to_string(&path).expect("it is there");
    let folder = home.path("");
    home.set(&format!(
        "{before}[[programs]]\nname = \"model\"\ncommand = {command}\nport = {port}\n\
         folder = \"{folder}\"\nenvironment = {{ XSWARM_CLI_TEST = \"{folder}\", KEY = \"geheim\" }}\n{more}"
    ));
}

/// A port that nobody else in these tests has.
fn port() -> u16 {
    Home::new().bridge
}

/// The processes of the home's program.
fn processes(home: &Home) -> Vec<u32> {
    let mark = format!("XSWARM_CLI_TEST={}", home.path(""));
    let has_mark = |pid: &u32| {
        let variables = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        variables.split(|byte| *byte == 0).any(|one| one == mark.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").expect("it is there").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(has_mark).collect()
}

fn until(what: &str, is_so: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < SOON, "{what}");
        std::thread::yield_now();
    }
    began.elapsed()
}

fn ready(home: &Home) -> Running {
    let serve = home.start(&["serve"]);
    serve.until("the program is ready");
    serve
}

fn model(home: &Home) -> Value {
    let status: Value = serde_json::from_str(&home.run(&["status", "--json"]).out).expect("JSON");
    let services = status["services"].as_array().expect("a list").clone();
    services.into_iter().find(|service| service["name"] == "model").expect("it is shown")
}

#[test]
fn a_program_is_a_service_like_the_others() {
    let port = port();
    let Some(home) = home_with(port, "") else { return };
    let serve = ready(&home);
    let status = home.run(&["status"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(
        status.out.contains(&format!("Model: listening on 127.0.0.1:{port}")),
        "{}",
        status.out
    );
    let model = model(&home);
    assert_eq!((&model["kind"], &model["condition"]), (&"program".into(), &"well".into()));
    let command = model["program"]["command"].as_str().expect("a text");
    assert!(command.starts_with("python3 -m http.server"), "{command}");
    assert!(!status.out.contains("geheim") && !model.to_string().contains("geheim"));

    let freed = home.run(&["free", &port.to_string(), "--yes"]);
    assert_ne!(freed.code, Some(0), "our own program is no victim: {}", freed.out);
    assert!(
        freed.out.contains("it is a program that xSwarm Voice runs")
            || freed.err.contains("it is a program that xSwarm Voice runs"),
        "{} {}",
        freed.out,
        freed.err
    );
    assert!(!processes(&home).is_empty());

    let stopped = home.run(&["stop", "model"]);
    assert_eq!((stopped.code, &*stopped.out), (Some(0), "Model: stopped.\n"), "{}", stopped.err);
    assert!(processes(&home).is_empty());
    let started = home.run(&["start", "model"]);
    assert!(started.out.starts_with("Model: starting as process "), "{}", started.out);
    serve.until("the program is ready");
}

#[test]
fn a_program_that_is_not_there_is_told_in_its_own_words() {
    let port = port();
    let home = Home::new();
    add(&home, "[\"no-such-program-anywhere\", \"--flag\"]", port, "");
    let serve = home.start(&["serve"]);
    serve.until("the program can't be started");
    let status = home.run(&["status"]);
    let told = "Model: can't be started: there is no program no-such-program-anywhere";
    assert!(status.out.contains(told), "{}", status.out);
    let doctor = home.run(&["doctor"]);
    assert!(doctor.out.contains(told), "{}", doctor.out);
    assert!(doctor.out.contains("Voice bridge: listening"), "{}", doctor.out);
}

#[test]
fn a_stranger_on_its_port_is_named_and_may_be_ended() {
    let port = port();
    let Some(home) = home_with(port, "") else { return };
    let _stranger = Holder::of(port);
    let serve = home.start(&["serve"]);
    serve.until("port is in use, retrying");
    let status = home.run(&["status"]);
    assert!(status.out.contains(&format!("Model: port {port} is held by it-")), "{}", status.out);
    let freed = home.run(&["free", &port.to_string(), "--yes"]);
    assert_eq!(freed.code, Some(0), "{} {}", freed.out, freed.err);
    serve.until("the program is ready");
}

#[test]
fn nothing_of_a_program_outlives_the_app_however_that_ends() {
    let port = port();
    let Some(home) = home_with(port, "") else { return };
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let mut serve = ready(&home);
        assert!(processes(&home).len() >= 2, "the program and its guardian");
        kill_process(Pid::from_child(&serve.child), signal).expect("it runs");
        serve.child.wait().expect("it is our child");
        let took = until("nothing is left", || processes(&home).is_empty());
        assert!(took < Duration::from_secs(1), "{signal:?}: {took:?}");
        assert!(TcpListener::bind(("127.0.0.1", port)).is_ok(), "{signal:?}");
    }
}

#[test]
fn at_a_take_over_the_program_of_the_one_ends_and_that_of_the_other_starts() {
    let port = port();
    let Some(home) = home_with(port, "") else { return };
    let mut first = ready(&home);
    let before = model(&home)["program"]["pid"].clone();
    let second = home.start(&["serve", "--take-over"]);
    first.until("another xSwarm Voice has taken over");
    assert_eq!(first.child.wait().expect("it is our child").code(), Some(0));
    second.until("the program is ready");
    let after = model(&home)["program"]["pid"].clone();
    assert!(after.is_u64() && after != before, "{before} {after}");
}

#[test]
fn a_single_service_runs_no_programs() {
    let port = port();
    let Some(home) = home_with(port, "") else { return };
    let bridge = home.start(&["voice-bridge"]);
    bridge.until(&crate::home::bridge_listens(&home));
    assert!(processes(&home).is_empty());
}

#[test]
fn a_program_that_the_settings_get_wrong_is_told_and_left_out() {
    let home = Home::new();
    add(&home, "[]", port(), "");
    let serve = home.start(&["serve"]);
    serve.until(&crate::home::supervisor_listens(&home));
    let status = home.run(&["status"]);
    assert!(
        status.out.contains("programs.model.command must be a list of texts"),
        "{}",
        status.out
    );
    assert!(!status.out.contains("Model:") && !status.out.contains("geheim"), "{}", status.out);
    drop(serve);
}
