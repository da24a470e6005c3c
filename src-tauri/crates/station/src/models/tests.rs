//! What is said of machines as they are: recorded outputs, and facts as they come.

use std::path::PathBuf;

use wire::{Cause, CheckResult, KnownServer, Requirement, ServerCheck, Timestamp};

use super::cards::{Card, Cards};
use super::checks::judged;
use super::facts::{Files, Found, Installed, Machine};
use super::python::Python;
use super::survey;
use crate::Sight;
use crate::catalogue::{ENTRIES, Entry};

fn entry(id: &str) -> &'static Entry {
    ENTRIES.iter().find(|entry| entry.id == id).expect("it is in the table")
}

fn machine(cards: Cards) -> Machine {
    Machine {
        system: "linux",
        architecture: "x86_64",
        processor: "AMD EPYC".to_owned(),
        memory: 32 << 30,
        cards,
    }
}

fn mac(processor: &str, gigabytes: u64) -> Machine {
    Machine {
        system: "macos",
        architecture: "aarch64",
        processor: processor.to_owned(),
        memory: gigabytes << 30,
        cards: Cards::NotInstalled,
    }
}

fn python(told: &str) -> Found {
    let told = Python::read(told).ok_or_else(|| "it says nothing".to_owned());
    Found::Python { path: PathBuf::from("/usr/bin/python3"), told }
}

fn with(packages: &str) -> Found {
    python(&format!("{{\"python\": [3, 11, 7], \"packages\": {{{packages}}}}}"))
}

fn installed(program: Found) -> Installed {
    Installed {
        folder: PathBuf::from("/data/servers/it"),
        program,
        files: Files {
            folder: Some(PathBuf::from("/models")),
            are_here: true,
            room: Some(50_000_000_000),
            has_token: false,
        },
        port: 8998,
        sight: Sight::Free,
    }
}

fn server(id: &str, machine: &Machine, installed: &Installed) -> KnownServer {
    judged(entry(id), machine, installed, Timestamp(0))
}

fn about(server: &KnownServer, what: Requirement) -> &ServerCheck {
    let found = server.checks.iter().find(|check| check.check == what);
    found.unwrap_or_else(|| panic!("{what:?} was not looked at: {server:?}"))
}

const RTX_4090: &str = "NVIDIA GeForce RTX 4090, 24564, 24100, 550.107.02\n";
const RTX_3060: &str = "NVIDIA GeForce RTX 3060, 12288, 11171, 550.107.02\n";

#[test]
fn what_nvidia_smi_says_is_read() {
    let two = Cards::read(&format!("{RTX_3060}{RTX_4090}"));
    let best = two.best().expect("there are two");
    assert_eq!(best.name, "NVIDIA GeForce RTX 4090");
    assert_eq!((best.total, best.free), (Some(24_564), Some(24_100)));
    assert_eq!(best.driver, "550.107.02");
    // A card that shares the system's memory.
    let shared = Cards::read("NVIDIA GB10, [N/A], [N/A], 580.95.05\r\n");
    let driver = "580.95.05".to_owned();
    let card = Card { name: "NVIDIA GB10".to_owned(), driver, total: None, free: None };
    assert_eq!(shared, Cards::Told(vec![card]));
    assert_eq!(Cards::read("No devices were found\n"), Cards::Told(vec![]));
    let broken = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n";
    let Cards::Complaint(words) = Cards::read(broken) else { panic!("it is no card") };
    assert!(words.starts_with("NVIDIA-SMI has failed because"), "{words}");
    let mismatch = "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.107\n";
    let words = "Failed to initialize NVML: Driver/library version mismatch".to_owned();
    assert_eq!(Cards::read(mismatch), Cards::Complaint(words));
    assert_eq!(Cards::read(""), Cards::Complaint("it says nothing".to_owned()));
    let flood = Cards::read(&"x".repeat(100_000));
    assert!(matches!(flood, Cards::Complaint(words) if words.chars().count() <= 200));
}

#[test]
fn what_a_python_says_is_read_and_nothing_else_is() {
    let told =
        "warning: something\n{\"python\": [3, 12, 3], \"packages\": {\"moshi\": \"0.2.13\"}}\n";
    let python = Python::read(told).expect("the last line is the answer");
    assert_eq!(python.version(), "3.12.3");
    assert_eq!(python.package("moshi"), Some("0.2.13"));
    assert_eq!(python.package("torch"), None);
    for other in ["", "Python was not found; run without arguments to install", "{}", "[3, 11]"] {
        assert_eq!(Python::read(other), None, "{other}");
    }
}

#[test]
fn a_machine_that_has_everything_is_said_to_be_ready() {
    let cards = Cards::read(RTX_4090);
    let there = installed(with("\"moshi\": \"0.2.13\", \"torch\": \"2.9.1\""));
    let server = server("kyutai_python", &machine(cards), &there);
    assert!(server.is_ready, "{server:?}");
    assert_eq!(server.sentence, "Everything it takes is here.");
    assert!(server.checks.iter().all(|check| check.result == CheckResult::Met), "{server:?}");
    let command = "/usr/bin/python3 -m moshi.server --host 127.0.0.1 --port 8998";
    assert_eq!(server.command.join(" "), command);
    assert_eq!(server.url, "ws://127.0.0.1:8998");
    let looked_at: Vec<_> = server.checks.iter().map(|check| check.check).collect();
    use Requirement::{Hardware, Memory, ModelFiles, Packages, Port, Program, Speed};
    assert_eq!(looked_at, [Hardware, Memory, Speed, Program, Packages, ModelFiles, Port]);
}

