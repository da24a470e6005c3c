//! A process that does nothing but hold a port, as an app does that was closed but never ended: this program itself, with
//! the word `hold`.

#[cfg_attr(unix, path = "zombie/unix.rs")]
#[cfg_attr(windows, path = "zombie/windows.rs")]
mod shared;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::station::free_port;

const HELD: &str = "held";

pub(super) struct Zombie {
    pub(super) port: u16,
    process: Child,
}

impl Zombie {
    /// One that is there before this returns.
    pub(super) fn on_a_free_port() -> Result<Self> {
        let port = free_port()?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["hold", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a zombie")?;
        let mut said = String::new();
        BufReader::new(process.stdout.take().context("its output is not there")?)
            .read_line(&mut said)?;
        let zombie = Self { port, process };
        ensure!(said.trim() == HELD, "the zombie did not get port {port}");
        Ok(zombie)
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn kill(&mut self) -> Result<()> {
        self.process.kill().context("cannot kill the zombie")
    }
}

impl Drop for Zombie {
    fn drop(&mut self) {
        // It may be dead already, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Holds this port with `SO_REUSEPORT` until whoever started this process closes its input.
pub(crate) fn hold(port: &str) -> Result<()> {
    let listener = shared::listener(port.parse().context("no port")?)?;
    println!("{HELD}");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(listener);
    Ok(())
}
