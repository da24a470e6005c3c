//! A process held by a descriptor: a signal sent through it can't reach another one that got the same id.

use std::io;
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::unix::watched;

/// A process that stays the same one, whatever becomes of its id.
pub(crate) struct ProcessHandle(AsyncFd<OwnedFd>);

impl ProcessHandle {
    /// Pins the process that has that id at this moment; nothing if there is none.
    pub(crate) fn open(pid: u32) -> io::Result<Option<Self>> {
        let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(None) };
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(descriptor) => Ok(Some(Self(watched(descriptor)?))),
            Err(Errno::SRCH) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        let mut ended = [PollFd::new(self.0.get_ref(), PollFlags::IN)];
        poll(&mut ended, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    pub(crate) async fn gone(&self) {
        // The descriptor becomes readable once and stays so; an error can only mean that the runtime is ending.
        let _ = self.0.ready(Interest::READABLE).await;
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
        match pidfd_send_signal(self.0.get_ref(), signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
