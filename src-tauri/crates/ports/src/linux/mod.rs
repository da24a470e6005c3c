//! Linux: the kernel's own socket list over netlink, processes by `/proc`, and signals through descriptors of processes.

mod closings;
mod diag;
pub(crate) mod guarding;
mod owners;
mod proc;
mod process_handle;
mod tables;

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::{socket_acceptconn, socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use tokio::net::TcpListener;

pub(crate) use crate::unix::{
    SYSTEM_PIDS, hidden, is_exhaustion, is_unknown_family, keep_from_children, objection,
    set_sharing, signal_name,
};
pub(crate) use closings::Closings;
pub(crate) use owners::{holds, owners};
pub(crate) use proc::{identity, parent, profile};
pub(crate) use process_handle::ProcessHandle;

use crate::types::{Hold, Socket, is_same_machine};
use diag::{Port, Row};

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

/// For how long the kernel remembers a connection after its end (`TCP_TIMEWAIT_LEN`).
const TIME_WAIT: Duration = Duration::from_secs(60);

/// All that holds that port in that way, at any address. Of connections, those that belong to a process.
pub(crate) fn sockets(port: u16, hold: Hold) -> io::Result<Vec<Socket>> {
    let states = match hold {
        Hold::Listening => diag::LISTEN,
        Hold::Reserved => diag::BOUND_INACTIVE,
        Hold::Connected => diag::CONNECTION,
    };
    let sockets = rows(Port::Own(port), states)?.into_iter().map(|row| row.socket);
    Ok(sockets.filter(|socket| hold != Hold::Connected || socket.key != 0).collect())
}

/// All that listens, on any port.
pub(crate) fn all_listening() -> io::Result<Vec<Socket>> {
    Ok(rows(Port::Any, diag::LISTEN)?.into_iter().map(|row| row.socket).collect())
}

/// How long connections that no process has any more may keep the address from a new listener, if there are any.
pub(crate) fn lingering(addr: SocketAddr) -> io::Result<Option<Duration>> {
    let rows = rows(Port::Own(addr.port()), diag::CONNECTION)?;
    let ends = rows.iter().filter(|row| row.socket.key == 0 && row.socket.overlaps(addr));
    // One of which the other side has not yet said that it knows of the end is given no time; it won't be less.
    Ok(ends.map(|row| row.expires_in.unwrap_or(TIME_WAIT)).max())
}

/// All that is one end of a connection, with that port of this machine at the other end, and belongs to a process.
pub(crate) fn clients(port: u16) -> io::Result<Vec<Socket>> {
    let mut rows = rows(Port::Peers(port), diag::CONNECTION)?;
    rows.retain(|Row { socket, peer, .. }| {
        socket.key != 0 && is_same_machine(socket.local.ip(), peer.ip())
    });
    Ok(rows.into_iter().map(|row| row.socket).collect())
}

/// The TCP sockets with that port, of both families, that are in one of those states.
fn rows(port: Port, states: u32) -> io::Result<Vec<Row>> {
    match diag::connect(SocketFlags::CLOEXEC) {
        Ok(kernel) => diag::dump(&kernel, port, states),
        // Some sandboxes and containers keep netlink from their programs.
        Err(error @ (Errno::PERM | Errno::ACCESS | Errno::PROTONOSUPPORT | Errno::AFNOSUPPORT)) => {
            tracing::debug!(%error, "no netlink here, reading the tables of /proc instead");
            tables::rows(port, states)
        }
        Err(error) => Err(error.into()),
    }
}

/// What the socket is found by in those lists.
pub(crate) fn key(listener: &TcpListener) -> io::Result<u64> {
    Ok(rustix::fs::fstat(listener)?.st_ino)
}

/// Whether it is a socket that listens for connections over TCP.
pub(crate) fn is_listening(descriptor: &impl AsFd) -> bool {
    socket_acceptconn(descriptor).unwrap_or(false)
        && socket_type(descriptor) == Ok(SocketType::STREAM)
        && matches!(socket_domain(descriptor), Ok(AddressFamily::INET | AddressFamily::INET6))
}

/// This program, also where its file has been replaced since it was started.
pub(crate) fn this_executable() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// What a person with more rights may run to learn who is on that port.
pub(crate) fn inquiry(port: u16, hold: Hold) -> String {
    match hold {
        Hold::Listening => format!("sudo ss -ltnp 'sport = :{port}'"),
        Hold::Reserved | Hold::Connected => format!("sudo ss -atnp 'sport = :{port}'"),
    }
}
