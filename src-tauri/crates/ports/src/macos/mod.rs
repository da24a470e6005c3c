//! macOS: sockets and processes by `libproc`, signals by process id with the identity read again right before each.
//!
//! The kernel shows the sockets of our own user's processes only, or all of them to root.

pub(crate) mod guarding;
mod process;
mod process_handle;
mod sockets;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use crate::unix::{
    SYSTEM_PIDS, hidden, is_exhaustion, is_unknown_family, keep_from_children, objection,
    set_sharing, signal_name,
};
pub(crate) use process::{identity, parent, profile};
pub(crate) use process_handle::ProcessHandle;
pub(crate) use sockets::{all_listening, clients, holds, is_listening, key, owners, sockets};

use crate::types::Hold;

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

pub(crate) fn this_executable() -> PathBuf {
    std::env::current_exe().unwrap_or_default()
}

pub(crate) fn inquiry(port: u16, hold: Hold) -> String {
    match hold {
        Hold::Listening => format!("sudo lsof -nP -iTCP:{port} -sTCP:LISTEN"),
        Hold::Reserved | Hold::Connected => format!("sudo lsof -nP -iTCP:{port}"),
    }
}

/// The reports that this system doesn't give.
pub(crate) enum Closings {}

impl Closings {
    pub(crate) fn subscribe(_port: u16) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) async fn next(&self) -> Option<u64> {
        match *self {}
    }
}
