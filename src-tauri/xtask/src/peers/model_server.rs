//! The stand-in for a speech model, the example `moshi_server` of the bridge: it speaks the MOSHI protocol, echoes, and says of
//! each client what it has heard.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::program::{Running, tied};
use crate::programs::{cargo, succeed, target};

/// A server that runs.
pub(super) struct ModelServer {
    /// `IP:PORT` of where it listens.
    pub(super) address: String,
    process: Running,
}

/// What it has heard of a client.
#[derive(Debug, Deserialize)]
pub(super) struct Heard {
    /// The number of the first page that came; a stream begins with 0.
    pub(super) first_page: u32,
    /// Whether that was the page by which a stream of Opus begins.
    pub(super) is_beginning: bool,
    /// How many pages did not follow the one that came before them.
    pub(super) breaks: usize,
    /// How alike the sound and the recording are, from -1 to 1.
    pub(super) likeness: f64,
}

/// Builds it.
pub(super) fn build() -> Result<()> {
    succeed(&mut cargo("build --quiet --package bridge --example moshi_server"))
}

impl ModelServer {
    /// One that listens, with these habits, and knows this recording.
    pub(super) fn start(habits: &[&str], recording: &Path) -> Result<Self> {
        let mut command = tied(target().join("debug/examples/moshi_server"));
        command.args(habits).arg(format!("--witness={}", recording.display()));
        let mut process = Running::start("the model's stand-in", &mut command)?;
        let address = process.until(|_| true)?;
        Ok(Self { address, process })
    }

    /// What it has heard of the next client, once that has said enough.
    pub(super) fn hears(&mut self) -> Result<Heard> {
        let account = self.process.until(|line| line.starts_with('{'))?;
        serde_json::from_str(&account).with_context(|| format!("cannot read {account}"))
    }
}
