//! Windows: the table of TCP listeners with their owners, and processes held by handles.
//!
//! The table names a process, not a socket, so a socket is found by its owner's process id. There is no report of closed
//! sockets and no event for the end of a process that would be worth its machinery here: both are looked for.

mod pinned;
mod process;
mod tcp_table;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::os::windows::io::{AsRawSocket, AsSocket};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::Networking::WinSock::{
    SO_EXCLUSIVEADDRUSE, SOCKET_ERROR, SOL_SOCKET, WSAEAFNOSUPPORT, WSAEMFILE, WSAENOBUFS,
    setsockopt,
};

pub(crate) use pinned::Pinned;
pub(crate) use process::{identity, parent, profile};

use crate::seen::Socket;

/// The idle process and the system's own.
pub(crate) const SYSTEM_PIDS: &[u32] = &[0, 4];

/// The programs that keep the system going, by name.
pub(crate) const SYSTEM_PROGRAMS: &[&str] = &[
    "csrss", "dwm", "explorer", "lsass", "registry", "services", "sihost", "smss", "svchost",
    "system", "wininit", "winlogon",
];

/// Keeps everybody else out, also those who ask to share. Without it a second process could take the same address from us.
#[expect(unsafe_code, reason = "no crate of ours sets this option")]
pub(crate) fn make_exclusive(socket: &socket2::Socket) -> io::Result<()> {
    let on = 1_i32.to_ne_bytes();
    let handle = socket.as_socket().as_raw_socket();
    // SAFETY: the socket is open for the length of the borrow, and the pointer and length are those of one array.
    let answer = unsafe {
        setsockopt(handle as usize, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, on.as_ptr(), on.len() as i32)
    };
    if answer == SOCKET_ERROR { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// An accepted connection may be inheritable, and a child that has it would keep the port in use after our end.
#[expect(unsafe_code, reason = "the standard library has no safe way to say this")]
pub(crate) fn keep_from_children(stream: &TcpStream) -> io::Result<()> {
    // SAFETY: the socket is open for the length of the borrow; it is a handle like any other.
    let answer =
        unsafe { SetHandleInformation(stream.as_raw_socket() as _, HANDLE_FLAG_INHERIT, 0) };
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(WSAEMFILE | WSAENOBUFS))
}

pub(crate) fn is_unknown_family(error: &io::Error) -> bool {
    error.raw_os_error() == Some(WSAEAFNOSUPPORT)
}

/// An exclusive holder, and one of another user, is told as a denied permission; so is a reserved range of ports.
pub(crate) fn denies_what_is_held(addr: SocketAddr) -> bool {
    listening(addr.port()).is_ok_and(|sockets| sockets.iter().any(|socket| socket.overlaps(addr)))
}

/// All that listens on that port, at any address.
pub(crate) fn listening(port: u16) -> io::Result<Vec<Socket>> {
    let mut sockets = tcp_table::listeners()?;
    sockets.retain(|socket| socket.local.port() == port);
    Ok(sockets)
}

/// The system does not list sockets that are only bound.
pub(crate) fn reserved(_port: u16) -> io::Result<Vec<Socket>> {
    Ok(Vec::new())
}

/// Closed connections keep nobody from an address here.
pub(crate) fn lingering(_addr: SocketAddr) -> io::Result<Option<Duration>> {
    Ok(None)
}

pub(crate) fn key(_listener: &TcpListener) -> io::Result<u64> {
    Ok(u64::from(std::process::id()))
}

/// The processes that have these sockets open, by the sockets' keys. An owner that has ended left its socket to a child
/// that inherited it, which the system doesn't name.
pub(crate) fn owners(sockets: &[Socket]) -> BTreeMap<u64, Vec<u32>> {
    let pids = sockets.iter().filter_map(|socket| u32::try_from(socket.key).ok());
    pids.filter(|pid| profile(*pid).is_some()).map(|pid| (u64::from(pid), vec![pid])).collect()
}

/// Whether the process has one of these sockets open at this moment.
pub(crate) fn holds(pid: u32, sockets: &[Socket]) -> bool {
    sockets.iter().any(|socket| socket.key == u64::from(pid))
}

/// Users have no numbers here.
pub(crate) fn user_name(_uid: u32) -> Option<String> {
    None
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
