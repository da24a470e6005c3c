//! Twelve ways in which a voice model can't be had: every command tells of each by its cause, and calls nothing well. And a
//! service that is switched off.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::{Home, free_port};
use crate::ill_server::{IllServer, Illness};

/// A recorded voice.
const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../audio/tests/data/voice.wav");

/// How often servers are asked here, and how much later that must have been told.
const INTERVAL: Duration = Duration::from_secs(1);
const SLACK: Duration = Duration::from_secs(5);

/// A way in which a model can't be had.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A server is there, or isn't, and is of no use in that way.
    Server(Illness),
    /// A program of the settings that is not installed.
    NotInstalled,
    /// One that ends by itself as soon as it is started.
    Crashes,
}

impl Way {
    const PROGRAMS: [Self; 2] = [Self::NotInstalled, Self::Crashes];

    fn cause(self) -> String {
        match self {
            Self::Server(illness) => <&str>::from(&illness.cause()).to_owned(),
            Self::NotInstalled => "not_installed".to_owned(),
            Self::Crashes => "crashed".to_owned(),
        }
    }

    /// What is read of it, and what is said to help.
    const fn read(self) -> [&'static str; 2] {
        match self {
            Self::Server(illness) => illness.read(),
            Self::NotInstalled => [
                "moshi can't be started: there is no program nowhere/moshi",
                "Install what is missing",
            ],
            Self::Crashes => ["moshi crashed: it ended with exit code 2; its last words: ", "log"],
        }
    }

    /// The setting that has such a program run there.
    fn program(self, port: u16) -> String {
        let command = match self {
            Self::Server(_) => return String::new(),
            Self::NotInstalled => json!(["nowhere/moshi"]),
            Self::Crashes => json!([env!("CARGO_BIN_EXE_xswarm"), "no-such-command"]),
        };
        format!("[[programs]]\nname = \"moshi\"\nport = {port}\ncommand = {command}\n")
    }
}

#[test]
fn a_model_that_cannot_be_had_is_told_of_by_every_command_and_no_call_is_well() {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let servers = Illness::ALL.map(|illness| (illness, runtime.block_on(IllServer::with(illness))));
    let servers = servers.iter().map(|(illness, server)| (Way::Server(*illness), server.url()));
    let programs = Way::PROGRAMS.map(|way| (way, format!("ws://127.0.0.1:{}", free_port())));
    let ways: Vec<(Way, String)> = servers.chain(programs).collect();
    assert_eq!(ways.len(), 12);
    // A few at a time, for other tests run beside this one.
    for some in ways.chunks(4) {
        thread::scope(|scope| {
            for (way, url) in some {
                scope.spawn(|| is_told(*way, url));
            }
        });
    }
}

fn is_told(way: Way, url: &str) {
    let server = url.split_once("://").expect("a scheme").1;
    let port = server.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    let home = Home::new();
    home.set_further(&format!(
        "engine = \"moshi\"\n[moshi]\nservers = [\"{url}\"]\ncheck = {}\n{}",
        INTERVAL.as_secs(),
        way.program(port)
    ));
    let _serve = home.serve();
    let began = Instant::now();
    let watch = home.follow(&["status", "--watch", "--json"]);
    let is_cause = |told: &Value| told["models"][0]["health"]["cause"]["cause"] == *way.cause();
    watch.until_json(is_cause);
    assert!(began.elapsed() < INTERVAL + SLACK, "{way:?} was told after {:?}", began.elapsed());
    if let Way::Crashes = way {
        // Until it has crashed too often it is on its way from time to time.
        watch.until_json(|told| is_cause(told) && told["services"][2]["life"]["life"] == "failed");
    }
    assert_ne!(is_told_by_9999(&home, way), "well");

    let [is, helps] = way.read();
    let sentence = format!("Voice model at {server}: {is}");
    let status = home.run(&["status"]);
    assert!(status.out.contains(&sentence), "{way:?}: {}", status.out);
    let doctor = home.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1), "{way:?}: {}", doctor.out);
    let finding = doctor.out.lines().find(|line| line.starts_with(&format!("- {sentence}")));
    let finding = finding.unwrap_or_else(|| panic!("{way:?}: {}", doctor.out));
    assert!(finding.contains(helps), "{way:?}: {finding}");
    assert!(!doctor.out.contains("All well"), "{way:?}: {}", doctor.out);

    let call = home.run(&["call", VOICE]);
    assert_eq!(call.code, Some(6), "{way:?}: {}{}", call.out, call.err);
    let who = format!("No voice model answered ({server}: {is}");
    assert!(call.out.contains(&who), "{way:?}: {}", call.out);
    assert!(call.out.contains("; the line check did.\n"), "{way:?}: {}", call.out);
}

/// How the whole is by a client of port 9999, which is told of the model.
fn is_told_by_9999(home: &Home, way: Way) -> Value {
    let told = &Client::in_control(home).ask(json!({ "type": "status" }))["snapshot"];
    let model = &told["models"][0];
    assert_eq!(model["health"]["cause"]["cause"], *way.cause(), "{told}");
    assert_eq!(model["condition"], "needs_you", "{told}");
    told["condition"].clone()
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
