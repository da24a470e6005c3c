//! A process that is compared with what it was before every signal. The system has no handle that would pin it, but its
//! event queues tell of its end.

use std::io;
use std::os::fd::OwnedFd;
use std::ptr::null_mut;
use std::time::Duration;

use rustix::event::kqueue::{Event, EventFilter, EventFlags, ProcessEvents, kevent, kqueue};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::interval;
use wire::Identity;

use super::process::identity;
use crate::unix::watched;

/// How often a process is asked whether it has ended, where no event tells.
const LOOK: Duration = Duration::from_millis(25);

pub(crate) struct ProcessHandle {
    identity: Identity,
    /// Readable once it has ended. The system doesn't tell everybody of everybody's end.
    end: Option<AsyncFd<OwnedFd>>,
}

impl ProcessHandle {
    pub(crate) fn open(pid: u32) -> io::Result<Option<Self>> {
        // The end is asked for first, so that it can't come unnoticed in between.
        let end = raw(pid).and_then(|pid| end_of(pid).ok());
        Ok(identity(pid).map(|identity| Self { identity, end }))
    }

    pub(crate) fn is_gone(&self) -> bool {
        // Whatever it runs by now, it is the same process.
        identity(self.identity.pid).is_none_or(|found| found.began != self.identity.began)
    }

    pub(crate) async fn gone(&self) {
        if let Some(end) = &self.end
            && end.ready(Interest::READABLE).await.is_ok()
        {
            return;
        }
        let mut look = interval(LOOK);
        while !self.is_gone() {
            look.tick().await;
        }
    }

    pub(crate) fn ask_to_end(&self) -> io::Result<bool> {
        self.send(Signal::TERM)?;
        self.send(Signal::CONT)?;
        Ok(true)
    }

    pub(crate) fn end(&self) -> io::Result<()> {
        self.send(Signal::KILL)
    }

    fn send(&self, signal: Signal) -> io::Result<()> {
        let Some(pid) = raw(self.identity.pid).filter(|_| !self.is_gone()) else { return Ok(()) };
        match kill_process(pid, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// A queue with one event in it: the end of that process, once that has come.
#[expect(unsafe_code, reason = "an event may name a descriptor, which nobody would keep open")]
fn end_of(pid: Pid) -> io::Result<AsyncFd<OwnedFd>> {
    let queue = kqueue()?;
    let wanted = EventFilter::Proc { pid, flags: ProcessEvents::EXIT };
    let wanted = Event::new(wanted, EventFlags::ADD | EventFlags::ONESHOT, null_mut());
    let mut none: [Event; 0] = [];
    // SAFETY: this event names a process and no descriptor.
    unsafe { kevent(&queue, &[wanted], &mut none[..], Some(Duration::ZERO)) }?;
    watched(queue)
}
