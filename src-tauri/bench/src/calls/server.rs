//! The stand-in for a speech model: the example `moshi_server` of the bridge, in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::place::Place;

pub(super) struct ModelServer {
    pub(super) address: SocketAddr,
    process: Child,
}

impl ModelServer {
    /// One that listens before this returns.
    pub(super) fn start(place: &Place, habits: &[&str]) -> Result<Self> {
        let program = place.xswarm.with_file_name("examples").join("moshi_server");
        started(Command::new(&program).args(habits))
            .map(|(address, process)| Self { address, process })
            .with_context(|| format!("cannot start {}", program.display()))
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// A program that says where it listens, and ends with its input.
pub(super) fn started(command: &mut Command) -> Result<(SocketAddr, Child)> {
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let output = process.stdout.take().context("its output is not there")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok((line.trim().parse().context("it does not say where it listens")?, process))
}

pub(super) fn end(process: &mut Child) {
    // It may have ended already, which is what is wanted.
    let _ = process.kill();
    let _ = process.wait();
}
