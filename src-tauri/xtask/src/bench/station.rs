//! A running `xswarm serve` with ports and folders of its own, followed through its log and its supervisor's port.

use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::conversation::{Conversation, PATIENCE};
use crate::holder::{Holder, free_address};
use crate::place::Place;

const LISTENING: &str = "WebSocket server listening";

pub(crate) struct Station {
    pub(crate) started: Instant,
    /// Where its voice bridge listens.
    pub(crate) bridge: SocketAddr,
    /// Where its supervisor listens.
    pub(crate) supervisor: SocketAddr,
    process: Child,
    /// What it logs, and when it was read.
    log: Receiver<(Instant, String)>,
    unclaimed: Vec<(Instant, String)>,
    home: PathBuf,
}

/// How it is to be, where that is not as delivered.
#[derive(Default)]
pub(crate) struct Wish {
    /// Where its voice bridge is to listen.
    pub(crate) bridge: Option<SocketAddr>,
    /// Whether that address may be shared.
    pub(crate) is_shareable: bool,
    /// How often it proves its ports.
    pub(crate) proof_interval: Option<Duration>,
    /// What answers its calls.
    pub(crate) engine: Option<&'static str>,
    /// Whatever else its settings hold.
    pub(crate) further: String,
    /// How many clients its supervisor is to take.
    pub(crate) clients: Option<usize>,
    /// How long these may take to read something.
    pub(crate) stall: Option<Duration>,
}

impl Wish {
    fn as_settings(&self, bridge: SocketAddr, supervisor: SocketAddr) -> String {
        let mut settings = String::new();
        for (name, address) in [("voice_bridge", bridge), ("supervisor", supervisor)] {
            let is_shareable = self.is_shareable && address == bridge;
            let _ = write!(
                settings,
                "[{name}]\naddress = \"{address}\"\nreuse_port = {is_shareable}\n"
            );
            if let Some(engine) = self.engine.filter(|_| name == "voice_bridge") {
                let _ = writeln!(settings, "engine = \"{engine}\"");
            }
            settings.push('\n');
        }
        if let Some(interval) = self.proof_interval {
            let _ = write!(settings, "[proof]\ninterval = {}\n", interval.as_secs_f64());
        }
        settings.push_str(&self.further);
        if let Some(clients) = self.clients {
            let _ = write!(settings, "[supervisor.limits]\nconnections = {clients}\n");
            if let Some(stall) = self.stall {
                let _ = writeln!(settings, "stall = {}", stall.as_secs_f64());
            }
        }
        settings
    }
}

impl Station {
    pub(crate) fn start(place: &Place, wish: &Wish) -> Result<Self> {
        let (bridge, supervisor) = (wish.bridge.map_or_else(free_address, Ok)?, free_address()?);
        let home = place.folder.join(format!("home-{}", bridge.port()));
        fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
        fs::write(home.join("settings.toml"), wish.as_settings(bridge, supervisor))
            .context("cannot write the settings")?;

        let mut command = Command::new(&place.xswarm);
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
            .with_context(|| format!("cannot start {}", place.xswarm.display()))?;
        let lines = process.stderr.take().context("its log is not there")?;
        let (tx, log) = sync_channel(1024);
        std::thread::spawn(move || follow(BufReader::new(lines), &tx));
        Ok(Self { started, bridge, supervisor, process, log, unclaimed: Vec::new(), home })
    }

    /// One whose two services are proven.
    pub(crate) fn proven(place: &Place, wish: &Wish) -> Result<Self> {
        let mut station = Self::start(place, wish)?;
        station.until_listening()?;
        station.until_listening()?;
        Ok(station)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// When the next service is proven to listen.
    pub(crate) fn until_listening(&mut self) -> Result<Instant> {
        self.until(|line| line.contains(LISTENING))
    }

    /// When the log says who holds the port.
    pub(crate) fn until_named(&mut self, holder: &Holder) -> Result<Instant> {
        let pid = format!("pid={}", holder.pid());
        self.until(|line| line.split_whitespace().any(|word| word == pid))
    }

    /// When nothing has been logged for this long.
    pub(crate) fn until_quiet_for(&mut self, quiet: Duration) -> Result<()> {
        loop {
            match self.log.recv_timeout(quiet) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => bail!("xswarm ended by itself"),
            }
        }
    }

    /// A conversation with its supervisor, which must be there.
    pub(crate) fn conversation(&self) -> Result<Conversation> {
        Conversation::begin(self.supervisor, &self.token()?)
    }

    /// What its supervisor asks for.
    pub(crate) fn token(&self) -> Result<String> {
        let token = fs::read_to_string(self.home.join("token")).context("it has no token")?;
        Ok(token.trim().to_owned())
    }

    /// A line of what `/proc` tells of its memory.
    pub(crate) fn mebibytes(&self, file: &str, key: &str) -> Result<f64> {
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
        // A station whose log isn't read would stand still: what nobody has asked about in time is forgotten.
        if let Err(TrySendError::Disconnected(_)) = tx.try_send((Instant::now(), line)) {
            return;
        }
    }
}
