//! Linux: the kernel's own socket list over netlink, processes by `/proc`, and signals through descriptors of processes.

mod closings;
mod diag;
mod owners;
mod pinned;
mod proc;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

pub(crate) use crate::unix::{is_exhaustion, is_unknown_family, make_exclusive, user_name};
pub(crate) use closings::Closings;
pub(crate) use owners::{holds, owners};
pub(crate) use pinned::Pinned;
pub(crate) use proc::{identity, parent, profile};

use crate::seen::Socket;

/// The process that all others descend from, and what has no process.
pub(crate) const SYSTEM_PIDS: &[u32] = &[0, 1];

/// The programs that keep the system going, by name. The kernel's own are known by a flag.
pub(crate) const SYSTEM_PROGRAMS: &[&str] = &[
    "init",
    "systemd",
    "systemd-logind",
    "dbus-daemon",
    "dbus-broker",
    "gnome-shell",
    "kwin_wayland",
    "Xorg",
];

/// All that listens on that port, at any address.
pub(crate) fn listening(port: u16) -> io::Result<Vec<Socket>> {
    Ok(diag::dump(port, diag::LISTEN)?.into_iter().map(|row| row.socket).collect())
}

/// All that has bound that port, but neither listens nor is connected.
pub(crate) fn reserved(port: u16) -> io::Result<Vec<Socket>> {
    Ok(diag::dump(port, diag::BOUND_INACTIVE)?.into_iter().map(|row| row.socket).collect())
}

/// How long closed connections will keep the address from a new listener.
pub(crate) fn lingering(addr: SocketAddr) -> io::Result<Option<Duration>> {
    let rows = diag::dump(addr.port(), diag::TIME_WAIT)?;
    Ok(rows
        .into_iter()
        .filter(|row| row.socket.overlaps(addr))
        .filter_map(|row| row.expires_in)
        .max())
}

/// What the socket is found by in those lists.
pub(crate) fn key(listener: &TcpListener) -> io::Result<u64> {
    Ok(rustix::fs::fstat(listener)?.st_ino)
}

/// The kernel closes accepted sockets in children by itself, for tokio asks it to.
pub(crate) fn keep_from_children(_stream: &TcpStream) -> io::Result<()> {
    Ok(())
}

/// A permission is only ever denied for the port's number.
pub(crate) fn denies_what_is_held(_addr: SocketAddr) -> bool {
    false
}