/// Checks that on this machine this is missing of a server, in these words.
fn lacks(
    id: &str,
    (machine, program): (Machine, Found),
    what: Requirement,
    sentence: &str,
    cure: &str,
) {
    let server = server(id, &machine, &installed(program));
    let check = about(&server, what);
    assert_eq!(check.result, CheckResult::Missing, "{check:?}");
    assert!(check.sentence.contains(sentence), "{}", check.sentence);
    assert!(check.cure.as_deref().unwrap_or_default().contains(cure), "{check:?}");
    assert!(!server.is_ready);
    let first = server.checks.iter().find(|check| check.result == CheckResult::Missing);
    assert!(server.sentence.starts_with(&first.expect("one is missing").sentence));
}

#[test]
fn hardware_that_is_missing_is_one_sentence_and_one_thing_to_do() {
    let hardware = Requirement::Hardware;
    let told = "It takes an NVIDIA card, and none was found: nvidia-smi isn't installed.";
    let bare = machine(Cards::NotInstalled);
    lacks("kyutai_python", (bare, with("")), hardware, told, "Install NVIDIA's driver");
    let none = machine(Cards::read("No devices were found"));
    let cure = "Run the server on a machine that has one.";
    lacks("kyutai_python", (none, with("")), hardware, "nvidia-smi finds none", cure);
    let broken = machine(Cards::read("NVIDIA-SMI has failed.\n"));
    let told = "NVIDIA's driver doesn't work; nvidia-smi says: NVIDIA-SMI has failed.";
    lacks("kyutai_python", (broken, with("")), hardware, told, "Restart this machine");
    let cure = "Choose Kyutai's server for MLX";
    let apple = (mac("Apple M3", 16), with(""));
    lacks("kyutai_python", apple, hardware, "which no Mac has", cure);
    let cards = machine(Cards::read(RTX_4090));
    let told = "It runs only on Macs with Apple silicon.";
    lacks("kyutai_mlx", (cards, with("")), hardware, told, "Choose another server.");
}

#[test]
fn memory_that_is_missing_is_told_with_how_much_there_is() {
    let memory = Requirement::Memory;
    let told = "It takes about 9 GB of memory; this Mac has 8 GB.";
    let small = (mac("Apple M1", 8), with(""));
    lacks("kyutai_mlx", small, memory, told, "Run the server on a machine with more.");
    let told = "It takes about 18 GB of the card's memory; NVIDIA GeForce RTX 3060 has 12 GB.";
    let card = (machine(Cards::read(RTX_3060)), with(""));
    lacks("kyutai_python", card, memory, told, "Choose a server with a smaller model");
}

#[test]
fn programs_that_are_missing_are_one_sentence_and_one_thing_to_do() {
    let card = || machine(Cards::read(RTX_4090));
    let program = Requirement::Program;
    let cure = "Install Python 3.10 or later";
    let none = (card(), Found::Nothing);
    lacks("kyutai_python", none, program, "Python isn't installed.", cure);
    let old = python("{\"python\": [3, 8, 10], \"packages\": {}}");
    let told = "Python 3.8.10 at /usr/bin/python3 is too old: it takes 3.10 or later.";
    lacks("kyutai_python", (card(), old), program, told, "Install Python 3.10 or later.");
    let mute = (card(), python(""));
    let told = "/usr/bin/python3 doesn't say its version: it says nothing.";
    lacks("kyutai_python", mute, program, told, "Install Python again.");
    let told = "moshi-backend isn't installed.";
    lacks("kyutai_rust", (card(), Found::Nothing), program, told, "Build it:");
    let told = "The Python package moshi isn't installed.";
    let cure = "Install it, with all that it takes:";
    lacks("kyutai_python", (card(), with("")), Requirement::Packages, told, cure);
}

#[test]
fn what_installs_a_server_is_one_command() {
    let command = |id, program| {
        let server = server(id, &machine(Cards::read(RTX_4090)), &installed(program));
        let command = server.checks.iter().find_map(|check| check.command.clone());
        command.expect("there is something to do")
    };
    let python = command("kyutai_python", with(""));
    assert!(python.contains("/usr/bin/python3") && python.contains(" -m venv "), "{python}");
    assert!(python.contains(" && ") && python.ends_with(" install moshi"), "{python}");
    let rust = command("kyutai_rust", Found::Nothing);
    assert!(rust.starts_with("git clone https://github.com/kyutai-labs/moshi "), "{rust}");
    assert!(rust.ends_with(" && cargo build --release --features cuda --bin moshi-backend"));
    let cpu = command("kyutai_python", with("\"moshi\": \"0.2.13\", \"torch\": \"2.4.1+cpu\""));
    assert!(cpu.ends_with(" -m pip install --force-reinstall torch"), "{cpu}");
}

