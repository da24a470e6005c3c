//! A process that is compared with what it was before every signal. The system has no handle that would pin it.

use std::io;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::interval;
use wire::Identity;

use super::process::identity;

/// How often a process is asked whether it has ended.
const LOOK: Duration = Duration::from_millis(25);

/// A process, by all that tells it from another one of the same id.
pub(crate) struct Pinned(Identity);

impl Pinned {
    /// Notes the process that has that id at this moment; nothing if there is none.
    pub(crate) fn open(pid: u32) -> io::Result<Option<Self>> {
        Ok(identity(pid).map(Self))
    }

    /// Whether it has ended.
    pub(crate) fn is_gone(&self) -> bool {
        identity(self.0.pid).as_ref() != Some(&self.0)
    }

    /// Resolves when it has ended.
    pub(crate) async fn gone(&self) {
        let mut look = interval(LOOK);
        while !self.is_gone() {
            look.tick().await;
        }
    }

    /// Asks it to end. A stopped process only notices when it runs, and it may be stopped at any moment, so it is always
    /// told to go on. Tells whether there was a way to ask, which on this system there always is.
    pub(crate) fn ask_to_end(&self) -> io::Result<bool> {
        self.send(Signal::TERM)?;
        self.send(Signal::CONT)?;
        Ok(true)
    }

    /// Ends it, whether it wants or not.
    pub(crate) fn end(&self) -> io::Result<()> {
        self.send(Signal::KILL)
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        let pid = i32::try_from(self.0.pid).ok().and_then(Pid::from_raw);
        let Some(pid) = pid.filter(|_| !self.is_gone()) else { return Ok(()) };
        match kill_process(pid, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
