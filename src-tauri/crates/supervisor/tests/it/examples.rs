//! The examples, run as people would run them, against a supervisor.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use wire::Happening;

use crate::desk::{Desk, SOON, TOKEN, desk};

/// Cargo builds a package's examples before its tests, beside them.
fn watch_rs() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a program");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("it is in a folder");
    folder.join("examples/watch").with_extension(std::env::consts::EXE_EXTENSION)
}

async fn line(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    let line = timeout(SOON, lines.next_line()).await.expect("it says something in time");
    line.expect("it can be read").expect("not the end")
}

async fn watches(mut program: Command) {
    let desk = desk().await;
    desk.with_calls([1, 2]);
    let mut child = start(&mut program, &desk);
    let mut lines = BufReader::new(child.stdout.take().expect("it is a pipe")).lines();
    assert_eq!(line(&mut lines).await, "2 calls");
    // It had subscribed before it asked for the calls.
    let text = "good day".to_owned();
    assert!(desk.happenings.send(Happening::EngineText { call: 2, text }).is_ok());
    let event = line(&mut lines).await;
    let event: Value = serde_json::from_str(&event).expect("it is JSON");
    assert_eq!((&event["type"], &event["text"]), (&"assistant_text".into(), &"good day".into()));
    let ended = timeout(SOON, child.wait()).await.expect("it ends after one event");
    assert!(ended.expect("it is our child").success());
}

fn start(program: &mut Command, desk: &Desk) -> Child {
    program.arg(desk.addr.to_string()).arg(TOKEN).arg("1");
    program.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts")
}

#[tokio::test]
async fn the_client_in_rust_watches() {
    watches(Command::new(watch_rs())).await;
}

#[tokio::test]
async fn the_client_in_python_watches() {
    // Where it isn't installed there may still be something of that name that says where to buy it.
    let python = Command::new("python3").arg("--version").output().await;
    if !python.is_ok_and(|python| python.status.success()) {
        println!("SKIPPED the_client_in_python_watches: there is no python3");
        return;
    }
    let mut program = Command::new("python3");
    program.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/watch.py"));
    watches(program).await;
}