#[test]
fn a_model_is_here_or_there_is_room_for_it_or_there_is_not() {
    let machine = machine(Cards::read(RTX_4090));
    let files = |id, are_here, room, has_token| {
        let folder = Some(PathBuf::from("/models"));
        let files = Files { folder, are_here, room, has_token };
        let there = Installed { files, ..installed(with("\"moshi\": \"1\"")) };
        about(&server(id, &machine, &there), Requirement::ModelFiles).clone()
    };
    let here = files("kyutai_python", true, None, false);
    assert_eq!(here.sentence, "kyutai/moshiko-pytorch-bf16 is on this machine.");
    let later = files("kyutai_python", false, Some(40_000_000_000), false);
    assert_eq!(later.result, CheckResult::Met);
    assert!(later.sentence.ends_with("at the first start, about 16 GB; 40 GB are free."));
    let full = files("kyutai_python", false, Some(8_000_000_000), false);
    assert_eq!(full.result, CheckResult::Missing);
    assert!(full.sentence.ends_with("8 GB are free in /models."), "{}", full.sentence);
    assert_eq!(files("kyutai_python", false, None, false).result, CheckResult::Unknown);
    let gated = files("personaplex", false, Some(40_000_000_000), false);
    assert_eq!(gated.result, CheckResult::Missing);
    let cure = "Agree at https://huggingface.co/nvidia/personaplex-7b-v1, then log in:";
    assert_eq!(gated.cure.as_deref(), Some(cure));
    assert!(gated.command.is_some_and(|command| command.ends_with("huggingface-cli login")));
    let agreed = files("personaplex", false, Some(40_000_000_000), true);
    assert_eq!(agreed.result, CheckResult::Met);
}

#[test]
fn nothing_is_refused_for_its_speed_or_for_what_is_not_known() {
    let slow = Cards::read("NVIDIA GeForce RTX 9999, 24564, 24000, 600.1\n");
    let there = installed(with("\"moshi\": \"1\""));
    let unknown = server("kyutai_python", &machine(slow), &there);
    let speed = about(&unknown, Requirement::Speed);
    assert_eq!(speed.result, CheckResult::Unknown);
    assert!(speed.sentence.starts_with("Speed unknown: "), "{}", speed.sentence);
    assert!(unknown.is_ready);
    let tight =
        server("kyutai_mlx", &mac("Apple M1", 16), &installed(with("\"moshi_mlx\": \"1\"")));
    assert_eq!(about(&tight, Requirement::Speed).result, CheckResult::Doubtful);
    assert!(tight.is_ready);
    assert!(tight.sentence.starts_with("It can be started, but: Apple M1 "), "{}", tight.sentence);
    let full = Cards::read("NVIDIA GeForce RTX 4090, 24564, 1200, 550.1\n");
    let full = server("kyutai_python", &machine(full), &there);
    let memory = about(&full, Requirement::Memory);
    assert_eq!(memory.result, CheckResult::Doubtful);
    assert!(memory.sentence.ends_with("1.2 of 24 GB are free."), "{}", memory.sentence);
    let shared = Cards::read("NVIDIA GB10, [N/A], [N/A], 580.95.05\n");
    let shared = server("kyutai_python", &machine(shared), &there);
    assert_eq!(about(&shared, Requirement::Memory).result, CheckResult::Unknown);
    assert!(shared.is_ready);
}

#[test]
fn a_port_that_somebody_has_is_told_with_who_it_is() {
    let command = "ss -ltnp".to_owned();
    let port = Sight::InUse(Cause::Unseen { command });
    let there = Installed { sight: port, ..installed(with("\"moshi\": \"1\"")) };
    let server = server("kyutai_python", &machine(Cards::read(RTX_4090)), &there);
    let check = about(&server, Requirement::Port);
    assert_eq!(check.result, CheckResult::Missing);
    assert_eq!(check.sentence, "Port 8998 is in use by a program that cannot be seen from here.");
    assert!(!server.is_ready);
}

#[tokio::test]
async fn files_are_looked_for_where_the_server_itself_will_look() {
    let entry = &ENTRIES[0];
    let home = tempfile::tempdir().expect("room");
    let named = format!("hub/models--{}/snapshots/0a1b", entry.model.repository.replace('/', "--"));
    let version = home.path().join(named);
    std::fs::create_dir_all(&version).expect("room");
    for file in entry.model.files {
        std::fs::write(version.join(file), "").expect("room");
    }
    let home = home.path().to_str().expect("a text").to_owned();
    let none = |name: &str| (name.to_owned(), None);
    let variables = [none("HF_HUB_CACHE"), none("HUGGINGFACE_HUB_CACHE")];
    let with = |value| [&variables[..], &[("HF_HOME".to_owned(), value)]].concat();
    assert!(survey::files(entry, &with(Some(home))).await.are_here);
    assert!(!survey::files(entry, &with(Some("/nowhere".to_owned()))).await.are_here);
}
