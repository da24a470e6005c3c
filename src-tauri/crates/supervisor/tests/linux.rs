//! What clients cost that ask for everything and never read, in a process where nothing else goes on.

#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a plain listener on port 0 stands for the keeper's; what was measured is told"
)]

#[path = "it/desk.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod desk;

use std::time::Duration;

use desk::{Client, Desk, SOON, TOKEN, desk_with};
use serde_json::json;
use supervisor::Settings;
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tokio_tungstenite::{MaybeTlsStream, client_async};
use wire::Happening;

const SILENT: usize = 50;
/// Each of another text, so that nothing is shared but what the clients share.
const EVENTS: u64 = 3000;
const TEXT: usize = 60_000;
/// Far less than the 180 MB that were told, and than a megabyte for each client: what waits is shared.
const MOST_MEBIBYTES: f64 = 12.0;

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is told");
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kibibytes / 1024.0
}

/// A client whose system keeps as little for it as it can, and that has asked for all words.
async fn silent(desk: &Desk) -> Client {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(1).expect("the system raises it to the least there is");
    let stream = socket.connect(desk.addr).await.expect("it listens");
    let url = format!("ws://{}/", desk.addr);
    let (socket, _) = client_async(url, MaybeTlsStream::Plain(stream)).await.expect("it opens");
    let mut client = Client(socket);
    assert_eq!(client.ask(json!({"type": "auth", "token": TOKEN})).await["success"], true);
    client.ask(json!({"type": "subscribe", "kinds": ["words"]})).await;
    client
}

#[tokio::test]
async fn fifty_clients_that_never_read_cost_no_more_than_their_share() {
    // They are to be kept for as long as this takes.
    let stall = Duration::from_secs(600);
    let settings = Settings { connections: SILENT + 1, stall, ..Settings::default() };
    let desk = desk_with(settings, TOKEN).await;
    let mut clients = Vec::new();
    for _ in 0..SILENT {
        clients.push(silent(&desk).await);
    }
    let mut quick = desk.subscriber(&["words"]).await;
    let before = resident();
    let mut most = before;
    for call in 0..EVENTS {
        let text = format!("{call:TEXT$}");
        assert!(desk.happenings.send(Happening::Transcript { call, text }).is_ok());
        // Whoever reads is told everything, and sees to it that all are told before more happens.
        assert_eq!(quick.hear().await["call"], call);
        most = most.max(resident());
    }
    let grown = most - before;
    println!("{SILENT} silent clients took up {grown:.1} MiB");
    assert!(grown < MOST_MEBIBYTES, "{grown} MiB");

    let mut last = clients.pop().expect("there are fifty");
    let (mut heard, mut lost, mut latest) = (0, 0, None);
    while latest != Some(EVENTS - 1) {
        let event = timeout(SOON, last.hear()).await.expect("it goes on");
        if event["type"] == "lagged" {
            lost += event["lost"].as_u64().expect("a number");
        } else {
            heard += 1;
            latest = event["call"].as_u64();
        }
    }
    assert_eq!(heard + lost, EVENTS, "each is either told or counted");
    assert!(lost > EVENTS / 2, "{lost} were lost");
}
