//! A process that does nothing but hold a port, as an app does that was closed but never ended: this program itself,
//! with the word `hold`.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::system;

/// What it says when it listens, and when it doesn't any more.
const HELD: &str = "held";
const CLOSED: &str = "closed";
/// What it is told to close its listener, and live on.
const CLOSE: &str = "close";
/// On how many ports it is tried.
const TRIES: usize = 10;

pub(crate) struct Holder {
    pub(crate) address: SocketAddr,
    process: Child,
    says: BufReader<ChildStdout>,
}

/// How it lets its port go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By `SIGKILL`.
    Killed,
    /// By `SIGTERM`.
    Asked,
    /// It closes its listener and lives on.
    Closing,
}

impl Ending {
    pub(crate) const ALL: [Self; 3] = [Self::Killed, Self::Asked, Self::Closing];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Killed => "SIGKILL",
            Self::Asked => "SIGTERM",
            Self::Closing => "listener closed, process lives",
        }
    }
}

impl Holder {
    /// One that listens before this returns. Somebody else may take a port that has just been free; then it is another.
    pub(crate) fn on_a_free_port() -> Result<Self> {
        let mut holder = Self::at(free_address()?);
        for _ in 1..TRIES {
            if holder.is_ok() {
                break;
            }
            holder = Self::at(free_address()?);
        }
        holder
    }

    fn at(address: SocketAddr) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["hold", &address.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a holder")?;
        let says = BufReader::new(process.stdout.take().context("its output is not there")?);
        let mut holder = Self { address, process, says };
        holder.expect(HELD)?;
        Ok(holder)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Has it let its port go, and tells the moment at which it had: when a process that ends is gone, and when one that
    /// lives on has said so.
    pub(crate) fn end(&mut self, ending: Ending) -> Result<Instant> {
        match ending {
            Ending::Killed => self.process.kill().context("cannot kill the holder")?,
            Ending::Asked => system::ask_to_end(&self.process)?,
            Ending::Closing => {
                let order = self.process.stdin.as_mut().context("its input is not there")?;
                writeln!(order, "{CLOSE}")?;
                self.expect(CLOSED)?;
                return Ok(Instant::now());
            }
        }
        self.process.wait()?;
        Ok(Instant::now())
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        let mut said = String::new();
        self.says.read_line(&mut said)?;
        ensure!(said.trim() == word, "the holder of {} does not say {word}", self.address);
        Ok(())
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // It may be dead already, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program of that process. It ends when whoever started it does, since its input ends then.
pub(crate) fn hold(address: &str) -> Result<()> {
    let listener = system::shareable(address.parse().context("no address")?)?;
    println!("{HELD}");
    let mut orders = std::io::stdin().lines();
    if orders.next().transpose()?.as_deref() == Some(CLOSE) {
        drop(listener);
        println!("{CLOSED}");
        orders.for_each(drop);
    }
    Ok(())
}

/// An address that was free a moment ago.
#[expect(
    clippy::disallowed_methods,
    reason = "asks the system for a free port and lets it go at once"
)]
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?)
}
