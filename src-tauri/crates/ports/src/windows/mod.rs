//! Windows: the table of TCP sockets with their owners, and processes held by handles.
//!
//! The table names a process, not a socket, so a socket is found by its owner's process id. There is no report of closed
//! sockets and no event for the end of a process that would be worth its machinery here: both are looked for.

mod excluded;
pub(crate) mod guarding;
mod process;
mod process_handle;
mod tcp_table;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::os::windows::io::{AsRawSocket, AsSocket};
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    MIB_TCP_STATE_LISTEN, MIB_TCP_STATE_TIME_WAIT, TCP_TABLE_OWNER_MODULE_CONNECTIONS,
    TCP_TABLE_OWNER_MODULE_LISTENER,
};
use windows_sys::Win32::Networking::WinSock::{
    SO_EXCLUSIVEADDRUSE, SOCKET_ERROR, SOL_SOCKET, WSAEAFNOSUPPORT, WSAEMFILE, WSAENOBUFS,
    setsockopt,
};
use wire::{Cause, Refusal};

pub(crate) use process::{identity, parent, profile};
pub(crate) use process_handle::ProcessHandle;

use crate::types::{Hold, Sharing, Socket, is_same_machine};
use tcp_table::Row;

/// The idle process and the system's own.
pub(crate) const SYSTEM_PIDS: &[u32] = &[0, 4];

pub(crate) const SYSTEM_PROGRAMS: &[&str] = &[
    "csrss", "dwm", "explorer", "lsass", "registry", "services", "sihost", "smss", "svchost",
    "system", "wininit", "winlogon",
];

/// What is set in the key of a socket whose owner has ended. A process that it started has inherited the socket, and the
/// system does not say which.
const ORPHANED: u64 = 1 << 32;

/// Keeps everybody else out, also those who ask to share, and also where we would share: what Windows calls a reusable
/// address lets a second process take it from the first.
#[expect(unsafe_code, reason = "no crate of ours sets this option")]
pub(crate) fn set_sharing(socket: &socket2::Socket, _sharing: Sharing) -> io::Result<()> {
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

/// What a denied permission means; nothing if it is that somebody holds the address. An exclusive holder, and one of
/// another user, is told that way, and so is a reserved range of ports.
pub(crate) fn objection(addr: SocketAddr) -> Option<Refusal> {
    let held = sockets(addr.port(), Hold::Listening);
    if held.is_ok_and(|sockets| sockets.iter().any(|socket| socket.overlaps(addr))) {
        return None;
    }
    let reserved = excluded::range(addr).map(|(from, to)| Refusal::Reserved { from, to });
    Some(reserved.unwrap_or(Refusal::NotPermitted))
}

pub(crate) fn sockets(port: u16, hold: Hold) -> io::Result<Vec<Socket>> {
    let is_meant = |row: &Row| row.local.port() == port;
    match hold {
        Hold::Listening => {
            let rows = tcp_table::rows(TCP_TABLE_OWNER_MODULE_LISTENER)?;
            Ok(rows.iter().filter(|row| is_meant(row)).map(socket).collect())
        }
        // The system does not list them.
        Hold::Reserved => Ok(Vec::new()),
        Hold::Connected => connections(is_meant),
    }
}

pub(crate) fn all_listening() -> io::Result<Vec<Socket>> {
    Ok(tcp_table::rows(TCP_TABLE_OWNER_MODULE_LISTENER)?.iter().map(socket).collect())
}

pub(crate) fn clients(port: u16) -> io::Result<Vec<Socket>> {
    connections(|row| row.peer.port() == port && is_same_machine(row.local.ip(), row.peer.ip()))
}

fn connections(is_meant: impl Fn(&Row) -> bool) -> io::Result<Vec<Socket>> {
    let mut rows = tcp_table::rows(TCP_TABLE_OWNER_MODULE_CONNECTIONS)?;
    rows.retain(|row| {
        ![MIB_TCP_STATE_LISTEN, MIB_TCP_STATE_TIME_WAIT].contains(&row.state)
            && row.pid != 0
            && is_meant(row)
    });
    Ok(rows.iter().map(socket).collect())
}

fn socket(row: &Row) -> Socket {
    // An owner that began after the bind has only got the id of the one that did it.
    let is_orphaned = !process::was_there(row.pid, row.bound_at.unwrap_or(u64::MAX));
    let key = u64::from(row.pid) | if is_orphaned { ORPHANED } else { 0 };
    Socket {
        local: row.local,
        // A socket for both families has a row in the table of each, so each row counts for its own family only.
        is_v6_only: true,
        key,
        cookie: row.bound_at.unwrap_or(key),
    }
}

/// Closed connections keep nobody from an address here.
pub(crate) fn lingering(_addr: SocketAddr) -> io::Result<Option<Duration>> {
    Ok(None)
}

pub(crate) fn key(_listener: &TcpListener) -> io::Result<u64> {
    Ok(u64::from(std::process::id()))
}

pub(crate) fn owners(sockets: &[Socket]) -> BTreeMap<u64, Vec<u32>> {
    let pids = sockets.iter().filter_map(|socket| u32::try_from(socket.key).ok());
    pids.map(|pid| (u64::from(pid), vec![pid])).collect()
}

pub(crate) fn holds(pid: u32, sockets: &[Socket]) -> bool {
    sockets.iter().any(|socket| socket.key == u64::from(pid))
}

/// What can be said of a socket whose owner isn't there.
pub(crate) fn hidden(socket: &Socket, _inquiry: String) -> Cause {
    Cause::Orphaned { pid: (socket.key & u64::from(u32::MAX)) as u32 }
}

pub(crate) fn this_executable() -> PathBuf {
    std::env::current_exe().unwrap_or_default()
}

/// Nothing ends by signals here.
pub(crate) fn signal_name(_signal: i32) -> Option<&'static str> {
    None
}

/// It lists sockets that are only bound, too.
pub(crate) fn inquiry(port: u16, _hold: Hold) -> String {
    format!(
        "Get-NetTCPConnection -LocalPort {port} | Format-Table LocalAddress, State, OwningProcess"
    )
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
