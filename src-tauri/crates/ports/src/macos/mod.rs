//! macOS: sockets and processes by `libproc`, signals by process id with the identity read again right before each.
//!
//! The kernel shows the sockets of our own user's processes only, or all of them to root.

mod pinned;
mod process;
mod sockets;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

pub(crate) use crate::unix::{is_exhaustion, is_unknown_family, make_exclusive, user_name};
pub(crate) use pinned::Pinned;
pub(crate) use process::{identity, parent, profile};
pub(crate) use sockets::{holds, key, listening, owners, reserved};

/// The kernel and the process that all others descend from.
pub(crate) const SYSTEM_PIDS: &[u32] = &[0, 1];

/// The programs that keep the system going, by name.
pub(crate) const SYSTEM_PROGRAMS: &[&str] = &[
    "kernel_task",
    "launchd",
    "WindowServer",
    "loginwindow",
    "Dock",
    "Finder",
    "ControlCenter",
    "rapportd",
    "mDNSResponder",
];

/// With reusable addresses, closed connections keep nobody from an address here, whatever their listener had asked for.
pub(crate) fn lingering(_addr: SocketAddr) -> io::Result<Option<Duration>> {
    Ok(None)
}

/// Accepted sockets are closed in children, for tokio asks for it.
pub(crate) fn keep_from_children(_stream: &TcpStream) -> io::Result<()> {
    Ok(())
}

/// A permission is only ever denied for the port's number.
pub(crate) fn denies_what_is_held(_addr: SocketAddr) -> bool {
    false
}

/// The reports that this system doesn't give.
pub(crate) enum Closings {}

impl Closings {
    pub(crate) fn subscribe(_port: u16) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) async fn next(&self) {
        match *self {}
    }
}
