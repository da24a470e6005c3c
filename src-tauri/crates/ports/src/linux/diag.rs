//! The kernel's list of sockets, asked for one port over netlink (`sock_diag(7)`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

use crate::types::Socket;

// States of TCP sockets, as bits (`include/net/tcp_states.h`).
pub(super) const LISTEN: u32 = 1 << 10;
/// Kernels that don't know it, up to 6.7, answer with an empty list.
pub(super) const BOUND_INACTIVE: u32 = 1 << 13;
/// Every state in which a socket is one end of a connection, open or closing: from `ESTABLISHED` to `CLOSING`, without
/// `CLOSE` and `LISTEN`.
pub(super) const CONNECTION: u32 = 0b1011_0111_1110;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// Of the kernel's two requests for TCP sockets this is the older one. It is answered for both families from one walk
/// through the kernel's tables, and the walk is what takes the time; the younger one takes a walk for each family.
const TCPDIAG_GETSOCK: u16 = 18;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
/// The timer of a connection that the kernel only remembers.
pub(super) const TIMER_TIME_WAIT: u8 = 3;
const ATTRIBUTE_V6_ONLY: u16 = 11;

const HEADER: usize = 16;
const REQUEST: usize = HEADER + 60;
/// The fixed part of an answer, before its attributes.
const ANSWER: usize = 72;
/// Where in it the kernel's own name for the socket stands, which is never used again.
const COOKIE: usize = 44;
/// The kernel never sends more than this in one piece.
const PIECE: usize = 32 * 1024;

pub(super) struct Row {
    pub(super) socket: Socket,
    /// The other end, where there is one.
    pub(super) peer: SocketAddr,
    /// For a connection that the kernel only remembers: when it will be forgotten.
    pub(super) expires_in: Option<Duration>,
}

/// At which end of a connection a port is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Port {
    /// Whichever port it is.
    Any,
    Own(u16),
    Peers(u16),
}

pub(super) fn dump(kernel: &OwnedFd, port: Port, states: u32) -> io::Result<Vec<Row>> {
    send(kernel, &request(port, states), SendFlags::empty())?;
    receive(kernel)
}

pub(super) fn connect(flags: SocketFlags) -> rustix::io::Result<OwnedFd> {
    socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(netlink::SOCK_DIAG))
}

/// `struct inet_diag_req`, of which everything else may be zero.
fn request(port: Port, states: u32) -> [u8; REQUEST] {
    let mut bytes = [0; REQUEST];
    bytes[0..4].copy_from_slice(&(REQUEST as u32).to_ne_bytes());
    bytes[4..6].copy_from_slice(&TCPDIAG_GETSOCK.to_ne_bytes());
    bytes[6..8].copy_from_slice(&NLM_F_REQUEST_DUMP.to_ne_bytes());
    // The kernel itself leaves out all other ports: without this the list may be thousands long.
    match port {
        Port::Any => {}
        Port::Own(port) => bytes[20..22].copy_from_slice(&port.to_be_bytes()),
        Port::Peers(port) => bytes[22..24].copy_from_slice(&port.to_be_bytes()),
    }
    bytes[68..72].copy_from_slice(&states.to_ne_bytes());
    bytes
}

fn receive(kernel: &OwnedFd) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut buffer = vec![0; PIECE];
    loop {
        let (_, length) = recv(kernel, buffer.as_mut_slice(), RecvFlags::empty())?;
        for (kind, body) in messages(&buffer[..length.min(PIECE)]) {
            match kind {
                NLMSG_DONE => return Ok(rows),
                NLMSG_ERROR => return Err(refusal(body)),
                TCPDIAG_GETSOCK => rows.extend(row(body)),
                _ => {}
            }
        }
    }
}

fn refusal(body: &[u8]) -> io::Error {
    let code = u32_at(body, 0).map_or(Errno::PROTO.raw_os_error(), |code| -code.cast_signed());
    io::Error::from_raw_os_error(code)
}

fn row(body: &[u8]) -> Option<Row> {
    let fixed = body.first_chunk::<ANSWER>()?;
    let end = |port: usize, ip: usize| {
        let ip = match fixed[0] {
            AF_INET => IpAddr::V4(Ipv4Addr::from(*fixed[ip..].first_chunk::<4>()?)),
            AF_INET6 => IpAddr::V6(Ipv6Addr::from(*fixed[ip..].first_chunk::<16>()?)),
            _ => return None,
        };
        Some(SocketAddr::new(ip, u16::from_be_bytes([fixed[port], fixed[port + 1]])))
    };
    let is_only_remembered = fixed[2] == TIMER_TIME_WAIT;
    let expires = Duration::from_millis(u64::from(u32_at(fixed, 52)?));
    let is_v6_only =
        attributes(&body[ANSWER..]).any(|(kind, value)| kind == ATTRIBUTE_V6_ONLY && value == [1]);
    Some(Row {
        socket: Socket {
            local: end(4, 8)?,
            is_v6_only,
            key: u64::from(u32_at(fixed, 68)?),
            cookie: u64_at(fixed, COOKIE)?,
            uid: u32_at(fixed, 64)?,
        },
        peer: end(6, 24)?,
        expires_in: is_only_remembered.then_some(expires),
    })
}

/// The cookie of the socket that a report is about.
pub(super) fn reported(report: &[u8]) -> Option<u64> {
    u64_at(report, HEADER + COOKIE)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes))
}

/// Netlink pads everything to four bytes.
fn after(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(length.next_multiple_of(4)..).unwrap_or_default()
}

fn messages(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = u32_at(bytes, 0)? as usize;
        let message = (u16_at(bytes, 4)?, bytes.get(HEADER..length)?);
        bytes = after(bytes, length);
        Some(message)
    })
}

fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(bytes, 0)?);
        let attribute = (u16_at(bytes, 2)?, bytes.get(4..length)?);
        bytes = after(bytes, length);
        Some(attribute)
    })
}
