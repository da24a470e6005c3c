//! The window's process: how it is started, spoken to, heard and ended.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use wire::Snapshot;

use super::protocol::{self, FromTray, FromWindow, LONGEST};
use crate::arguments::WINDOW;
use crate::platform;

/// How long the process may take to end once nobody listens to it.
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);

/// How much may wait until the window reads it. Only the latest snapshot ever waits.
const MOST_UNREAD: usize = 64;

#[derive(Clone)]
pub(super) struct Unasked {
    pub(super) snapshots: watch::Receiver<Snapshot>,
    /// Whether the desktop shows tray icons, and so can bring a closed window back.
    pub(super) tray_host: watch::Receiver<bool>,
}

pub(super) struct Process {
    pub(super) tx: mpsc::Sender<FromTray>,
    pub(super) rx: mpsc::Receiver<FromWindow>,
    child: Child,
    lines: JoinSet<()>,
}

impl Process {
    /// Starts it. Nothing is on the screen yet.
    pub(super) fn start(unasked: Unasked) -> io::Result<Self> {
        let mut command = Command::new(platform::this_program()?);
        command.arg(WINDOW).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        platform::prepare_window(command.as_std_mut());
        let mut child = command.spawn()?;
        let (tx, said) = mpsc::channel(MOST_UNREAD);
        let (heard, rx) = mpsc::channel(MOST_UNREAD);
        let mut lines = JoinSet::new();
        if let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) {
            lines.spawn(write(input, said, unasked));
            lines.spawn(read(output, heard));
        }
        Ok(Self { tx, rx, child, lines })
    }

    pub(super) fn tell(&self, message: FromTray) {
        if matches!(message, FromTray::Show { .. }) {
            platform::let_come_to_the_front(self.child.id());
        }
        if self.tx.try_send(message).is_err() {
            tracing::warn!("the window does not read what it is told");
        }
    }

    /// Says nothing more to it, at which it ends; firmly, if it does not by itself.
    pub(super) async fn end(mut self) -> io::Result<ExitStatus> {
        self.lines.shutdown().await;
        if let Ok(ended) = tokio::time::timeout(LONGEST_FAREWELL, self.child.wait()).await {
            return ended;
        }
        self.child.kill().await?;
        self.child.wait().await
    }

    pub(super) async fn kill(mut self) {
        self.lines.shutdown().await;
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "cannot end the window");
        }
    }
}

/// Writes what is told to the window, and whatever is unasked.
async fn write(mut input: ChildStdin, mut said: mpsc::Receiver<FromTray>, mut unasked: Unasked) {
    // The first that it must know: it may be closed at once.
    unasked.tray_host.mark_changed();
    loop {
        let message = tokio::select! {
            biased;
            Ok(()) = unasked.tray_host.changed() => {
                FromTray::MayGo { may_go: *unasked.tray_host.borrow_and_update() }
            }
            Some(message) = said.recv() => message,
            Ok(()) = unasked.snapshots.changed() => {
                let snapshot = Box::new(unasked.snapshots.borrow_and_update().clone());
                FromTray::Snapshot { snapshot }
            }
            else => return,
        };
        let line = protocol::line(&message)
            .inspect_err(|error| tracing::warn!(%error, "the window can't be told something"));
        // An error means that it has gone, which is noticed where its end is waited for.
        if let Ok(line) = line
            && input.write_all(&line).await.is_err()
        {
            return;
        }
    }
}

async fn read(output: ChildStdout, heard: mpsc::Sender<FromWindow>) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut output).take(LONGEST).read_until(b'\n', &mut line).await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        // Where libraries write to the same place, what they write is passed over.
        let Ok(message) = serde_json::from_slice(&line) else { continue };
        if heard.send(message).await.is_err() {
            return;
        }
    }
}
