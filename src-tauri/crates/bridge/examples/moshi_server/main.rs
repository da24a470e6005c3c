//! A stand-in for a speech model, for whoever tries the bridge: it speaks the MOSHI protocol and echoes what it hears.
//!
//! It says where it listens, and ends with its input. Its habits are words on its command line: `--versions`, `--model`,
//! `--one`, `--drop`, `--tls`, `--understand`, `--hum`, `--at-once`, `--session=SECONDS`, `--ready-after=SECONDS`,
//! `--port=PORT`, `--says=WORDS`. With `--witness=RECORDING` it says of each client what it has heard of that recording.

#![allow(clippy::print_stdout, reason = "to say where it listens")]

#[path = "../../tests/fake_moshi/mod.rs"]
mod fake_moshi;
mod witness;

use std::time::Duration;

use fake_moshi::{Habits, serve};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use witness::Witness;

#[tokio::main]
async fn main() {
    std::thread::spawn(|| {
        std::io::stdin().lines().for_each(drop);
        std::process::exit(0);
    });
    let (mut habits, mut port, mut witness) = (Habits::default(), 0, None);
    for word in std::env::args().skip(1) {
        match word.split_once('=').map_or((&*word, ""), |(name, value)| (name, value)) {
            ("--versions", _) => habits.tells_versions = true,
            ("--model", _) => habits.tells_of_model = true,
            ("--one", _) => habits.one_at_a_time = true,
            ("--drop", _) => habits.drops_at_once = true,
            ("--tls", _) => habits.is_encrypted = true,
            ("--understand", _) => habits.understands = true,
            ("--hum", _) => habits.hums = true,
            ("--at-once", _) => habits.answers_at_once = true,
            ("--session", value) => {
                habits.session = value.parse().ok().map(Duration::from_secs_f64);
            }
            ("--ready-after", value) => {
                habits.ready_after = value.parse().ok().map(Duration::from_secs_f64);
            }
            ("--says", words) => {
                habits.text = words.split_inclusive(' ').map(str::to_owned).collect();
            }
            ("--witness", recording) => witness = Some(Witness::of(recording)),
            ("--port", value) => port = value.parse().unwrap_or(0),
            (unknown, _) => println!("there is no {unknown}"),
        }
    }
    #[expect(clippy::disallowed_methods, reason = "it is a foreign server")]
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
    println!("{}", listener.local_addr().expect("a bound listener has an address"));
    let (tx, heard) = mpsc::channel(64);
    habits.tells = witness.is_some().then_some(tx);
    tokio::join!(serve(listener, habits, watch::Sender::default()), testify(witness, heard));
}

/// Says of each client what was heard of it.
async fn testify(witness: Option<Witness>, mut heard: mpsc::Receiver<(usize, Vec<u8>)>) {
    let Some(mut witness) = witness else { return };
    while let Some((client, pages)) = heard.recv().await {
        if let Some(account) = witness.hear(client, &pages) {
            println!("{account}");
        }
    }
}
