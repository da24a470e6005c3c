//! Our own program, as people run it, with ports and a folder of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::program::{Running, private_folder, tied};
use crate::programs::{cargo, succeed, target};

/// What it logs for each of its two services once that is proven.
const LISTENING: &str = "WebSocket server listening";

/// A station that runs.
pub(super) struct Station {
    /// Where its voice bridge listens.
    pub(super) bridge: SocketAddr,
    /// First, so that it ends before its folder goes.
    _process: Running,
    home: TempDir,
}

/// Builds it.
pub(super) fn build() -> Result<()> {
    succeed(&mut cargo("build --quiet --package xswarm"))
}

impl Station {
    /// One whose two services are proven, with these settings of the voice bridge, and these besides.
    pub(super) fn start(of_the_bridge: &str, further: &str) -> Result<Self> {
        let home = private_folder()?;
        let (bridge, supervisor) = (free_address()?, free_address()?);
        let settings = format!(
            "[voice_bridge]\naddress = \"{bridge}\"\n{of_the_bridge}\n[supervisor]\naddress = \"{supervisor}\"\n{further}"
        );
        fs::write(home.path().join("settings.toml"), settings)
            .context("cannot write the settings")?;
        let mut process = Running::start("xswarm", &mut at_home(home.path(), &["serve"]))?;
        for _service in [bridge, supervisor] {
            process.until(|line| line.contains(LISTENING))?;
        }
        Ok(Self { bridge, _process: process, home })
    }

    /// The program with these arguments, in the same home.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        at_home(self.home.path(), arguments)
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }
}

fn at_home(home: &Path, arguments: &[&str]) -> Command {
    let mut command = tied(target().join("debug/xswarm"));
    command.args(arguments).env("XSWARM_HOME", home);
    for variable in ["RUST_LOG", "SUPERVISOR_TOKEN", "TWILIO_AUTH_TOKEN"] {
        command.env_remove(variable);
    }
    command
}

#[expect(
    clippy::disallowed_methods,
    reason = "asks the system for a free port and lets it go at once"
)]
pub(super) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port")?;
    Ok(listener.local_addr()?)
}
