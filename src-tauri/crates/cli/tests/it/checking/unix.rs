//! `engine check` on machines that are made up of programs in a folder.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::home::{Ended, Home};

/// A machine with just these programs.
struct Machine {
    home: Home,
    programs: TempDir,
}

const RTX_4090: &str = "echo 'NVIDIA GeForce RTX 4090, 24564, 24100, 550.107.02'";
const PYTHON: &str =
    r#"echo '{"python": [3, 11, 7], "packages": {"moshi": "0.2.13", "torch": "2.9.1"}}'"#;

const MOSHIKO: &str = "kyutai/moshiko-pytorch-bf16";
const FILES: &[&str] = &[
    "model.safetensors",
    "tokenizer-e351c8d8-checkpoint125.safetensors",
    "tokenizer_spm_32k_3.model",
];

impl Machine {
    fn with(programs: &[(&str, &str)]) -> Self {
        let machine = Self { home: Home::new(), programs: TempDir::new().expect("room") };
        for (name, does) in programs {
            script(&machine.programs.path().join(name), does);
        }
        machine
    }

    /// With the files of that model, as Hugging Face's library keeps them.
    fn has_model(self, repository: &str, files: &[&str]) -> Self {
        let name = format!("models--{}", repository.replace('/', "--"));
        let folder = self.programs.path().join("hub").join(name).join("snapshots/0a1b");
        std::fs::create_dir_all(&folder).expect("room");
        files.iter().for_each(|file| std::fs::write(folder.join(file), "").expect("room"));
        self
    }

    fn check(&self, arguments: &[&str]) -> Ended {
        self.home.run_as(self.command(&[&["engine", "check"], arguments].concat()))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xswarm"));
        command.args(arguments);
        command.env("PATH", self.programs.path()).env("HF_HOME", self.programs.path());
        for name in ["HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"] {
            command.env_remove(name);
        }
        command
    }

    fn told(&self, server: &str) -> Value {
        let told = self.check(&[server, "--json"]);
        let servers: Value = serde_json::from_str(&told.out).expect("JSON");
        servers[0].clone()
    }
}

fn script(path: &Path, does: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{does}\n")).expect("room");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
}

