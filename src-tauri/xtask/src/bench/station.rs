//! A running `xswarm serve` with ports and folders of its own, followed through its log.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::zombie::Zombie;
use crate::programs::target;

const LISTENING: &str = "WebSocket server listening";
/// Far beyond anything that could still be called a measurement.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Station {
    pub(super) started: Instant,
    process: Child,
    /// What it logs, and when it was read.
    log: Receiver<(Instant, String)>,
    unclaimed: Vec<(Instant, String)>,
    home: PathBuf,
}

impl Station {
    pub(super) fn start(xswarm: &Path) -> Result<Self> {
        Self::start_on(xswarm, free_port()?)
    }

    /// With its voice bridge on this port.
    pub(super) fn start_on(xswarm: &Path, port: u16) -> Result<Self> {
        let home = target().join(format!("bench/home-{port}"));
        fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
        let other = free_port()?;
        let settings = format!(
            "[voice_bridge]\naddress = \"127.0.0.1:{port}\"\n\n[supervisor]\naddress = \"127.0.0.1:{other}\"\n"
        );
        fs::write(home.join("settings.toml"), settings).context("cannot write the settings")?;

        let mut command = Command::new(xswarm);
        command
            .arg("serve")
            .env("XSWARM_HOME", &home)
            .env_remove("RUST_LOG")
            .env_remove("SUPERVISOR_TOKEN");
        let started = Instant::now();
        let mut process = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", xswarm.display()))?;
        let lines = process.stderr.take().context("its log is not there")?;
        let (tx, log) = sync_channel(1024);
        std::thread::spawn(move || follow(BufReader::new(lines), &tx));
        Ok(Self { started, process, log, unclaimed: Vec::new(), home })
    }

    /// When the next service is proven to listen.
    pub(super) fn until_listening(&mut self) -> Result<Instant> {
        self.until(|line| line.contains(LISTENING))
    }

    /// When the log says who holds the port.
    pub(super) fn until_named(&mut self, zombie: &Zombie) -> Result<Instant> {
        let pid = format!("pid={}", zombie.pid());
        self.until(|line| line.split_whitespace().any(|word| word == pid))
    }

    /// When nothing has been logged for this long.
    pub(super) fn until_quiet_for(&mut self, quiet: Duration) -> Result<()> {
        loop {
            match self.log.recv_timeout(quiet) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => bail!("xswarm ended by itself"),
            }
        }
    }

    /// A line of what `/proc` tells of its memory.
    pub(super) fn mebibytes(&self, file: &str, key: &str) -> Result<f64> {
        let path = format!("/proc/{}/{file}", self.process.id());
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        let line = line.with_context(|| format!("{path} has no {key}"))?;
        let kibibytes: f64 = line
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .with_context(|| format!("{key} is no number"))?;
        Ok(kibibytes / 1024.0)
    }

    /// When a line was read that is it. Each line is claimed once; those that nobody asked about are kept, since the two
    /// services speak in any order.
    fn until(&mut self, is_it: impl Fn(&str) -> bool) -> Result<Instant> {
        let deadline = Instant::now() + PATIENCE;
        let mut next = 0;
        loop {
            if let Some((when, line)) = self.unclaimed.get(next) {
                if is_it(line) {
                    let when = *when;
                    self.unclaimed.remove(next);
                    return Ok(when);
                }
                next += 1;
                continue;
            }
            let Ok(heard) =
                self.log.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            else {
                let heard: Vec<&str> =
                    self.unclaimed.iter().map(|(_, line)| line.as_str()).collect();
                bail!("xswarm did not say what was expected; it said:\n{}", heard.join("\n"));
            };
            self.unclaimed.push(heard);
        }
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        // Nothing that is measured depends on how it ends.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}

fn follow(lines: impl BufRead, tx: &SyncSender<(Instant, String)>) {
    for line in lines.lines().map_while(Result::ok) {
        if tx.send((Instant::now(), line)).is_err() {
            return;
        }
    }
}

/// A port that was free a moment ago.
#[expect(
    clippy::disallowed_methods,
    reason = "asks the system for a free port and lets it go at once"
)]
pub(super) fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?.port())
}
