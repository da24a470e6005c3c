//! A program that runs beside a try: what it says is waited for, and it never outlives the try.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::prerequisites::{Fact, Need, Packages};
use crate::programs::{output, program};

/// Nothing that a try waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a program may take to end when it is asked to.
const FAREWELL: Duration = Duration::from_secs(10);
/// How much of what a program has said is shown when it isn't what was expected.
const LAST_LINES: usize = 12;

/// What it takes that nothing outlives a try.
pub(super) const SETPRIV: Need = Need {
    what: "setpriv",
    why: "nothing that the try starts outlives it",
    seen_by: Fact::Program("setpriv"),
    packages: Packages { apt: "util-linux", dnf: "util-linux", pacman: "util-linux", brew: "" },
};

/// A program that runs until it ends or this is dropped.
pub(super) struct Running {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
    /// What it has said so far.
    said: Vec<String>,
}

/// A program that the system ends when this one ends, however that comes about, and that Ctrl-C ends even if this one was
/// started to ignore it, as shells start what is to run in the background.
pub(super) fn tied(name: impl AsRef<OsStr>) -> Command {
    let mut command = program("setpriv", ["--pdeathsig", "KILL", "env", "--default-signal=INT"]);
    command.arg(name).env("LC_ALL", "C");
    command
}

/// A folder that only this user may enter, for as long as something runs in it.
pub(super) fn private_folder() -> Result<TempDir> {
    tempfile::Builder::new().prefix("xswarm-peers-").tempdir().context("cannot make a folder")
}

impl Running {
    /// Starts it; `name` is what it is called among people.
    pub(super) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let (tx, lines) = sync_channel(1024);
        let output = child.stdout.take().context("its output is not there")?;
        let complaints = child.stderr.take().context("its complaints are not there")?;
        follow(output, tx.clone());
        follow(complaints, tx);
        Ok(Self { name, child, lines, said: Vec::new() })
    }

    /// What it reads, once.
    pub(super) fn input(&mut self) -> Result<ChildStdin> {
        self.child.stdin.take().with_context(|| format!("{} reads nothing", self.name))
    }

    /// The next line that is it.
    pub(super) fn until(&mut self, is_it: impl Fn(&str) -> bool) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next(deadline) {
                Ok(line) if is_it(&line) => return Ok(line),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    let seconds = PATIENCE.as_secs();
                    bail!(
                        "{} did not say in {seconds} s what was expected{}",
                        self.name,
                        self.last_words()
                    )
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} ended by itself{}", self.name, self.last_words())
                }
            }
        }
    }

    /// Ends it as Ctrl-C does.
    pub(super) fn interrupt(mut self) -> Result<ExitStatus> {
        let pid = self.child.id().to_string();
        // The shell's own, since not every machine has the program.
        output(program("sh", ["-c", "kill -INT $0"]).arg(pid))?;
        let deadline = Instant::now() + FAREWELL;
        loop {
            match self.next(deadline) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(self.child.wait()?),
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} does not end at Ctrl-C{}", self.name, self.last_words())
                }
            }
        }
    }

    /// What it said last, to be put behind a sentence about it.
    pub(super) fn last_words(&self) -> String {
        let last = &self.said[self.said.len().saturating_sub(LAST_LINES)..];
        if last.is_empty() {
            String::new()
        } else {
            format!("; it said:\n    {}", last.join("\n    "))
        }
    }

    fn next(&mut self, deadline: Instant) -> Result<String, RecvTimeoutError> {
        let line = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
        self.said.push(line.clone());
        Ok(line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes on what is said. A program whose words aren't read would stand still: what nobody asks about in time is forgotten.
fn follow(output: impl Read + Send + 'static, tx: SyncSender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if let Err(TrySendError::Disconnected(_)) = tx.try_send(line) {
                return;
            }
        }
    });
}
