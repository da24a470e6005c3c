//! A running `xswarm serve` with ports and folders of its own, followed through its log and its supervisor's port.

use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::chance::pass;
use crate::conversation::{Conversation, PATIENCE};
use crate::holder::{Holder, free_address};
use crate::place::Place;
use crate::system;

const LISTENING: &str = "WebSocket server listening";
/// What stands in the log of a program that has a fault.
const PANIC: &str = "panicked at";
/// How often it is looked whether a process has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

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
    panics: Arc<AtomicUsize>,
    home: Arc<Home>,
}

/// The folder of a station, and the ports that its settings name. The folder goes with the last who has it.
pub(crate) struct Home {
    pub(crate) folder: PathBuf,
    pub(crate) bridge: SocketAddr,
    pub(crate) supervisor: SocketAddr,
    xswarm: PathBuf,
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
    /// Whatever else is set of its voice bridge.
    pub(crate) of_the_bridge: &'static str,
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
            if name == "voice_bridge" {
                settings.push_str(self.of_the_bridge);
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

impl Home {
    pub(crate) fn new(place: &Place, wish: &Wish) -> Result<Self> {
        let (bridge, supervisor) = (wish.bridge.map_or_else(free_address, Ok)?, free_address()?);
        let folder = place.folder.join(format!("home-{}", bridge.port()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(folder.join("settings.toml"), wish.as_settings(bridge, supervisor))
            .context("cannot write the settings")?;
        Ok(Self { folder, bridge, supervisor, xswarm: place.xswarm.clone() })
    }

    /// The program, at home here.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.xswarm);
        command.args(words);
        self.at_home(command)
    }

    /// Another program that starts it.
    pub(crate) fn at_home(&self, mut command: Command) -> Command {
        command
            .stdin(Stdio::null())
            .env("XSWARM_HOME", &self.folder)
            .env_remove("RUST_LOG")
            .env_remove("SUPERVISOR_TOKEN")
            .env_remove("TWILIO_AUTH_TOKEN");
        command
    }

    /// What its supervisor asks for.
    pub(crate) fn token(&self) -> Result<String> {
        let token = fs::read_to_string(self.folder.join("token")).context("it has no token")?;
        Ok(token.trim().to_owned())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Station {
    pub(crate) fn start(place: &Place, wish: &Wish) -> Result<Self> {
        let home = Arc::new(Home::new(place, wish)?);
        let serve = home.command(&["serve"]);
        Self::start_as(&home, serve)
    }

    /// One that this command starts.
    pub(crate) fn start_as(home: &Arc<Home>, mut command: Command) -> Result<Self> {
        let started = Instant::now();
        let mut process = command
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let lines = process.stderr.take().context("its log is not there")?;
        let (tx, log) = sync_channel(1024);
        let panics = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&panics);
        std::thread::spawn(move || follow(BufReader::new(lines), &tx, &counted));
        let (bridge, supervisor) = (home.bridge, home.supervisor);
        let home = Arc::clone(home);
        Ok(Self { started, bridge, supervisor, process, log, unclaimed: Vec::new(), panics, home })
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
        self.home.token()
    }

    pub(crate) fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// How often something in it has broken down.
    pub(crate) fn panics(&self) -> usize {
        self.panics.load(Ordering::Acquire)
    }

    /// How many descriptors it has.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        let path = format!("/proc/{}/fd", self.process.id());
        let open = fs::read_dir(Path::new(&path)).with_context(|| format!("cannot read {path}"))?;
        Ok(open.count())
    }

    /// How it ended, if it does within this time.
    pub(crate) fn ended_within(&mut self, patience: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + patience;
        loop {
            let status = self.process.try_wait()?;
            if status.is_some() || Instant::now() > deadline {
                return Ok(status);
            }
            pass(LOOK_AGAIN);
        }
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Asks it to end.
    pub(crate) fn ask_to_end(&self) -> Result<()> {
        system::ask_to_end(&self.process)
    }

    /// What it has logged and nobody has asked about.
    pub(crate) fn said(&mut self) -> String {
        // What it said last is on the way for a moment after its end.
        while let Ok(heard) = self.log.recv_timeout(10 * LOOK_AGAIN) {
            self.unclaimed.push(heard);
        }
        self.unclaimed.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n")
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
    }
}

fn follow(lines: impl BufRead, tx: &SyncSender<(Instant, String)>, panics: &AtomicUsize) {
    for line in lines.lines().map_while(Result::ok) {
        if line.contains(PANIC) {
            panics.fetch_add(1, Ordering::AcqRel);
        }
        // A station whose log isn't read would stand still: what nobody has asked about in time is forgotten.
        if let Err(TrySendError::Disconnected(_)) = tx.try_send((Instant::now(), line)) {
            return;
        }
    }
}