fn result<'a>(server: &'a Value, what: &str) -> (&'a str, &'a str) {
    let checks = server["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["check"] == what);
    let check = check.unwrap_or_else(|| panic!("{what} was not looked at: {server:#}"));
    let text = |key: &str| check[key].as_str().expect("text");
    (text("result"), text("sentence"))
}

#[test]
fn a_machine_that_has_a_card_a_python_and_a_model_is_told_what_it_has() {
    let machine =
        Machine::with(&[("nvidia-smi", RTX_4090), ("python3", PYTHON)]).has_model(MOSHIKO, FILES);
    let server = machine.told("kyutai_python");
    let met = |what, told: &str| {
        let (result, sentence) = result(&server, what);
        assert_eq!(result, "met", "{what}: {sentence}");
        assert!(sentence.contains(told), "{sentence}");
    };
    met("hardware", "NVIDIA GeForce RTX 4090, driver 550.107.02.");
    met("memory", "23.5 of 24 GB are free.");
    met("speed", "is fast enough");
    met("program", "Python 3.11.7 at ");
    met("packages", "moshi 0.2.13, torch 2.9.1.");
    met("model_files", "is on this machine.");
    let text = machine.check(&["kyutai-python"]).out;
    assert!(text.contains("\n  OK        moshi 0.2.13, torch 2.9.1.\n"), "{text}");
}

#[test]
fn a_machine_that_has_nothing_is_told_what_to_do_for_each_server() {
    let machine = Machine::with(&[]);
    let all = machine.check(&[]);
    assert_eq!(all.code, Some(1), "{}{}", all.out, all.err);
    for told in [
        "Kyutai's server in Python (kyutai_python): ",
        "Kyutai's server for MLX (kyutai_mlx): ",
        "Kyutai's server in Rust (kyutai_rust): ",
        "NVIDIA's PersonaPlex (personaplex): ",
        "  Missing   Python isn't installed. Install Python 3.10 or later",
        "  Missing   moshi-backend isn't installed. Build it:\n              git clone ",
    ] {
        assert!(all.out.contains(told), "'{told}' is not in\n{}", all.out);
    }
    let unknown = machine.check(&["whisper"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("No server is known as whisper"), "{}", unknown.err);
}

#[test]
fn programs_that_complain_flood_or_say_nothing_are_told_as_such() {
    let driver = "echo \"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\"; exit 9";
    let flood = "while :; do echo Python was not found; done";
    let machine =
        Machine::with(&[("nvidia-smi", driver), ("python3", flood), ("python", "exit 1")]);
    let server = machine.told("kyutai_python");
    let (hardware, sentence) = result(&server, "hardware");
    assert_eq!(hardware, "missing");
    assert!(sentence.contains("nvidia-smi says: NVIDIA-SMI has failed because"), "{sentence}");
    let (program, sentence) = result(&server, "program");
    assert_eq!(program, "missing");
    assert!(sentence.contains("/python3 doesn't say its version"), "{sentence}");
}

#[test]
fn a_python_of_ours_or_any_that_has_the_package_is_taken_before_one_that_has_not() {
    let bare = r#"echo '{"python": [3, 12, 1], "packages": {}}'"#;
    let machine = Machine::with(&[("python3", bare), ("python", PYTHON)]);
    let server = machine.told("kyutai_python");
    assert!(result(&server, "program").1.ends_with("/python."), "{server:#}");
    let own = machine.home.path("servers/kyutai_python/bin");
    std::fs::create_dir_all(&own).expect("room");
    script(&Path::new(&own).join("python"), PYTHON);
    let server = machine.told("kyutai_python");
    let told = result(&server, "program").1;
    assert!(told.contains("servers/kyutai_python/bin/python."), "{told}");
    assert_eq!(server["command"][0], format!("{own}/python"));
}

#[test]
fn a_server_that_is_known_is_started_once_everything_is_there_that_it_takes() {
    // What the system finds may be a shim that needs more than a Python.
    let question = ["-c", "import sys; print(sys.executable)"];
    let Ok(real) = Command::new("python3").args(question).output() else {
        println!("SKIPPED a server that is known: there is no python3 here");
        return;
    };
    let real = String::from_utf8(real.stdout).expect("a path");
    let port = Home::new().bridge;
    // It tells of itself as a Python does that has the server, and in place of that serves files.
    let told = PYTHON.strip_prefix("echo ").expect("it is told by echo");
    let python = format!(
        "if [ \"$1\" = -c ]; then echo {told}; exit; fi\nexec '{}' -m http.server --bind 127.0.0.1 \"$6\"",
        real.trim()
    );
    let machine = Machine::with(&[("python3", &python)]).has_model(MOSHIKO, FILES);
    let settings =
        std::fs::read_to_string(machine.home.path("settings.toml")).expect("they are there");
    machine
        .home
        .set(&format!("{settings}[[programs]]\nentry = \"kyutai_python\"\nport = {port}\n"));
    let _serve = machine.home.start_as(machine.command(&["serve"]));
    let watch = machine.home.follow(&["status", "--watch", "--json"]);
    let failed = watch.until_json(|told| told["services"][2]["life"]["life"] == "failed");
    let reason = failed["services"][2]["life"]["reason"].as_str().expect("a text");
    assert!(
        reason.contains("none was found: nvidia-smi isn't installed. Install NVIDIA"),
        "{reason}"
    );

    script(&machine.programs.path().join("nvidia-smi"), RTX_4090);
    let started = machine.home.run(&["start", "kyutai-python"]);
    assert_eq!(started.code, Some(0), "{}{}", started.out, started.err);
    let ready = watch.until_json(|told| told["services"][2]["state"]["state"] == "listening");
    let command = ready["services"][2]["program"]["command"].as_str().expect("a text");
    let wanted = format!("/python3 -m moshi.server --host 127.0.0.1 --port {port}");
    assert!(command.ends_with(&wanted), "{command}");
    assert!(command.starts_with(&machine.programs.path().display().to_string()), "{command}");
}
