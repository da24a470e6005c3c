//! What a further service takes: its row, and nothing else.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use station::doctor::Report;
use station::services::{self, Hosted, Row};
use station::settings::Listening;
use station::{Options, Role, Settings, Station, folders};
use tokio::time::timeout;
use wire::{Condition, Order, Outcome, ServiceName, Snapshot, Timestamp};

const BELL: ServiceName = ServiceName::literal("door_bell");
const SOON: Duration = Duration::from_secs(20);

#[expect(clippy::disallowed_methods, reason = "it is let go at once")]
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its address")
}

/// A service that answers each connection with one byte.
fn door_bell(address: SocketAddr) -> Row {
    Row {
        name: BELL,
        title: "Door bell",
        purpose: "Visitors",
        deed: "tells who is at the door",
        visitors: ["visitor", "visitors"],
        announcement: "Door bell listening",
        listening: Arc::new(move |_| Listening { address, also: Vec::new(), reuse_port: false }),
        host: Arc::new(|_| Hosted {
            serve: Arc::new(|mut connections, stop| {
                Box::pin(async move {
                    while let Some(Some(Ok(visitor))) =
                        stop.run_until_cancelled(connections.next()).await
                    {
                        // Whoever has gone again has rung all the same.
                        let _ = visitor.try_write(b"!");
                    }
                })
            }),
            ledger: Arc::default(),
        }),
    }
}

#[test]
fn a_third_service_takes_one_row() {
    let home = tempfile::tempdir().expect("a home");
    let mut inner = Command::new(std::env::current_exe().expect("this test"));
    inner.args(["--exact", "in_a_home_of_its_own", "--ignored"]).env("XSWARM_HOME", home.path());
    let output = inner.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the test above runs it in a home of its own"]
async fn in_a_home_of_its_own() {
    let (bridge, supervisor, bell) = (free_address(), free_address(), free_address());
    let config = folders::config().expect("a home");
    std::fs::create_dir_all(&config).expect("room");
    let settings = format!(
        "[voice_bridge]\naddress = \"{bridge}\"\nalso = []\n[supervisor]\naddress = \"{supervisor}\"\nalso = []\n"
    );
    std::fs::write(Settings::path(&config), settings).expect("room");
    let mut services = services::all();
    services.push(door_bell(bell));
    let station = Station::open(Options {
        services,
        role: Role::Serve,
        adopted: Vec::new(),
        journal: station::Journal::default(),
    });
    let station = station.unwrap_or_else(|error| panic!("{error}"));

    let snapshot = until(&station, |snapshot| snapshot.condition == Condition::Well).await;
    assert_eq!(snapshot.sentence, "All services are listening.");
    let shown = snapshot.service(BELL).expect("it is there");
    assert_eq!((&*shown.title, &*shown.purpose), ("Door bell", "Visitors"));
    assert_eq!(shown.sentence.at(Timestamp(0)), format!("listening on {bell}"));
    assert_eq!(answer(bell, ""), "!");

    let metrics =
        answer(bridge, "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    assert!(metrics.contains("xswarm_service_up{service=\"door_bell\"} 1\n"), "{metrics}");

    let report = Report::draw_up(None, Ok(Some(snapshot))).await.expect("a home");
    let lines = report.lines(Timestamp(0)).join("\n");
    assert!(lines.contains(&format!("Door bell: listening on {bell}")), "{lines}");

    let stopped = station.orders().give(Order::Stop { service: BELL }).await;
    let Ok(Outcome::Done { service }) = stopped else { panic!("{stopped:?}") };
    assert_eq!((&*service.title, service.condition), ("Door bell", Condition::Off));
    station.close().await;
}

async fn until(station: &Station, wanted: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let mut snapshots = station.snapshots();
    let found = timeout(SOON, snapshots.wait_for(|snapshot| wanted(snapshot))).await;
    match found {
        Ok(snapshot) => snapshot.expect("the station lives").clone(),
        Err(_) => panic!("it came to {:#?}", station.snapshots().borrow().services),
    }
}

/// What is answered there to what is said.
fn answer(address: SocketAddr, said: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.set_read_timeout(Some(SOON)).expect("a socket");
    stream.write_all(said.as_bytes()).expect("it is read");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).expect("text");
    heard
}
