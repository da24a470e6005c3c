//! What Linux and macOS have in common.

pub(crate) mod guarding;

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use wire::{Cause, Refusal};

use crate::types::{self, Sharing};

/// The process that all others descend from, and what has no process.
pub(crate) const SYSTEM_PIDS: &[u32] = &[0, 1];

/// Lets a port be bound again while connections of its last listener are still closing, and by several at once only if
/// that is wanted: with `SO_REUSEPORT` a second process can listen beside us, and each connection goes to either.
pub(crate) fn set_sharing(socket: &Socket, sharing: Sharing) -> io::Result<()> {
    socket.set_reuse_address(true)?;
    match sharing {
        Sharing::Exclusive => {
            debug_assert!(!socket.reuse_port()?, "a fresh socket is nobody's to share");
            Ok(())
        }
        Sharing::Shared => socket.set_reuse_port(true),
    }
}

/// The kernel closes accepted sockets in children by itself, for tokio asks it to.
pub(crate) fn keep_from_children(_stream: &TcpStream) -> io::Result<()> {
    Ok(())
}

/// A permission is only ever denied for the port's number, never because somebody holds it.
pub(crate) fn objection(_addr: SocketAddr) -> Option<Refusal> {
    Some(Refusal::NotPermitted)
}

pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}

pub(crate) fn is_unknown_family(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::AFNOSUPPORT)
}

/// What can be said of a socket whose owners can't be seen without more rights.
pub(crate) fn hidden(socket: &types::Socket, inquiry: String) -> Cause {
    Cause::Hidden { user: user_name(socket.uid), command: inquiry }
}

/// The name of a user, also of one that only a directory service knows.
pub(crate) fn user_name(uid: u32) -> Option<String> {
    uzers::get_user_by_uid(uid).map(|user| user.name().to_string_lossy().into_owned())
}

/// What that signal is called: `SIGKILL`.
pub(crate) fn signal_name(signal: i32) -> Option<&'static str> {
    signal_hook::low_level::signal_name(signal)
}

/// Has the runtime watch a descriptor until it can be read from.
#[expect(unsafe_code, reason = "tokio's only constructor for descriptors that is not deprecated")]
pub(crate) fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open, its number never changes, and the `AsyncFd` owns it from here on.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }?)
}

/// A program's name as people know it: that of its file, or its own shorter one where the file's name only adds a version
/// to it (`python3.11` calls itself `python3`). A name that has nothing to do with the file is a thread's, or made up.
pub(crate) fn recognisable_name(executable: Option<&str>, own: &str) -> String {
    let file = executable.and_then(|path| path.rsplit('/').next()).filter(|name| !name.is_empty());
    match file {
        Some(file) if file.strip_prefix(own).is_some_and(is_version) && !own.is_empty() => {
            own.to_owned()
        }
        Some(file) => file.to_owned(),
        None => own.to_owned(),
    }
}

fn is_version(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::recognisable_name;

    #[test]
    fn a_program_is_called_what_people_call_it() {
        assert_eq!(recognisable_name(Some("/usr/bin/python3.11"), "python3"), "python3");
        assert_eq!(recognisable_name(Some("/usr/bin/node"), "MainThread"), "node");
        assert_eq!(
            recognisable_name(Some("/opt/x/xswarm-voice-nightly"), "xswarm-voice-ni"),
            "xswarm-voice-nightly"
        );
        assert_eq!(recognisable_name(None, "nginx"), "nginx");
    }
}
