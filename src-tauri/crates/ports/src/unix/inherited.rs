//! Listeners that the process made which started us.

use std::io;
use std::net::TcpListener;
use std::ops::Range;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::{FdFlags, fcntl_setfd};

use crate::system::is_listening;

/// The first one, by convention; the others follow it without a gap.
const FIRST: RawFd = 3;

/// The listeners that the service manager passed to this process when it started it, as `sd_listen_fds(3)` describes:
/// `LISTEN_PID` must name this process, and what is passed but does not listen for TCP connections is left out and closed.
/// [`Listener::adopt`](crate::Listener::adopt) makes them ours.
///
/// To be called once, before the first program and any thread that may start one: until then our children would inherit
/// the descriptors. Every further call gives none. The variables themselves stay, since they can't be removed safely
/// while other threads may read them; a program that we start sees that they are not meant for it. On Windows nothing is
/// ever passed this way.
pub fn inherited() -> io::Result<Vec<TcpListener>> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Ok(Vec::new());
    }
    let passed = passed(|name| std::env::var(name).ok(), std::process::id());
    let passed: Vec<_> = passed.map(take).collect::<io::Result<_>>()?;
    let (listeners, others): (Vec<_>, Vec<_>) = passed.into_iter().partition(is_listening);
    if !others.is_empty() {
        tracing::warn!(count = others.len(), "some of the passed descriptors do not listen");
    }
    Ok(listeners.into_iter().map(TcpListener::from).collect())
}

/// Which descriptors are meant for this process. A variable that can't be read is as good as none.
fn passed(variable: impl Fn(&str) -> Option<String>, own_pid: u32) -> Range<RawFd> {
    let number = |name| variable(name)?.parse::<u32>().ok();
    let is_for_us = number("LISTEN_PID") == Some(own_pid);
    let count = number("LISTEN_FDS").filter(|_| is_for_us).unwrap_or_default();
    FIRST..FIRST.saturating_add_unsigned(count)
}

/// Takes a descriptor for our own, and for ours alone.
#[expect(unsafe_code, reason = "a number in a variable is all that tells of these descriptors")]
fn take(descriptor: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: it is used for this one call, which fails if the descriptor is not open.
    fcntl_setfd(unsafe { BorrowedFd::borrow_raw(descriptor) }, FdFlags::CLOEXEC)?;
    // SAFETY: it is open, it was given to this process for its use, and `inherited` takes each only once.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_with(pid: Option<&str>, count: Option<&str>) -> Range<RawFd> {
        let variable = |name: &str| match name {
            "LISTEN_PID" => pid.map(str::to_owned),
            "LISTEN_FDS" => count.map(str::to_owned),
            _ => None,
        };
        passed(variable, 4711)
    }

    #[test]
    fn what_is_passed_follows_the_standard_descriptors() {
        assert_eq!(passed_with(Some("4711"), Some("2")), 3..5);
    }

    #[test]
    fn what_is_passed_to_another_process_is_not_ours() {
        assert!(passed_with(Some("4712"), Some("2")).is_empty());
        assert!(passed_with(None, Some("2")).is_empty());
        assert!(passed_with(Some("4711"), None).is_empty());
        assert!(passed_with(Some("4711"), Some("two")).is_empty());
    }
}
