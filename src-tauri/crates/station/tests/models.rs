//! A speech model that can't be had isn't well, wherever it is shown, and each way of that is told by its cause and its cure.

#![allow(
    clippy::disallowed_methods,
    reason = "servers with models are foreign programs, and their tasks end with their test"
)]

#[path = "../../bridge/tests/ill_server/mod.rs"]
mod ill_server;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use ill_server::{IllServer, Illness};
use station::doctor::Report;
use station::{Access, Conversation, Options, Role, Settings, Station, folders, services, words};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use wire::{Condition, ModelHealth, Snapshot, Timestamp};

const SOON: Duration = Duration::from_secs(20);
/// How often servers are asked here, and how much later that must have been told.
const INTERVAL: Duration = Duration::from_secs(1);
const SLACK: Duration = Duration::from_secs(5);

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its address")
}

/// Runs that test of this file in a home of its own.
fn run(test: &str) {
    let home = tempfile::tempdir().expect("a home");
    let mut inner = Command::new(std::env::current_exe().expect("this test"));
    inner.args(["--exact", test, "--ignored"]).env("XSWARM_HOME", home.path());
    let output = inner.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// A station whose calls these servers are to answer.
struct Desk {
    station: Station,
    settings: Settings,
    bridge: SocketAddr,
}

impl Desk {
    fn with(servers: &[String]) -> Self {
        let (bridge, supervisor) = (free_address(), free_address());
        let config = folders::config().expect("a home");
        std::fs::create_dir_all(&config).expect("room");
        let text = format!(
            "[voice_bridge]\naddress = \"{bridge}\"\nalso = []\nengine = \"moshi\"\n\
             [moshi]\nservers = {servers:?}\ncheck = {}\n\
             [supervisor]\naddress = \"{supervisor}\"\nalso = []\n",
            INTERVAL.as_secs()
        );
        std::fs::write(Settings::path(&config), text).expect("room");
        let station = Station::open(Options {
            services: services::all(),
            role: Role::Serve,
            adopted: Vec::new(),
            journal: station::Journal::default(),
        });
        let station = station.unwrap_or_else(|error| panic!("{error}"));
        Self { station, settings: Settings::load(&config).settings, bridge }
    }

    async fn until(&self, within: Duration, wanted: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let mut snapshots = self.station.snapshots();
        let found = timeout(within, snapshots.wait_for(|snapshot| wanted(snapshot))).await;
        match found {
            Ok(snapshot) => snapshot.expect("the station lives").clone(),
            Err(_) => panic!("it came to {:#?}", self.station.snapshots().borrow().models),
        }
    }

    fn metrics(&self) -> String {
        let mut stream = TcpStream::connect(self.bridge).expect("somebody listens");
        stream.set_read_timeout(Some(SOON)).expect("a socket");
        let asked = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
        stream.write_all(asked).expect("it is read");
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("text");
        heard
    }
}

#[test]
fn every_way_in_which_a_model_cannot_be_had_is_told_everywhere() {
    run("ten_ways");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test above runs it in a home of its own"]
async fn ten_ways() {
    let mut servers = Vec::new();
    for illness in Illness::ALL {
        servers.push(IllServer::with(illness).await);
    }
    let urls: Vec<String> = servers.iter().map(IllServer::url).collect();
    let desk = Desk::with(&urls);
    let at_first = desk.until(SOON, |snapshot| !snapshot.models.is_empty()).await;
    assert_ne!(at_first.condition, Condition::Well);
    let is_known = |snapshot: &Snapshot| {
        let are_up = snapshot.services.iter().all(|one| one.condition == Condition::Well);
        are_up && snapshot.models.iter().all(|model| model.health != ModelHealth::Unknown)
    };
    let snapshot = desk.until(SOON, is_known).await;
    assert_eq!((snapshot.condition, &*snapshot.word), (Condition::NeedsYou, "Needs you"));
    assert_eq!(snapshot.sentence, "No voice model is available.");
    let tooltip = words::summary(&snapshot);
    assert_eq!(tooltip, "xSwarm Voice: no voice model is available, no calls");
    let all = serde_json::to_string(&snapshot).expect("plain data");
    assert!(!all.contains("s3cret"), "{all}");

    let report = Report::draw_up(None, Ok(Some(snapshot.clone()))).await.expect("a home");
    let lines = report.lines(Timestamp(0)).join("\n");
    assert!(!lines.contains("well."), "{lines}");
    let metrics = desk.metrics();
    let conversation = Conversation::with_whoever_runs(&desk.settings).await;
    let mut conversation = conversation.expect("it runs").expect("it answers");
    let told = conversation.status().await.expect("it tells");
    for (illness, (model, server)) in
        Illness::ALL.into_iter().zip(snapshot.models.iter().zip(&servers))
    {
        assert_eq!(model.cause(), Some(&illness.cause()), "{illness:?}");
        let (sentence, [is, helps]) = (model.sentence.at(Timestamp(0)), illness.read());
        assert!(sentence.contains(is), "{illness:?}: {sentence}");
        assert!(model.hint.contains(helps), "{illness:?}: {}", model.hint);
        assert!(model.hint.ends_with("Meanwhile the line check answers calls."), "{}", model.hint);
        let finding = format!("- Voice model at {}: {sentence}. {}", model.server, model.hint);
        assert!(lines.contains(&finding), "{finding} is not in\n{lines}");
        let metric = format!("xswarm_model_reachable{{server=\"{}\"}} 0\n", model.server);
        assert!(metrics.contains(&metric), "{metrics}");
        assert!(told.models.iter().any(|one| one.cause() == model.cause()), "{illness:?}");
        assert!(illness == Illness::NoSuchName || model.server == server.address.to_string());
    }
    desk.station.close().await;
}

#[test]
fn a_model_that_comes_back_is_well_again_in_time_and_9999_tells() {
    run("there_and_back");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test above runs it in a home of its own"]
async fn there_and_back() {
    let ill = IllServer::with(Illness::NobodyListens).await;
    let desk = Desk::with(&[ill.url()]);
    let is = |word: &'static str| move |snapshot: &Snapshot| snapshot.models[0].word == word;
    let trouble = |snapshot: &Snapshot| {
        snapshot.condition == Condition::NeedsYou && is("Not reachable")(snapshot)
    };
    let snapshot = desk.until(SOON, |snapshot| !snapshot.models.is_empty() && trouble(snapshot));
    let snapshot = snapshot.await;
    let tooltip = format!("xSwarm Voice: no voice model at {}, no calls", ill.address);
    assert_eq!(words::summary(&snapshot), tooltip);

    let running = station::running().expect("it runs").identity;
    let conversation = Conversation::with_process(&desk.settings, &running, Access::Observe);
    let mut conversation = conversation.await.expect("it runs").expect("it answers");
    conversation.subscribe(&[wire::protocol::Kind::Engine]).await.expect("it is heard");
    let listener = tokio::net::TcpListener::bind(ill.go().await).await.expect("its port is free");
    let serving = tokio::spawn(asks_for_upgrades(listener));
    let well = desk.until(INTERVAL + SLACK, |snapshot| snapshot.condition == Condition::Well).await;
    assert_eq!(well.sentence, "Both services are listening; the voice model can be reached.");
    let healed = async {
        loop {
            let heard = conversation.hear().await.expect("it speaks").expect("it goes on");
            if let Ok(wire::protocol::Message::ModelHealthChanged { model, .. }) = heard.message()
                && model.health == ModelHealth::Reachable
            {
                return model.word;
            }
        }
    };
    assert_eq!(timeout(SOON, healed).await.expect("it is told"), "Reachable");
    assert!(desk.metrics().contains("\"} 1\n"));
    serving.abort();
    let _ = serving.await;
    desk.until(INTERVAL + SLACK, trouble).await;
    desk.station.close().await;
}

/// Answers as servers do that take WebSockets.
async fn asks_for_upgrades(listener: tokio::net::TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ =
            stream.write_all(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n").await;
    }
}
